package directory

import "roster.example/roster/internal/fault"

// counterKeys are the HMAC keys that names, networks and mailboxes are hashed with before
// they are counted (see [Directory.bucket]), by purpose. They are sealed with the key check
// and stay when the key file gets a new key, so locks and known networks survive that. The
// first ones are derived from the key file, as all were before they were sealed.
type counterKeys map[string][]byte

// counterPurposes are the purposes of counter keys.
var counterPurposes = [...]string{"name", "network", "mailbox"}

// derivedCounterKey returns the key of a purpose that the current key of the keyring gives.
func (d *Directory) derivedCounterKey(purpose string) []byte {
	return d.keyring.SigningKey("throttle " + purpose)
}

func (d *Directory) derivedCounterKeys() counterKeys {
	keys := counterKeys{}
	for _, purpose := range counterPurposes {
		keys[purpose] = d.derivedCounterKey(purpose)
	}
	return keys
}

// counterKey returns the key of one purpose.
func (d *Directory) counterKey(purpose string) []byte {
	if known := d.counters.Load(); known != nil {
		return (*known)[purpose]
	}
	return d.derivedCounterKey(purpose)
}

// knowCounters keeps the sealed keys in memory. If none are sealed yet, it keeps those that are
// derived from the key in use, so that they stay when the key is rotated.
func (d *Directory) cacheCounterKeys(c KeyCheck, s keySecret) {
	if s.counters == nil && (c.KeyID != d.keyring.CurrentID() || d.counters.Load() != nil) {
		return
	}
	if s.counters == nil {
		s.counters = d.derivedCounterKeys()
	}
	d.counters.Store(&s.counters)
}

// withCounters returns s with counter keys: its own, else those in memory, else derived ones.
func (d *Directory) withCounters(s keySecret) keySecret {
	if s.counters != nil {
		return s
	}
	if known := d.counters.Load(); known != nil {
		s.counters = *known
	} else {
		s.counters = d.derivedCounterKeys()
	}
	return s
}

// beginCounters seals counter keys in a database of a former version.
func (d *Directory) ensureCounterKeys(tx Writer) error {
	if d.useCurrentKey(tx) != nil {
		return nil // TryKey explains it
	}
	s, err := d.keySecret(tx)
	if err != nil || s.epoch == 0 || s.counters != nil {
		return err
	}
	return d.putKeyCheck(tx, d.withCounters(s))
}

// countersPrepared keeps the sealed counter keys in memory. It returns NotFound if none are sealed.
func (d *Directory) loadCounterKeys(tx Reader) error {
	switch s, err := d.keySecret(tx); {
	case err != nil: // TryKey explains it
	case s.counters == nil:
		return fault.Missing("key check")
	default:
		d.counters.Store(&s.counters)
	}
	return nil
}
