package directory_test

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/role"
)

func TestLastAdministratorStaysByEveryPath(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada", admin)
	blocked := h.AddUser("old", admin)
	_, err := h.BlockUser(t.Context(), operator(), blocked.ID)
	h.Must(err) // a blocked administrator does not count
	actor := h.Actor(ada)
	for name, deed := range map[string]func() error{
		"demote": func() error { return h.change(actor, ada.ID, directory.UserChange{Admin: ref(false)}) },
		"block":  func() error { _, err := h.BlockUser(t.Context(), actor, ada.ID); return err },
		"delete": func() error { _, err := h.DeleteUser(t.Context(), actor, ada.ID); return err },
	} {
		err := deed()
		wantKind(t, err, fault.Forbidden)
		if !fault.Has(err, "admin", fault.LastAdmin) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	// The role in the home organization does not decide it.
	boss := h.AddUser("boss", in(h.Home.ID, model.RoleAdmin))
	if _, err := h.SetMemberRoles(t.Context(), operator(), h.Home.ID, []model.UserID{ada.ID}, model.RoleMember); err != nil {
		t.Fatal(err)
	}
	if n := must(t, func() (int, error) { return h.CheckAdministrators(t.Context(), operator()) }); n != 1 {
		t.Errorf("%d administrators are left", n)
	}
	h.Must(h.change(actor, boss.ID, directory.UserChange{Admin: ref(true)}))
	h.Must(h.change(actor, ada.ID, directory.UserChange{Admin: ref(false)}))
}

func TestLastAdminOfAnOrganizationStaysByEveryPath(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	abe, amy := h.AddUser("abe", in(acme.ID, model.RoleAdmin)), h.AddUser("amy", in(acme.ID, 0))
	deleted := h.AddUser("gone", in(acme.ID, model.RoleAdmin))
	_, err := h.BlockUser(t.Context(), operator(), deleted.ID)
	h.Must(err)
	actor := h.Actor(abe)
	one, all := []model.UserID{abe.ID}, []model.UserID{abe.ID, amy.ID}
	for name, deed := range map[string]func() error{
		"leave":      func() error { return h.RemoveMembers(t.Context(), actor, acme.ID, one) },
		"remove all": func() error { return h.RemoveMembers(t.Context(), actor, acme.ID, all) },
		"demote": func() error {
			_, err := h.SetMemberRoles(t.Context(), actor, acme.ID, one, model.RoleMember)
			return err
		},
		"demote all": func() error {
			_, err := h.SetMemberRoles(t.Context(), actor, acme.ID, all, model.RolePending)
			return err
		},
		"add anew": func() error { return h.AddMember(t.Context(), operator(), acme.ID, abe.ID, model.RoleMember) },
		"delete":   func() error { _, err := h.DeleteUser(t.Context(), operator(), abe.ID); return err },
		"operator": func() error { return h.RemoveMembers(t.Context(), operator(), acme.ID, one) },
	} {
		err := deed()
		if !fault.Has(err, "admin", fault.LastAdmin) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if n := must(t, func() (int, error) {
		return h.SetMemberRoles(t.Context(), actor, acme.ID, []model.UserID{amy.ID}, model.RoleAdmin)
	}); n != 1 {
		t.Errorf("%d members changed", n)
	}
	h.Must(h.RemoveMembers(t.Context(), actor, acme.ID, one))
}

func TestOnlyMemberOfAnOrganizationCanBeDeleted(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	abe := h.AddUser("abe", in(h.AddOrganization("Acme").ID, model.RoleAdmin))
	if _, err := h.DeleteUser(t.Context(), operator(), abe.ID); err != nil {
		t.Error(err)
	}
}

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

func TestHomeOrganizationStays(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	wantKind(t, h.DeleteOrganization(t.Context(), operator(), h.Home.ID), fault.Conflict)
	h.Must(h.Prepare(t.Context(), operator(), "Another"))
	if orgs := must(t, func() ([]model.Organization, error) { return h.Organizations(t.Context(), operator()) }); len(orgs) != 1 {
		t.Errorf("a second start leaves %v", orgs)
	}
}

func TestOrganizationNamesAreUnique(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme, other := h.AddOrganization("Acme"), h.AddOrganization("ACME GmbH")
	for _, name := range []string{"acme", " Acme ", "ACME"} {
		_, err := h.RenameOrganization(t.Context(), operator(), other.ID, name)
		wantFault(t, err, "organization", fault.Taken)
		_, err = h.CreateOrganization(t.Context(), operator(), name)
		wantFault(t, err, "organization", fault.Taken)
	}
	got := must(t, func() (model.Organization, error) {
		return h.RenameOrganization(t.Context(), operator(), acme.ID, " ACME ")
	})
	if got.Name != "ACME" || got.Slug != "acme" {
		t.Errorf("renamed to %q, slug %q", got.Name, got.Slug)
	}
	if again := h.AddOrganization("Acme!"); again.Slug != "acme2" {
		t.Errorf("the same slug again becomes %q", again.Slug)
	}
	if api := h.AddOrganization("API"); api.Slug != "org-api" {
		t.Errorf("a reserved slug becomes %q", api.Slug)
	}
}
