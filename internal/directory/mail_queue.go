package directory

import (
	"roster.example/roster/internal/mailqueue"
	"roster.example/roster/internal/model"
)

// queueMail queues an email. If the mailbox has reached its limit, the operation fails or the email is
// dropped: see [ratelimit.mailSender].
func (d *Directory) queueMail(tx model.Writer, actor model.Actor, l model.Message) error {
	_, err := d.queueMailWithin(tx, actor, l)
	return err
}

// queueMailWithin is queueMail, and reports whether the email was queued.
func (d *Directory) queueMailWithin(tx model.Writer, actor model.Actor, l model.Message) (bool, error) {
	if may, err := d.limits.AllowMail(tx, actor, l); err != nil || !may {
		return false, err
	}
	if err := d.mails.Add(tx, l); err != nil {
		return false, err
	}
	return true, nil
}

// NewMailQueue returns the queue of emails for the mail worker. It is used by the server itself and
// takes no actor.
func NewMailQueue(d *Directory) *mailqueue.Queue { return d.mails }
