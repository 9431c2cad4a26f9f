package directory_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/secret"
)

func (h *fixture) changesByOperator(eve *model.User) []change {
	op := operator()
	return []change{
		{"SetPasswordAsOperator", func(ctx context.Context) error {
			return none(h.SetPasswordAsOperator(ctx, op, eve.ID, "rescued-secret-2"))
		}},
		{"CreateResetLink", func(ctx context.Context) error { return none2(h.CreateResetLink(ctx, op, eve.ID)) }},
		{"Unlock", func(ctx context.Context) error {
			_, wrong := h.LogIn(ctx, caller(model.Wekan), login.Attempt{Name: "eve", Password: "x"}, model.WekanLogin)
			wantKind(h.T, wrong, fault.Unauthenticated)
			return none(h.Unlock(ctx, op, eve.ID, ""))
		}},
	}
}

// failLogins logs in n times with a wrong password.
func (h *fixture) failLogins(name string, times int) {
	h.T.Helper()
	for range times {
		_, err := h.LogIn(h.T.Context(), caller(model.Wekan), login.Attempt{Name: name, Password: "wrong"}, model.WekanLogin)
		wantKind(h.T, err, fault.Unauthenticated)
	}
}

func fewTries(o *directory.Options) {
	o.Login = ratelimit.LoginLimits{AccountFailures: 2, AddressFailures: 4, Window: time.Hour, Lock: time.Hour}
}

func TestUnlockEndsLocksOfFailedLogins(t *testing.T) {
	t.Parallel()
	h := newFixture(t, fewTries)
	ada := h.AddUser("ada", admin)
	h.failLogins("ada", 2)
	_, err := h.AddSession("ada", model.WekanLogin)
	wantKind(t, err, fault.Limited)
	result := must(t, func() (directory.UnlockResult, error) { return h.Unlock(t.Context(), operator(), ada.ID, "") })
	if result.Failures != 2 || !result.Locked || result.AddressFailures != 0 || result.Reactivated {
		t.Errorf("got %+v", result)
	}
	must(t, func() (secret.Text, error) { return h.AddSession("ada", model.WekanLogin) })
	h.failLogins("ada", 2)
	result = must(t, func() (directory.UnlockResult, error) { return h.Unlock(t.Context(), operator(), ada.ID, "192.0.2.7") })
	if result.AddressFailures != 4 || !result.AddressLocked {
		t.Errorf("got %+v", result)
	}
	must(t, func() (secret.Text, error) { return h.AddSession("ada", model.WekanLogin) })
	before := len(h.AllEvents())
	result = must(t, func() (directory.UnlockResult, error) { return h.Unlock(t.Context(), operator(), ada.ID, "192.0.2.7") })
	if result.Failures+result.AddressFailures != 0 || len(h.AllEvents()) != before {
		t.Errorf("with nothing in the way it did %+v", result)
	}
}

func TestUnlockUnblocksAdministratorsOnly(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("other", admin)
	ada, eve := h.AddUser("ada", admin), h.AddUser("eve")
	for _, u := range []model.User{ada, eve} {
		_, err := h.BlockUser(t.Context(), operator(), u.ID)
		h.Must(err)
	}
	result := must(t, func() (directory.UnlockResult, error) { return h.Unlock(t.Context(), operator(), ada.ID, "") })
	if !result.Reactivated || result.User.State != model.Active {
		t.Errorf("got %+v", result)
	}
	must(t, func() (secret.Text, error) { return h.AddSession("ada", model.WekanLogin) })
	result = must(t, func() (directory.UnlockResult, error) { return h.Unlock(t.Context(), operator(), eve.ID, "") })
	if result.Reactivated || result.User.State != model.Blocked {
		t.Errorf("got %+v", result)
	}
	_, err := h.DeactivateUser(t.Context(), operator(), ada.ID)
	h.Must(err)
	result = must(t, func() (directory.UnlockResult, error) { return h.Unlock(t.Context(), operator(), ada.ID, "") })
	if last := h.AllEvents()[len(h.AllEvents())-1]; !result.Reactivated || last.Verb != model.UserReactivate {
		t.Errorf("got %+v and %s", result, last.Verb)
	}
}

func TestOperatorPasswordEndsSessionsAndLocks(t *testing.T) {
	t.Parallel()
	h := newFixture(t, fewTries)
	ada := h.AddUser("ada")
	session := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.WekanLogin) })
	old := h.requestReset(address("ada"))
	h.failLogins("ada", 2)
	_, err := h.SetPasswordAsOperator(t.Context(), operator(), ada.ID, "rescued-secret-2")
	h.Must(err)
	if h.IsValid(session) {
		t.Error("a login outlived the rescue")
	}
	if err := h.resetPassword(old, "somebody-else-3"); fault.KindOf(err) != fault.Expired {
		t.Errorf("a link of before: %v", err)
	}
	_, err = h.LogIn(t.Context(), caller(model.Wekan), login.Attempt{Name: "ada", Password: "rescued-secret-2"}, model.WekanLogin)
	h.Must(err)
}

