package operation

import "roster.example/roster/internal/model"

// IsLive reports whether a session has neither expired nor been idle for too long. Only sessions of the
// native API and of the pages end by idleness; the products do not know it.
//
// The time of the last use is written within a minute, and the shortest idle time of the settings is a
// day, so that a session in use does not end.
func (r *Runner) IsLive(s model.Session) bool {
	now := r.Now()
	if !s.ExpiresAt.After(now) {
		return false
	}
	return s.Kind != model.ConsoleLogin || now.Sub(s.LastUsedAt) < r.options.ConsoleIdle
}
