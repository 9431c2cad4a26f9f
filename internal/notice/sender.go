package notice

import (
	"cmp"
	"log/slog"
	"time"

	"roster.example/roster/internal/mailqueue"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ratelimit"
)

// Sender queues emails.
type Sender struct {
	limits *ratelimit.Limits
	mails  *mailqueue.Queue
	now    func() time.Time
	log    *slog.Logger
}

// New returns a Sender.
func New(limits *ratelimit.Limits, mails *mailqueue.Queue, now func() time.Time, log *slog.Logger) *Sender {
	return &Sender{limits, mails, now, log}
}

// Queue queues an email. If the mailbox has reached its limit, the operation fails or the email is
// dropped: see [ratelimit.Limits.AllowMail].
func (s *Sender) Queue(tx model.Writer, actor model.Actor, l model.Message) error {
	_, err := s.QueueWithin(tx, actor, l)
	return err
}

// QueueWithin is Queue, and reports whether the email was queued. It is in the language and the time zone of
// the account of the recipient.
func (s *Sender) QueueWithin(tx model.Writer, actor model.Actor, l model.Message) (bool, error) {
	if may, err := s.limits.AllowMail(tx, actor, l); err != nil || !may {
		return false, err
	}
	if l.User != 0 {
		p, err := tx.Preferences(l.User)
		if err != nil {
			return false, err
		}
		l.Language, l.TimeZone = cmp.Or(p.Language, l.Language), cmp.Or(p.TimeZone, l.TimeZone)
	}
	if err := s.mails.Add(tx, l); err != nil {
		return false, err
	}
	return true, nil
}

// Owner queues an email about a change of the user's credentials. There is none for what the
// operator does at the command line.
func (s *Sender) Owner(tx model.Writer, actor model.Actor, u model.User, change model.SecurityChange, item string) error {
	if actor.IsOperator() {
		return nil
	}
	return s.toUser(tx, actor, u, model.Message{
		Kind: model.SecurityNoticeMessage, Change: change, Item: item, From: actor.Address(), ByOther: actor.UserID() != u.ID || actor.Impersonates(),
	})
}

// OwnerID is Owner for a user that the operation has not read.
func (s *Sender) OwnerID(tx model.Writer, actor model.Actor, id model.UserID, change model.SecurityChange, item string) error {
	u, err := tx.User(id)
	if err != nil {
		return err
	}
	return s.Owner(tx, actor, u, change, item)
}

// FactorChange queues an email about a change of the user's second factors.
func (s *Sender) FactorChange(tx model.Writer, actor model.Actor, u model.User, change model.FactorChange) error {
	return s.toUser(tx, actor, u, model.Message{Kind: model.SecondFactorMessage, Factor: change})
}

// toUser queues an email to each address of Addresses. The operation succeeds even if the email is over the
// limits of [ratelimit.Limits.AllowMail]; each kind of change has limits of its own, so that many changes of one
// kind do not hide one of another.
func (s *Sender) toUser(tx model.Writer, actor model.Actor, u model.User, m model.Message) error {
	_, err := s.ToUser(tx, actor, u, m)
	return err
}

// ToUser queues an email to each address of Addresses, and reports whether no email was over the limits.
func (s *Sender) ToUser(tx model.Writer, actor model.Actor, u model.User, m model.Message) (bool, error) {
	addresses, err := s.Addresses(tx, u)
	if err != nil {
		return false, err
	}
	all := true
	m.API, m.Name, m.User = actor.API(), u.GreetingName(), u.ID
	for i, address := range addresses {
		m.To, m.Former = address, i > 0
		sent, err := s.QueueWithin(tx, actor, m)
		if err != nil {
			return false, err
		}
		if !sent {
			all = false
			s.log.Warn("notice to a user not sent: too many in an hour or a day", "user", u.ID, "kind", m.Kind)
		}
	}
	return all, nil
}