func TestOperatorLinkIsNotEmailedAndWorksOnce(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	session := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.WekanLogin) })
	_, link, err := h.CreateResetLink(t.Context(), operator(), ada.ID)
	h.Must(err)
	if m, found := h.NextEmail(address("ada")); found {
		t.Errorf("the letter %q was sent", m.Subject)
	}
	if h.IsValid(session) {
		t.Error("a login outlived the rescue")
	}
	token := tokenIn(t, link.URL.Reveal())
	h.Must(h.resetPassword(token, "rescued-secret-2"))
	wantKind(t, h.resetPassword(token, "rescued-secret-3"), fault.Expired)
}

func TestRecoveryOfUsersWithoutLoginIsRejected(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("root", admin)
	blocked := h.AddUser("blocked")
	_, err := h.BlockUser(t.Context(), operator(), blocked.ID)
	h.Must(err)
	robot := h.AddUser("robot", func(n *directory.NewUser) { n.Service, n.Password = true, "" })
	_, _, err = h.CreateResetLink(t.Context(), operator(), blocked.ID)
	wantKind(t, err, fault.Conflict)
	_, _, err = h.CreateResetLink(t.Context(), operator(), robot.ID)
	wantKind(t, err, fault.Invalid)
	_, err = h.SetPasswordAsOperator(t.Context(), operator(), robot.ID, "rescued-secret-2")
	wantKind(t, err, fault.Invalid)
	_, err = h.SetPasswordAsOperator(t.Context(), operator(), 4711, "rescued-secret-2")
	wantKind(t, err, fault.NotFound)
	invited := must(t, func() (invitation.Sent, error) {
		return h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: h.Home.ID, Email: "new@example.org", GivenName: "New", FamilyName: "One", MakeUser: true})
	})
	_, err = h.SetPasswordAsOperator(t.Context(), operator(), invited.User.ID, "rescued-secret-2")
	wantKind(t, err, fault.Conflict)
}

func TestRecoveryRequiresTheOperator(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada", admin)
	actor := h.Actor(ada)
	_, err := h.SetPasswordAsOperator(t.Context(), actor, ada.ID, "rescued-secret-2")
	wantKind(t, err, fault.Forbidden)
	_, _, err = h.CreateResetLink(t.Context(), actor, ada.ID)
	wantKind(t, err, fault.Forbidden)
	_, err = h.Unlock(t.Context(), actor, ada.ID, "")
	wantKind(t, err, fault.Forbidden)
}

// The operator passes a printed link on, so it does not verify access to the mailbox.
func TestAPrintedLinkVerifiesNoAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	mallory := h.claimant("mallory", claimedAddress)
	_, link, err := h.CreateResetLink(t.Context(), operator(), mallory.ID)
	h.Must(err)
	h.Must(h.resetPassword(tokenIn(t, link.URL.Reveal()), "rescued-secret-2"))
	h.Must(none(h.LogIn(t.Context(), caller(model.Wekan), login.Attempt{Name: "mallory", Password: "rescued-secret-2"}, model.WekanLogin)))
	wantKind(t, none(h.UserNamed(t.Context(), operator(), claimedAddress)), fault.Conflict)
}

func TestCreateAdministratorEndsTheAccessThatAccessOfCounts(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	eve := h.AddUser("eve")
	_, err := h.AccessOf(t.Context(), operator(), 4711)
	wantKind(t, err, fault.NotFound)
	_, err = h.AccessOf(t.Context(), h.Actor(h.AddUser("root", admin)), eve.ID)
	wantKind(t, err, fault.Forbidden)
	must(t, func() (secret.Text, error) { return h.AddSession("eve", model.WekanLogin) })
	must(t, func() (secret.Text, error) { return h.RotateAPIKeyOf(t.Context(), operator(), eve.ID) })
	h.Must(none(h.AddKey(t.Context(), operator(), eve.ID, model.NewKey{Title: "k", Key: sshLine(t)})))
	access := must(t, func() (directory.AccountAccess, error) { return h.AccessOf(t.Context(), operator(), eve.ID) })
	if access.User.ID != eve.ID || access.Sessions != 1 || access.Tokens != 0 || access.APIKeys != 1 || access.Keys != 1 {
		t.Errorf("got %+v", access)
	}
	h.Must(none(h.CreateAdministrator(t.Context(), operator(), directory.Administrator{Username: "eve", Email: address("eve"), Password: password("eve")})))
	access = must(t, func() (directory.AccountAccess, error) { return h.AccessOf(t.Context(), operator(), eve.ID) })
	if access.Sessions+access.Tokens+access.APIKeys+access.Keys != 0 || !access.User.Admin {
		t.Errorf("after the recovery: %+v", access)
	}
	if !slices.ContainsFunc(h.AllEvents(), func(e model.Event) bool { return e.Verb == model.KeyRemove && e.User == eve.ID }) {
		t.Error("the removed SSH key is no event")
	}
}
