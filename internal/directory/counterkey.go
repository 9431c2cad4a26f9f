package directory

// The keys of counters are keyed hashes of what callers type and of their networks (see
// [Directory.bucket]). Their keys are sealed with the key check and are not replaced when the
// key file gets a new key, so locks and known networks survive that. The first keys are
// derived from the key file, as all were before they were sealed.

// counterKeys are the keys of the counters, by purpose.
type counterKeys map[string][]byte

// counterPurposes are what text is counted as.
var counterPurposes = [...]string{"name", "network", "mailbox"}

// derivedCounterKeys returns the keys that the current key of the keyring gives.
func (d *Directory) derivedCounterKeys() counterKeys {
	keys := counterKeys{}
	for _, purpose := range counterPurposes {
		keys[purpose] = d.keyring.SigningKey("throttle " + purpose)
	}
	return keys
}

// counterKey returns the key of one purpose.
func (d *Directory) counterKey(purpose string) []byte {
	if known := d.counters.Load(); known != nil {
		return (*known)[purpose]
	}
	return d.keyring.SigningKey("throttle " + purpose)
}

// knowCounters remembers the sealed keys. Before there are any, the keys are those of the key
// in use, also after a rotation that follows.
func (d *Directory) knowCounters(c KeyCheck, s keySecret) {
	if s.counters == nil && (c.KeyID != d.keyring.CurrentID() || d.counters.Load() != nil) {
		return
	}
	if s.counters == nil {
		s.counters = d.derivedCounterKeys()
	}
	d.counters.Store(&s.counters)
}

// withCounters returns s with keys of counters.
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

// beginCounters seals the keys of counters in a database of a former version.
func (d *Directory) beginCounters(tx Writer) error {
	if d.useKey(tx) != nil {
		return nil // TryKey explains it
	}
	s, err := d.keySecret(tx)
	if err != nil || s.epoch == 0 || s.counters != nil {
		return err
	}
	return d.putKeyCheck(tx, d.withCounters(s))
}

// countersPrepared remembers the keys of counters. It returns NotFound if none are sealed.
func (d *Directory) countersPrepared(tx Reader) error {
	switch s, err := d.keySecret(tx); {
	case err != nil: // TryKey explains it
	case s.counters == nil:
		return Missing("key check")
	default:
		d.counters.Store(&s.counters)
	}
	return nil
}
