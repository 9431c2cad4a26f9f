package operation

import (
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// counterKeys holds the HMAC keys, by purpose, with which names, networks and mailboxes are
// hashed before they are counted (see Bucket in package ratelimit). They are stored encrypted with the
// key check and survive a change of the key file, so that locks and known networks do.
// Databases of older versions derive them from the key file.
type counterKeys map[string][]byte

// counterPurposes lists the purposes of counter keys.
var counterPurposes = [...]string{"name", "network", "mailbox"}

// derivedCounterKey derives the key of a purpose from the current key of the keyring.
func (r *Runner) derivedCounterKey(purpose string) []byte {
	return r.keyring.SigningKey("throttle " + purpose)
}

func (r *Runner) derivedCounterKeys() counterKeys {
	keys := counterKeys{}
	for _, purpose := range counterPurposes {
		keys[purpose] = r.derivedCounterKey(purpose)
	}
	return keys
}

// CounterKey returns the key of one purpose.
func (r *Runner) CounterKey(purpose string) []byte {
	if known := r.counters.Load(); known != nil {
		return (*known)[purpose]
	}
	return r.derivedCounterKey(purpose)
}

// cacheCounterKeys keeps the stored keys in memory. If none are stored yet, it keeps the
// derived ones, so that they stay when the encryption key is rotated.
func (r *Runner) cacheCounterKeys(c model.KeyCheck, s KeySecret) {
	if s.counters == nil && (c.KeyID != r.keyring.CurrentID() || r.counters.Load() != nil) {
		return
	}
	if s.counters == nil {
		s.counters = r.derivedCounterKeys()
	}
	r.counters.Store(&s.counters)
}

// withCounters returns s with counter keys: its own, else those in memory, else derived ones.
func (r *Runner) withCounters(s KeySecret) KeySecret {
	if s.counters != nil {
		return s
	}
	if known := r.counters.Load(); known != nil {
		s.counters = *known
	} else {
		s.counters = r.derivedCounterKeys()
	}
	return s
}

// ensureCounterKeys stores counter keys in a database of an older version.
func (r *Runner) ensureCounterKeys(tx model.Writer) error {
	if r.UseCurrentKey(tx) != nil {
		return nil // reported by TryKey of package rekey
	}
	s, err := r.KeySecret(tx)
	if err != nil || s.Epoch == 0 || s.counters != nil {
		return err
	}
	return r.PutKeyCheck(tx, r.withCounters(s))
}

// LoadCounterKeys keeps the stored counter keys in memory. It returns NotFound if none are
// stored.
func (r *Runner) LoadCounterKeys(tx model.Reader) error {
	switch s, err := r.KeySecret(tx); {
	case err != nil: // reported by TryKey of package rekey
	case s.counters == nil:
		return fault.Missing("key check")
	default:
		r.counters.Store(&s.counters)
	}
	return nil
}
