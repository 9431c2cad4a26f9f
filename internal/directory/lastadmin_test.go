package directory_test

import (
	"testing"

	"roster.example/roster/internal/directory"
)

// cannotLogIn are users who do not count as an administrator that is left.
func (h *house) cannotLogIn(org directory.OrgID) map[string]func(*directory.NewUser) {
	return map[string]func(*directory.NewUser){
		"a service account": func(n *directory.NewUser) {
			n.Service, n.Password, n.Admin, n.Org, n.Role = true, "", true, org, directory.RoleAdmin
		},
		"without password": func(n *directory.NewUser) { n.Password, n.Admin, n.Org, n.Role = "", true, org, directory.RoleAdmin },
	}
}

func TestOnlyAnAdministratorWhoCanLogInCountsAsTheLast(t *testing.T) {
	t.Parallel()
	for name, setup := range (&house{}).cannotLogIn(0) {
		h := open(t)
		ada := h.proven("ada")
		h.must(h.change(operator(), ada.ID, directory.UserChange{Admin: ref(true)}))
		other := h.person("other", setup)
		h.must(none(h.NewAPIKeyFor(t.Context(), operator(), other.ID)))
		ctx, actor := t.Context(), h.as(ada)
		for path, operation := range map[string]func() error{
			"demote":     func() error { return h.change(actor, ada.ID, directory.UserChange{Admin: ref(false)}) },
			"demoted":    func() error { return h.change(h.as(other), ada.ID, directory.UserChange{Admin: ref(false)}) },
			"block":      func() error { return none(h.BlockUser(ctx, h.as(other), ada.ID)) },
			"deactivate": func() error { return none(h.DeactivateUser(ctx, actor, ada.ID)) },
			"delete":     func() error { return none(h.DeleteUser(ctx, operator(), ada.ID)) },
			"erase":      func() error { return h.EraseUser(ctx, actor, ada.ID) },
		} {
			if err := operation(); !directory.FaultIn(err, "admin", directory.LastAdmin) {
				t.Errorf("%s, %s: got %v", name, path, err)
			}
		}
		h.must(h.ResetMemberPasswords(ctx, h.as(other), h.home.ID, []directory.UserID{ada.ID}))
		if _, err := h.login("ada", directory.ConsoleLogin); err != nil {
			t.Errorf("%s: a reset took the password of the last administrator who can log in: %v", name, err)
		}
		if n := need(t, func() (int, error) { return h.CheckAdministrators(ctx, operator()) }); n != 1 {
			t.Errorf("%s: %d administrators can log in", name, n)
		}
		h.must(none(h.DeleteUser(ctx, actor, other.ID)))
	}
}

func TestTheLastAdministratorOfAnyKindStays(t *testing.T) {
	t.Parallel()
	h := open(t)
	robot := h.person("robot", func(n *directory.NewUser) { n.Service, n.Password, n.Admin = true, "", true })
	_, err := h.DeleteUser(t.Context(), operator(), robot.ID)
	faulty(t, err, "admin", directory.LastAdmin)
	_, err = h.CheckAdministrators(t.Context(), operator())
	refused(t, err, directory.Conflict)
	h.person("ada", admin)
	h.must(none(h.DeleteUser(t.Context(), operator(), robot.ID)))
}

func TestOnlyAnAdminWhoCanLogInCountsAsTheLastOfAnOrganization(t *testing.T) {
	t.Parallel()
	h := open(t)
	for name := range h.cannotLogIn(0) {
		acme := h.org("Acme of " + name)
		abe := h.person(aName(), in(acme.ID, directory.RoleAdmin))
		h.person(aName(), h.cannotLogIn(acme.ID)[name])
		ctx, actor, one := t.Context(), h.as(abe), []directory.UserID{abe.ID}
		for path, operation := range map[string]func() error{
			"leave":      func() error { return h.RemoveMembers(ctx, actor, acme.ID, one) },
			"demote":     func() error { return none(h.SetRole(ctx, actor, acme.ID, one, directory.RoleMember)) },
			"put":        func() error { return h.PutMember(ctx, actor, acme.ID, abe.ID, directory.RoleMember) },
			"add":        func() error { return h.AddMember(ctx, operator(), acme.ID, abe.ID, directory.RoleMember) },
			"deactivate": func() error { return none(h.DeactivateUser(ctx, actor, abe.ID)) },
			"delete":     func() error { return none(h.DeleteUser(ctx, operator(), abe.ID)) },
		} {
			if err := operation(); !directory.FaultIn(err, "admin", directory.LastAdmin) {
				t.Errorf("%s, %s: got %v", name, path, err)
			}
		}
	}
}

// Two Admins that use tokens and have no password can replace each other; the last one stays.
func TestAdminWithoutPasswordCanLeaveTheOrganizationToAnother(t *testing.T) {
	t.Parallel()
	h := open(t)
	org := h.org("Acme")
	h.person("mia", in(org.ID, directory.RoleMember))
	var ids []directory.UserID
	for _, name := range []string{"ada", "bob"} {
		u := need(t, func() (directory.User, error) {
			return h.CreateUser(t.Context(), operator(), directory.NewUser{Username: name, Limits: directory.DefaultLimits()})
		})
		h.must(h.AddMember(t.Context(), operator(), org.ID, u.ID, directory.RoleAdmin))
		ids = append(ids, u.ID)
	}
	h.must(h.AddMember(t.Context(), operator(), org.ID, ids[0], directory.RoleMember))
	refused(t, h.AddMember(t.Context(), operator(), org.ID, ids[1], directory.RoleMember), directory.Forbidden)
}
