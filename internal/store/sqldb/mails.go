package sqldb

import (
	"cmp"
	"slices"
	"time"

	"roster.example/roster/internal/model"
)

const mailColumns = `id, recipient, subject, body, html, link, created_at, attempts, invitation_id`

func scanMail(from row) (m model.Mail, err error) {
	err = from.Scan(&m.ID, &m.To, &m.Subject, &m.Text, &m.HTML, &m.Link, scanTime(&m.CreatedAt), &m.Attempts, &m.Invitation)
	return m, err
}

func (w *writer) AddMail(m *model.Mail) error {
	return add(w, "mail", &m.ID, `INSERT INTO mails
		(recipient, subject, body, html, link, created_at, due_at, attempts, given_up, reason, invitation_id)
		VALUES ($1, $2, $3, $4, $5, $6, $6, $7, FALSE, '', $8)`,
		m.To, m.Subject, nonNil(m.Text), nonNil(m.HTML), nonNil(m.Link), toMicros(m.CreatedAt), m.Attempts, m.Invitation)
}

// LeaseMails checks twice whether an email is due. If two transactions lease at once, the rows of the
// second change under it, and PostgreSQL then evaluates only the outer condition again.
func (w *writer) LeaseMails(now time.Time, n int, lease time.Duration) ([]model.Mail, error) {
	mails, err := list(w.reader, "mail", scanMail, `UPDATE mails SET due_at = $2, claimed_by = $4 WHERE due_at <= $1 AND NOT given_up AND id IN
		(SELECT id FROM mails WHERE due_at <= $1 AND NOT given_up ORDER BY due_at, id LIMIT $3)
		RETURNING `+mailColumns, toMicros(now), toMicros(now.Add(lease)), n, w.engine.holder())
	slices.SortFunc(mails, func(a, b model.Mail) int { return cmp.Compare(a.ID, b.ID) })
	return mails, err
}

// LeaseHolders implements [model.MailReader].
func (r *reader) LeaseHolders() ([]model.LeaseHolder, error) {
	return list(r, "mail", scanID[model.LeaseHolder], `SELECT claimed_by FROM mails WHERE claimed_by <> 0
		UNION SELECT claimed_by FROM deliveries WHERE claimed_by <> 0 ORDER BY 1`)
}

// ReleaseLeases implements [model.MailWriter]. The probe of a webhook is a lease of
// the webhook, too.
func (w *writer) ReleaseLeases(of model.LeaseHolder, now time.Time) error {
	err := w.put("mail", `UPDATE mails SET due_at = $2, claimed_by = 0 WHERE claimed_by = $1`, of, toMicros(now))
	if err == nil {
		err = w.put("webhook", `UPDATE webhooks SET probe_at = $2 WHERE failures > 0 AND probe_at > $2
			AND id IN (SELECT webhook_id FROM deliveries WHERE claimed_by = $1)`, of, toMicros(now))
	}
	if err == nil {
		err = w.put("delivery", `UPDATE deliveries SET leased_until = 0, claimed_by = 0 WHERE claimed_by = $1`, of)
	}
	return err
}

func (w *writer) Mails(after int64, limit int) ([]model.Mail, error) {
	return list(w.reader, "mail", scanMail, `SELECT `+mailColumns+` FROM mails
		WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
}

func (r *reader) FailedMails(after int64, limit int) ([]model.FailedMail, error) {
	return list(r, "mail", func(from row) (m model.FailedMail, err error) {
		err = from.Scan(&m.ID, &m.To, &m.Subject, scanTime(&m.CreatedAt), &m.Attempts, &m.Reason, &m.Invitation)
		return m, err
	}, `SELECT id, recipient, subject, created_at, attempts, reason, invitation_id FROM mails
		WHERE id > $1 AND given_up ORDER BY id LIMIT $2`, after, limit)
}

func (r *reader) FailedMailCount() (int, error) {
	return one(r, "mail", func(from row) (n int, err error) {
		err = from.Scan(&n)
		return n, err
	}, `SELECT COUNT(*) FROM mails WHERE given_up`)
}

func (r *reader) RetryingMails() (model.RetryingMails, error) {
	return one(r, "mail", func(from row) (m model.RetryingMails, err error) {
		err = from.Scan(&m.Count, scanTime(&m.Oldest), &m.Reason)
		return m, err
	}, `SELECT COUNT(*), COALESCE(MIN(created_at), 0), COALESCE((SELECT reason FROM mails
			WHERE NOT given_up AND attempts > 0 ORDER BY created_at, id LIMIT 1), '')
		FROM mails WHERE NOT given_up AND attempts > 0`)
}

func (r *reader) UndeliveredInvitations(org model.OrgID, first, last model.InvitationID) (map[model.InvitationID]string, error) {
	reasons := map[model.InvitationID]string{}
	err := r.each("mail", func(from row) error {
		var id model.InvitationID
		var reason string
		err := from.Scan(&id, &reason)
		reasons[id] = reason
		return err
	}, `SELECT m.invitation_id, m.reason FROM mails m JOIN invitations i ON i.id = m.invitation_id
		WHERE m.given_up AND i.organization_id = $1 AND i.id BETWEEN $2 AND $3 ORDER BY m.id`, org, first, last)
	return reasons, err
}

func (w *writer) RetryMail(id int64, at time.Time) error {
	return w.change("mail", `UPDATE mails SET given_up = FALSE, due_at = $2, attempts = 0, reason = '' WHERE id = $1 AND given_up`,
		id, toMicros(at))
}

func (w *writer) DropInvitationMails(id model.InvitationID) error {
	return w.drop("mail", `DELETE FROM mails WHERE invitation_id = $1`, id)
}

func (w *writer) ResealMail(m model.Mail) error {
	return w.change("mail", `UPDATE mails SET body = $2, html = $3, link = $4 WHERE id = $1`,
		m.ID, nonNil(m.Text), nonNil(m.HTML), nonNil(m.Link))
}

func (w *writer) DropMail(id int64) error {
	return w.change("mail", `DELETE FROM mails WHERE id = $1`, id)
}

func (w *writer) DelayMail(id int64, until time.Time, reason string) error {
	return w.change("mail", `UPDATE mails SET due_at = $2, claimed_by = 0, reason = $3, attempts = attempts + 1 WHERE id = $1`,
		id, toMicros(until), reason)
}

func (w *writer) GiveUpMail(id int64, reason string) error {
	return w.change("mail", `UPDATE mails SET given_up = TRUE, claimed_by = 0, reason = $2, attempts = attempts + 1 WHERE id = $1`, id, reason)
}
