package directory_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
)

func TestResetLinkWorksOnceAndRevokesSessions(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	session := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.WekanLogin) })
	link := h.requestReset(address("ada"))
	wantFault(t, h.resetPassword(link, "abc"), "password", fault.TooShort) // a rejected password does not use the link
	h.Must(h.resetPassword(link, password("new")))
	if h.IsValid(session) {
		t.Error("a login outlives the reset")
	}
	wantKind(t, h.resetPassword(link, password("again")), fault.Expired)
	_, err := h.AddSession("ada", model.WekanLogin)
	wantFault(t, err, "password", fault.WrongPassword)
}

func TestResetLinkIsInvalidated(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(h *fixture, u model.User) error{
		"with time": func(h *fixture, _ model.User) error { h.Clock.Advance(24*time.Hour + time.Second); return nil },
		"with the password": func(h *fixture, u model.User) error {
			return h.change(operator(), u.ID, directory.UserChange{Password: ref(password("other"))})
		},
		"with the address": func(h *fixture, u model.User) error {
			return h.change(operator(), u.ID, directory.UserChange{Email: ref("else@example.org")})
		},
		"with the address, though it comes back": func(h *fixture, u model.User) error {
			if err := h.change(operator(), u.ID, directory.UserChange{Email: ref("else@example.org")}); err != nil {
				return err
			}
			return h.change(operator(), u.ID, directory.UserChange{Email: ref(address("ada"))})
		},
		"with a block": func(h *fixture, u model.User) error {
			_, err := h.BlockUser(t.Context(), operator(), u.ID)
			return err
		},
		"with the user": func(h *fixture, u model.User) error {
			_, err := h.DeleteUser(t.Context(), operator(), u.ID)
			return err
		},
		"with another link": func(h *fixture, _ model.User) error {
			return h.resetPassword(h.requestReset(address("ada")), password("newer"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t)
			u := h.AddUser("ada")
			link := h.requestReset(address("ada"))
			h.Must(end(h, u))
			wantKind(t, h.resetPassword(link, password("new")), fault.Expired)
		})
	}
}

func TestLinkHasOnePurpose(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	setup := tokenIn(t, must(t, func() (string, error) { return h.SetupLink(t.Context(), operator()) }))
	h.Must(register(h, model.PM415, registration.Input{Email: "odo@example.org", Password: "long enough", Organization: "Odo"}))
	verify := h.EmailedToken("odo@example.org")
	h.AddUser("ada")
	reset := h.requestReset(address("ada"))
	_, invited := h.invite("eve@example.org", true, 0)
	uses := map[string]func(secret.Text) error{
		"reset": func(token secret.Text) error { return h.resetPassword(token, password("new")) },
		"verify": func(token secret.Text) error {
			_, err := h.VerifyEmail(t.Context(), caller(model.PM415), token)
			return err
		},
		"setup":  func(token secret.Text) error { return h.CheckSetupLink(t.Context(), caller(model.Console), token) },
		"accept": func(token secret.Text) error { _, err := h.accept(token, "somebody"); return err },
		"log in": func(token secret.Text) error {
			_, err := h.Authenticate(t.Context(), caller(model.Console), directory.Credential{Secret: token})
			if fault.KindOf(err) == fault.Unauthenticated {
				return &fault.Error{Kind: fault.Expired}
			}
			return err
		},
	}
	links := map[string]secret.Text{"reset": reset, "verify": verify, "setup": setup, "accept": invited}
	for use, try := range uses {
		for made, token := range links {
			if use != made {
				if err := try(token); fault.KindOf(err) != fault.Expired {
					t.Errorf("a link to %s used to %s: %v", made, use, err)
				}
			}
		}
	}
	for use, token := range links {
		if err := uses[use](token); err != nil {
			t.Errorf("a link to %s does not %s: %v", use, use, err)
		}
	}
}

func TestVerifyingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.Must(register(h, model.PM415, registration.Input{Email: "odo@example.org", Password: "long enough", Organization: "Odo"}))
	link := h.EmailedToken("odo@example.org")
	first := must(t, func() (model.User, error) { return h.VerifyEmail(t.Context(), caller(model.PM415), link) })
	events := len(h.AllEvents())
	again := must(t, func() (model.User, error) { return h.VerifyEmail(t.Context(), caller(model.PM415), link) })
	if again.ID != first.ID || len(h.AllEvents()) != events {
		t.Errorf("the second time made %d more events", len(h.AllEvents())-events)
	}
	_, err := h.BlockUser(t.Context(), operator(), first.ID)
	h.Must(err)
	got, err := h.VerifyEmail(t.Context(), caller(model.PM415), link)
	wantKind(t, err, fault.Expired)
	if got.ID != 0 {
		t.Error("the error shows the user")
	}
}

func TestResetOfAnUnverifiedAccountRevokesAllAccess(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.Must(register(h, model.Wekan, registration.Input{Username: "ada", Email: address("ada"), Password: password("ada")}))
	u := must(t, func() (model.User, error) { return h.UserByEmail(t.Context(), operator(), address("ada")) })
	held := h.addCredentials(u)
	must(t, func() (model.SSHKey, error) {
		return h.AddKey(t.Context(), h.ActorWith(held["wekan"]), u.ID, model.NewKey{Title: "k", Key: sshLine(t)})
	})
	h.Must(h.resetPassword(h.requestReset(address("ada")), password("new")))
	h.wantAllRevoked(held, "after the reset")
	if keys := must(t, func() ([]model.SSHKey, error) { return h.Keys(t.Context(), operator(), u.ID) }); len(keys) != 0 {
		t.Errorf("%d SSH keys are left", len(keys))
	}
}

func TestResetRevokesKeysAndTokensUnlessKept(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.MailPerHour, o.MailPerDay = 100, 100 })
	u := h.addVerifiedUser("ada")
	must(t, func() (model.SSHKey, error) {
		return h.AddKey(t.Context(), operator(), u.ID, model.NewKey{Title: "k", Key: sshLine(t)})
	})
	reset := func(keep bool, to secret.Text) {
		_, err := h.ResetPassword(t.Context(), caller(model.Console), directory.Reset{Token: h.requestReset(address("ada")), Password: to, KeepCredentials: keep})
		h.Must(err)
	}
	held := h.addCredentials(u)
	reset(true, password("kept"))
	for name, text := range held {
		if isSession := name != "token" && name != "key"; h.IsValid(text) == isSession {
			t.Errorf("after a reset that keeps credentials, %s lives: %v", name, h.IsValid(text))
		}
	}
	reset(false, password("ended"))
	h.wantAllRevoked(held, "after a reset")
	if keys := must(t, func() ([]model.SSHKey, error) { return h.Keys(t.Context(), operator(), u.ID) }); len(keys) != 1 {
		t.Errorf("%d SSH keys are left", len(keys))
	}
}

// Requests for one address are limited without a change of the response.
func TestRecoveryEmailsAreLimited(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.MailPerHour, o.MailPerDay, o.Login.AccountFailures = 100, 100, 3 })
	h.AddUser("ada")
	emails := 0
	for range 6 {
		_, err := h.ForgotPassword(t.Context(), caller(model.PM415), address("ada"))
		h.Must(err)
		if _, found := h.NextEmail(address("ada")); found {
			emails++
		}
	}
	if emails != 3 {
		t.Errorf("%d emails were sent", emails)
	}
	h.Clock.Advance(11 * time.Minute)
	h.requestReset(address("ada"))
}

func TestSetupLinkWorksOnlyWithoutAnAdministrator(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	link := func() secret.Text {
		return tokenIn(t, must(t, func() (string, error) { return h.SetupLink(t.Context(), operator()) }))
	}
	complete := func(token secret.Text, name string) error {
		_, _, err := h.CompleteSetup(t.Context(), caller(model.Console), token, directory.Administrator{Username: name, Email: address(name), Password: password(name)})
		return err
	}
	late := link()
	h.Clock.Advance(25 * time.Hour)
	wantKind(t, complete(late, "ada"), fault.Expired)
	good := link()
	h.AddUser("ada", admin)
	wantKind(t, complete(good, "eve"), fault.Expired)
	h.Clock.Advance(-time.Hour)
	if again := must(t, func() (string, error) { return h.SetupLink(t.Context(), operator()) }); again != "" {
		t.Error("a setup link though there is an administrator")
	}
	_, err := h.SetupLink(t.Context(), h.Actor(must(t, func() (model.User, error) { return h.User(t.Context(), operator(), 1) })))
	wantKind(t, err, fault.Forbidden)
}

