package sqldb

import (
	"time"

	"roster.example/roster/internal/model"
)

// DormantUsers scans the table, because it is called rarely.
func (r *reader) DormantUsers(before time.Time, after model.UserID, limit int) ([]model.UserID, error) {
	return list(r, "user", scanID[model.UserID], `SELECT id FROM users
		WHERE state = 'active' AND NOT admin AND NOT service AND last_activity < $1 AND created_at < $1 AND activated_at < $1
		AND id > $2 ORDER BY id LIMIT $3`, toMicros(before), after, limit)
}

// ExpiredSignUps reads the users of the index users_inactive, whose condition it repeats.
func (r *reader) ExpiredSignUps(now time.Time, limit int) ([]model.UserID, error) {
	return list(r, "user", scanID[model.UserID], `SELECT u.id FROM users u
		WHERE u.state <> 'active' AND (u.state = 'invited' OR u.username = '') AND u.activated_at = 0 AND NOT u.admin
		AND NOT EXISTS (SELECT 1 FROM emails e WHERE e.user_id = u.id)
		AND NOT EXISTS (SELECT 1 FROM links l WHERE l.user_id = u.id AND l.expires_at > $1)
		ORDER BY u.id LIMIT $2`, toMicros(now), limit)
}
