package directory_test

import (
	"slices"
	"testing"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

func TestRotatedTokenReplacesThePreviousOne(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	eve := h.AddUser("eve")
	actor := h.Actor(eve)
	before, old, err := h.CreateToken(t.Context(), actor, credential.NewToken{
		Owner: eve.ID, Name: "script", Scopes: model.Scopes{model.ScopeReadAPI}, ExpiresAt: h.Clock.Now().AddDate(1, 0, 0),
	})
	h.Must(err)
	after, text, err := h.RotateToken(t.Context(), actor, eve.ID, before.ID)
	h.Must(err)
	if after.ID == before.ID || after.Name != "script" || !slices.Equal(after.Scopes, before.Scopes) || !after.ExpiresAt.Equal(before.ExpiresAt) {
		t.Errorf("got %+v in place of %+v", after, before)
	}
	if h.IsValid(old) || !h.IsValid(text) {
		t.Errorf("the old text lives: %v, the new one: %v", h.IsValid(old), h.IsValid(text))
	}
	_, _, err = h.RotateToken(t.Context(), actor, eve.ID, before.ID)
	wantKind(t, err, fault.Conflict) // it is revoked
}

func TestRotatedTokenHasTheSameScopes(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	eve, ada, root := h.AddUser("eve"), h.AddUser("ada"), h.AddUser("root", admin)
	strong, _, err := h.CreateToken(t.Context(), operator(), credential.NewToken{Owner: eve.ID, Name: "strong", Scopes: model.Scopes{model.ScopeAPI}})
	h.Must(err)
	rotate := func(actor model.Actor, owner model.UserID) error {
		return none2(h.RotateToken(t.Context(), actor, owner, strong.ID))
	}
	wantKind(t, rotate(h.Actor(eve, model.ScopeReadAPI), eve.ID), fault.Forbidden)
	wantKind(t, rotate(h.Actor(ada), eve.ID), fault.NotFound)
	wantKind(t, rotate(h.Actor(ada), ada.ID), fault.NotFound) // hers it is not
	wantKind(t, rotate(h.Actor(root, model.ScopeAPI), eve.ID), fault.Forbidden)
	h.Must(rotate(h.Actor(root), eve.ID))
}

func TestSessionsAreListedAndRevoked(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	eve := h.AddUser("eve")
	texts := make([]secret.Text, 3)
	for i := range texts {
		texts[i] = must(t, func() (secret.Text, error) { return h.AddSession("eve", model.WekanLogin) })
	}
	actor := h.ActorWith(texts[0])
	all := must(t, func() ([]model.Session, error) { return h.SessionsOf(t.Context(), actor, eve.ID) })
	here := slices.DeleteFunc(slices.Clone(all), func(s model.Session) bool { return !actor.UsesSession(s.ID) })
	if len(all) != 3 || len(here) != 1 {
		t.Fatalf("%d logins, of which %d are this one", len(all), len(here))
	}
	other := all[slices.IndexFunc(all, func(s model.Session) bool { return !actor.UsesSession(s.ID) })]
	h.Must(h.RevokeSession(t.Context(), actor, eve.ID, other.ID))
	wantKind(t, h.RevokeSession(t.Context(), actor, eve.ID, other.ID), fault.NotFound)
	if left := must(t, func() ([]model.Session, error) { return h.SessionsOf(t.Context(), actor, eve.ID) }); len(left) != 2 {
		t.Errorf("%d logins are left", len(left))
	}
	h.Must(h.RevokeOtherSessions(t.Context(), actor, eve.ID))
	h.Must(h.RevokeOtherSessions(t.Context(), actor, eve.ID))
	if !h.IsValid(texts[0]) || h.IsValid(texts[1]) || h.IsValid(texts[2]) {
		t.Error("not all logins but this one ended")
	}
}

func TestSessionsOfOthersRequireAnAdministrator(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	eve, chief, root := h.AddUser("eve"), h.Actor(h.AddUser("chief", in(h.Home.ID, model.RoleAdmin))), h.Actor(h.AddUser("root", admin))
	text := must(t, func() (secret.Text, error) { return h.AddSession("eve", model.WekanLogin) })
	open := must(t, func() ([]model.Session, error) { return h.SessionsOf(t.Context(), root, eve.ID) })
	_, err := h.SessionsOf(t.Context(), chief, eve.ID)
	wantKind(t, err, fault.NotFound)
	wantKind(t, h.RevokeSession(t.Context(), chief, eve.ID, open[0].ID), fault.NotFound)
	wantKind(t, h.RevokeSession(t.Context(), chief, chief.UserID(), open[0].ID), fault.NotFound)
	wantKind(t, h.RevokeOtherSessions(t.Context(), chief, eve.ID), fault.NotFound)
	if !h.IsValid(text) {
		t.Error("the login ended")
	}
	h.Must(h.RevokeOtherSessions(t.Context(), root, eve.ID))
	if h.IsValid(text) {
		t.Error("the login lives on")
	}
}

func TestKeyIsFoundByFingerprintAmongVisibleUsers(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	eve, ada, attacker := h.AddUser("eve"), h.Actor(h.AddUser("ada")), h.Actor(h.AddUser("odo", in(acme.ID, 0)))
	key := must(t, func() (model.SSHKey, error) {
		return h.AddKey(t.Context(), operator(), eve.ID, model.NewKey{Key: sshLine(t)})
	})
	if got := must(t, func() (model.SSHKey, error) { return h.KeyByFingerprint(t.Context(), ada, key.Fingerprint) }); got.ID != key.ID {
		t.Errorf("got %+v", got)
	}
	_, hidden := h.KeyByFingerprint(t.Context(), attacker, key.Fingerprint)
	_, unknown := h.KeyByFingerprint(t.Context(), attacker, "SHA256:none")
	wantKind(t, hidden, fault.NotFound)
	if hidden.Error() != unknown.Error() {
		t.Errorf("the key of an invisible user is %q, an unknown one %q", hidden, unknown)
	}
}
