package role_test

import (
	"fmt"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/role"
)

func TestReplacedRoleIsTakenFromMembersInvitationsAndTheDefault(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ctx := t.Context()
	create := func(name string, isDefault bool) model.Role {
		return must(t, func() (model.Role, error) {
			return h.CreateRole(ctx, operator(), role.NewRole{Org: h.Home.ID, Name: name, Default: isDefault})
		})
	}
	former, next := create("Editors", true), create("Writers", false)
	ada := h.AddUser("ada", in(h.Home.ID, former.ID))
	h.AddUser("bob", in(h.Home.ID, model.RoleMember))
	sent := must(t, func() (invitation.Sent, error) {
		return h.Invite(ctx, operator(), invitation.NewInvitation{Org: h.Home.ID, Email: "eve@example.org", Role: former.ID})
	})

	wantFault(t, h.ReplaceRole(ctx, operator(), h.Home.ID, former.ID, former.ID), "role", fault.Unknown)
	h.Must(h.ReplaceRole(ctx, operator(), h.Home.ID, former.ID, next.ID))

	for _, use := range must(t, func() ([]role.Use, error) { return h.RolesInUse(ctx, operator(), h.Home.ID) }) {
		switch {
		case use.Role.ID == former.ID:
			t.Error("the role still exists")
		case use.Role.ID == next.ID && (use.Members != 1 || !use.Role.Default):
			t.Errorf("the replacement has %d members; it is the default: %t", use.Members, use.Role.Default)
		}
	}
	open := must(t, func() ([]model.Invitation, error) { return h.Invitations(ctx, operator(), h.Home.ID) })
	if len(open) != 1 || open[0].ID != sent.Invitation.ID || open[0].Role != next.ID {
		t.Errorf("got the invitations %+v, want one with the role %d", open, next.ID)
	}
	var changes []string
	for _, e := range h.AllEvents() {
		after, before, ok := directory.RoleChange(e)
		if ok && e.Verb == model.MemberChange {
			changes = append(changes, fmt.Sprint(e.User, after, before))
		}
	}
	if want := fmt.Sprint(ada.ID, next.ID, former.ID); len(changes) != 1 || changes[0] != want {
		t.Errorf("got the changes %q of members, want one: %s", changes, want)
	}
}

func TestAdministratorKeepsTheRoleThatAnAdminOfTheHomeOrganizationReplaces(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ctx := t.Context()
	desk := must(t, func() (model.Role, error) {
		return h.CreateRole(ctx, operator(), role.NewRole{Org: h.Home.ID, Name: "Desk"})
	})
	grace := h.Actor(h.AddUser("grace", in(h.Home.ID, model.RoleAdmin)))
	root := h.AddUser("root", directorytest.Admin)
	h.Must(h.SetMemberRole(ctx, operator(), h.Home.ID, root.ID, desk.ID))

	wantKind(t, h.SetMemberRole(ctx, grace, h.Home.ID, root.ID, model.RolePending), fault.Forbidden)
	wantKind(t, h.ReplaceRole(ctx, grace, h.Home.ID, desk.ID, model.RolePending), fault.Forbidden)
	h.Must(h.ReplaceRole(ctx, h.Actor(root), h.Home.ID, desk.ID, model.RoleMember))
}