// Two nodes that start on an empty database each print one.
func TestSetupLinksWorkUntilOneIsUsed(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	var links []secret.Text
	for range 2 {
		links = append(links, tokenIn(t, must(t, func() (string, error) { return h.SetupLink(t.Context(), operator()) })))
	}
	for _, token := range links {
		h.Must(h.CheckSetupLink(t.Context(), caller(model.Console), token))
	}
	ada := directory.Administrator{Username: "ada", Email: address("ada"), Password: password("ada")}
	must(t, func() (model.User, error) {
		u, _, err := h.CompleteSetup(t.Context(), caller(model.Console), links[0], ada)
		return u, err
	})
	for _, token := range links {
		wantKind(t, h.CheckSetupLink(t.Context(), caller(model.Console), token), fault.Expired)
	}
}

func TestConcurrentSetupsSucceedOnce(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	token := tokenIn(t, must(t, func() (string, error) { return h.SetupLink(t.Context(), operator()) }))
	done := make(chan error, 4)
	for i := range cap(done) {
		go func() {
			name := "admin" + string(rune('a'+i))
			_, _, err := h.CompleteSetup(t.Context(), caller(model.Console), token, directory.Administrator{Username: name, Email: address(name), Password: password(name)})
			done <- err
		}()
	}
	won := 0
	for range cap(done) {
		if err := <-done; err == nil {
			won++
		}
	}
	if n := must(t, func() (int, error) { return h.CheckAdministrators(t.Context(), operator()) }); won != 1 || n != 1 {
		t.Errorf("%d won, %d administrators", won, n)
	}
}

// The Admin of one organization cannot lock users out of the others.
func TestAdminResetsPasswordsOfManagedUsers(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme, other := h.AddOrganization("Acme"), h.AddOrganization("Other")
	boss := h.Actor(h.AddUser("boss", in(acme.ID, model.RoleAdmin)))
	own, shared := h.AddUser("own", in(acme.ID, 0)), h.AddUser("shared", in(acme.ID, 0))
	root := h.AddUser("root", admin, in(acme.ID, 0))
	foreign := h.AddUser("foreign", in(other.ID, 0))
	h.Must(h.AddMember(t.Context(), operator(), other.ID, shared.ID, 0))
	all := []model.UserID{own.ID, shared.ID, root.ID, foreign.ID}
	h.Must(h.ResetMemberPasswords(t.Context(), boss, acme.ID, all))
	for name, want := range map[string]struct{ in, letter bool }{
		"own": {false, true}, "shared": {true, true}, "root": {true, true}, "foreign": {true, false},
	} {
		if _, err := h.AddSession(name, model.PM415Login); (err == nil) != want.in {
			t.Errorf("%s after the reset: %v", name, err)
		}
		if _, found := h.NextEmail(address(name)); found != want.letter {
			t.Errorf("%s got an email: %v", name, found)
		}
	}
	events := h.AllEvents()
	if count(events, model.PasswordReset, own.ID) != 1 || count(events, model.PasswordForgot, shared.ID) != 1 {
		t.Error("a reset left no event")
	}
}

func TestBlanksAroundTheAddressOfARecoveryAreIgnored(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	for _, typed := range []string{" " + address("ada"), address("ada") + "\u00a0", "\ufeff" + address("ada") + "\u200b\n"} {
		u, err := h.ForgotPassword(t.Context(), caller(model.PM415), typed)
		if err != nil || u.Username != "ada" {
			t.Errorf("%q finds %q: %v", typed, u.Username, err)
		}
	}
}
