package directory_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func TestDeactivationRevokesAllCredentials(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("root", admin)
	ada := h.AddUser("ada")
	token := h.AddToken(ada, model.ScopeAPI)
	rested := must(t, func() (model.User, error) { return h.DeactivateUser(t.Context(), h.Actor(ada), ada.ID) })
	if rested.Shown() != model.Deactivated || rested.State != model.Blocked || h.IsValid(token) {
		t.Fatalf("got %s, and the token lives: %v", rested.Shown(), h.IsValid(token))
	}
	back := must(t, func() (model.User, error) { return h.ReactivateUser(t.Context(), operator(), ada.ID) })
	if back.Shown() != model.Active || h.IsValid(token) {
		t.Errorf("got %s, and the old token lives: %v", back.Shown(), h.IsValid(token))
	}
}

func TestReactivationDoesNotUnblock(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("root", admin)
	ada := h.AddUser("ada")
	must(t, func() (model.User, error) { return h.BlockUser(t.Context(), operator(), ada.ID) })
	_, err := h.ReactivateUser(t.Context(), operator(), ada.ID)
	wantKind(t, err, fault.Conflict)
	still := must(t, func() (model.User, error) { return h.DeactivateUser(t.Context(), operator(), ada.ID) })
	if still.Shown() != model.Blocked {
		t.Errorf("a block became %s", still.Shown())
	}
}

func TestBlockedUserCannotBeReactivated(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("root", admin)
	ada := h.AddUser("ada")
	must(t, func() (model.User, error) { return h.DeactivateUser(t.Context(), operator(), ada.ID) })
	blocked := must(t, func() (model.User, error) { return h.BlockUser(t.Context(), operator(), ada.ID) })
	if blocked.Shown() != model.Blocked {
		t.Errorf("got %s, want blocked", blocked.Shown())
	}
	_, err := h.ReactivateUser(t.Context(), operator(), ada.ID)
	wantKind(t, err, fault.Conflict)
}

func TestOnlyAdministratorsDeactivateOthers(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root, ada, eve := h.AddUser("root", admin), h.AddUser("ada"), h.AddUser("eve")
	_, err := h.DeactivateUser(t.Context(), h.Actor(eve), ada.ID)
	wantKind(t, err, fault.NotFound)
	_, err = h.DeactivateUser(t.Context(), h.Actor(ada, model.ScopeReadAPI), ada.ID)
	wantKind(t, err, fault.Forbidden)
	_, err = h.DeactivateUser(t.Context(), h.Actor(root), root.ID)
	wantFault(t, err, "admin", fault.LastAdmin)
	_, err = h.ReactivateUser(t.Context(), h.Actor(eve), ada.ID)
	wantKind(t, err, fault.Forbidden)
}

func TestDormantUsersAreDeactivated(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.DormantAfter = 90 * 24 * time.Hour })
	h.AddUser("root", admin)
	quiet, busy := h.AddUser("quiet"), h.AddUser("busy")
	robot := h.AddUser("robot", func(n *directory.NewUser) { n.Service, n.Password, n.Email = true, "", "" })
	h.Clock.Advance(89 * 24 * time.Hour)
	h.Must(h.RunMaintenance(t.Context(), operator()))
	h.Actor(busy)
	h.Must(h.RunMaintenance(t.Context(), operator()))
	h.Clock.Advance(2 * 24 * time.Hour)
	h.Must(h.RunMaintenance(t.Context(), operator()))
	for id, want := range map[model.UserID]model.State{quiet.ID: model.Deactivated, busy.ID: model.Active, robot.ID: model.Active} {
		if got := must(t, func() (model.User, error) { return h.User(t.Context(), operator(), id) }); got.Shown() != want {
			t.Errorf("%s is %s, want %s", got.Username, got.Shown(), want)
		}
	}
}

