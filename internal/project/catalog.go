package project

import (
	"roster.example/roster/internal/operation"
)

// Catalog holds the projects of organizations. Its methods are operations of the directory, which embeds
// it.
type Catalog struct{ ops *operation.Runner }

// New returns the projects.
func New(ops *operation.Runner) *Catalog { return &Catalog{ops} }
