package directory_test

import (
	"slices"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

func TestARotatedTokenHasANewTextAndTheOldOneIsDead(t *testing.T) {
	t.Parallel()
	h := open(t)
	eve := h.person("eve")
	actor := h.as(eve)
	before, old, err := h.CreateToken(t.Context(), actor, directory.NewToken{
		Owner: eve.ID, Name: "script", Scopes: directory.Scopes{directory.ScopeReadAPI}, ExpiresAt: h.clock.Now().AddDate(1, 0, 0),
	})
	h.must(err)
	after, text, err := h.RotateToken(t.Context(), actor, eve.ID, before.ID)
	h.must(err)
	if after.ID == before.ID || after.Name != "script" || !slices.Equal(after.Scopes, before.Scopes) || !after.ExpiresAt.Equal(before.ExpiresAt) {
		t.Errorf("got %+v in place of %+v", after, before)
	}
	if h.lives(old) || !h.lives(text) {
		t.Errorf("the old text lives: %v, the new one: %v", h.lives(old), h.lives(text))
	}
	_, _, err = h.RotateToken(t.Context(), actor, eve.ID, before.ID)
	refused(t, err, directory.Conflict) // it is revoked
}

func TestTokensAreRotatedByTheirOwnersWithoutGrowing(t *testing.T) {
	t.Parallel()
	h := open(t)
	eve, ada, root := h.person("eve"), h.person("ada"), h.person("root", admin)
	strong, _, err := h.CreateToken(t.Context(), operator(), directory.NewToken{Owner: eve.ID, Name: "strong", Scopes: directory.Scopes{directory.ScopeAPI}})
	h.must(err)
	rotate := func(actor directory.Actor, owner directory.UserID) error {
		return none2(h.RotateToken(t.Context(), actor, owner, strong.ID))
	}
	refused(t, rotate(h.as(eve, directory.ScopeReadAPI), eve.ID), directory.Forbidden)
	refused(t, rotate(h.as(ada), eve.ID), directory.NotFound)
	refused(t, rotate(h.as(ada), ada.ID), directory.NotFound) // hers it is not
	refused(t, rotate(h.as(root, directory.ScopeAPI), eve.ID), directory.Forbidden)
	h.must(rotate(h.as(root), eve.ID))
}

func TestLoginsAreListedAndEndedOneByOneAndAllButThisOne(t *testing.T) {
	t.Parallel()
	h := open(t)
	eve := h.person("eve")
	texts := make([]secret.Text, 3)
	for i := range texts {
		texts[i] = need(t, func() (secret.Text, error) { return h.login("eve", directory.WekanLogin) })
	}
	actor := h.enter(texts[0])
	all := need(t, func() ([]directory.Session, error) { return h.SessionsOf(t.Context(), actor, eve.ID) })
	here := slices.DeleteFunc(slices.Clone(all), func(s directory.Session) bool { return !actor.Holds(s.ID) })
	if len(all) != 3 || len(here) != 1 {
		t.Fatalf("%d logins, of which %d are this one", len(all), len(here))
	}
	other := all[slices.IndexFunc(all, func(s directory.Session) bool { return !actor.Holds(s.ID) })]
	h.must(h.EndSession(t.Context(), actor, eve.ID, other.ID))
	refused(t, h.EndSession(t.Context(), actor, eve.ID, other.ID), directory.NotFound)
	if left := need(t, func() ([]directory.Session, error) { return h.SessionsOf(t.Context(), actor, eve.ID) }); len(left) != 2 {
		t.Errorf("%d logins are left", len(left))
	}
	h.must(h.EndOtherSessions(t.Context(), actor, eve.ID))
	h.must(h.EndOtherSessions(t.Context(), actor, eve.ID))
	if !h.lives(texts[0]) || h.lives(texts[1]) || h.lives(texts[2]) {
		t.Error("not all logins but this one ended")
	}
}

func TestLoginsOfOthersAreForAdministrators(t *testing.T) {
	t.Parallel()
	h := open(t)
	eve, chief, root := h.person("eve"), h.as(h.person("chief", in(h.home.ID, directory.RoleAdmin))), h.as(h.person("root", admin))
	text := need(t, func() (secret.Text, error) { return h.login("eve", directory.WekanLogin) })
	open := need(t, func() ([]directory.Session, error) { return h.SessionsOf(t.Context(), root, eve.ID) })
	_, err := h.SessionsOf(t.Context(), chief, eve.ID)
	refused(t, err, directory.NotFound)
	refused(t, h.EndSession(t.Context(), chief, eve.ID, open[0].ID), directory.NotFound)
	refused(t, h.EndSession(t.Context(), chief, chief.UserID(), open[0].ID), directory.NotFound)
	refused(t, h.EndOtherSessions(t.Context(), chief, eve.ID), directory.NotFound)
	if !h.lives(text) {
		t.Error("the login ended")
	}
	h.must(h.EndOtherSessions(t.Context(), root, eve.ID))
	if h.lives(text) {
		t.Error("the login lives on")
	}
}

func TestAKeyIsFoundByItsFingerprintAmongPeopleOneMaySee(t *testing.T) {
	t.Parallel()
	h := open(t)
	acme := h.org("Acme")
	eve, ada, stranger := h.person("eve"), h.as(h.person("ada")), h.as(h.person("odo", in(acme.ID, 0)))
	key := need(t, func() (directory.SSHKey, error) {
		return h.AddKey(t.Context(), operator(), eve.ID, directory.NewKey{Key: sshLine(t)})
	})
	if got := need(t, func() (directory.SSHKey, error) { return h.KeyByFingerprint(t.Context(), ada, key.Fingerprint) }); got.ID != key.ID {
		t.Errorf("got %+v", got)
	}
	_, hidden := h.KeyByFingerprint(t.Context(), stranger, key.Fingerprint)
	_, unknown := h.KeyByFingerprint(t.Context(), stranger, "SHA256:none")
	refused(t, hidden, directory.NotFound)
	if hidden.Error() != unknown.Error() {
		t.Errorf("a stranger's key is %q, one of nobody %q", hidden, unknown)
	}
}
