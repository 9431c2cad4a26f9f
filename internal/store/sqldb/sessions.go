package sqldb

import (
	"strings"
	"time"

	"roster.example/roster/internal/directory"
)

const sessionColumns = `s.id, s.user_id, s.kind, s.organization_id, s.created_at, s.last_seen, s.expires_at, s.address, s.agent, s.proven_at, s.bounded`

func scanSession(from row) (s directory.Session, err error) {
	err = from.Scan(&s.ID, &s.User, &s.Kind, scanOptionalID(&s.Org), scanTime(&s.CreatedAt), scanTime(&s.LastUsedAt), scanTime(&s.ExpiresAt), &s.Address, &s.Agent,
		scanTime(&s.PasswordVerifiedAt), &s.InheritsExpiry)
	return s, err
}

func (r *reader) SessionByHash(hash []byte) (directory.Session, error) {
	return one(r, "session", scanSession, `SELECT `+sessionColumns+` FROM sessions s WHERE s.hash = $1`, hash)
}

func (r *reader) Sessions(user directory.UserID) ([]directory.Session, error) {
	return list(r, "session", scanSession, `SELECT `+sessionColumns+` FROM sessions s WHERE s.user_id = $1 ORDER BY s.id`, user)
}

func (w *writer) AddSession(s *directory.Session, hash []byte) error {
	return add(w, "session", &s.ID, `INSERT INTO sessions
		(user_id, kind, organization_id, created_at, last_seen, expires_at, address, agent, hash, proven_at, bounded)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		s.User, string(s.Kind), optional(s.Org), toMicros(s.CreatedAt), toMicros(s.LastUsedAt), toMicros(s.ExpiresAt), s.Address, s.Agent, hash, toMicros(s.PasswordVerifiedAt), s.InheritsExpiry)
}

func (w *writer) SetPasswordVerified(user directory.UserID, id directory.SessionID, at time.Time) error {
	return w.change("session", `UPDATE sessions SET proven_at = $3 WHERE id = $1 AND user_id = $2`, id, user, toMicros(at))
}

func (w *writer) DropSession(user directory.UserID, id directory.SessionID) error {
	return w.drop("session", `DELETE FROM sessions WHERE id = $1 AND user_id = $2`, id, user)
}

func (w *writer) DropSessions(user directory.UserID) error {
	return w.drop("session", `DELETE FROM sessions WHERE user_id = $1`, user)
}

// staleCount is the age at which a counter without a lock is deleted.
const staleCount = 24 * time.Hour

// Expire knows when sessions, links and locks end. A throttle that only counts
// has no end of its own: it goes after a day.
func (w *writer) Expire(now time.Time, limit int) (int, error) {
	most := 0
	for _, expired := range []struct {
		what, table, key, where string
		before                  []any
	}{
		{"session", "sessions", "id", `expires_at <> 0 AND expires_at < $2`, []any{toMicros(now)}},
		{"link", "links", "id", `expires_at <> 0 AND expires_at < $2`, []any{toMicros(now)}},
		{"answer", "answers", "(user_id, name)", `ends_at < $2`, []any{toMicros(now)}},
		{"mail", "mails", "id", `given_up AND created_at < $2`, []any{toMicros(now.Add(-directory.KeepFailedMail))}},
		{"name", "reserved_names", "(kind, name)", `ends_at < $2`, []any{toMicros(now)}},
		{"throttle", "throttles", "name", `((ends_at <> 0 AND ends_at < $2) OR (ends_at = 0 AND since < $3))`, []any{toMicros(now), toMicros(now.Add(-staleCount))}},
	} {
		n, err := w.exec(expired.what, `DELETE FROM `+expired.table+` WHERE `+expired.key+` IN (SELECT `+strings.Trim(expired.key, "()")+` FROM `+expired.table+
			` WHERE `+expired.where+` LIMIT $1)`, append([]any{limit}, expired.before...)...)
		if err != nil {
			return most, err
		}
		most = max(most, int(n))
	}
	return most, nil
}
