package sqldb

import (
	"time"

	"roster.example/roster/internal/directory"
)

// Dormant reads the table from its start, as nothing but a yearly rule asks.
func (r *reader) Dormant(before time.Time, limit int) ([]directory.UserID, error) {
	return list(r, "user", identifier[directory.UserID], `SELECT id FROM users
		WHERE state = 'active' AND NOT admin AND NOT service AND last_activity < $1 AND created_at < $1 AND activated_at < $1
		ORDER BY id LIMIT $2`, stamp(before), limit)
}
