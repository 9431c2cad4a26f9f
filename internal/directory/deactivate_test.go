package directory_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
)

func TestWhoIsPutToRestLosesEveryCredentialAndComesBack(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person("root", admin)
	ada := h.person("ada")
	token := h.token(ada, directory.ScopeAPI)
	rested := need(t, func() (directory.User, error) { return h.DeactivateUser(t.Context(), h.as(ada), ada.ID) })
	if rested.Shown() != directory.Deactivated || rested.State != directory.Blocked || h.lives(token) {
		t.Fatalf("got %s, and the token lives: %v", rested.Shown(), h.lives(token))
	}
	back := need(t, func() (directory.User, error) { return h.ReactivateUser(t.Context(), operator(), ada.ID) })
	if back.Shown() != directory.Active || h.lives(token) {
		t.Errorf("got %s, and the old token lives: %v", back.Shown(), h.lives(token))
	}
}

func TestABlockIsNotLiftedByReactivating(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person("root", admin)
	ada := h.person("ada")
	need(t, func() (directory.User, error) { return h.BlockUser(t.Context(), operator(), ada.ID) })
	_, err := h.ReactivateUser(t.Context(), operator(), ada.ID)
	refused(t, err, directory.Conflict)
	still := need(t, func() (directory.User, error) { return h.DeactivateUser(t.Context(), operator(), ada.ID) })
	if still.Shown() != directory.Blocked {
		t.Errorf("a block became %s", still.Shown())
	}
}

func TestABlockTakesTheReturnFromWhoWasPutToRest(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person("root", admin)
	ada := h.person("ada")
	need(t, func() (directory.User, error) { return h.DeactivateUser(t.Context(), operator(), ada.ID) })
	blocked := need(t, func() (directory.User, error) { return h.BlockUser(t.Context(), operator(), ada.ID) })
	if blocked.Shown() != directory.Blocked {
		t.Errorf("got %s, want blocked", blocked.Shown())
	}
	_, err := h.ReactivateUser(t.Context(), operator(), ada.ID)
	refused(t, err, directory.Conflict)
}

func TestNobodyPutsOthersToRestButAdministrators(t *testing.T) {
	t.Parallel()
	h := open(t)
	root, ada, eve := h.person("root", admin), h.person("ada"), h.person("eve")
	_, err := h.DeactivateUser(t.Context(), h.as(eve), ada.ID)
	refused(t, err, directory.NotFound)
	_, err = h.DeactivateUser(t.Context(), h.as(ada, directory.ScopeReadAPI), ada.ID)
	refused(t, err, directory.Forbidden)
	_, err = h.DeactivateUser(t.Context(), h.as(root), root.ID)
	faulty(t, err, "admin", directory.LastAdmin)
	_, err = h.ReactivateUser(t.Context(), h.as(eve), ada.ID)
	refused(t, err, directory.Forbidden)
}

func TestDormantPeopleArePutToRestByTheRule(t *testing.T) {
	t.Parallel()
	h := open(t, func(o *directory.Options) { o.DormantAfter = 90 * 24 * time.Hour })
	h.person("root", admin)
	quiet, busy := h.person("quiet"), h.person("busy")
	robot := h.person("robot", func(n *directory.NewUser) { n.Service, n.Password, n.Email = true, "", "" })
	h.clock.turn(89 * 24 * time.Hour)
	h.must(h.Tend(t.Context(), operator()))
	h.as(busy)
	h.must(h.Tend(t.Context(), operator()))
	h.clock.turn(2 * 24 * time.Hour)
	h.must(h.Tend(t.Context(), operator()))
	for id, want := range map[directory.UserID]directory.State{quiet.ID: directory.Deactivated, busy.ID: directory.Active, robot.ID: directory.Active} {
		if got := need(t, func() (directory.User, error) { return h.User(t.Context(), operator(), id) }); got.Shown() != want {
			t.Errorf("%s is %s, want %s", got.Username, got.Shown(), want)
		}
	}
}

