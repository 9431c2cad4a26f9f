package directory

import "time"

// The lifetimes of one-time links. Links that revert a change of address do not expire by themselves.
const (
	resetLifetime  = 24 * time.Hour
	verifyLifetime = 3 * 24 * time.Hour
	setupLifetime  = 24 * time.Hour
)
