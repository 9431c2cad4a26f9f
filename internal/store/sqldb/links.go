package sqldb

import (
	"time"

	"roster.example/roster/internal/model"
)

const linkColumns = `id, purpose, user_id, address, password_version, created_at, expires_at, used_at, wished_username, wished_organization, printed`

func scanLink(from row) (l model.Link, err error) {
	err = from.Scan(&l.ID, &l.Purpose, scanOptionalID(&l.User), &l.Email, &l.PasswordVersion,
		scanTime(&l.CreatedAt), scanTime(&l.ExpiresAt), scanTime(&l.UsedAt), &l.Registration.Username, &l.Registration.Organization, &l.Printed)
	return l, err
}

func (r *reader) LinkByHash(hash []byte) (model.Link, error) {
	return one(r, "link", scanLink, `SELECT `+linkColumns+` FROM links WHERE hash = $1`, hash)
}

func (r *reader) Links(user model.UserID) ([]model.Link, error) {
	return list(r, "link", scanLink, `SELECT `+linkColumns+` FROM links WHERE user_id = $1 ORDER BY id`, user)
}

func (w *writer) AddLink(l *model.Link, hash []byte) error {
	return add(w, "link", &l.ID, `INSERT INTO links
		(purpose, user_id, address, password_version, created_at, expires_at, used_at, hash, wished_username, wished_organization, printed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		string(l.Purpose), optional(l.User), l.Email, l.PasswordVersion, toMicros(l.CreatedAt), toMicros(l.ExpiresAt), toMicros(l.UsedAt), hash,
		l.Registration.Username, l.Registration.Organization, l.Printed)
}

// UseLink finds no link that was used before, so of two concurrent uses one succeeds.
func (w *writer) UseLink(id int64, at time.Time) error {
	return w.change("link", `UPDATE links SET used_at = $2 WHERE id = $1 AND used_at = 0`, id, toMicros(at))
}

func (w *writer) DropLink(id int64) error {
	return w.drop("link", `DELETE FROM links WHERE id = $1`, id)
}

func (w *writer) DropLinks(user model.UserID) error {
	return w.drop("link", `DELETE FROM links WHERE user_id = $1`, user)
}

func (w *writer) DropLinksFor(purpose model.Purpose) error {
	return w.drop("link", `DELETE FROM links WHERE purpose = $1`, string(purpose))
}
