package directory

import (
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// counterKeys holds the HMAC keys, by purpose, with which names, networks and mailboxes are
// hashed before they are counted (see [Directory.bucket]). They are stored encrypted with the
// key check and survive a change of the key file, so that locks and known networks do.
// Databases of older versions derive them from the key file.
type counterKeys map[string][]byte

// counterPurposes lists the purposes of counter keys.
var counterPurposes = [...]string{"name", "network", "mailbox"}

// derivedCounterKey derives the key of a purpose from the current key of the keyring.
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

// cacheCounterKeys keeps the stored keys in memory. If none are stored yet, it keeps the
// derived ones, so that they stay when the encryption key is rotated.
func (d *Directory) cacheCounterKeys(c model.KeyCheck, s keySecret) {
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

// ensureCounterKeys stores counter keys in a database of an older version.
func (d *Directory) ensureCounterKeys(tx model.Writer) error {
	if d.useCurrentKey(tx) != nil {
		return nil // reported by TryKey
	}
	s, err := d.keySecret(tx)
	if err != nil || s.epoch == 0 || s.counters != nil {
		return err
	}
	return d.putKeyCheck(tx, d.withCounters(s))
}

// loadCounterKeys keeps the stored counter keys in memory. It returns NotFound if none are
// stored.
func (d *Directory) loadCounterKeys(tx model.Reader) error {
	switch s, err := d.keySecret(tx); {
	case err != nil: // reported by TryKey
	case s.counters == nil:
		return fault.Missing("key check")
	default:
		d.counters.Store(&s.counters)
	}
	return nil
}