func TestTheAccountOfAProgramHasNoPassword(t *testing.T) {
	t.Parallel()
	h := open(t)
	root := h.person("root", admin)
	_, err := h.CreateUser(t.Context(), h.as(root), directory.NewUser{Username: "robot", Service: true, Password: "long enough 1"})
	faulty(t, err, "password", directory.Closed)
	_, err = h.CreateUser(t.Context(), h.as(root), directory.NewUser{Email: "robot@example.org", Service: true})
	faulty(t, err, "username", directory.Blank)
	robot := need(t, func() (directory.User, error) {
		return h.CreateUser(t.Context(), h.as(root), directory.NewUser{Username: "robot", Email: "robot@example.org", Service: true})
	})
	_, err = h.ChangeUser(t.Context(), h.as(root), robot.ID, directory.UserChange{Password: ref(password("robot"))})
	faulty(t, err, "password", directory.Closed)
	faulty(t, h.ChangePassword(t.Context(), h.as(robot), "", password("robot")), "password", directory.Closed)
	need(t, func() (directory.User, error) {
		return h.ForgotPassword(t.Context(), caller(directory.PM415), "robot@example.org")
	})
	if _, sent := h.mail("robot@example.org"); sent {
		t.Error("a program was mailed a link that would give it a password")
	}
	if _, err := h.login("robot", directory.WekanLogin); err == nil {
		t.Error("somebody logged in as a program")
	}
}

func TestWhoIsReactivatedAfterALongTimeStays(t *testing.T) {
	t.Parallel()
	h := open(t, func(o *directory.Options) { o.DormantAfter = 90 * 24 * time.Hour })
	h.person("root", admin)
	ada := h.person("ada")
	h.clock.turn(91 * 24 * time.Hour)
	h.must(h.Tend(t.Context(), operator()))
	need(t, func() (directory.User, error) { return h.ReactivateUser(t.Context(), operator(), ada.ID) })
	h.clock.turn(time.Hour)
	h.must(h.Tend(t.Context(), operator()))
	if now := need(t, func() (directory.User, error) { return h.User(t.Context(), operator(), ada.ID) }); now.Shown() != directory.Active {
		t.Errorf("ada is %s again", now.Shown())
	}
}

func TestTheLastAdminOfAnOrganizationIsNotPutToRest(t *testing.T) {
	t.Parallel()
	h := open(t, func(o *directory.Options) { o.DormantAfter = 90 * 24 * time.Hour })
	h.person("root", admin)
	acme := h.org("Acme")
	boss, member := h.person("boss", in(acme.ID, directory.RoleAdmin)), h.person("member", in(acme.ID, directory.RoleMember))
	_, err := h.DeactivateUser(t.Context(), h.as(boss), boss.ID)
	faulty(t, err, "admin", directory.LastAdmin)
	h.clock.turn(91 * 24 * time.Hour)
	h.must(h.Tend(t.Context(), operator()))
	h.clock.turn(time.Hour)
	h.must(h.Tend(t.Context(), operator()))
	for id, want := range map[directory.UserID]directory.State{boss.ID: directory.Active, member.ID: directory.Deactivated} {
		if now := need(t, func() (directory.User, error) { return h.User(t.Context(), operator(), id) }); now.Shown() != want {
			t.Errorf("%s is %s, want %s", now.Username, now.Shown(), want)
		}
	}
}

func TestEndingOnesOwnAccountWantsAFullCredentialAndEndingAnothersDoesNot(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person("other", admin)
	ends := map[string]func(actor directory.Actor, id directory.UserID) error{
		"block": func(actor directory.Actor, id directory.UserID) error {
			return none(h.BlockUser(t.Context(), actor, id))
		},
		"deactivate": func(actor directory.Actor, id directory.UserID) error {
			return none(h.DeactivateUser(t.Context(), actor, id))
		},
		"delete": func(actor directory.Actor, id directory.UserID) error {
			return none(h.DeleteUser(t.Context(), actor, id))
		},
		"erase": func(actor directory.Actor, id directory.UserID) error { return h.EraseUser(t.Context(), actor, id) },
	}
	for name, end := range ends {
		root, leaver := h.person("root-"+name, admin), h.person("leaver-"+name)
		faulty(t, end(h.as(root, directory.ScopeAPI), root.ID), "scope", directory.SmallScope)
		h.must(end(h.as(root, directory.ScopeAPI), leaver.ID))
		h.must(end(h.as(root), root.ID))
	}
}
