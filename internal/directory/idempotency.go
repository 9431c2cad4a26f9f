package directory

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

// StoredResponse is the response to a request with an idempotency key (Idempotency-Key in
// HTTP). The key is reserved in the transaction of the operation, so that the operation is not
// repeated. The same transaction stores the response if [Actor.WithResponseEncoder] was used.
type StoredResponse struct {
	User       UserID
	Key        string    // chosen by the caller
	Request    []byte    // hash of the request
	Sealed     []byte    // the response, encrypted; empty while there is none
	ReservedAt time.Time // when the key was reserved
	ExpiresAt  time.Time // when the key can be used again
}

const (
	responsePurpose  = "answer"
	responseLifetime = 24 * time.Hour
)

// WithIdempotencyKey returns an actor whose next operation reserves the key. request is a hash
// of the request.
func (a Actor) WithIdempotencyKey(key string, request []byte) Actor {
	a.idempotencyKey, a.requestHash = key, a.hashRequest(request)
	return a
}

// responseEncoder encodes the response to be stored. Actors hold a pointer to it, because
// functions cannot be compared.
type responseEncoder struct {
	encode func(result any) ([]byte, error)
}

// WithResponseEncoder makes the operation store its response in its own transaction. render is
// called with the result before the commit, perhaps several times. Repeated requests get the
// stored response from then on, also after a crash. Methods that support it call
// storeResponse; their results are what they return, a secret with its value as
// [SecretResult].
func (a Actor) WithResponseEncoder(render func(result any) ([]byte, error)) Actor {
	a.encoder = &responseEncoder{render}
	return a
}

// SecretResult is the result of an operation that returns a secret once.
type SecretResult[T any] struct {
	Value  T
	Secret secret.Text
}

// storeResponse encodes and stores the response in the transaction of the operation. It is
// encrypted, because it may contain a secret.
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

// hashRequest returns a hash of the request, the actor and the credential: a stored response
// may contain a secret, so another credential must not get it, not even that of an
// impersonator.
func (a Actor) hashRequest(request []byte) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s %d %x", a.user, a.impersonator, a.credential, a.credentialID, request))
	return string(sum[:])
}

// reserveIdempotencyKey reserves the key of the actor, in the transaction of the operation.
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
	return fault.New(fault.Conflict, "a request with this key is in progress, or the server was interrupted during a bulk request; check what was done before you use another key",
		fault.Field{Name: "idempotency_key", Code: fault.Taken})
}

// LookupResponse returns the stored response if the request was made before, and nil if it is
// new. Another request with the same key is Invalid; a request whose response is unknown is a
// Conflict. A response may contain a credential, so a session needs a recent password check,
// as for [Directory.APIKey].
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
			return &fault.Error{Kind: fault.Invalid, Msg: "this key was used for another request, or with another credential; use a new key", Fields: []fault.Field{{Name: "idempotency_key", Code: fault.Mismatch}}}
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

// StoreResponse stores the response of a request with several transactions, the first of which
// reserved the key of [Actor.WithIdempotencyKey]. If the server crashes before it, a repeated
// request is a Conflict. Requests with one transaction use [Actor.WithResponseEncoder].
func (d *Directory) StoreResponse(ctx context.Context, actor Actor, answer []byte) error {
	sealed, _ := d.keyring.Seal(responsePurpose, int64(actor.user), answer)
	return d.write(ctx, func(tx Writer) error { return tx.PutStoredResponse(actor.user, actor.idempotencyKey, sealed) })
}
