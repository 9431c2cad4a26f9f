package directory_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/directory"
)

// known is a person with these identities, each with the username as its uid.
func (h *house) known(name string, providers ...string) directory.User {
	h.t.Helper()
	u := h.person(name)
	for _, p := range providers {
		h.must(h.change(operator(), u.ID, directory.UserChange{Identity: &directory.Identity{Provider: p, ExternalUID: name}}))
	}
	return need(h.t, func() (directory.User, error) { return h.User(h.t.Context(), operator(), u.ID) })
}

func TestIdentityIsTakenAwayAndFreeForSomebodyElse(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada, eve := h.known("ada", "ldap", "github"), h.person("eve")
	h.clock.turn(time.Minute)
	changed := need(t, func() (directory.User, error) {
		return h.RemoveIdentity(t.Context(), operator(), ada.ID, "ldap", ada.Version())
	})
	if diff := cmp.Diff([]directory.Identity{{User: ada.ID, Provider: "github", ExternalUID: "ada"}}, changed.Identities); diff != "" {
		t.Error(diff)
	}
	stored := need(t, func() (directory.User, error) { return h.User(t.Context(), operator(), ada.ID) })
	if stored.Version() != changed.Version() || !stored.UpdatedAt.Equal(h.clock.Now()) {
		t.Errorf("stored %+v, answered %+v", stored, changed)
	}
	if last := h.events()[len(h.events())-1]; last.Verb != directory.IdentityRemove || last.User != ada.ID || last.TargetID != int64(ada.ID) {
		t.Errorf("the last event is %+v", last)
	}
	h.must(h.change(operator(), eve.ID, directory.UserChange{Identity: &directory.Identity{Provider: "ldap", ExternalUID: "ada"}}))
}

// A version that is answered is one to go on with, whatever the order in which
// identities were given.
func TestVersionAfterAnIdentityWasGivenIsTheStoredOne(t *testing.T) {
	t.Parallel()
	h := open(t)
	u := h.known("ada", "zeta")
	answered := need(t, func() (directory.User, error) {
		return h.ChangeUser(t.Context(), operator(), u.ID, directory.UserChange{Identity: &directory.Identity{Provider: "alpha", ExternalUID: "ada"}})
	})
	h.must(none(h.RemoveIdentity(t.Context(), operator(), u.ID, "zeta", answered.Version())))
}

func TestIdentityIsTakenAwayByAdministratorsAloneAndAsItWasRead(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada, root := h.known("ada", "ldap"), h.person("root", admin)
	remove := func(actor directory.Actor, id directory.UserID, provider, version string) error {
		return none(h.RemoveIdentity(t.Context(), actor, id, provider, version))
	}
	refused(t, remove(caller(directory.Native), ada.ID, "ldap", ""), directory.Unauthenticated)
	refused(t, remove(h.as(ada), ada.ID, "ldap", ""), directory.Forbidden)
	refused(t, remove(h.as(h.person("boss", in(h.home.ID, directory.RoleAdmin))), ada.ID, "ldap", ""), directory.Forbidden)
	refused(t, remove(h.as(root, directory.ScopeReadAPI), ada.ID, "ldap", ""), directory.Forbidden)
	refused(t, remove(h.as(root), 4711, "ldap", ""), directory.NotFound)
	refused(t, remove(h.as(root), ada.ID, "LDAP", ""), directory.NotFound)
	h.must(h.change(operator(), ada.ID, directory.UserChange{Bio: ref("changed since")}))
	stale := remove(h.as(root), ada.ID, "ldap", ada.Version())
	refused(t, stale, directory.Conflict)
	faulty(t, stale, "version", directory.Changed)
	h.must(remove(h.as(root), ada.ID, "ldap", ""))
	refused(t, remove(h.as(root), ada.ID, "ldap", ""), directory.NotFound)
}
