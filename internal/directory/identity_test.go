package directory_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// addWithIdentities returns a user with these identities, each with the username as its uid.
func (h *fixture) addWithIdentities(name string, providers ...string) model.User {
	h.T.Helper()
	u := h.AddUser(name)
	for _, p := range providers {
		h.Must(h.change(operator(), u.ID, directory.UserChange{Identity: &model.Identity{Provider: p, ExternalUID: name}}))
	}
	return must(h.T, func() (model.User, error) { return h.User(h.T.Context(), operator(), u.ID) })
}

func TestRemovedIdentityIsFreeForAnotherUser(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada, eve := h.addWithIdentities("ada", "ldap", "github"), h.AddUser("eve")
	h.Clock.Advance(time.Minute)
	changed := must(t, func() (model.User, error) {
		return h.RemoveIdentity(t.Context(), operator(), ada.ID, "ldap", ada.Version())
	})
	if diff := cmp.Diff([]model.Identity{{User: ada.ID, Provider: "github", ExternalUID: "ada"}}, changed.Identities); diff != "" {
		t.Error(diff)
	}
	stored := must(t, func() (model.User, error) { return h.User(t.Context(), operator(), ada.ID) })
	if stored.Version() != changed.Version() || !stored.UpdatedAt.Equal(h.Clock.Now()) {
		t.Errorf("stored %+v, answered %+v", stored, changed)
	}
	if last := h.AllEvents()[len(h.AllEvents())-1]; last.Verb != model.IdentityRemove || last.User != ada.ID || last.TargetID != int64(ada.ID) {
		t.Errorf("the last event is %+v", last)
	}
	h.Must(h.change(operator(), eve.ID, directory.UserChange{Identity: &model.Identity{Provider: "ldap", ExternalUID: "ada"}}))
}

// A returned version can be used for the next change, whatever the order of the identities.
func TestReturnedVersionIncludesTheIdentity(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.addWithIdentities("ada", "zeta")
	answered := must(t, func() (model.User, error) {
		return h.ChangeUser(t.Context(), operator(), u.ID, directory.UserChange{Identity: &model.Identity{Provider: "alpha", ExternalUID: "ada"}})
	})
	h.Must(none(h.RemoveIdentity(t.Context(), operator(), u.ID, "zeta", answered.Version())))
}

func TestIdentityIsRemovedByAdministratorsOnlyAndByVersion(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada, root := h.addWithIdentities("ada", "ldap"), h.AddUser("root", admin)
	remove := func(actor model.Actor, id model.UserID, provider, version string) error {
		return none(h.RemoveIdentity(t.Context(), actor, id, provider, version))
	}
	wantKind(t, remove(caller(model.Native), ada.ID, "ldap", ""), fault.Unauthenticated)
	wantKind(t, remove(h.Actor(ada), ada.ID, "ldap", ""), fault.Forbidden)
	wantKind(t, remove(h.Actor(h.AddUser("boss", in(h.Home.ID, model.RoleAdmin))), ada.ID, "ldap", ""), fault.Forbidden)
	wantKind(t, remove(h.Actor(root, model.ScopeReadAPI), ada.ID, "ldap", ""), fault.Forbidden)
	wantKind(t, remove(h.Actor(root), 4711, "ldap", ""), fault.NotFound)
	wantKind(t, remove(h.Actor(root), ada.ID, "LDAP", ""), fault.NotFound)
	h.Must(h.change(operator(), ada.ID, directory.UserChange{Bio: ref("changed since")}))
	stale := remove(h.Actor(root), ada.ID, "ldap", ada.Version())
	wantKind(t, stale, fault.Conflict)
	wantFault(t, stale, "version", fault.Changed)
	h.Must(remove(h.Actor(root), ada.ID, "ldap", ""))
	wantKind(t, remove(h.Actor(root), ada.ID, "ldap", ""), fault.NotFound)
}
