package login

import (
	"log/slog"
	"time"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/loginlimit"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/notice"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/session"
)

// Logins verifies logins. Its methods are operations of the directory, which embeds it.
type Logins struct {
	ops         *operation.Runner
	store       model.Store
	hasher      *secret.Hasher
	keyring     *secret.Keyring
	networks    *ratelimit.Limits
	attempts    *loginlimit.Limits
	sessions    *session.List
	factors     *secondfactor.Factors
	credentials *credential.Credentials
	notices     *notice.Sender
	log         *slog.Logger
	options     Options
}

// Rules are the other rules that logins need.
type Rules struct {
	Limits      *ratelimit.Limits
	Attempts    *loginlimit.Limits
	Sessions    *session.List
	Factors     *secondfactor.Factors
	Credentials *credential.Credentials
	Notices     *notice.Sender
}

// Options are the settings of [Logins].
type Options struct {
	Log            *slog.Logger
	Reauthenticate time.Duration // how long a check of the password counts as recent
	// Join makes a user a member by an invitation, in the transaction of a login.
	Join func(tx model.Writer, actor model.Actor, u model.User, invitation secret.Text) error
}

// New returns the logins.
func New(ops *operation.Runner, store model.Store, hasher *secret.Hasher, keyring *secret.Keyring, r Rules, options Options) *Logins {
	return &Logins{ops, store, hasher, keyring, r.Limits, r.Attempts, r.Sessions, r.Factors, r.Credentials, r.Notices, options.Log, options}
}
