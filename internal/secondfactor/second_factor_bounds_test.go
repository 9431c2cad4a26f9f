package secondfactor_test

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func TestWeakTokensDoNotSwitchOffTheSecondFactorOfAnOrganization(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	org := h.AddOrganization("Acme")
	abe := h.AddUser("abe", in(org.ID, model.RoleAdmin))
	for name, actor := range map[string]model.Actor{"token that expires": h.tokenFor(abe), "token of small scope": h.Actor(abe, model.ScopeAPI)} {
		if err := none(h.RequireSecondFactorIn(t.Context(), actor, org.ID, true)); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.Must(none(h.RequireSecondFactorIn(t.Context(), h.SessionOf("abe"), org.ID, true)))
}

func TestProofsOfPasskeysAreLimitedWhereLoginsAreNot(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Login.AddressLogins = -1 })
	var err error
	for range 62 {
		_, err = h.BeginPasskeyLogin(t.Context(), model.AnonymousActor(model.Native, "203.0.113.9", "test"))
	}
	wantKind(t, err, fault.Limited)
}

func TestEachCopiedPasskeyBesideAPasswordIsRecorded(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	d := directorytest.NewDevice(h.AddUser("ada"))
	h.AddPasskey(h.SessionOf("ada"), d)
	for range 5 {
		h.wantSignIn("original", h.Prove(d))
	}
	for range 3 {
		d.Credential.Counter = 0
		_, err := h.SignIn("ada", h.Prove(d))
		wantFault(t, err, "passkey", fault.Mismatch)
	}
	n := 0
	for _, e := range h.AllEvents() {
		if e.Verb == model.SessionFail {
			n++
		}
	}
	if n != 3 {
		t.Errorf("%d events", n)
	}
}
