package operation

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/idempotency"
	"roster.example/roster/internal/model"
)

const (
	responsePurpose  = "answer"
	responseLifetime = 24 * time.Hour
)

// StoreResult encodes and stores the response in the transaction of the operation, if the
// context has an encoder. It is encrypted, because it may contain a secret. result is what the
// operation returns, a secret with its value as [idempotency.SecretResult].
func (r *Runner) StoreResult(ctx context.Context, tx model.Writer, actor model.Actor, result any) error {
	key, encode := idempotency.KeyFrom(ctx), idempotency.EncoderFrom(ctx)
	if key.Text == "" || encode == nil {
		return nil
	}
	text, err := encode(result)
	if err != nil {
		return err
	}
	sealed, _ := r.keyring.Seal(responsePurpose, int64(actor.UserID()), text)
	return tx.PutStoredResponse(actor.UserID(), key.Text, sealed)
}

// hashRequest returns a hash of the request, the actor and the credential: a stored response
// may contain a secret, so another credential must not get it, not even that of an
// impersonator.
func hashRequest(a model.Actor, request []byte) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s %d %x", a.UserID(), a.Impersonator(), a.Credential(), a.CredentialID(), request))
	return sum[:]
}

// reserveIdempotencyKey reserves the key of the request, in the transaction of the operation.
func (r *Runner) reserveIdempotencyKey(ctx context.Context, tx model.Writer, actor model.Actor) error {
	key := idempotency.KeyFrom(ctx)
	if key.Text == "" {
		return nil
	}
	err := tx.AddStoredResponse(model.StoredResponse{User: actor.UserID(), Key: key.Text, Request: hashRequest(actor, key.Request), ReservedAt: r.Now(), ExpiresAt: r.Now().Add(responseLifetime)})
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
// as for an API key.
func (r *Runner) LookupResponse(ctx context.Context, actor model.Actor, key string, request []byte) ([]byte, error) {
	var answer []byte
	err := r.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		before, err := tx.StoredResponse(self.ID, key)
		switch {
		case fault.KindOf(err) == fault.NotFound || err == nil && !before.ExpiresAt.After(r.Now()):
			return nil
		case err != nil:
			return err
		case !bytes.Equal(before.Request, hashRequest(actor, request)):
			return &fault.Error{Kind: fault.Invalid, Msg: "this key was used for another request, or with another credential; use a new key", Fields: []fault.Field{{Name: "idempotency_key", Code: fault.Mismatch}}}
		case len(before.Sealed) == 0:
			return requestInProgress()
		}
		if stale, err := r.NeedsReauthentication(tx, actor, self); err != nil {
			return err
		} else if stale {
			return reauthenticationRequired()
		}
		if answer, err = r.keyring.Open(responsePurpose, int64(self.ID), before.Sealed); err != nil {
			return requestInProgress() // the encryption key has changed since
		}
		return nil
	})
	return answer, err
}

// StoreResponse stores the response of a request with several transactions, the first of which
// reserved the key in ctx. If the server crashes before it, a repeated request is a Conflict.
// Requests with one transaction use [idempotency.WithEncoder].
func (r *Runner) StoreResponse(ctx context.Context, actor model.Actor, answer []byte) error {
	sealed, _ := r.keyring.Seal(responsePurpose, int64(actor.UserID()), answer)
	return r.Write(ctx, func(tx model.Writer) error {
		return tx.PutStoredResponse(actor.UserID(), idempotency.KeyFrom(ctx).Text, sealed)
	})
}
