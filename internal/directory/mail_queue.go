package directory

import (
	"context"
	"fmt"
	"time"
)

const (
	mailTextPurpose = "mail text"
	mailHTMLPurpose = "mail html"
	mailLinkPurpose = "mail link"
)

// post queues a letter in the transaction of the deed that it tells of: it is
// sent if and only if the deed was done, and sending delays nobody. Where the mailbox
// got too many, the operation fails, or the letter is dropped: see [LetterKind.silent].
func (d *Directory) queueMail(tx Writer, actor Actor, l Message) error {
	_, err := d.queueMailWithin(tx, actor, l)
	return err
}

// postWithin is post, and reports whether the letter was queued.
func (d *Directory) queueMailWithin(tx Writer, actor Actor, l Message) (bool, error) {
	if may, err := d.mayMail(tx, actor, l); err != nil || !may {
		return false, err
	}
	composed, err := d.renderer.Render(l)
	if err != nil {
		return false, fmt.Errorf("compose the %s letter: %w", l.Kind, err)
	}
	if err := d.useCurrentKey(tx); err != nil {
		return false, err
	}
	mail := Mail{To: l.To, Subject: composed.Subject, CreatedAt: d.now(), Invitation: l.Invitation}
	d.sealMail(&mail, composed)
	return true, tx.AddMail(&mail)
}

func (d *Directory) sealMail(m *Mail, c RenderedMessage) {
	m.Text, _ = d.keyring.Seal(mailTextPurpose, 0, []byte(c.Text))
	m.HTML, _ = d.keyring.Seal(mailHTMLPurpose, 0, []byte(c.HTML))
	m.Link, _ = d.keyring.Seal(mailLinkPurpose, 0, []byte(c.Link))
}

// Link is what a letter of this kind would link to.
func (d *Directory) renderLink(l Message) (string, error) {
	composed, err := d.renderer.Render(l)
	return composed.Link, err
}

// MailQueue hands the queued letters to whoever sends them. It is the server's
// own and knows no actor.
type MailQueue struct{ directory *Directory }

// NewMailQueue opens the queue of d.
func NewMailQueue(d *Directory) MailQueue { return MailQueue{d} }

// QueuedMail is a letter to be sent.
type QueuedMail struct {
	ID               int64
	Attempts         int
	To, Subject      string
	Text, HTML, Link string // HTML and Link may be empty
	CreatedAt        time.Time
}

// Claim hands out up to n letters that are due, and keeps them from other
// senders for the lease. A letter that cannot be opened any more is given up, but
// only by a node that has the key in use: another one would be giving up everything.
// Requests that wait among them are carried out first: see [mailRequest]. A request that
// fails stays queued until its lease ends; the emails are returned nevertheless.
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

func (q MailQueue) lease(ctx context.Context, n int, lease time.Duration) (open []QueuedMail, requests []Mail, err error) {
	err = q.directory.store.Update(ctx, func(tx Writer) error {
		open, requests = nil, nil
		if err := q.directory.useCurrentKey(tx); err != nil {
			return err
		}
		mails, err := tx.LeaseMails(q.directory.now(), n, lease)
		if err != nil {
			return err
		}
		for _, m := range mails {
			if m.isRequest() {
				requests = append(requests, m)
				continue
			}
			queued, err := q.directory.unsealMail(m)
			if err != nil {
				if err := tx.GiveUpMail(m.ID, mailKeyLost); err != nil {
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

// keyGone is why a letter is given up that nobody can read any more.
const mailKeyLost = "the encryption key that sealed it is gone"

func (d *Directory) unsealMail(m Mail) (QueuedMail, error) {
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

// unsealHTML is content with letters that were queued before there was any.
func (d *Directory) unsealHTML(m Mail) ([]byte, error) {
	if len(m.HTML) == 0 {
		return nil, nil
	}
	return d.keyring.Open(mailHTMLPurpose, 0, m.HTML)
}

// Now is the clock that the queue goes by.
func (q MailQueue) Now() time.Time { return q.directory.now() }

// Sent removes an email that was sent, unless it is gone already.
func (q MailQueue) Sent(ctx context.Context, id int64) error {
	return q.directory.store.Update(ctx, func(tx Writer) error { return ignoreNotFound(tx.DropMail(id)) })
}

// Delay puts a letter off after a failed attempt.
func (q MailQueue) Delay(ctx context.Context, id int64, until time.Time, reason string) error {
	return q.directory.store.Update(ctx, func(tx Writer) error { return tx.DelayMail(id, until, truncate(reason, 500)) })
}

// GiveUp stops trying. Recipient and reason are kept for the operator.
func (q MailQueue) GiveUp(ctx context.Context, id int64, reason string) error {
	return q.directory.store.Update(ctx, func(tx Writer) error { return tx.GiveUpMail(id, truncate(reason, 500)) })
}
