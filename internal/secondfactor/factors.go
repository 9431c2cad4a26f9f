package secondfactor

import (
	"roster.example/roster/internal/loginlimit"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/notice"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/passkey"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/session"
)

// Factors holds the second factors of users. Its methods are operations of the directory, which embeds it.
type Factors struct {
	ops      *operation.Runner
	store    model.Store
	keyring  *secret.Keyring
	limits   *ratelimit.Limits
	attempts *loginlimit.Limits
	sessions *session.List
	notices  *notice.Sender
	options  Options
}

// Rules are the other rules that second factors need.
type Rules struct {
	Limits   *ratelimit.Limits
	Attempts *loginlimit.Limits
	Sessions *session.List
	Notices  *notice.Sender
}

// Options are the settings of [Factors].
type Options struct {
	Site          string                       // name of this installation, for authenticator apps
	Policy        Policy                       // which users need a second factor
	Passkeys      func() *passkey.RelyingParty // this server for passkeys; nil, or a nil result, has none
	PasskeyLogins int                          // logins from one network in a minute; 0 and less is the default
}

// New returns the second factors.
func New(ops *operation.Runner, store model.Store, keyring *secret.Keyring, r Rules, options Options) *Factors {
	return &Factors{ops, store, keyring, r.Limits, r.Attempts, r.Sessions, r.Notices, options}
}
