// Package mailqueue is the queue of emails between the transaction of an operation, which adds them, and the
// worker of package mail, which sends them. Texts and links are encrypted in the queue.
package mailqueue

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

const (
	textPurpose = "mail text"
	htmlPurpose = "mail html"
	linkPurpose = "mail link"
)

// Queue is the queue of emails. The worker uses it without an actor.
type Queue struct {
	ops      *operation.Runner
	store    model.Store
	keyring  *secret.Keyring
	renderer model.Renderer
	log      *slog.Logger
	execute  func(context.Context, model.Mail) error
}

// New returns the queue of a store. execute executes a queued request and deletes it, see
// [Queue.AddRequest].
func New(ops *operation.Runner, store model.Store, keyring *secret.Keyring, renderer model.Renderer, log *slog.Logger, execute func(context.Context, model.Mail) error) *Queue {
	return &Queue{ops: ops, store: store, keyring: keyring, renderer: renderer, log: log, execute: execute}
}

// Add queues an email in the transaction of the operation: it is sent if and only if the operation
// commits, and delays no request.
func (q *Queue) Add(tx model.Writer, m model.Message) error {
	rendered, err := q.renderer.Render(m)
	if err != nil {
		return fmt.Errorf("render the %s email: %w", m.Kind, err)
	}
	if err := q.ops.UseCurrentKey(tx); err != nil {
		return err
	}
	mail := model.Mail{To: m.To, Subject: rendered.Subject, CreatedAt: q.ops.Now(), Invitation: m.Invitation}
	q.seal(&mail, rendered)
	return tx.AddMail(&mail)
}

// AddRequest queues a request that is executed before the next email is sent, instead of an email. Its
// text is encrypted.
func (q *Queue) AddRequest(tx model.Writer, kind, text string) error {
	if err := q.ops.UseCurrentKey(tx); err != nil {
		return err
	}
	m := model.Mail{Subject: kind, CreatedAt: q.ops.Now()}
	m.Text, _ = q.keyring.Seal(textPurpose, 0, []byte(text))
	return tx.AddMail(&m)
}

// RequestText decrypts the text of a queued request.
func (q *Queue) RequestText(m model.Mail) (string, error) {
	text, err := q.keyring.Open(textPurpose, 0, m.Text)
	if err != nil {
		return "", fault.New(fault.Conflict, operation.KeyLost)
	}
	return string(text), nil
}

// Link returns the link of a message.
func (q *Queue) Link(m model.Message) (string, error) {
	rendered, err := q.renderer.Render(m)
	return rendered.Link, err
}

// Reseal encrypts an email or request with the current key. One that cannot be decrypted is given up.
func (q *Queue) Reseal(tx model.Writer, m model.Mail) error {
	if m.IsRequest() {
		text, err := q.keyring.Open(textPurpose, 0, m.Text)
		if err != nil {
			return tx.GiveUpMail(m.ID, operation.KeyLost)
		}
		m.Text, _ = q.keyring.Seal(textPurpose, 0, text)
		return tx.ResealMail(m)
	}
	open, err := q.open(m)
	if err != nil {
		return tx.GiveUpMail(m.ID, operation.KeyLost)
	}
	q.seal(&m, model.RenderedMessage{Text: open.Text, HTML: open.HTML, Link: open.Link})
	return tx.ResealMail(m)
}

func (q *Queue) seal(m *model.Mail, c model.RenderedMessage) {
	m.Text, _ = q.keyring.Seal(textPurpose, 0, []byte(c.Text))
	m.HTML, _ = q.keyring.Seal(htmlPurpose, 0, []byte(c.HTML))
	m.Link, _ = q.keyring.Seal(linkPurpose, 0, []byte(c.Link))
}

// Email is an email to be sent.
type Email struct {
	ID               int64
	Attempts         int
	To, Subject      string
	Text, HTML, Link string // HTML and Link may be empty
	CreatedAt        time.Time
}

// Lease returns up to n due emails and hides them from other workers for the duration lease.
// An email that cannot be decrypted is given up, but only by a node that has the current
// encryption key. Queued requests are executed first: see [Queue.AddRequest]. A request that fails
// stays queued until its lease ends; the emails are returned nevertheless.
func (q *Queue) Lease(ctx context.Context, n int, lease time.Duration) ([]Email, error) {
	var open []Email
	for {
		emails, requests, err := q.lease(ctx, n-len(open), lease)
		open = append(open, emails...)
		if err != nil && len(open) > 0 {
			q.log.WarnContext(ctx, "further emails were not claimed", "error", err)
			return open, nil
		}
		if err != nil || len(requests) == 0 {
			return open, err
		}
		for _, m := range requests {
			if err := q.execute(ctx, m); err != nil {
				q.log.WarnContext(ctx, "queued request failed", "request", m.Subject, "error", err)
			}
		}
	}
}

func (q *Queue) lease(ctx context.Context, n int, lease time.Duration) (open []Email, requests []model.Mail, err error) {
	err = q.store.Update(ctx, func(tx model.Writer) error {
		open, requests = nil, nil
		if err := q.ops.UseCurrentKey(tx); err != nil {
			return err
		}
		mails, err := tx.LeaseMails(q.ops.Now(), n, lease)
		if err != nil {
			return err
		}
		for _, m := range mails {
			if m.IsRequest() {
				requests = append(requests, m)
				continue
			}
			queued, err := q.open(m)
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

func (q *Queue) open(m model.Mail) (Email, error) {
	text, err := q.keyring.Open(textPurpose, 0, m.Text)
	if err != nil {
		return Email{}, err
	}
	html, err := q.openHTML(m)
	if err != nil {
		return Email{}, err
	}
	link, err := q.keyring.Open(linkPurpose, 0, m.Link)
	return Email{
		ID: m.ID, Attempts: m.Attempts, To: m.To, Subject: m.Subject,
		Text: string(text), HTML: string(html), Link: string(link), CreatedAt: m.CreatedAt,
	}, err
}

// openHTML returns nil for emails that were queued by a version without HTML.
func (q *Queue) openHTML(m model.Mail) ([]byte, error) {
	if len(m.HTML) == 0 {
		return nil, nil
	}
	return q.keyring.Open(htmlPurpose, 0, m.HTML)
}

// Now returns the time by which emails become due.
func (q *Queue) Now() time.Time { return q.ops.Now() }

// Sent deletes an email that was sent, if it still exists.
func (q *Queue) Sent(ctx context.Context, id int64) error {
	return q.store.Update(ctx, func(tx model.Writer) error { return ignoreMissing(tx.DropMail(id)) })
}

// Delay postpones an email after a failed attempt.
func (q *Queue) Delay(ctx context.Context, id int64, until time.Time, reason string) error {
	return q.store.Update(ctx, func(tx model.Writer) error { return tx.DelayMail(id, until, unitext.Truncate(reason, 500)) })
}

// GiveUp ends the attempts. Recipient and reason are kept for the operator.
func (q *Queue) GiveUp(ctx context.Context, id int64, reason string) error {
	return q.store.Update(ctx, func(tx model.Writer) error { return tx.GiveUpMail(id, unitext.Truncate(reason, 500)) })
}

func ignoreMissing(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}
