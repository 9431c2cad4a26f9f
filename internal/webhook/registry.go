package webhook

import (
	"net/netip"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secret"
)

// Registry holds the webhooks and their deliveries. Its methods are operations of the directory, which
// embeds it.
type Registry struct {
	ops     *operation.Runner
	store   model.Store
	keyring *secret.Keyring
	options Options
}

// Options are the settings of a [Registry].
type Options struct {
	Private []netip.Prefix // private networks that webhook URLs may point to
	Backlog int            // maximum queued deliveries of a failing webhook; 0 is 100,000
}

// New returns the webhooks of a store.
func New(ops *operation.Runner, store model.Store, keyring *secret.Keyring, options Options) *Registry {
	return &Registry{ops: ops, store: store, keyring: keyring, options: options}
}
