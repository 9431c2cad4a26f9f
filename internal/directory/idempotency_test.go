package directory_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/idempotency"
	"roster.example/roster/internal/model"
)

// repeated returns the stored response to a request with the key.
func (h *fixture) repeated(actor model.Actor, key, request string) ([]byte, error) {
	return h.LookupResponse(h.T.Context(), actor, key, []byte(request))
}

func TestOperationWithAnIdempotencyKeyRunsOnce(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.Actor(h.AddUser("ada", admin))
	if before := must(t, func() ([]byte, error) { return h.repeated(ada, "k", "one") }); before != nil {
		t.Errorf("a new request was answered before: %s", before)
	}
	once := idempotency.WithKey(t.Context(), "k", []byte("one"))
	create := func(ctx context.Context, name string) error {
		return none(h.CreateUser(ctx, ada, directory.NewUser{Username: name, Limits: model.DefaultLimits()}))
	}
	h.Must(create(once, "grace"))
	err := create(once, "hedy")
	wantKind(t, err, fault.Conflict)
	wantFault(t, err, "idempotency_key", fault.Taken)
	_, err = h.UserByUsername(t.Context(), ada, "hedy")
	wantKind(t, err, fault.NotFound)

	_, err = h.repeated(ada, "k", "one")
	wantKind(t, err, fault.Conflict) // no response yet
	h.Must(h.StoreResponse(once, ada, []byte("it is done")))
	if got := must(t, func() ([]byte, error) { return h.repeated(ada, "k", "one") }); string(got) != "it is done" {
		t.Errorf("answered %q", got)
	}
	_, err = h.repeated(ada, "k", "another")
	wantFault(t, err, "idempotency_key", fault.Mismatch)
	wantKind(t, err, fault.Invalid)
}

// A crash after the commit and before the response.
func TestResponseIsStoredWithItsChange(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.Actor(h.AddUser("ada", admin))
	rendered := func(result any) ([]byte, error) {
		return []byte("made " + result.(model.Organization).Name), nil
	}
	h.Must(none(h.CreateOrganization(idempotency.WithEncoder(idempotency.WithKey(t.Context(), "k", []byte("one")), rendered), ada, "Acme")))
	if got := must(t, func() ([]byte, error) { return h.repeated(ada, "k", "one") }); string(got) != "made Acme" {
		t.Errorf("answered %q", got)
	}
}

func TestChangeWhoseResponseCannotBeStoredIsNotMade(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.Actor(h.AddUser("ada", admin))
	failing := func(any) ([]byte, error) { return nil, errors.New("no form for this") }
	if err := none(h.CreateOrganization(idempotency.WithEncoder(idempotency.WithKey(t.Context(), "k", []byte("one")), failing), ada, "Acme")); err == nil {
		t.Error("the change was made")
	}
	h.Must(none(h.CreateOrganization(idempotency.WithKey(t.Context(), "k", []byte("two")), ada, "Acme")))
}

func TestStaleSessionGetsNoStoredResponse(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	h.AddUser("ada")
	text, err := h.AddSession("ada", model.WekanLogin)
	h.Must(err)
	once := idempotency.WithKey(t.Context(), "k", []byte("one"))
	h.Must(none(h.RotateAPIKey(once, h.ActorWith(text))))
	h.Must(h.StoreResponse(once, h.ActorWith(text), []byte("the key")))
	if got := must(t, func() ([]byte, error) { return h.repeated(h.ActorWith(text), "k", "one") }); string(got) != "the key" {
		t.Errorf("a fresh session is shown %q", got)
	}
	h.Clock.Advance(15 * time.Minute)
	got, err := h.repeated(h.ActorWith(text), "k", "one")
	wantFault(t, err, "reauthentication", fault.Required)
	if got != nil {
		t.Errorf("a stale session is shown %q", got)
	}
}

func TestIdempotencyKeyBelongsToItsCredentialForADay(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada, eve := h.Actor(h.AddUser("ada", admin)), h.Actor(h.AddUser("eve", admin))
	h.Must(none(h.CreateOrganization(idempotency.WithKey(t.Context(), "k", []byte("one")), ada, "Acme")))
	h.Must(h.StoreResponse(idempotency.WithKey(t.Context(), "k", []byte("one")), ada, []byte("for ada")))
	if got := must(t, func() ([]byte, error) { return h.repeated(eve, "k", "one") }); got != nil {
		t.Errorf("another user gets %q", got)
	}
	h.Must(none(h.CreateOrganization(idempotency.WithKey(t.Context(), "k", []byte("one")), eve, "Eve's")))
	h.Clock.Advance(24 * time.Hour)
	if got := must(t, func() ([]byte, error) { return h.repeated(ada, "k", "other") }); got != nil {
		t.Errorf("after a day: %q", got)
	}
	h.Must(none(h.CreateOrganization(idempotency.WithKey(t.Context(), "k", []byte("other")), ada, "Acme 2")))
}

func TestFailedOperationLeavesItsKeyFree(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.Actor(h.AddUser("ada"))
	once := idempotency.WithKey(t.Context(), "k", []byte("one"))
	wantKind(t, none(h.CreateUser(once, ada, directory.NewUser{Username: "x", Limits: model.DefaultLimits()})), fault.Forbidden)
	if got := must(t, func() ([]byte, error) { return h.repeated(ada, "k", "two") }); got != nil {
		t.Errorf("got %q", got)
	}
	h.Must(none(h.CreateOrganization(once, ada, "Acme")))
}

func TestStoredResponsesAreEncrypted(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.Actor(h.AddUser("ada", admin))
	once := idempotency.WithKey(t.Context(), "k", []byte("one"))
	h.Must(none(h.CreateOrganization(once, ada, "Acme")))
	h.Must(h.StoreResponse(once, ada, []byte("a secret text")))
	h.Must(h.Store.Read(context.Background(), func(tx model.Reader) error {
		a, err := tx.StoredResponse(ada.UserID(), "k")
		if err == nil && (len(a.Sealed) == 0 || bytes.Contains(a.Sealed, []byte("secret"))) {
			t.Errorf("stored as %q", a.Sealed)
		}
		return err
	}))
	h.raw(`UPDATE answers SET sealed = x'00010203'`)
	_, err := h.repeated(ada, "k", "one")
	wantKind(t, err, fault.Conflict)
}

// The response may contain a secret that was shown to one credential only.
func TestStoredResponseIsForTheSameCredentialOnly(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root, bob := h.Actor(h.AddUser("root", admin)), h.AddUser("bob")
	script, other := h.Actor(bob), h.Actor(bob)
	once := idempotency.WithKey(t.Context(), "k", []byte("one"))
	h.Must(none2(h.CreateToken(once, script, credential.NewToken{Owner: bob.ID, Name: "t", Scopes: model.Scopes{model.ScopeAPI}})))
	h.Must(h.StoreResponse(once, script, []byte("rst_secret")))
	asBob := must(t, func() (model.Actor, error) { return h.ActAs(t.Context(), root, "bob") })
	for who, actor := range map[string]model.Actor{"an administrator who acts as bob": asBob, "another token of bob": other} {
		got, err := h.repeated(actor, "k", "one")
		if got != nil {
			t.Errorf("%s gets %q", who, got)
		}
		wantFault(t, err, "idempotency_key", fault.Mismatch)
	}
	if got := must(t, func() ([]byte, error) { return h.repeated(script, "k", "one") }); string(got) != "rst_secret" {
		t.Errorf("got %q", got)
	}
}
