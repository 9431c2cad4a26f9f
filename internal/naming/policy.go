package naming

import (
	"strings"
	"time"

	"roster.example/roster/internal/confusables"
	"roster.example/roster/internal/operation"
)

// Policy decides which names a user or an organization can take.
type Policy struct {
	ops     *operation.Runner
	options Options
	words   map[string]bool // skeletons of Options.Words
}

// Options are the settings of a [Policy].
type Options struct {
	Reserve time.Duration // how long freed names stay reserved; 0 is not at all
	Words   []string      // reserved words beside the built-in ones
}

// NewPolicy returns the policy.
func NewPolicy(ops *operation.Runner, options Options) *Policy {
	return &Policy{ops: ops, options: options, words: confusables.Skeletons(strings.Join(options.Words, " "))}
}
