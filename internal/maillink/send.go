package maillink

import (
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/notice"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secret"
)

// Sender mails links. It has no operation, so the directory does not embed it.
type Sender struct {
	ops     *operation.Runner
	notices *notice.Sender
}

// New returns a Sender.
func New(ops *operation.Runner, notices *notice.Sender) *Sender { return &Sender{ops, notices} }

// Send creates a one-time link for an address of a user and queues the email with it. The
// link ends with the address and, for a reset, with the password.
func (s *Sender) Send(tx model.Writer, actor model.Actor, u model.User, to model.Email, purpose model.Purpose, kind model.MessageKind, lifetime time.Duration) error {
	return s.SendWith(tx, actor, u, to, model.Link{Purpose: purpose}, model.Message{Kind: kind}, lifetime)
}

// SendWith is Send with further fields of the link and the message.
func (s *Sender) SendWith(tx model.Writer, actor model.Actor, u model.User, to model.Email, l model.Link, message model.Message, lifetime time.Duration) error {
	password, err := tx.PasswordOf(u.ID)
	if err != nil {
		return err
	}
	token := secret.NewOpaque(43, secret.URLSafe)
	l.User, l.Email, l.PasswordVersion = u.ID, to.Address, password.Version
	l.CreatedAt, l.ExpiresAt = s.ops.Now(), s.ops.Now().Add(lifetime)
	if err := tx.AddLink(&l, secret.Fingerprint(token.Reveal())); err != nil {
		return err
	}
	message.API, message.To, message.Name, message.Token, message.Expires, message.User = actor.API(), l.Email, u.GreetingName(), token, l.ExpiresAt, u.ID
	return s.notices.Queue(tx, actor, message)
}

// The lifetimes of one-time links. Links that revert a change of address do not expire by themselves.
const (
	ResetLifetime  = 24 * time.Hour
	VerifyLifetime = 3 * 24 * time.Hour
	SetupLifetime  = 24 * time.Hour
)
