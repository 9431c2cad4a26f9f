package directory

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// The hash of each event is an HMAC, so a party that can write to the database and
// has no key file cannot compute a chain of its own (docs/adr/0019-event-chain.md).
//
// The keys of the chain are random and are kept in the database, sealed by the key
// file, in the same sealed text as the key check. A key counts from an event on.
// When the key file gets a new key the chain gets one too: the former key, if it
// became known, proves nothing about later events, and later events prove the
// former ones. The newest key has a random number, the epoch, which stands beside the
// head of the chain, so that a writer notices a new key without another query.

// chainKey is the key of all events from an event on.
type chainKey struct {
	from model.EventID
	key  []byte // nil when it was lost with the key file
}

// keySecret is what the key check seals.
type keySecret struct {
	epoch int64
	chain []chainKey // by from; events before the first have a plain SHA-256

	counters counterKeys // nil in a database of a former version
}

const chainKeyBytes = 32

func (s keySecret) text() []byte {
	if s.epoch == 0 {
		return []byte(keyCheckPurpose)
	}
	text := fmt.Appendf(nil, "%s\nepoch %d\n", keyCheckPurpose, s.epoch)
	for _, purpose := range counterPurposes {
		if key := s.counters[purpose]; key != nil {
			text = fmt.Appendf(text, "counters %s %x\n", purpose, key)
		}
	}
	for _, k := range s.chain {
		key := "lost"
		if k.key != nil {
			key = hex.EncodeToString(k.key)
		}
		text = fmt.Appendf(text, "%d %s\n", k.from, key)
	}
	return text
}

// parseKeySecret reads what text wrote. It was sealed, so it is not damaged.
func parseKeySecret(text []byte) (s keySecret, err error) {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if lines[0] != keyCheckPurpose {
		return s, fmt.Errorf("the key check holds another text")
	}
	for i, line := range lines[1:] {
		name, value, _ := strings.Cut(line, " ")
		if i == 0 {
			if s.epoch, err = strconv.ParseInt(value, 10, 64); err != nil {
				return s, fmt.Errorf("the key check: %w", err)
			}
			continue
		}
		if name == "counters" {
			if err := s.addCounter(value); err != nil {
				return s, err
			}
			continue
		}
		from, err := strconv.ParseInt(name, 10, 64)
		k := chainKey{from: model.EventID(from)}
		if err == nil && value != "lost" {
			k.key, err = hex.DecodeString(value)
		}
		if err != nil {
			return s, fmt.Errorf("the key check: %w", err)
		}
		s.chain = append(s.chain, k)
	}
	return s, nil
}

// addCounter reads the purpose and the key of one kind of counters.
func (s *keySecret) addCounter(text string) error {
	purpose, value, _ := strings.Cut(text, " ")
	key, err := hex.DecodeString(value)
	if err != nil {
		return fmt.Errorf("the key check: %w", err)
	}
	if s.counters == nil {
		s.counters = counterKeys{}
	}
	s.counters[purpose] = key
	return nil
}

// at is the key of an event. Without one, keyed tells whether it should have one.
func (s keySecret) at(id model.EventID) (key []byte, keyed bool) {
	for _, k := range slices.Backward(s.chain) {
		if k.from <= id {
			return k.key, true
		}
	}
	return nil, false
}

// keySecret reads what the key check seals: nothing before the first start.
func (d *Directory) keySecret(tx model.Reader) (keySecret, error) {
	c, err := tx.KeyCheck()
	if fault.KindOf(err) == fault.NotFound {
		return keySecret{}, nil
	}
	if err != nil {
		return keySecret{}, err
	}
	plain, err := d.keyring.Open(keyCheckPurpose, 0, c.Sealed)
	if err != nil {
		return keySecret{}, wrongKeyError(c, err)
	}
	return parseKeySecret(plain)
}

// currentChainKey is the key of the event to be appended; nil before the chain has
// one. What it remembers was committed.
func (d *Directory) currentChainKey(tx model.Writer) ([]byte, error) {
	epoch, err := tx.EventEpoch()
	if err != nil || epoch == 0 {
		return nil, err
	}
	if known := d.chain.Load(); known != nil && known.epoch == epoch {
		return known.chain[len(known.chain)-1].key, nil
	}
	s, err := d.keySecret(tx)
	if err != nil {
		return nil, err
	}
	if s.epoch != epoch || len(s.chain) == 0 {
		return nil, fault.New(fault.Unavailable, "the key of the chain of events was taken away or changed in the database; restore a backup")
	}
	tx.AtCommit(func(sure bool) {
		if sure {
			d.chain.Store(&s)
		}
	})
	return s.chain[len(s.chain)-1].key, nil
}

// beginChain gives a key to a chain that has none, and marks the place in the
// chain, unless it is the beginning.
func (d *Directory) beginChain(tx model.Writer, actor model.Actor) error {
	epoch, err := tx.EventEpoch()
	if err != nil {
		return err
	}
	if epoch != 0 {
		return d.ensureCounterKeys(tx)
	}
	if d.useCurrentKey(tx) != nil {
		return nil // reported by TryKey, and DropLostKeys begins the chain
	}
	s, err := d.keySecret(tx)
	if err != nil {
		return err
	}
	if s.epoch != 0 {
		return fault.New(fault.Conflict, "the chain of events has a key, and the database denies it; it was changed behind the server's back: restore a backup")
	}
	from, err := d.renewChain(tx, s)
	if err != nil || from == 1 {
		return err
	}
	return d.record(tx, actor, eventSpec{verb: model.EventsKey, target: "event", id: int64(from), detail: "from here on the chain has a key"})
}

// renewChain adds a new key to s and seals it with the key check. It returns the
// first event that the key counts for.
func (d *Directory) renewChain(tx model.Writer, s keySecret) (model.EventID, error) {
	last, _, err := tx.LockEvents()
	if err != nil {
		return 0, err
	}
	s.chain = append(slices.Clip(s.chain), chainKey{from: last + 1, key: newChainKey()})
	s.epoch = newEpoch()
	s = d.withCounters(s)
	if err := tx.PutEventEpoch(s.epoch); err != nil {
		return 0, err
	}
	tx.AtCommit(func(sure bool) {
		if sure {
			d.counters.Store(&s.counters)
		}
	})
	return last + 1, d.putKeyCheck(tx, s)
}

// newEpoch is random, so that a process which remembers the key of an epoch never
// takes it for that of another database, or of a restored one.
func newEpoch() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return max(1, int64(binary.BigEndian.Uint64(b[:])>>1))
}

func newChainKey() []byte {
	key := make([]byte, chainKeyBytes)
	_, _ = rand.Read(key) // never fails: see its documentation
	return key
}

// lostChain is what is known of the keys when the key file that sealed them is
// gone: the events stay, and their hashes cannot be computed anew.
func (d *Directory) lostChain(tx model.Reader) (keySecret, error) {
	s, err := d.keySecret(tx)
	if err == nil {
		return s, nil
	}
	epoch, failed := tx.EventEpoch()
	if failed != nil || epoch == 0 {
		return keySecret{}, failed
	}
	return keySecret{epoch: epoch, chain: []chainKey{{from: 1}}}, nil
}

// verifyHash reports whether the hash of an event is that of its fields. proven is
// false where there is no key to compute it with.
func (s keySecret) verifyHash(e model.Event) (proven bool, err error) {
	key, keyed := s.at(e.ID)
	if keyed && key == nil {
		return false, nil
	}
	if !bytes.Equal(e.Hash, e.Sum(key)) {
		return false, brokenChain(e.ID, "was changed after it was written")
	}
	return true, nil
}
