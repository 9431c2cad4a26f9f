package role_test

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/role"
)

func TestActorsCannotGrantPermissionsThatTheyDoNotHave(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	helper := must(t, func() (model.Role, error) {
		return h.CreateRole(t.Context(), operator(), role.NewRole{Org: acme.ID, Name: "Helpers", Permissions: []model.Permission{
			model.UsersRead, model.UsersInvite, model.MembersManage, model.RolesManage,
		}})
	})
	abe, amy := h.AddUser("abe", in(acme.ID, model.RoleAdmin)), h.AddUser("amy", in(acme.ID, model.RolePending))
	hal := h.AddUser("hal", in(acme.ID, helper.ID))
	h.AddUser("ann", in(acme.ID, model.RoleAdmin)) // so that no step is rejected because of the last Admin
	actor, ids := h.Actor(hal), func(u model.User) []model.UserID { return []model.UserID{u.ID} }
	invited := must(t, func() (invitation.Sent, error) {
		return h.Invite(t.Context(), h.Actor(abe), invitation.NewInvitation{Org: acme.ID, Email: "new@example.org", Role: model.RoleAdmin})
	})
	for name, deed := range map[string]func() error{
		"raise another": func() error {
			_, err := h.SetMemberRoles(t.Context(), actor, acme.ID, ids(amy), model.RoleAdmin)
			return err
		},
		"raise oneself": func() error {
			_, err := h.SetMemberRoles(t.Context(), actor, acme.ID, ids(hal), model.RoleAdmin)
			return err
		},
		"lower an Admin": func() error {
			_, err := h.SetMemberRoles(t.Context(), actor, acme.ID, ids(abe), model.RolePending)
			return err
		},
		"remove an Admin": func() error { return h.RemoveMembers(t.Context(), actor, acme.ID, ids(abe)) },
		"invite an Admin": func() error {
			_, err := h.Invite(t.Context(), actor, invitation.NewInvitation{Org: acme.ID, Email: "x@example.org", Role: model.RoleAdmin})
			return err
		},
		"revoke an Admin's invitation": func() error { return h.RevokeInvitation(t.Context(), actor, acme.ID, invited.Invitation.ID) },
		"make a stronger role": func() error {
			_, err := h.CreateRole(t.Context(), actor, role.NewRole{Org: acme.ID, Name: "Strong", Permissions: []model.Permission{model.ProjectsManage}})
			return err
		},
		"make another user administrator": func() error { return h.change(actor, hal.ID, directory.UserChange{Admin: ref(true)}) },
	} {
		if err := deed(); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := h.SetMemberRoles(t.Context(), actor, acme.ID, ids(amy), helper.ID); err != nil {
		t.Errorf("as much as one holds: %v", err)
	}
}

func TestRoleHasOnlyPermissionsOfOrganizations(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	for _, p := range []model.Permission{model.UsersManage, model.ActAsOthers, model.ServerManage, model.SelfCredentials, "users.*"} {
		_, err := h.CreateRole(t.Context(), operator(), role.NewRole{Org: h.Home.ID, Name: "x", Permissions: []model.Permission{p}})
		wantFault(t, err, "permissions", fault.Unknown)
	}
}

func TestRoleInUseCannotBeDeleted(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	role := must(t, func() (model.Role, error) {
		return h.CreateRole(t.Context(), operator(), role.NewRole{Org: acme.ID, Name: "Guests"})
	})
	invited := must(t, func() (invitation.Sent, error) {
		return h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: acme.ID, Email: "x@example.org", Role: role.ID})
	})
	wantKind(t, h.DeleteRole(t.Context(), operator(), acme.ID, role.ID), fault.Conflict)
	h.Must(h.RevokeInvitation(t.Context(), operator(), acme.ID, invited.Invitation.ID))
	u := h.AddUser("gus", in(acme.ID, role.ID))
	wantKind(t, h.DeleteRole(t.Context(), operator(), acme.ID, role.ID), fault.Conflict)
	h.Must(h.AddMember(t.Context(), operator(), acme.ID, u.ID, model.RoleMember))
	wantKind(t, h.DeleteRole(t.Context(), operator(), h.Home.ID, role.ID), fault.NotFound)
	wantKind(t, h.DeleteRole(t.Context(), operator(), acme.ID, model.RoleMember), fault.NotFound)
	h.Must(h.DeleteRole(t.Context(), operator(), acme.ID, role.ID))
}

