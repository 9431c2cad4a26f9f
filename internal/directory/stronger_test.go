package directory_test

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

func TestAnAdminOfTheHomeOrganizationDoesNotTouchAnAdministratorOfTheServer(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root := h.AddUser("root", admin)
	plain := h.AddUser("plain", admin)
	h.Must(none(h.SetMemberRoles(t.Context(), operator(), h.Home.ID, []directory.UserID{plain.ID}, directory.RoleMember)))
	boss, eve := h.AddUser("boss", in(h.Home.ID, directory.RoleAdmin)), h.AddUser("eve")
	actor, ctx := h.Actor(boss), t.Context()
	for _, target := range []directory.User{root, plain} {
		for name, operation := range map[string]func() error{
			"remove":        func() error { return h.RemoveMembers(ctx, actor, h.Home.ID, []directory.UserID{target.ID}) },
			"remove beside": func() error { return h.RemoveMembers(ctx, actor, h.Home.ID, []directory.UserID{eve.ID, target.ID}) },
			"demote": func() error {
				return none(h.SetMemberRoles(ctx, actor, h.Home.ID, []directory.UserID{target.ID}, directory.RolePending))
			},
			"put": func() error { return h.SetMemberRole(ctx, actor, h.Home.ID, target.ID, directory.RolePending) },
		} {
			if err := operation(); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s %s: got %v", name, target.Username, err)
			}
		}
		h.Must(h.ResetMemberPasswords(ctx, actor, h.Home.ID, []directory.UserID{target.ID}))
		if _, err := h.AddSession(target.Username, directory.WekanLogin); err != nil {
			t.Errorf("the password of %s ended: %v", target.Username, err)
		}
	}
	if members := must(t, func() ([]directory.MemberUser, error) { return h.Members(ctx, operator(), h.Home.ID) }); len(members) != 4 {
		t.Errorf("%d members are left", len(members))
	}
	h.Must(h.RemoveMembers(ctx, actor, h.Home.ID, []directory.UserID{eve.ID}))
	h.Must(none(h.SetMemberRoles(ctx, h.Actor(root), h.Home.ID, []directory.UserID{plain.ID}, directory.RolePending)))
	h.Must(h.RemoveMembers(ctx, h.Actor(plain), h.Home.ID, []directory.UserID{plain.ID}))
}

func TestRoleWithMorePermissionsCannotBeChanged(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme, ctx := h.AddOrganization("Acme"), t.Context()
	role := func(name string, all ...directory.Permission) directory.Role {
		return must(t, func() (directory.Role, error) {
			return h.CreateRole(ctx, operator(), directory.NewRole{Org: acme.ID, Name: name, Permissions: all})
		})
	}
	keeper := role("Keepers", directory.RolesRead, directory.RolesManage, directory.MembersManage, directory.UsersRead)
	strong, weak := role("Strong", directory.AuditRead), role("Weak", directory.UsersRead)
	usual := must(t, func() (directory.Role, error) {
		return h.CreateRole(ctx, operator(), directory.NewRole{Org: acme.ID, Name: "Default", Permissions: []directory.Permission{directory.AuditRead}, Default: true})
	})
	actor := h.Actor(h.AddUser("kim", in(acme.ID, keeper.ID)))
	amy := h.AddUser("amy", in(acme.ID, usual.ID))
	h.AddUser("abe", in(acme.ID, directory.RoleAdmin))
	change := func(id directory.RoleID, c directory.RoleChange) func() error {
		return func() error { return none(h.ChangeRole(ctx, actor, acme.ID, id, c)) }
	}
	for name, operation := range map[string]func() error{
		"delete":               func() error { return h.DeleteRole(ctx, actor, acme.ID, strong.ID) },
		"rename":               change(strong.ID, directory.RoleChange{Name: ref("Feeble")}),
		"take permissions":     change(strong.ID, directory.RoleChange{Permissions: &[]directory.Permission{}}),
		"raise":                change(weak.ID, directory.RoleChange{Permissions: &[]directory.Permission{directory.AuditRead}}),
		"make it the default":  change(strong.ID, directory.RoleChange{Default: true}),
		"displace the default": change(weak.ID, directory.RoleChange{Default: true}),
		"displace it by a new one": func() error {
			return none(h.CreateRole(ctx, actor, directory.NewRole{Org: acme.ID, Name: "New", Default: true}))
		},
		"assign over": func() error { return none(h.SetMemberRoles(ctx, actor, acme.ID, []directory.UserID{amy.ID}, weak.ID)) },
		"put over":    func() error { return h.SetMemberRole(ctx, actor, acme.ID, amy.ID, weak.ID) },
		"remove":      func() error { return h.RemoveMembers(ctx, actor, acme.ID, []directory.UserID{amy.ID}) },
	} {
		if err := operation(); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s: got %v", name, err)
		}
	}
	h.Must(h.ResetMemberPasswords(ctx, actor, acme.ID, []directory.UserID{amy.ID}))
	if _, err := h.AddSession("amy", directory.WekanLogin); err != nil {
		t.Errorf("a reset by somebody weaker took the password: %v", err)
	}
	h.Must(change(weak.ID, directory.RoleChange{Name: ref("Weaker")})())
	h.Must(h.DeleteRole(ctx, actor, acme.ID, weak.ID))
}
