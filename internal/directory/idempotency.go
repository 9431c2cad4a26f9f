package directory

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

// Answer is what became of a request that must be done once (the Idempotency-Key of
// HTTP). The key is claimed in the transaction of the operation, so that it is not done
// twice. The same transaction stores the answer where [Actor.Answering] was called.
type StoredResponse struct {
	User       UserID
	Key        string    // chosen by the caller
	Request    []byte    // a hash of what was asked for
	Sealed     []byte    // the answer, encrypted; empty while there is none
	ReservedAt time.Time // when it was claimed
	ExpiresAt  time.Time // when the key may be used anew
}

const (
	responsePurpose  = "answer"
	responseLifetime = 24 * time.Hour
)

// Once binds the next deed of the actor to a key: the same key does not do it again.
// Request is a hash of what is asked for.
func (a Actor) WithIdempotencyKey(key string, request []byte) Actor {
	a.idempotencyKey, a.requestHash = key, a.hashRequest(request)
	return a
}

// rendering makes the stored answer of a result. Actors hold a pointer to it, as functions
// do not compare.
type responseEncoder struct {
	encode func(result any) ([]byte, error)
}

// Answering makes the operation that [Actor.Once] is bound to store its answer in its own
// transaction: render is called with the result before the commit, perhaps several times.
// A repeated request gets the same answer from then on, also after a crash. The methods
// that do so call answer; their results are what they return, a secret with its value as
// [Shown].
func (a Actor) WithResponseEncoder(render func(result any) ([]byte, error)) Actor {
	a.encoder = &responseEncoder{render}
	return a
}

// Shown is the result of an operation that shows a secret once.
type SecretResult[T any] struct {
	Value  T
	Secret secret.Text
}

// answer stores the answer to the result in the transaction of the operation. The text
// may hold a secret, and is encrypted.
func (d *Directory) storeResponse(tx Writer, actor Actor, result any) error {
	if actor.idempotencyKey == "" || actor.encoder == nil {
		return nil
	}
	text, err := actor.encoder.encode(result)
	if err != nil {
		return err
	}
	sealed, _ := d.keyring.Seal(responsePurpose, int64(actor.user), text)
	return tx.PutStoredResponse(actor.user, actor.idempotencyKey, sealed)
}

// asked is the hash of a request by this actor, with this credential: the answer may
// hold a secret that is for nobody else, not even for whoever acts as the person.
func (a Actor) hashRequest(request []byte) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s %d %x", a.user, a.impersonator, a.credential, a.credentialID, request))
	return string(sum[:])
}

// claimKey notes the key of who, in the transaction of the deed.
func (d *Directory) reserveIdempotencyKey(tx Writer, actor Actor) error {
	if actor.idempotencyKey == "" {
		return nil
	}
	err := tx.AddStoredResponse(StoredResponse{User: actor.user, Key: actor.idempotencyKey, Request: []byte(actor.requestHash), ReservedAt: d.now(), ExpiresAt: d.now().Add(responseLifetime)})
	if fault.KindOf(err) == fault.Conflict {
		return requestInProgress()
	}
	return err
}

func requestInProgress() error {
	return fault.New(fault.Conflict, "a request with this key is under way, or the server was interrupted while it worked through a list; look what was done before you send another key",
		fault.Field{Name: "idempotency_key", Code: fault.Taken})
}

// Repeated gives the answer of before to a request that was made before, and nil to
// a new one. Another request with the same key is Invalid, one whose answer is not
// known a Conflict. An answer may hold a credential, so a session must have shown its
// password recently, as for [Directory.APIKey].
func (d *Directory) LookupResponse(ctx context.Context, actor Actor, key string, request []byte) ([]byte, error) {
	var answer []byte
	err := d.read(ctx, actor, SelfRead, 0, func(tx Reader, self User) error {
		before, err := tx.StoredResponse(self.ID, key)
		switch {
		case fault.KindOf(err) == fault.NotFound || err == nil && !before.ExpiresAt.After(d.now()):
			return nil
		case err != nil:
			return err
		case string(before.Request) != actor.hashRequest(request):
			return &fault.Error{Kind: fault.Invalid, Msg: "another request was made with this key, or with another credential; take a new one", Fields: []fault.Field{{Name: "idempotency_key", Code: fault.Mismatch}}}
		case len(before.Sealed) == 0:
			return requestInProgress()
		}
		if stale, err := d.needsReauthentication(tx, actor, self); err != nil {
			return err
		} else if stale {
			return reauthenticationRequired()
		}
		if answer, err = d.keyring.Open(responsePurpose, int64(self.ID), before.Sealed); err != nil {
			return requestInProgress() // the encryption key has changed since
		}
		return nil
	})
	return answer, err
}

// Answered stores the answer of a request with several transactions, the first of which
// claimed the key of [Actor.Once]. After a crash before it, a repeated request is a
// Conflict. Requests with one transaction use [Actor.Answering].
func (d *Directory) StoreResponse(ctx context.Context, actor Actor, answer []byte) error {
	sealed, _ := d.keyring.Seal(responsePurpose, int64(actor.user), answer)
	return d.write(ctx, func(tx Writer) error { return tx.PutStoredResponse(actor.user, actor.idempotencyKey, sealed) })
}
