package operation

import (
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
// The keys of the chain are random and stored in the database, encrypted with the key file, in the same
// text as the key check. A key is used from an event on. A rotation of the key file adds a key to the
// chain: a disclosed former key does not help to forge later events, and these protect the earlier ones.
// The newest key has a random number, the epoch, which is stored beside the head of the chain, so that a
// writer detects a new key without another query.

// ChainKey is the key of all events from an event on.
type ChainKey struct {
	From model.EventID
	key  []byte // nil when it was lost with the key file
}

// KeySecret is what the key check seals.
type KeySecret struct {
	Epoch int64
	Chain []ChainKey // by from; events before the first have a plain SHA-256

	counters counterKeys // nil in a database of a former version
}

const chainKeyBytes = 32

func (s KeySecret) text() []byte {
	if s.Epoch == 0 {
		return []byte(keyCheckPurpose)
	}
	text := fmt.Appendf(nil, "%s\nepoch %d\n", keyCheckPurpose, s.Epoch)
	for _, purpose := range counterPurposes {
		if key := s.counters[purpose]; key != nil {
			text = fmt.Appendf(text, "counters %s %x\n", purpose, key)
		}
	}
	for _, k := range s.Chain {
		key := "lost"
		if k.key != nil {
			key = hex.EncodeToString(k.key)
		}
		text = fmt.Appendf(text, "%d %s\n", k.From, key)
	}
	return text
}

// parseKeySecret reads what text wrote. It was sealed, so it is not damaged.
func parseKeySecret(text []byte) (s KeySecret, err error) {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if lines[0] != keyCheckPurpose {
		return s, fmt.Errorf("the key check holds another text")
	}
	for i, line := range lines[1:] {
		name, value, _ := strings.Cut(line, " ")
		if i == 0 {
			if s.Epoch, err = strconv.ParseInt(value, 10, 64); err != nil {
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
		k := ChainKey{From: model.EventID(from)}
		if err == nil && value != "lost" {
			k.key, err = hex.DecodeString(value)
		}
		if err != nil {
			return s, fmt.Errorf("the key check: %w", err)
		}
		s.Chain = append(s.Chain, k)
	}
	return s, nil
}

// addCounter reads the purpose and the key of one kind of counters.
func (s *KeySecret) addCounter(text string) error {
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

// At is the key of an event. Without one, keyed tells whether it should have one.
func (s KeySecret) At(id model.EventID) (key []byte, keyed bool) {
	for _, k := range slices.Backward(s.Chain) {
		if k.From <= id {
			return k.key, true
		}
	}
	return nil, false
}

// KeySecret reads what the key check seals: nothing before the first start.
func (r *Runner) KeySecret(tx model.Reader) (KeySecret, error) {
	c, err := tx.KeyCheck()
	if fault.KindOf(err) == fault.NotFound {
		return KeySecret{}, nil
	}
	if err != nil {
		return KeySecret{}, err
	}
	plain, err := r.keyring.Open(keyCheckPurpose, 0, c.Sealed)
	if err != nil {
		return KeySecret{}, wrongKeyError(c, err)
	}
	return parseKeySecret(plain)
}

// currentChainKey is the key of the event to be appended; nil before the chain has
// one. What it remembers was committed.
func (r *Runner) currentChainKey(tx model.Writer) ([]byte, error) {
	epoch, err := tx.EventEpoch()
	if err != nil || epoch == 0 {
		return nil, err
	}
	if known := r.chain.Load(); known != nil && known.Epoch == epoch {
		return known.Chain[len(known.Chain)-1].key, nil
	}
	s, err := r.KeySecret(tx)
	if err != nil {
		return nil, err
	}
	if s.Epoch != epoch || len(s.Chain) == 0 {
		return nil, fault.New(fault.Unavailable, "the key of the chain of events was taken away or changed in the database; restore a backup")
	}
	tx.AtCommit(func(sure bool) {
		if sure {
			r.chain.Store(&s)
		}
	})
	return s.Chain[len(s.Chain)-1].key, nil
}

// BeginChain gives a key to a chain that has none, and marks the place in the
// chain, unless it is the beginning.
func (r *Runner) BeginChain(tx model.Writer, actor model.Actor) error {
	epoch, err := tx.EventEpoch()
	if err != nil {
		return err
	}
	if epoch != 0 {
		return r.ensureCounterKeys(tx)
	}
	if r.UseCurrentKey(tx) != nil {
		return nil // reported by TryKey of package rekey, whose DropLostKeys begins the chain
	}
	s, err := r.KeySecret(tx)
	if err != nil {
		return err
	}
	if s.Epoch != 0 {
		return fault.New(fault.Conflict, "the chain of events has a key, and the database denies it; it was changed behind the server's back: restore a backup")
	}
	from, err := r.RenewChain(tx, s)
	if err != nil || from == 1 {
		return err
	}
	return r.Record(tx, actor, EventSpec{Verb: model.EventsKey, Target: "event", ID: int64(from), Detail: "from here on the chain has a key"})
}

// RenewChain adds a new key to s and seals it with the key check. It returns the
// first event that the key counts for.
func (r *Runner) RenewChain(tx model.Writer, s KeySecret) (model.EventID, error) {
	last, _, err := tx.LockEvents()
	if err != nil {
		return 0, err
	}
	s.Chain = append(slices.Clip(s.Chain), ChainKey{From: last + 1, key: newChainKey()})
	s.Epoch = newEpoch()
	s = r.withCounters(s)
	if err := tx.PutEventEpoch(s.Epoch); err != nil {
		return 0, err
	}
	tx.AtCommit(func(sure bool) {
		if sure {
			r.counters.Store(&s.counters)
		}
	})
	return last + 1, r.PutKeyCheck(tx, s)
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

// LostChain returns the keys of the chain without their secrets after the key file was lost: the events stay,
// and their hashes cannot be recomputed.
func (r *Runner) LostChain(tx model.Reader) (KeySecret, error) {
	s, err := r.KeySecret(tx)
	if err == nil {
		return s, nil
	}
	epoch, failed := tx.EventEpoch()
	if failed != nil || epoch == 0 {
		return KeySecret{}, failed
	}
	return KeySecret{Epoch: epoch, Chain: []ChainKey{{From: 1}}}, nil
}
