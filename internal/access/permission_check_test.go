package access_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/access"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func TestPermissionCheckAgreesWithAuthorization(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root, eve, chief := h.AddUser("root", admin), h.AddUser("eve"), h.AddUser("chief", in(h.Home.ID, model.RoleAdmin))
	acme := h.AddOrganization("Acme")
	for name, c := range map[string]struct {
		who     model.Actor
		asked   access.Query
		allowed bool
		reason  string
	}{
		"an administrator":                   {h.Actor(root), access.Query{Permission: model.ServerManage}, true, "administrator"},
		"about oneself":                      {h.Actor(eve), access.Query{Permission: model.SelfWrite}, true, "all_users"},
		"a member, the server":               {h.Actor(eve), access.Query{Permission: model.UsersManage}, false, "not_admin"},
		"a member, their organization":       {h.Actor(eve), access.Query{Permission: model.UsersInvite, Org: h.Home.ID}, false, "no_role"},
		"an Admin, their organization":       {h.Actor(chief), access.Query{Permission: model.UsersInvite, Org: h.Home.ID}, true, "role"},
		"an Admin, another organization":     {h.Actor(chief), access.Query{Permission: model.UsersInvite, Org: acme.ID}, false, "not_member"},
		"a token that only reads":            {h.Actor(root, model.ScopeReadAPI), access.Query{Permission: model.ServerManage}, false, "scope"},
		"a token that reads, about reading":  {h.Actor(eve, model.ScopeReadAPI), access.Query{Permission: model.UsersRead, Org: h.Home.ID}, true, "role"},
		"what an organization has not power": {h.Actor(chief), access.Query{Permission: model.ServerManage, Org: h.Home.ID}, false, "no_role"},
	} {
		got := must(t, func() (access.Decision, error) { return h.CheckPermission(t.Context(), c.who, c.asked) })
		if got.Allowed != c.allowed || got.Reason != c.reason || got.Detail == "" {
			t.Errorf("%s: got %+v", name, got)
		}
		if err := h.Can(t.Context(), c.who, c.asked.Permission, c.asked.Org); (err == nil) != got.Allowed {
			t.Errorf("%s: explained as %v, and decided as %v", name, got.Allowed, err)
		}
	}
}

func TestOnlyAdministratorsCheckPermissionsOfOthers(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root, eve, boss := h.Actor(h.AddUser("root", admin)), h.AddUser("eve"), h.AddUser("boss", in(h.Home.ID, model.RoleAdmin))
	q := access.Query{User: eve.ID, Permission: model.UsersInvite, Org: h.Home.ID}
	got := must(t, func() (access.Decision, error) { return h.CheckPermission(t.Context(), root, q) })
	if got.Allowed || got.Reason != "no_role" || got.Role.ID != model.RoleMember {
		t.Errorf("got %+v", got)
	}
	_, err := h.CheckPermission(t.Context(), h.Actor(boss), q)
	wantKind(t, err, fault.NotFound)
	q.User = 4711
	_, err = h.CheckPermission(t.Context(), root, q)
	wantKind(t, err, fault.NotFound)
	_, err = h.CheckPermission(t.Context(), root, access.Query{Permission: "users.fly"})
	wantFault(t, err, "permission", fault.Unknown)
	h.Must(none(h.BlockUser(t.Context(), operator(), eve.ID)))
	q.User = eve.ID
	if got = must(t, func() (access.Decision, error) { return h.CheckPermission(t.Context(), root, q) }); got.Allowed || got.Reason != "state" {
		t.Errorf("blocked: %+v", got)
	}
}

func TestEveryPermissionIsExplained(t *testing.T) {
	t.Parallel()
	holders := map[string]bool{}
	for _, p := range model.AllPermissions() {
		if p.Description() == "" {
			t.Errorf("%s has no meaning", p)
		}
		holders[p.HeldBy()] = true
	}
	if diff := cmp.Diff(map[string]bool{"all_users": true, "roles": true, "administrators": true}, holders); diff != "" {
		t.Error(diff)
	}
}
