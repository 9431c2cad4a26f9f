package directory_test

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
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
