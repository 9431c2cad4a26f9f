package directory_test

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// cannotLogIn returns users that do not count as a remaining administrator.
func (h *fixture) cannotLogIn(org model.OrgID) map[string]func(*directory.NewUser) {
	return map[string]func(*directory.NewUser){
		"a service account": func(n *directory.NewUser) {
			n.Service, n.Password, n.Admin, n.Org, n.Role = true, "", true, org, model.RoleAdmin
		},
		"without password": func(n *directory.NewUser) { n.Password, n.Admin, n.Org, n.Role = "", true, org, model.RoleAdmin },
	}
}

func TestAdministratorsThatCannotSignInDoNotCount(t *testing.T) {
	t.Parallel()
	for name, setup := range (&fixture{&directorytest.Fixture{T: t}}).cannotLogIn(0) {
		h := newFixture(t)
		ada := h.addVerifiedUser("ada")
		h.Must(h.change(operator(), ada.ID, directory.UserChange{Admin: ref(true)}))
		other := h.AddUser("other", setup)
		h.Must(none(h.RotateAPIKeyOf(t.Context(), operator(), other.ID)))
		ctx, actor := t.Context(), h.Actor(ada)
		for path, operation := range map[string]func() error{
			"demote":     func() error { return h.change(actor, ada.ID, directory.UserChange{Admin: ref(false)}) },
			"demoted":    func() error { return h.change(h.Actor(other), ada.ID, directory.UserChange{Admin: ref(false)}) },
			"block":      func() error { return none(h.BlockUser(ctx, h.Actor(other), ada.ID)) },
			"deactivate": func() error { return none(h.DeactivateUser(ctx, actor, ada.ID)) },
			"delete":     func() error { return none(h.DeleteUser(ctx, operator(), ada.ID)) },
			"erase":      func() error { return h.EraseUser(ctx, h.SessionOf("ada"), ada.ID) },
		} {
			if err := operation(); !fault.Has(err, "admin", fault.LastAdmin) {
				t.Errorf("%s, %s: got %v", name, path, err)
			}
		}
		h.Must(h.ResetMemberPasswords(ctx, h.Actor(other), h.Home.ID, []model.UserID{ada.ID}))
		if _, err := h.AddSession("ada", model.ConsoleLogin); err != nil {
			t.Errorf("%s: a reset took the password of the last administrator who can log in: %v", name, err)
		}
		if n := must(t, func() (int, error) { return h.CheckAdministrators(ctx, operator()) }); n != 1 {
			t.Errorf("%s: %d administrators can log in", name, n)
		}
		h.Must(none(h.DeleteUser(ctx, actor, other.ID)))
	}
}

func TestLastAdministratorCannotBeRemoved(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	robot := h.AddUser("robot", func(n *directory.NewUser) { n.Service, n.Password, n.Admin = true, "", true })
	_, err := h.DeleteUser(t.Context(), operator(), robot.ID)
	wantFault(t, err, "admin", fault.LastAdmin)
	_, err = h.CheckAdministrators(t.Context(), operator())
	wantKind(t, err, fault.Conflict)
	h.AddUser("ada", admin)
	h.Must(none(h.DeleteUser(t.Context(), operator(), robot.ID)))
}

func TestAdminsThatCannotSignInDoNotCount(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	for name := range h.cannotLogIn(0) {
		acme := h.AddOrganization("Acme of " + name)
		abe := h.AddUser(aName(), in(acme.ID, model.RoleAdmin))
		h.AddUser(aName(), h.cannotLogIn(acme.ID)[name])
		ctx, actor, one := t.Context(), h.Actor(abe), []model.UserID{abe.ID}
		for path, operation := range map[string]func() error{
			"leave":      func() error { return h.RemoveMembers(ctx, actor, acme.ID, one) },
			"demote":     func() error { return none(h.SetMemberRoles(ctx, actor, acme.ID, one, model.RoleMember)) },
			"put":        func() error { return h.SetMemberRole(ctx, actor, acme.ID, abe.ID, model.RoleMember) },
			"add":        func() error { return h.AddMember(ctx, operator(), acme.ID, abe.ID, model.RoleMember) },
			"deactivate": func() error { return none(h.DeactivateUser(ctx, actor, abe.ID)) },
			"delete":     func() error { return none(h.DeleteUser(ctx, operator(), abe.ID)) },
		} {
			if err := operation(); !fault.Has(err, "admin", fault.LastAdmin) {
				t.Errorf("%s, %s: got %v", name, path, err)
			}
		}
	}
}

// Two Admins that use tokens and have no password can replace each other; the last one stays.
func TestAdminWithoutPasswordCanLeaveTheOrganizationToAnother(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	org := h.AddOrganization("Acme")
	h.AddUser("mia", in(org.ID, model.RoleMember))
	var ids []model.UserID
	for _, name := range []string{"ada", "bob"} {
		u := must(t, func() (model.User, error) {
			return h.CreateUser(t.Context(), operator(), directory.NewUser{Username: name, Limits: model.DefaultLimits()})
		})
		h.Must(h.AddMember(t.Context(), operator(), org.ID, u.ID, model.RoleAdmin))
		ids = append(ids, u.ID)
	}
	h.Must(h.AddMember(t.Context(), operator(), org.ID, ids[0], model.RoleMember))
	wantKind(t, h.AddMember(t.Context(), operator(), org.ID, ids[1], model.RoleMember), fault.Forbidden)
}
