package sqldb

import (
	"fmt"
	"time"

	"roster.example/roster/internal/model"
)

const sessionColumns = `s.id, s.user_id, s.kind, s.organization_id, s.created_at, s.last_seen, s.expires_at, s.address, s.agent, s.proven_at, s.bounded, s.second_factor_at, s.exempt`

func scanSession(from row) (s model.Session, err error) {
	err = from.Scan(&s.ID, &s.User, &s.Kind, scanOptionalID(&s.Org), scanTime(&s.CreatedAt), scanTime(&s.LastUsedAt), scanTime(&s.ExpiresAt), &s.Address, &s.Agent,
		scanTime(&s.PasswordVerifiedAt), &s.InheritsExpiry, scanTime(&s.SecondFactorAt), &s.Exempt)
	return s, err
}

func (r *reader) SessionByHash(hash []byte) (model.Session, error) {
	return one(r, "session", scanSession, `SELECT `+sessionColumns+` FROM sessions s WHERE s.hash = $1`, hash)
}

func (r *reader) Session(user model.UserID, id model.SessionID) (model.Session, error) {
	return one(r, "session", scanSession, `SELECT `+sessionColumns+` FROM sessions s WHERE s.id = $1 AND s.user_id = $2`, id, user)
}

func (r *reader) Sessions(user model.UserID) ([]model.Session, error) {
	return list(r, "session", scanSession, `SELECT `+sessionColumns+` FROM sessions s WHERE s.user_id = $1 ORDER BY s.id`, user)
}

func (w *writer) AddSession(s *model.Session, hash []byte) error {
	return add(w, "session", &s.ID, `INSERT INTO sessions
		(user_id, kind, organization_id, created_at, last_seen, expires_at, address, agent, hash, proven_at, bounded, second_factor_at, exempt)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		s.User, string(s.Kind), optional(s.Org), toMicros(s.CreatedAt), toMicros(s.LastUsedAt), toMicros(s.ExpiresAt), s.Address, s.Agent, hash, toMicros(s.PasswordVerifiedAt), s.InheritsExpiry, toMicros(s.SecondFactorAt), s.Exempt)
}

func (w *writer) DropSession(user model.UserID, id model.SessionID) error {
	return w.drop("session", `DELETE FROM sessions WHERE id = $1 AND user_id = $2`, id, user)
}

func (w *writer) DropSessions(user model.UserID) error {
	return w.drop("session", `DELETE FROM sessions WHERE user_id = $1`, user)
}

// staleCount is the age at which a counter without a lock is deleted.
const staleCount = 24 * time.Hour

// expiring is the condition for expired rows of a table; $1 is a limit.
type expiring struct {
	table, key, where string
	before            []any
}

// expiringRows returns the zero value for an unknown kind. A throttle that only counts is deleted
// after a day, because it has no expiry.
func expiringRows(kind model.ExpiringKind, now time.Time) expiring {
	at := toMicros(now)
	switch kind {
	case model.ExpiringSessions:
		return expiring{"sessions", "id", `expires_at <> 0 AND expires_at < $2`, []any{at}}
	case model.ExpiringLinks:
		return expiring{"links", "id", `expires_at <> 0 AND expires_at < $2`, []any{at}}
	case model.ExpiringResponses:
		return expiring{"answers", "user_id, name", `ends_at < $2`, []any{at}}
	case model.ExpiringFailedMails:
		return expiring{"mails", "id", `given_up AND created_at < $2`, []any{toMicros(now.Add(-model.KeepFailedMail))}}
	case model.ExpiringReservedNames:
		return expiring{"reserved_names", "kind, name", `ends_at < $2`, []any{at}}
	case model.ExpiringThrottles:
		return expiring{"throttles", "name", `((ends_at <> 0 AND ends_at < $2) OR (ends_at = 0 AND since < $3))`, []any{at, toMicros(now.Add(-staleCount))}}
	case model.ExpiringCeremonies:
		return expiring{"ceremonies", "id", `expires_at < $2`, []any{at}}
	case model.ExpiringNoticeAddresses:
		return expiring{"notice_addresses", "user_id, address", `ends_at < $2`, []any{at}}
	}
	return expiring{}
}

func (w *writer) Expire(kind model.ExpiringKind, now time.Time, limit int) (int, error) {
	rows := expiringRows(kind, now)
	if rows.table == "" {
		return 0, fmt.Errorf("rows of the kind %q do not expire", kind)
	}
	n, err := w.exec(string(kind), `DELETE FROM `+rows.table+` WHERE (`+rows.key+`) IN (SELECT `+rows.key+` FROM `+rows.table+
		` WHERE `+rows.where+` LIMIT $1)`, append([]any{limit}, rows.before...)...)
	return int(n), err
}
