package access_test

import (
	"testing"

	"roster.example/roster/internal/access"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func TestAccessPolicyRequiresAllConditions(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	users := map[string]model.User{
		"root":    h.AddUser("root", admin),
		"boss":    h.AddUser("boss", in(acme.ID, model.RoleAdmin)),
		"member":  h.AddUser("member", in(acme.ID, model.RoleMember)),
		"pending": h.AddUser("pending", in(acme.ID, model.RolePending)),
	}
	for _, c := range []struct {
		gate access.Policy
		pass map[string]bool
	}{
		{access.Policy{}, map[string]bool{"root": true, "boss": true, "member": true, "pending": true}},
		{access.Policy{Organization: "acme"}, map[string]bool{"boss": true, "member": true}},
		{access.Policy{Organization: "acme", Role: "ADMIN"}, map[string]bool{"boss": true}},
		{access.Policy{Organization: "acme", Role: "Pending"}, nil},
		{access.Policy{Organization: "acme", Permission: model.MembersManage}, map[string]bool{"boss": true}},
		{access.Policy{Permission: model.UsersManage}, map[string]bool{"root": true}},
		{access.Policy{Permission: model.MembersManage}, map[string]bool{"root": true}},
		{access.Policy{Organization: "nowhere"}, nil},
	} {
		for name, u := range users {
			got, err := h.CheckAccess(t.Context(), h.Actor(u), c.gate)
			if c.pass[name] {
				if err != nil || got.User.ID != u.ID {
					t.Errorf("%s at %+v: %v", name, c.gate, err)
				}
				continue
			}
			wantKind(t, err, fault.Forbidden)
			if got.User.ID != 0 {
				t.Errorf("%s at %+v is rejected", name, c.gate)
			}
		}
	}
}

func TestInvalidAccessPolicyIsRejected(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root := h.Actor(h.AddUser("root", admin))
	_, err := h.CheckAccess(t.Context(), root, access.Policy{Role: "Admin"})
	wantFault(t, err, "organization", fault.Blank)
	_, err = h.CheckAccess(t.Context(), root, access.Policy{Permission: "users.mange"})
	wantFault(t, err, "permission", fault.Unknown)
	_, err = h.CheckAccess(t.Context(), caller(model.Native), access.Policy{})
	wantKind(t, err, fault.Unauthenticated)
}

func TestPermissionThatAllUsersHoldIsNoCondition(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root, pending := h.AddUser("root", admin), h.AddUser("pending", in(h.Home.ID, model.RolePending))
	for _, p := range model.AllPermissions() {
		for _, organization := range []string{"", "home"} {
			_, err := h.CheckAccess(t.Context(), h.Actor(pending), access.Policy{Permission: p, Organization: organization})
			if fault.KindOf(err) != fault.Forbidden && fault.KindOf(err) != fault.Invalid {
				t.Errorf("a user without a role who asks for %q in %q: %v", p, organization, err)
			}
		}
	}
	for _, p := range []model.Permission{model.Public, model.SelfRead, model.SelfWrite, model.SelfCredentials, model.OrganizationsCreate} {
		_, err := h.CheckAccess(t.Context(), h.Actor(root), access.Policy{Permission: p})
		wantFault(t, err, "permission", fault.Malformed)
	}
}

func TestAccessPolicyFollowsBlocksAndScopes(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root, eve := h.AddUser("root", admin), h.AddUser("eve")
	_, err := h.CheckAccess(t.Context(), h.Actor(root, model.ScopeReadUser), access.Policy{Permission: model.UsersManage})
	wantFault(t, err, "scope", fault.SmallScope)
	actor := h.Actor(eve)
	_, err = h.CheckAccess(t.Context(), actor, access.Policy{})
	h.Must(err)
	_, err = h.BlockUser(t.Context(), operator(), eve.ID)
	h.Must(err)
	_, err = h.CheckAccess(t.Context(), actor, access.Policy{})
	wantKind(t, err, fault.Unauthenticated)
}

func TestAccessPolicyRejectsUsersWithoutUsername(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	nameless := h.AddUser("", func(n *directory.NewUser) {
		n.Email, n.Password = "nameless@example.org", "quite-secret-1"
	})
	_, err := h.CheckAccess(t.Context(), h.Actor(nameless), access.Policy{})
	wantFault(t, err, "username", fault.Blank)
}
