package sqldb

import (
	"time"

	"roster.example/roster/internal/directory"
)

// Dormant reads the table from its start, as nothing but a yearly rule asks.
func (r *reader) DormantUsers(before time.Time, after directory.UserID, limit int) ([]directory.UserID, error) {
	return list(r, "user", scanID[directory.UserID], `SELECT id FROM users
		WHERE state = 'active' AND NOT admin AND NOT service AND last_activity < $1 AND created_at < $1 AND activated_at < $1
		AND id > $2 ORDER BY id LIMIT $3`, toMicros(before), after, limit)
}
