package credential

import (
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/notice"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/sshkey"
)

// Credentials holds the access tokens, API keys and SSH keys of users. Its methods are operations of the
// directory, which embeds it.
type Credentials struct {
	ops     *operation.Runner
	store   model.Store
	keyring *secret.Keyring
	factors *secondfactor.Factors
	notices *notice.Sender
	options Options
	full    model.Scopes // of API keys
}

// Options are the settings of [Credentials].
type Options struct {
	DiscloseAPIKeys bool // administrators can read the API keys of all users
	KeyLimits       sshkey.Limits
	MaxKeys         int // SSH keys per user
}

// New returns the credentials.
func New(ops *operation.Runner, store model.Store, keyring *secret.Keyring, factors *secondfactor.Factors, notices *notice.Sender, options Options) *Credentials {
	return &Credentials{ops: ops, store: store, keyring: keyring, factors: factors, notices: notices, options: options, full: model.FullScopes()}
}
