package ratelimit

import (
	"cmp"
	"log/slog"
	"time"

	"roster.example/roster/internal/operation"
)

// Limits counts attempts of a network and emails to a mailbox, and rejects what is beyond the limits.
type Limits struct {
	ops     *operation.Runner
	log     *slog.Logger
	options Options
}

// Options are the settings of [Limits].
type Options struct {
	Login       LoginLimits
	MailPerHour int // emails to one mailbox
	MailPerDay  int // likewise
}

// New returns the limits.
func New(ops *operation.Runner, log *slog.Logger, options Options) *Limits {
	return &Limits{ops: ops, log: log, options: options}
}

// LoginLimits limits failed logins, sign-ups and invitations. Zero fields take the default.
type LoginLimits struct {
	AccountFailures  int           // failed logins of one account; 10
	AddressFailures  int           // failed logins from one network; 50
	RevealingAnswers int           // responses to one network that reveal whether an account exists; 100
	SignUps          int           // sign-ups from one network; 100
	Invitations      int           // of one user without administration, from one network, for one organization; 200
	AccountLogins    int           // successful logins of one account in a minute; 60, and -1 for any number
	AddressLogins    int           // successful logins from one network in a minute; 600, and -1 for any number
	Window           time.Duration // the period in which all of these are counted; 10 minutes
	Lock             time.Duration // how long a login is locked; 10 minutes
}

// Fill sets the default for every limit that is zero.
func (l *LoginLimits) Fill() {
	l.AccountFailures = cmp.Or(l.AccountFailures, 10)
	l.AddressFailures = cmp.Or(l.AddressFailures, 50)
	l.RevealingAnswers = cmp.Or(l.RevealingAnswers, 100)
	l.SignUps = cmp.Or(l.SignUps, 100)
	l.Invitations = cmp.Or(l.Invitations, 200)
	l.AccountLogins = cmp.Or(l.AccountLogins, 60)
	l.AddressLogins = cmp.Or(l.AddressLogins, 600)
	l.Window = cmp.Or(l.Window, 10*time.Minute)
	l.Lock = cmp.Or(l.Lock, 10*time.Minute)
}