func TestRoleWithMorePermissionsCannotBeChanged(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme, ctx := h.AddOrganization("Acme"), t.Context()
	addRole := func(name string, all ...model.Permission) model.Role {
		return must(t, func() (model.Role, error) {
			return h.CreateRole(ctx, operator(), role.NewRole{Org: acme.ID, Name: name, Permissions: all})
		})
	}
	keeper := addRole("Keepers", model.RolesRead, model.RolesManage, model.MembersManage, model.UsersRead)
	strong, weak := addRole("Strong", model.AuditRead), addRole("Weak", model.UsersRead)
	usual := must(t, func() (model.Role, error) {
		return h.CreateRole(ctx, operator(), role.NewRole{Org: acme.ID, Name: "Default", Permissions: []model.Permission{model.AuditRead}, Default: true})
	})
	actor := h.Actor(h.AddUser("kim", in(acme.ID, keeper.ID)))
	amy := h.AddUser("amy", in(acme.ID, usual.ID))
	h.AddUser("abe", in(acme.ID, model.RoleAdmin))
	change := func(id model.RoleID, c role.Change) func() error {
		return func() error { return none(h.ChangeRole(ctx, actor, acme.ID, id, c)) }
	}
	for name, operation := range map[string]func() error{
		"delete":               func() error { return h.DeleteRole(ctx, actor, acme.ID, strong.ID) },
		"rename":               change(strong.ID, role.Change{Name: ref("Feeble")}),
		"take permissions":     change(strong.ID, role.Change{Permissions: &[]model.Permission{}}),
		"raise":                change(weak.ID, role.Change{Permissions: &[]model.Permission{model.AuditRead}}),
		"make it the default":  change(strong.ID, role.Change{Default: true}),
		"displace the default": change(weak.ID, role.Change{Default: true}),
		"displace it by a new one": func() error {
			return none(h.CreateRole(ctx, actor, role.NewRole{Org: acme.ID, Name: "New", Default: true}))
		},
		"assign over": func() error { return none(h.SetMemberRoles(ctx, actor, acme.ID, []model.UserID{amy.ID}, weak.ID)) },
		"put over":    func() error { return h.SetMemberRole(ctx, actor, acme.ID, amy.ID, weak.ID) },
		"remove":      func() error { return h.RemoveMembers(ctx, actor, acme.ID, []model.UserID{amy.ID}) },
	} {
		if err := operation(); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s: got %v", name, err)
		}
	}
	h.Must(h.ResetMemberPasswords(ctx, actor, acme.ID, []model.UserID{amy.ID}))
	if _, err := h.AddSession("amy", model.WekanLogin); err != nil {
		t.Errorf("a reset by somebody weaker took the password: %v", err)
	}
	h.Must(change(weak.ID, role.Change{Name: ref("Weaker")})())
	h.Must(h.DeleteRole(ctx, actor, acme.ID, weak.ID))
}

func TestRoleOfAnotherOrganizationIsRejected(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	foreign := must(t, func() (model.Role, error) {
		return h.CreateRole(t.Context(), operator(), role.NewRole{Org: h.AddOrganization("Other").ID, Name: "Guest"})
	})
	for _, role := range []model.RoleID{foreign.ID, 4711} {
		_, err := h.CreateUser(t.Context(), operator(), directory.NewUser{Username: "ada", Org: h.Home.ID, Role: role})
		wantFault(t, err, "role", fault.Unknown)
	}
}
