package directory

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// EventID numbers the events of a server without gaps, from 1.
type EventID int64

// Verb says what was done, as noun.verb.
type Verb string

// Event says who did what to whom, when, from where, through which API. Events
// are only ever added, and each carries the hash of the one before, so that a
// missing or changed one shows. They name people by id alone: what a deletion
// leaves behind holds no personal data but the address a request came from.
type Event struct {
	ID           EventID
	At           time.Time // kept to the microsecond
	Actor        UserID    // zero for anonymous callers and the operator
	Impersonator UserID    // who really acted; equals Actor unless acting as another
	Credential   CredentialKind
	Verb         Verb
	Target       string // the kind of thing: "user", "key", …
	TargetID     int64
	User         UserID // the person concerned; zero if none
	Org          OrgID  // the organization concerned; zero if none
	API          API
	Address      string
	Detail       string // names of changed fields, a reason; never a value that is secret or personal
	Previous     []byte // the hash of the event before; 32 zero bytes for the first
	Hash         []byte // a keyed hash over all of the above, see [Event.Sum]
}

// EventHead names the last event of a chain. Whoever wrote it down elsewhere can
// prove later that nothing before it was changed: see [Directory.VerifyHead].
type EventHead struct {
	ID   EventID
	Hash []byte
}

// GenesisHash is what the first event points back to.
func GenesisHash() []byte { return make([]byte, sha256.Size) }

// Sum computes the hash of the event over its fields, each preceded by its length,
// so that no two events read alike: HMAC-SHA256 with the key of the chain, or
// without a key, as before the chain had one, SHA-256.
func (e Event) Sum(key []byte) []byte {
	h := sha256.New()
	if key != nil {
		h = hmac.New(sha256.New, key)
	}
	number := func(n int64) { h.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	text := func(s string) { number(int64(len(s))); h.Write([]byte(s)) }
	h.Write(e.Previous)
	number(int64(e.ID))
	number(e.At.UnixMicro())
	number(int64(e.Actor))
	number(int64(e.Impersonator))
	text(string(e.Credential))
	text(string(e.Verb))
	text(e.Target)
	number(e.TargetID)
	number(int64(e.User))
	number(int64(e.Org))
	text(string(e.API))
	text(e.Address)
	text(e.Detail)
	return h.Sum(nil)
}
