package sqldb

import (
	"cmp"
	"slices"
	"time"

	"roster.example/roster/internal/directory"
)

const mailColumns = `id, recipient, subject, body, html, link, created_at, attempts`

func scanMail(from row) (m directory.Mail, err error) {
	err = from.Scan(&m.ID, &m.To, &m.Subject, &m.Text, &m.HTML, &m.Link, when(&m.CreatedAt), &m.Attempts)
	return m, err
}

func (w *writer) AddMail(m *directory.Mail) error {
	return add(w, "mail", &m.ID, `INSERT INTO mails (recipient, subject, body, html, link, created_at, due_at, attempts, given_up, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $6, $7, FALSE, '')`,
		m.To, m.Subject, blob(m.Text), blob(m.HTML), blob(m.Link), stamp(m.CreatedAt), m.Attempts)
}

// ClaimMails asks twice whether a letter is due: where two transactions claim at
// once, the second sees the rows of the first change under it, and PostgreSQL
// then looks again at the outer condition only.
func (w *writer) ClaimMails(now time.Time, n int, lease time.Duration) ([]directory.Mail, error) {
	mails, err := list(w.reader, "mail", scanMail, `UPDATE mails SET due_at = $2 WHERE due_at <= $1 AND NOT given_up AND id IN
		(SELECT id FROM mails WHERE due_at <= $1 AND NOT given_up ORDER BY due_at, id LIMIT $3)
		RETURNING `+mailColumns, stamp(now), stamp(now.Add(lease)), n)
	slices.SortFunc(mails, func(a, b directory.Mail) int { return cmp.Compare(a.ID, b.ID) })
	return mails, err
}

func (w *writer) Mails(after int64, limit int) ([]directory.Mail, error) {
	return list(w.reader, "mail", scanMail, `SELECT `+mailColumns+` FROM mails
		WHERE id > $1 AND NOT given_up ORDER BY id LIMIT $2`, after, limit)
}

func (w *writer) ResealMail(m directory.Mail) error {
	return w.change("mail", `UPDATE mails SET body = $2, html = $3, link = $4 WHERE id = $1 AND NOT given_up`,
		m.ID, blob(m.Text), blob(m.HTML), blob(m.Link))
}

func (w *writer) DropMail(id int64) error {
	return w.drop("mail", `DELETE FROM mails WHERE id = $1`, id)
}

func (w *writer) DelayMail(id int64, until time.Time, reason string) error {
	return w.change("mail", `UPDATE mails SET due_at = $2, reason = $3, attempts = attempts + 1 WHERE id = $1`,
		id, stamp(until), reason)
}

func (w *writer) GiveUpMail(id int64, reason string) error {
	return w.change("mail", `UPDATE mails SET given_up = TRUE, reason = $2, body = $3, html = $3, link = $3 WHERE id = $1`,
		id, reason, blob(nil))
}
