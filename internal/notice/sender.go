package notice

import (
	"log/slog"

	"roster.example/roster/internal/mailqueue"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ratelimit"
)

// Sender queues emails.
type Sender struct {
	limits *ratelimit.Limits
	mails  *mailqueue.Queue
	log    *slog.Logger
}

// New returns a Sender.
func New(limits *ratelimit.Limits, mails *mailqueue.Queue, log *slog.Logger) *Sender {
	return &Sender{limits, mails, log}
}

// Queue queues an email. If the mailbox has reached its limit, the operation fails or the email is
// dropped: see [ratelimit.mailSender].
func (s *Sender) Queue(tx model.Writer, actor model.Actor, l model.Message) error {
	_, err := s.QueueWithin(tx, actor, l)
	return err
}

// QueueWithin is Queue, and reports whether the email was queued.
func (s *Sender) QueueWithin(tx model.Writer, actor model.Actor, l model.Message) (bool, error) {
	if may, err := s.limits.AllowMail(tx, actor, l); err != nil || !may {
		return false, err
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

// toUser queues an email to the verified address of the user that recoveries use. Users without one,
// invited users and service accounts get none. The operation succeeds even if the email is over the limits
// of [ratelimit.Limits.AllowMail]; each kind of change has limits of its own, so that many changes of one
// kind do not hide one of another.
func (s *Sender) toUser(tx model.Writer, actor model.Actor, u model.User, m model.Message) error {
	to, ok := u.RecoveryEmail()
	if !ok || !to.Verified || u.Service || u.IsInvited() {
		return nil
	}
	m.API, m.To, m.Name, m.User = actor.API(), to.Address, u.GreetingName(), u.ID
	sent, err := s.QueueWithin(tx, actor, m)
	if err == nil && !sent {
		s.log.Warn("notice to a user not sent: too many in an hour or a day", "user", u.ID, "kind", m.Kind)
	}
	return err
}
