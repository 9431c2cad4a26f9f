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
type Answer struct {
	User    UserID
	Key     string    // chosen by the caller
	Request []byte    // a hash of what was asked for
	Sealed  []byte    // the answer, encrypted; empty while there is none
	At      time.Time // when it was claimed
	EndsAt  time.Time // when the key may be used anew
}

const (
	answerPurpose  = "answer"
	answerLifetime = 24 * time.Hour
)

// Once binds the next deed of the actor to a key: the same key does not do it again.
// Request is a hash of what is asked for.
func (a Actor) Once(key string, request []byte) Actor {
	a.onceKey, a.onceRequest = key, a.asked(request)
	return a
}

// rendering makes the stored answer of a result. Actors hold a pointer to it, as functions
// do not compare.
type rendering struct {
	of func(result any) ([]byte, error)
}

// Answering makes the operation that [Actor.Once] is bound to store its answer in its own
// transaction: render is called with the result before the commit, perhaps several times.
// A repeated request gets the same answer from then on, also after a crash. The methods
// that do so call answer; their results are what they return, a secret with its value as
// [Shown].
func (a Actor) Answering(render func(result any) ([]byte, error)) Actor {
	a.rendering = &rendering{render}
	return a
}

// Shown is the result of an operation that shows a secret once.
type Shown[T any] struct {
	Value  T
	Secret secret.Text
}

// answer stores the answer to the result in the transaction of the operation. The text
// may hold a secret, and is encrypted.
func (d *Directory) answer(tx Writer, actor Actor, result any) error {
	if actor.onceKey == "" || actor.rendering == nil {
		return nil
	}
	text, err := actor.rendering.of(result)
	if err != nil {
		return err
	}
	sealed, _ := d.keyring.Seal(answerPurpose, int64(actor.user), text)
	return tx.PutAnswer(actor.user, actor.onceKey, sealed)
}

// asked is the hash of a request by this actor, with this credential: the answer may
// hold a secret that is for nobody else, not even for whoever acts as the person.
func (a Actor) asked(request []byte) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s %d %x", a.user, a.impersonator, a.credential, a.credentialID, request))
	return string(sum[:])
}

// claimKey notes the key of who, in the transaction of the deed.
func (d *Directory) reserveIdempotencyKey(tx Writer, actor Actor) error {
	if actor.onceKey == "" {
		return nil
	}
	err := tx.AddAnswer(Answer{User: actor.user, Key: actor.onceKey, Request: []byte(actor.onceRequest), At: d.now(), EndsAt: d.now().Add(answerLifetime)})
	if fault.KindOf(err) == fault.Conflict {
		return underWay()
	}
	return err
}

func underWay() error {
	return fault.New(fault.Conflict, "a request with this key is under way, or the server was interrupted while it worked through a list; look what was done before you send another key",
		fault.Field{Name: "idempotency_key", Code: fault.Taken})
}

// Repeated gives the answer of before to a request that was made before, and nil to
// a new one. Another request with the same key is Invalid, one whose answer is not
// known a Conflict. An answer may hold a credential, so a session must have shown its
// password recently, as for [Directory.APIKey].
func (d *Directory) Repeated(ctx context.Context, actor Actor, key string, request []byte) ([]byte, error) {
	var answer []byte
	err := d.read(ctx, actor, SelfRead, 0, func(tx Reader, self User) error {
		before, err := tx.Answer(self.ID, key)
		switch {
		case fault.KindOf(err) == fault.NotFound || err == nil && !before.EndsAt.After(d.now()):
			return nil
		case err != nil:
			return err
		case string(before.Request) != actor.asked(request):
			return &fault.Error{Kind: fault.Invalid, Msg: "another request was made with this key, or with another credential; take a new one", Fields: []fault.Field{{Name: "idempotency_key", Code: fault.Mismatch}}}
		case len(before.Sealed) == 0:
			return underWay()
		}
		if stale, err := d.needsReauthentication(tx, actor, self); err != nil {
			return err
		} else if stale {
			return reauthenticationRequired()
		}
		if answer, err = d.keyring.Open(answerPurpose, int64(self.ID), before.Sealed); err != nil {
			return underWay() // the encryption key has changed since
		}
		return nil
	})
	return answer, err
}

// Answered stores the answer of a request with several transactions, the first of which
// claimed the key of [Actor.Once]. After a crash before it, a repeated request is a
// Conflict. Requests with one transaction use [Actor.Answering].
func (d *Directory) Answered(ctx context.Context, actor Actor, answer []byte) error {
	sealed, _ := d.keyring.Seal(answerPurpose, int64(actor.user), answer)
	return d.write(ctx, func(tx Writer) error { return tx.PutAnswer(actor.user, actor.onceKey, sealed) })
}
