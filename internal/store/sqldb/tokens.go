package sqldb

import (
	"time"

	"roster.example/roster/internal/model"
)

const tokenColumns = `t.id, t.user_id, t.name, t.scopes, t.created_at, t.expires_at, t.last_used_at, t.revoked_at`

func scanToken(from row) (t model.AccessToken, err error) {
	var scopes string
	err = from.Scan(&t.ID, &t.Owner, &t.Name, &scopes, scanTime(&t.CreatedAt), scanTime(&t.ExpiresAt), scanTime(&t.LastUsedAt), scanTime(&t.RevokedAt))
	t.Scopes = splitScopes(scopes)
	return t, err
}

func (r *reader) Token(id model.TokenID) (model.AccessToken, error) {
	return one(r, "token", scanToken, `SELECT `+tokenColumns+` FROM access_tokens t WHERE t.id = $1`, id)
}

func (r *reader) TokenByHash(hash []byte) (model.AccessToken, error) {
	return one(r, "token", scanToken, `SELECT `+tokenColumns+` FROM access_tokens t WHERE t.hash = $1`, hash)
}

func (r *reader) Tokens(owner model.UserID) ([]model.AccessToken, error) {
	return list(r, "token", scanToken, `SELECT `+tokenColumns+` FROM access_tokens t WHERE t.user_id = $1 ORDER BY t.id`, owner)
}

// LiveTokens reads the index of the tokens of one user.
func (r *reader) LiveTokens(owner model.UserID, now time.Time) (int, error) {
	return one(r, "token", scanInt, `SELECT count(*) FROM access_tokens
		WHERE user_id = $1 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > $2)`, owner, toMicros(now))
}

func (w *writer) DropEndedTokens(owner model.UserID, now time.Time, keep int) error {
	const ended = `user_id = $1 AND (revoked_at <> 0 OR expires_at <> 0 AND expires_at <= $2)`
	return w.put("token", `DELETE FROM access_tokens WHERE `+ended+` AND id <= (SELECT id FROM access_tokens WHERE `+ended+`
		ORDER BY id DESC LIMIT 1 OFFSET $3)`, owner, toMicros(now), keep)
}

// endedRows are the ends of rows that DropEnded deletes: a table, and a column that is 0 until the
// end. Each has a partial index.
func endedRows() [][2]string {
	return [][2]string{
		{"access_tokens", "revoked_at"}, {"access_tokens", "expires_at"},
		{"invitations", "accepted_at"}, {"invitations", "revoked_at"}, {"links", "used_at"},
	}
}

// EndedRowsQueries returns the queries of the rows that DropEnded deletes, by table and column, for
// tests of their plans.
func EndedRowsQueries() map[string]string {
	queries := map[string]string{}
	for _, ended := range endedRows() {
		queries[ended[0]+"."+ended[1]] = endedRowsQuery(ended[0], ended[1])
	}
	return queries
}

// endedRowsQuery selects the rows of table whose end in column is before $1, at most $2.
func endedRowsQuery(table, column string) string {
	return `SELECT id FROM ` + table + ` WHERE ` + column + ` <> 0 AND ` + column + ` < $1 ORDER BY ` + column + ` LIMIT $2`
}

func (w *writer) DropEnded(before time.Time, limit int) (int, error) {
	dropped := 0
	for _, ended := range endedRows() {
		if dropped >= limit {
			break
		}
		n, err := w.exec(ended[0], `DELETE FROM `+ended[0]+` WHERE id IN (`+endedRowsQuery(ended[0], ended[1])+`)`, toMicros(before), limit-dropped)
		if err != nil {
			return dropped, err
		}
		dropped += int(n)
	}
	return dropped, nil
}

func (w *writer) AddToken(t *model.AccessToken, hash []byte) error {
	return add(w, "token", &t.ID, `INSERT INTO access_tokens
		(user_id, name, scopes, created_at, expires_at, last_used_at, revoked_at, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		t.Owner, t.Name, joinScopes(t.Scopes), toMicros(t.CreatedAt), toMicros(t.ExpiresAt), toMicros(t.LastUsedAt), toMicros(t.RevokedAt), hash)
}

// RevokeToken keeps the time of the first revocation.
func (w *writer) RevokeToken(owner model.UserID, id model.TokenID, at time.Time) error {
	return w.change("token", `UPDATE access_tokens SET revoked_at = CASE WHEN revoked_at = 0 THEN $2 ELSE revoked_at END
		WHERE id = $1 AND user_id = $3`, id, toMicros(at), owner)
}

func (w *writer) RevokeTokens(owner model.UserID, at time.Time) error {
	return w.put("token", `UPDATE access_tokens SET revoked_at = $2 WHERE user_id = $1 AND revoked_at = 0`, owner, toMicros(at))
}
