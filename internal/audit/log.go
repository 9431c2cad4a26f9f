package audit

import (
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secret"
)

// Log is the log of events. Its methods are operations of the directory, which embeds it.
type Log struct {
	ops     *operation.Runner
	store   model.Store
	keyring *secret.Keyring // nil while a directory is moved without its key file
	keep    time.Duration   // events older than this are deleted; 0 keeps all
	signal  eventSignal
}

// New returns the events of a store.
func New(ops *operation.Runner, store model.Store, keyring *secret.Keyring, keep time.Duration) *Log {
	return &Log{ops: ops, store: store, keyring: keyring, keep: keep}
}

// Wake wakes the followers of events after a commit that recorded one.
func Wake(l *Log) { l.signal.broadcast() }
