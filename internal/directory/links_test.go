package directory_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

func (h *house) forgot(to string) secret.Text {
	h.t.Helper()
	_, err := h.ForgotPassword(h.t.Context(), caller(directory.PM415), to)
	h.must(err)
	return h.mailed(to)
}

func (h *house) renew(token, word secret.Text) error {
	_, err := h.NewPassword(h.t.Context(), caller(directory.PM415), directory.Reset{Token: token, Password: word})
	return err
}

func TestResetLinkWorksOnceAndEndsLogins(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person("ada")
	session := need(t, func() (secret.Text, error) { return h.login("ada", directory.WekanLogin) })
	link := h.forgot(address("ada"))
	faulty(t, h.renew(link, "abc"), "password", directory.TooShort) // a refused password does not use it up
	h.must(h.renew(link, password("new")))
	if h.lives(session) {
		t.Error("a login outlives the reset")
	}
	refused(t, h.renew(link, password("again")), directory.Expired)
	_, err := h.login("ada", directory.WekanLogin)
	faulty(t, err, "password", directory.WrongPassword)
}

func TestResetLinkDies(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(h *house, u directory.User) error{
		"with time": func(h *house, _ directory.User) error { h.clock.turn(24*time.Hour + time.Second); return nil },
		"with the password": func(h *house, u directory.User) error {
			return h.change(operator(), u.ID, directory.UserChange{Password: ref(password("other"))})
		},
		"with the address": func(h *house, u directory.User) error {
			return h.change(operator(), u.ID, directory.UserChange{Email: ref("else@example.org")})
		},
		"with the address, though it comes back": func(h *house, u directory.User) error {
			if err := h.change(operator(), u.ID, directory.UserChange{Email: ref("else@example.org")}); err != nil {
				return err
			}
			return h.change(operator(), u.ID, directory.UserChange{Email: ref(address("ada"))})
		},
		"with a block": func(h *house, u directory.User) error {
			_, err := h.BlockUser(t.Context(), operator(), u.ID)
			return err
		},
		"with the person": func(h *house, u directory.User) error {
			_, err := h.DeleteUser(t.Context(), operator(), u.ID)
			return err
		},
		"with another link": func(h *house, _ directory.User) error { return h.renew(h.forgot(address("ada")), password("newer")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			u := h.person("ada")
			link := h.forgot(address("ada"))
			h.must(end(h, u))
			refused(t, h.renew(link, password("new")), directory.Expired)
		})
	}
}

