package directory

import (
	"context"
	"fmt"
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/unitext"
)

const (
	mailTextPurpose = "mail text"
	mailHTMLPurpose = "mail html"
	mailLinkPurpose = "mail link"
)

// queueMail queues an email in the transaction of the operation: it is sent if and only if the
// operation commits, and delays no request. If the mailbox has reached its limit, the
// operation fails or the email is dropped: see [mailSender].
func (d *Directory) queueMail(tx model.Writer, actor model.Actor, l model.Message) error {
	_, err := d.queueMailWithin(tx, actor, l)
	return err
}

// queueMailWithin is queueMail, and reports whether the email was queued.
func (d *Directory) queueMailWithin(tx model.Writer, actor model.Actor, l model.Message) (bool, error) {
	if may, err := d.mayMail(tx, actor, l); err != nil || !may {
		return false, err
	}
	composed, err := d.renderer.Render(l)
	if err != nil {
		return false, fmt.Errorf("render the %s email: %w", l.Kind, err)
	}
	if err := d.ops.UseCurrentKey(tx); err != nil {
		return false, err
	}
	mail := model.Mail{To: l.To, Subject: composed.Subject, CreatedAt: d.ops.Now(), Invitation: l.Invitation}
	d.sealMail(&mail, composed)
	return true, tx.AddMail(&mail)
}

func (d *Directory) sealMail(m *model.Mail, c model.RenderedMessage) {
	m.Text, _ = d.keyring.Seal(mailTextPurpose, 0, []byte(c.Text))
	m.HTML, _ = d.keyring.Seal(mailHTMLPurpose, 0, []byte(c.HTML))
	m.Link, _ = d.keyring.Seal(mailLinkPurpose, 0, []byte(c.Link))
}

// renderLink returns the link of a message.
func (d *Directory) renderLink(l model.Message) (string, error) {
	composed, err := d.renderer.Render(l)
	return composed.Link, err
}

// MailQueue is the queue of emails for the mail worker. It is used by the server itself and
// takes no actor.
type MailQueue struct{ directory *Directory }

// NewMailQueue returns the queue of d.
func NewMailQueue(d *Directory) MailQueue { return MailQueue{d} }

// QueuedMail is an email to be sent.
type QueuedMail struct {
	ID               int64
	Attempts         int
	To, Subject      string
	Text, HTML, Link string // HTML and Link may be empty
	CreatedAt        time.Time
}

// Lease returns up to n due emails and hides them from other workers for the duration lease.
// An email that cannot be decrypted is given up, but only by a node that has the current
// encryption key. Queued requests are executed first: see [mailRequest]. A request that fails
// stays queued until its lease ends; the emails are returned nevertheless.
func (q MailQueue) Lease(ctx context.Context, n int, lease time.Duration) ([]QueuedMail, error) {
	var open []QueuedMail
	for {
		letters, requests, err := q.lease(ctx, n-len(open), lease)
		open = append(open, letters...)
		if err != nil && len(open) > 0 {
			q.directory.options.Log.WarnContext(ctx, "further emails were not claimed", "error", err)
			return open, nil
		}
		if err != nil || len(requests) == 0 {
			return open, err
		}
		for _, m := range requests {
			if err := q.directory.runMailRequest(ctx, m); err != nil {
				q.directory.options.Log.WarnContext(ctx, "queued request failed", "request", m.Subject, "error", err)
			}
		}
	}
}

func (q MailQueue) lease(ctx context.Context, n int, lease time.Duration) (open []QueuedMail, requests []model.Mail, err error) {
	err = q.directory.store.Update(ctx, func(tx model.Writer) error {
		open, requests = nil, nil
		if err := q.directory.ops.UseCurrentKey(tx); err != nil {
			return err
		}
		mails, err := tx.LeaseMails(q.directory.ops.Now(), n, lease)
		if err != nil {
			return err
		}
		for _, m := range mails {
			if m.IsRequest() {
				requests = append(requests, m)
				continue
			}
			queued, err := q.directory.unsealMail(m)
			if err != nil {
				if err := tx.GiveUpMail(m.ID, operation.KeyLost); err != nil {
					return err
				}
				continue
			}
			open = append(open, queued)
		}
		return nil
	})
	return open, requests, err
}

func (d *Directory) unsealMail(m model.Mail) (QueuedMail, error) {
	text, err := d.keyring.Open(mailTextPurpose, 0, m.Text)
	if err != nil {
		return QueuedMail{}, err
	}
	html, err := d.unsealHTML(m)
	if err != nil {
		return QueuedMail{}, err
	}
	link, err := d.keyring.Open(mailLinkPurpose, 0, m.Link)
	return QueuedMail{
		ID: m.ID, Attempts: m.Attempts, To: m.To, Subject: m.Subject,
		Text: string(text), HTML: string(html), Link: string(link), CreatedAt: m.CreatedAt,
	}, err
}

// unsealHTML returns nil for emails that were queued by a version without HTML.
func (d *Directory) unsealHTML(m model.Mail) ([]byte, error) {
	if len(m.HTML) == 0 {
		return nil, nil
	}
	return d.keyring.Open(mailHTMLPurpose, 0, m.HTML)
}

// Now returns the time by which emails become due.
func (q MailQueue) Now() time.Time { return q.directory.ops.Now() }

// Sent deletes an email that was sent, if it still exists.
func (q MailQueue) Sent(ctx context.Context, id int64) error {
	return q.directory.store.Update(ctx, func(tx model.Writer) error { return ignoreNotFound(tx.DropMail(id)) })
}

// Delay postpones an email after a failed attempt.
func (q MailQueue) Delay(ctx context.Context, id int64, until time.Time, reason string) error {
	return q.directory.store.Update(ctx, func(tx model.Writer) error { return tx.DelayMail(id, until, unitext.Truncate(reason, 500)) })
}

// GiveUp ends the attempts. Recipient and reason are kept for the operator.
func (q MailQueue) GiveUp(ctx context.Context, id int64, reason string) error {
	return q.directory.store.Update(ctx, func(tx model.Writer) error { return tx.GiveUpMail(id, unitext.Truncate(reason, 500)) })
}
