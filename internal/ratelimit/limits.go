package ratelimit

import (
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

// LoginLimits limits failed logins, sign-ups and invitations.
type LoginLimits struct {
	AccountFailures  int           // failed logins of one account
	AddressFailures  int           // failed logins from one network
	RevealingAnswers int           // responses to one network that reveal whether an account exists
	SignUps          int           // sign-ups from one network
	Invitations      int           // of one user without administration, from one network, for one organization
	AccountLogins    int           // successful logins of one account in a minute; 0 for any number
	AddressLogins    int           // successful logins from one network in a minute; 0 for any number
	Window           time.Duration // the period in which all of these are counted
	Lock             time.Duration // how long a login is locked
}

// The limits that have no setting.
const (
	MaxRevealingAnswers = 100
	MaxSignUps          = 100
	MaxInvitations      = 200
)