func TestServiceAccountHasNoPassword(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root := h.AddUser("root", admin)
	_, err := h.CreateUser(t.Context(), h.Actor(root), directory.NewUser{Username: "robot", Service: true, Password: "long enough 1"})
	wantFault(t, err, "password", fault.Closed)
	_, err = h.CreateUser(t.Context(), h.Actor(root), directory.NewUser{Email: "robot@example.org", Service: true})
	wantFault(t, err, "username", fault.Blank)
	robot := must(t, func() (model.User, error) {
		return h.CreateUser(t.Context(), h.Actor(root), directory.NewUser{Username: "robot", Email: "robot@example.org", Service: true})
	})
	_, err = h.ChangeUser(t.Context(), h.Actor(root), robot.ID, directory.UserChange{Password: ref(password("robot"))})
	wantFault(t, err, "password", fault.Closed)
	wantFault(t, h.ChangePassword(t.Context(), h.Actor(robot), "", password("robot")), "password", fault.Closed)
	must(t, func() (model.User, error) {
		return h.ForgotPassword(t.Context(), caller(model.PM415), "robot@example.org")
	})
	if _, sent := h.NextEmail("robot@example.org"); sent {
		t.Error("a program was mailed a link that would give it a password")
	}
	if _, err := h.AddSession("robot", model.WekanLogin); err == nil {
		t.Error("somebody logged in as a program")
	}
}

func TestReactivatedUserIsNotDormant(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.DormantAfter = 90 * 24 * time.Hour })
	h.AddUser("root", admin)
	ada := h.AddUser("ada")
	h.Clock.Advance(91 * 24 * time.Hour)
	h.Must(h.RunMaintenance(t.Context(), operator()))
	must(t, func() (model.User, error) { return h.ReactivateUser(t.Context(), operator(), ada.ID) })
	h.Clock.Advance(time.Hour)
	h.Must(h.RunMaintenance(t.Context(), operator()))
	if now := must(t, func() (model.User, error) { return h.User(t.Context(), operator(), ada.ID) }); now.Shown() != model.Active {
		t.Errorf("ada is %s again", now.Shown())
	}
}

func TestLastAdminOfAnOrganizationIsNotDeactivated(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.DormantAfter = 90 * 24 * time.Hour })
	h.AddUser("root", admin)
	acme := h.AddOrganization("Acme")
	boss, member := h.AddUser("boss", in(acme.ID, model.RoleAdmin)), h.AddUser("member", in(acme.ID, model.RoleMember))
	_, err := h.DeactivateUser(t.Context(), h.Actor(boss), boss.ID)
	wantFault(t, err, "admin", fault.LastAdmin)
	h.Clock.Advance(91 * 24 * time.Hour)
	h.Must(h.RunMaintenance(t.Context(), operator()))
	h.Clock.Advance(time.Hour)
	h.Must(h.RunMaintenance(t.Context(), operator()))
	for id, want := range map[model.UserID]model.State{boss.ID: model.Active, member.ID: model.Deactivated} {
		if now := must(t, func() (model.User, error) { return h.User(t.Context(), operator(), id) }); now.Shown() != want {
			t.Errorf("%s is %s, want %s", now.Username, now.Shown(), want)
		}
	}
}

func TestEndingYourOwnAccountRequiresAFullCredential(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("other", admin)
	ends := map[string]func(actor model.Actor, id model.UserID) error{
		"block": func(actor model.Actor, id model.UserID) error {
			return none(h.BlockUser(t.Context(), actor, id))
		},
		"deactivate": func(actor model.Actor, id model.UserID) error {
			return none(h.DeactivateUser(t.Context(), actor, id))
		},
		"delete": func(actor model.Actor, id model.UserID) error {
			return none(h.DeleteUser(t.Context(), actor, id))
		},
	}
	for name, end := range ends {
		root, leaver := h.AddUser("root-"+name, admin), h.AddUser("leaver-"+name)
		wantFault(t, end(h.Actor(root, model.ScopeAPI), root.ID), "scope", fault.SmallScope)
		h.Must(end(h.Actor(root, model.ScopeAPI), leaver.ID))
		h.Must(end(h.Actor(root), root.ID))
	}
}