func TestLinkOfOnePurposeIsWorthlessForAnother(t *testing.T) {
	t.Parallel()
	h := open(t)
	setup := tokenIn(t, need(t, func() (string, error) { return h.SetupLink(t.Context(), operator()) }))
	h.must(register(h, directory.PM415, directory.Registration{Email: "odo@example.org", Password: "long enough", Organization: "Odo"}))
	verify := h.mailed("odo@example.org")
	h.person("ada")
	reset := h.forgot(address("ada"))
	_, invited := h.invite("eve@example.org", true, 0)
	uses := map[string]func(secret.Text) error{
		"reset": func(token secret.Text) error { return h.renew(token, password("new")) },
		"verify": func(token secret.Text) error {
			_, err := h.Verify(t.Context(), caller(directory.PM415), token)
			return err
		},
		"setup":  func(token secret.Text) error { return h.SetupOpen(t.Context(), caller(directory.Console), token) },
		"accept": func(token secret.Text) error { _, err := h.accept(token, "somebody"); return err },
		"log in": func(token secret.Text) error {
			_, err := h.Authenticate(t.Context(), caller(directory.Console), directory.Presented{Secret: token})
			if directory.KindOf(err) == directory.Unauthenticated {
				return &directory.Error{Kind: directory.Expired}
			}
			return err
		},
	}
	links := map[string]secret.Text{"reset": reset, "verify": verify, "setup": setup, "accept": invited}
	for use, try := range uses {
		for made, token := range links {
			if use != made {
				if err := try(token); directory.KindOf(err) != directory.Expired {
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
	h := open(t)
	h.must(register(h, directory.PM415, directory.Registration{Email: "odo@example.org", Password: "long enough", Organization: "Odo"}))
	link := h.mailed("odo@example.org")
	first := need(t, func() (directory.User, error) { return h.Verify(t.Context(), caller(directory.PM415), link) })
	events := len(h.events())
	again := need(t, func() (directory.User, error) { return h.Verify(t.Context(), caller(directory.PM415), link) })
	if again.ID != first.ID || len(h.events()) != events {
		t.Errorf("the second time made %d more events", len(h.events())-events)
	}
	_, err := h.BlockUser(t.Context(), operator(), first.ID)
	h.must(err)
	got, err := h.Verify(t.Context(), caller(directory.PM415), link)
	refused(t, err, directory.Expired)
	if got.ID != 0 {
		t.Error("a refusal shows the person")
	}
}

func TestResetOfAnUnprovenAccountLeavesNothingOfAStranger(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.must(register(h, directory.Wekan, directory.Registration{Username: "ada", Email: address("ada"), Password: password("ada")}))
	u := need(t, func() (directory.User, error) { return h.UserByEmail(t.Context(), operator(), address("ada")) })
	held := h.held(u)
	need(t, func() (directory.SSHKey, error) {
		return h.AddKey(t.Context(), h.enter(held["wekan"]), u.ID, directory.NewKey{Title: "k", Key: sshLine(t)})
	})
	h.must(h.renew(h.forgot(address("ada")), password("new")))
	h.allDead(held, "after the reset")
	if keys := need(t, func() ([]directory.SSHKey, error) { return h.Keys(t.Context(), operator(), u.ID) }); len(keys) != 0 {
		t.Errorf("%d SSH keys are left", len(keys))
	}
}

func TestResetEndsKeysAndTokensUnlessTheyAreToStay(t *testing.T) {
	t.Parallel()
	h := open(t, func(o *directory.Options) { o.MailPerHour, o.MailPerDay = 100, 100 })
	u := h.proven("ada")
	need(t, func() (directory.SSHKey, error) {
		return h.AddKey(t.Context(), operator(), u.ID, directory.NewKey{Title: "k", Key: sshLine(t)})
	})
	reset := func(keep bool, to secret.Text) {
		_, err := h.NewPassword(t.Context(), caller(directory.Console), directory.Reset{Token: h.forgot(address("ada")), Password: to, KeepCredentials: keep})
		h.must(err)
	}
	held := h.held(u)
	reset(true, password("kept"))
	for name, text := range held {
		if isSession := name != "token" && name != "key"; h.lives(text) == isSession {
			t.Errorf("after a reset that keeps credentials, %s lives: %v", name, h.lives(text))
		}
	}
	reset(false, password("ended"))
	h.allDead(held, "after a reset")
	if keys := need(t, func() ([]directory.SSHKey, error) { return h.Keys(t.Context(), operator(), u.ID) }); len(keys) != 1 {
		t.Errorf("%d SSH keys are left", len(keys))
	}
}

// Whoever knows an address cannot fill its mailbox, and hears the same answer.
func TestForgottenPasswordSendsOnlySoManyLetters(t *testing.T) {
	t.Parallel()
	h := open(t, func(o *directory.Options) { o.MailPerHour, o.MailPerDay, o.Login.AccountFailures = 100, 100, 3 })
	h.person("ada")
	letters := 0
	for range 6 {
		_, err := h.ForgotPassword(t.Context(), caller(directory.PM415), address("ada"))
		h.must(err)
		if _, found := h.mail(address("ada")); found {
			letters++
		}
	}
	if letters != 3 {
		t.Errorf("%d letters were sent", letters)
	}
	h.clock.turn(11 * time.Minute)
	h.forgot(address("ada"))
}

func TestSetupLinkIsOpenOnlyWhileThereIsNoAdministrator(t *testing.T) {
	t.Parallel()
	h := open(t)
	link := func() secret.Text {
		return tokenIn(t, need(t, func() (string, error) { return h.SetupLink(t.Context(), operator()) }))
	}
	complete := func(token secret.Text, name string) error {
		_, _, err := h.CompleteSetup(t.Context(), caller(directory.Console), token, directory.Administrator{Username: name, Email: address(name), Password: password(name)})
		return err
	}
	late := link()
	h.clock.turn(25 * time.Hour)
	refused(t, complete(late, "ada"), directory.Expired)
	good := link()
	h.person("ada", admin)
	refused(t, complete(good, "eve"), directory.Expired)
	h.clock.turn(-time.Hour)
	if again := need(t, func() (string, error) { return h.SetupLink(t.Context(), operator()) }); again != "" {
		t.Error("a setup link though there is an administrator")
	}
	_, err := h.SetupLink(t.Context(), h.as(need(t, func() (directory.User, error) { return h.User(t.Context(), operator(), 1) })))
	refused(t, err, directory.Forbidden)
}

// Two nodes that start on an empty database each print one.
func TestEachSetupLinkIsGoodUntilOneIsUsed(t *testing.T) {
	t.Parallel()
	h := open(t)
	var links []secret.Text
	for range 2 {
		links = append(links, tokenIn(t, need(t, func() (string, error) { return h.SetupLink(t.Context(), operator()) })))
	}
	for _, token := range links {
		h.must(h.SetupOpen(t.Context(), caller(directory.Console), token))
	}
	ada := directory.Administrator{Username: "ada", Email: address("ada"), Password: password("ada")}
	need(t, func() (directory.User, error) {
		u, _, err := h.CompleteSetup(t.Context(), caller(directory.Console), links[0], ada)
		return u, err
	})
	for _, token := range links {
		refused(t, h.SetupOpen(t.Context(), caller(directory.Console), token), directory.Expired)
	}
}

func TestOfTwoWhoSetUpOneWins(t *testing.T) {
	t.Parallel()
	h := open(t)
	token := tokenIn(t, need(t, func() (string, error) { return h.SetupLink(t.Context(), operator()) }))
	done := make(chan error, 4)
	for i := range cap(done) {
		go func() {
			name := "admin" + string(rune('a'+i))
			_, _, err := h.CompleteSetup(t.Context(), caller(directory.Console), token, directory.Administrator{Username: name, Email: address(name), Password: password(name)})
			done <- err
		}()
	}
	won := 0
	for range cap(done) {
		if err := <-done; err == nil {
			won++
		}
	}
	if n := need(t, func() (int, error) { return h.CheckAdministrators(t.Context(), operator()) }); won != 1 || n != 1 {
		t.Errorf("%d won, %d administrators", won, n)
	}
}

// The Admin of one organization cannot lock people out of the others.
func TestAdminResetsWhomTheyLookAfter(t *testing.T) {
	t.Parallel()
	h := open(t)
	acme, other := h.org("Acme"), h.org("Other")
	boss := h.as(h.person("boss", in(acme.ID, directory.RoleAdmin)))
	own, shared := h.person("own", in(acme.ID, 0)), h.person("shared", in(acme.ID, 0))
	root := h.person("root", admin, in(acme.ID, 0))
	foreign := h.person("foreign", in(other.ID, 0))
	h.must(h.AddMember(t.Context(), operator(), other.ID, shared.ID, 0))
	all := []directory.UserID{own.ID, shared.ID, root.ID, foreign.ID}
	h.must(h.ResetMemberPasswords(t.Context(), boss, acme.ID, all))
	for name, want := range map[string]struct{ in, letter bool }{
		"own": {false, true}, "shared": {true, true}, "root": {true, true}, "foreign": {true, false},
	} {
		if _, err := h.login(name, directory.PM415Login); (err == nil) != want.in {
			t.Errorf("%s after the reset: %v", name, err)
		}
		if _, found := h.mail(address(name)); found != want.letter {
			t.Errorf("%s was sent a letter: %v", name, found)
		}
	}
	events := h.events()
	if count(events, directory.PasswordReset, own.ID) != 1 || count(events, directory.PasswordForgot, shared.ID) != 1 {
		t.Error("a reset left no event")
	}
}

func TestBlanksAroundTheAddressOfARecoveryAreIgnored(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person("ada")
	for _, typed := range []string{" " + address("ada"), address("ada") + "\u00a0", "\ufeff" + address("ada") + "\u200b\n"} {
		u, err := h.ForgotPassword(t.Context(), caller(directory.PM415), typed)
		if err != nil || u.Username != "ada" {
			t.Errorf("%q finds %q: %v", typed, u.Username, err)
		}
	}
}
