package role

import (
	"roster.example/roster/internal/operation"
)

// Definitions holds the roles of organizations. Its methods are operations of the directory, which embeds
// it.
type Definitions struct{ ops *operation.Runner }

// New returns the roles.
func New(ops *operation.Runner) *Definitions { return &Definitions{ops} }
