package directory_test

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/role"
)

func TestAdminOfTheHomeOrganizationCannotChangeAnAdministrator(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root := h.AddUser("root", admin)
	plain := h.AddUser("plain", admin)
	h.Must(none(h.SetMemberRoles(t.Context(), operator(), h.Home.ID, []model.UserID{plain.ID}, model.RoleMember)))
	boss, eve := h.AddUser("boss", in(h.Home.ID, model.RoleAdmin)), h.AddUser("eve")
	actor, ctx := h.Actor(boss), t.Context()
	for _, target := range []model.User{root, plain} {
		for name, operation := range map[string]func() error{
			"remove":        func() error { return h.RemoveMembers(ctx, actor, h.Home.ID, []model.UserID{target.ID}) },
			"remove beside": func() error { return h.RemoveMembers(ctx, actor, h.Home.ID, []model.UserID{eve.ID, target.ID}) },
			"demote": func() error {
				return none(h.SetMemberRoles(ctx, actor, h.Home.ID, []model.UserID{target.ID}, model.RolePending))
			},
			"put": func() error { return h.SetMemberRole(ctx, actor, h.Home.ID, target.ID, model.RolePending) },
		} {
			if err := operation(); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s %s: got %v", name, target.Username, err)
			}
		}
		h.Must(h.ResetMemberPasswords(ctx, actor, h.Home.ID, []model.UserID{target.ID}))
		if _, err := h.AddSession(target.Username, model.WekanLogin); err != nil {
			t.Errorf("the password of %s ended: %v", target.Username, err)
		}
	}
	if members := must(t, func() ([]directory.MemberUser, error) { return h.Members(ctx, operator(), h.Home.ID) }); len(members) != 4 {
		t.Errorf("%d members are left", len(members))
	}
	h.Must(h.RemoveMembers(ctx, actor, h.Home.ID, []model.UserID{eve.ID}))
	h.Must(none(h.SetMemberRoles(ctx, h.Actor(root), h.Home.ID, []model.UserID{plain.ID}, model.RolePending)))
	h.Must(h.RemoveMembers(ctx, h.Actor(plain), h.Home.ID, []model.UserID{plain.ID}))
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
