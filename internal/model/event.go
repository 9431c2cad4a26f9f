package model

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// EventID numbers the events of a server without gaps, from 1.
type EventID int64

// Verb is the kind of an event, as noun.verb.
type Verb string

// Event is the audit record of one change: actor, verb, target, time, network address and API.
// Events are only appended, and each has the hash of the one before, so that missing and
// changed events are detected. They identify users by id only: events of a deleted user
// contain no personal data except network addresses.
type Event struct {
	ID           EventID
	At           time.Time // to the microsecond
	Actor        UserID    // zero for anonymous callers and the operator
	Impersonator UserID    // owner of the credential; equals Actor unless an administrator acted as another user
	Credential   CredentialKind
	Verb         Verb
	Target       string // kind of the object: "user", "key", …
	TargetID     int64
	User         UserID // the user concerned; zero if none
	Org          OrgID  // the organization concerned; zero if none
	API          API
	Address      string
	Detail       string // names of changed fields or a reason; never secret or personal values
	Previous     []byte // hash of the previous event; 32 zero bytes for the first
	Hash         []byte // keyed hash of all other fields, see [Event.Sum]
}

// EventHead identifies the last event of a chain. A copy of it, kept elsewhere, proves later
// that no event before it was changed: see VerifyHead in package audit.
type EventHead struct {
	ID   EventID
	Hash []byte
}

// GenesisHash returns the Previous of the first event.
func GenesisHash() []byte { return make([]byte, sha256.Size) }

// Sum computes the hash of the event over its fields, each preceded by its length, so that no
// two events have the same input: HMAC-SHA256 with the key of the chain, or SHA-256 without a
// key, as before chains had keys.
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
