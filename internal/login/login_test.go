package login_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
)

func TestUsersSignInByNameOrAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.AddUser("Ada")
	for _, login := range []login.Attempt{
		{Name: "ada"}, {Name: "ADA@example.org"}, {Email: "ada@EXAMPLE.org"}, {Name: "ada", Email: "ignored"},
	} {
		login.Password = password("Ada")
		made, err := h.LogIn(t.Context(), caller(model.Wekan), login, model.WekanLogin)
		h.Must(err)
		if made.User.ID != u.ID || h.ActorWith(made.Token).UserID() != u.ID {
			t.Errorf("%+v signs in %d", login, made.User.ID)
		}
	}
	wantKind(t, h.from("192.0.2.1", login.Attempt{Email: "ada", Password: password("Ada")}), fault.Unauthenticated)
	wantFault(t, h.from("192.0.2.1", login.Attempt{Password: "x"}), "user", fault.Blank)
	wantFault(t, h.from("192.0.2.1", login.Attempt{Name: "ada"}), "password", fault.Blank)
}

func TestFailuresLockANameInEverySpelling(t *testing.T) {
	t.Parallel()
	right := password("ada")
	for _, logins := range [][]login.Attempt{
		{{Name: "ada"}, {Name: "ADA"}, {Name: "ada", Email: "varied"}, {Name: " ada\n"}, {Name: "\u00a0ada\u200b"}, {Name: "\ufeffada"}},
		{{Email: address("ada")}, {Name: address("ada")}, {Email: address("ada") + "\t"}, {Name: address("ADA")}},
	} {
		h := newFixture(t)
		h.AddUser("ada")
		for i := range 10 {
			login := logins[i%len(logins)]
			login.Password = "guess"
			wantFault(t, h.from("192.0.2.1", login), "password", fault.WrongPassword)
		}
		for _, login := range logins {
			login.Password = right
			wantLimited(t, h.from("192.0.2.1", login), 10*time.Minute)
		}
		login := logins[0]
		login.Password = right
		h.Must(h.from("198.51.100.1", login))
		h.Clock.Advance(10*time.Minute - time.Second)
		wantLimited(t, h.from("192.0.2.1", login), time.Second)
		h.Clock.Advance(time.Second)
		h.Must(h.from("192.0.2.1", login))
	}
}

func TestOldFailuresAreNotCounted(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	for range 3 {
		for range 9 {
			wantKind(t, h.from("192.0.2.1", login.Attempt{Name: "ada", Password: "guess"}), fault.Unauthenticated)
		}
		h.Clock.Advance(11 * time.Minute)
	}
	h.Must(h.from("192.0.2.1", login.Attempt{Name: "ada", Password: password("ada")}))
}

// A customer usually has a /64 of IPv6 addresses, and one IPv4 address.
func TestAddressesAreCountedByNetwork(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		used, tried string
		locked      bool
	}{
		{"192.0.2.%d", "192.0.2.200", false},
		{"2001:db8:0:1::%d", "2001:db8:0:1:ffff::1", true},
		{"2001:db8:0:1::%d", "2001:db8:0:2::1", false},
		{"::ffff:192.0.2.%d", "192.0.2.1", false},
		{"fe80::%d%%eth0", "fe80::9999", true},
	} {
		h := newFixture(t, func(o *directory.Options) { o.Login.AddressFailures = 3 })
		h.AddUser("ada")
		for i := range 3 {
			wantKind(t, h.from(fmt.Sprintf(c.used, i+1), login.Attempt{Name: fmt.Sprintf("nobody%d", i), Password: "guess"}), fault.Unauthenticated)
		}
		err := h.from(c.tried, login.Attempt{Name: "ada", Password: password("ada")})
		if c.locked {
			wantLimited(t, err, 10*time.Minute)
		} else if err != nil {
			t.Errorf("%s after %s: %v", c.tried, c.used, err)
		}
	}
}

// Responses that reveal whether an account exists are counted together, whatever the
// operation.
func TestRevealingAnswersAreLimited(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Login.RevealingAnswers = 4 })
	h.AddUser("ada")
	actor := caller(model.PM415)
	_, err := h.ForgotPassword(t.Context(), actor, "nobody@example.org")
	wantKind(t, err, fault.NotFound)
	_, err = h.ForgotPassword(t.Context(), actor, address("ada"))
	h.Must(err)
	wantKind(t, register(h, model.PM415, registration.Input{Username: "ada", Password: "long enough"}), fault.Conflict)
	_, err = h.LogIn(t.Context(), actor, login.Attempt{Name: "nobody", Password: "x"}, model.PM415Login)
	wantFault(t, err, "user", fault.Unknown)

	_, err = h.ForgotPassword(t.Context(), actor, "nobody@example.org")
	wantLimited(t, err, 10*time.Minute)
	wantLimited(t, register(h, model.PM415, registration.Input{Username: "eve", Password: "long enough"}), 10*time.Minute)
	_, err = h.LogIn(t.Context(), actor, login.Attempt{Name: "nobody2", Password: "x"}, model.PM415Login)
	wantLimited(t, err, 10*time.Minute)
	h.Clock.Advance(10 * time.Minute)
	_, err = h.ForgotPassword(t.Context(), actor, address("ada"))
	h.Must(err)
}

// Responses do not reveal accounts by their work: while all slots of the hasher are taken,
// known and unknown names, users with and without a password, and blocked ones all wait,
// because each login costs a hash.
func TestEveryLoginCostsOneHash(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	h.AddUser("bare", func(n *directory.NewUser) { n.Password = "" })
	_, err := h.BlockUser(t.Context(), operator(), h.AddUser("out").ID)
	h.Must(err)
	hasher := secret.NewHasher(cheap(), 1, 0)
	d := directory.New(h.Store, hasher, h.Keyring, mail.Renderer{Base: "https://roster.example"}, directorytest.WithDefaults(directory.Options{Now: h.Clock.Now}))
	// This hash takes longer than the rest of the test.
	slow := "$argon2id$v=19$m=32768,t=25,p=1$" + strings.Repeat("A", 22) + "$" + strings.Repeat("A", 43)
	done := make(chan error, 1)
	go func() {
		err := secret.ErrBusy
		for errors.Is(err, secret.ErrBusy) {
			_, _, err = hasher.Verify(t.Context(), slow, "x")
		}
		done <- err
	}()
	for {
		if _, err := hasher.Hash(t.Context(), "x"); errors.Is(err, secret.ErrBusy) {
			break
		}
	}
	for _, name := range []string{"ada", "not-there", "bare", "out"} {
		_, err := d.LogIn(t.Context(), caller(model.Wekan), login.Attempt{Name: name, Password: "guess"}, model.WekanLogin)
		wantLimited(t, err, time.Second)
		_, err = d.Register(t.Context(), caller(model.Wekan), registration.Input{Username: name, Password: "guess"})
		wantLimited(t, err, time.Second)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	// Rejections because of load are not counted as failures.
	if _, err := d.LogIn(t.Context(), caller(model.Wekan), login.Attempt{Name: "ada", Password: password("ada")}, model.WekanLogin); err != nil {
		t.Error(err)
	}
}

func TestImportedPasswordHashIsUpgradedAtLogin(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.AddUser("ada")
	link := h.requestReset(address("ada"))
	strong := secret.NewHasher(secret.Params{MemoryKiB: 128, Time: 1, Threads: 1}, 1, 10)
	d := directory.New(h.Store, strong, h.Keyring, mail.Renderer{Base: "https://roster.example"}, directorytest.WithDefaults(directory.Options{Now: h.Clock.Now}))
	before := h.hashOf(u)
	if _, err := d.LogIn(t.Context(), caller(model.Wekan), login.Attempt{Name: "ada", Password: password("ada")}, model.WekanLogin); err != nil {
		t.Fatal(err)
	}
	if after := h.hashOf(u); after.Hash == before.Hash || after.Version != before.Version {
		t.Errorf("version %d became %d, same hash: %v", before.Version, after.Version, after.Hash == before.Hash)
	}
	// The password is the same, so links that depend on it stay valid.
	h.Must(h.resetPassword(link, password("new")))
}

func (h *fixture) hashOf(u model.User) model.Password {
	h.T.Helper()
	var p model.Password
	h.Must(h.Store.Read(h.T.Context(), func(tx model.Reader) (err error) {
		p, err = tx.PasswordOf(u.ID)
		return err
	}))
	return p
}

func TestSessionsExpire(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	for kind, lifetime := range map[model.SessionKind]time.Duration{
		model.WekanLogin: 90 * 24 * time.Hour, model.PM415Login: 7 * 24 * time.Hour, model.ConsoleLogin: 14 * 24 * time.Hour,
	} {
		token := must(t, func() (secret.Text, error) { return h.AddSession("ada", kind) })
		h.Clock.Advance(lifetime - time.Second)
		if !h.IsValid(token) {
			t.Errorf("the %s session ended early", kind)
		}
		h.Clock.Advance(time.Second)
		if h.IsValid(token) {
			t.Errorf("the %s session does not end", kind)
		}
	}
}

func TestSigningOutRevokesOneSessionOrAll(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	var tokens []secret.Text
	for range 3 {
		tokens = append(tokens, must(t, func() (secret.Text, error) { return h.AddSession("ada", model.WekanLogin) }))
	}
	h.Must(h.LogOut(t.Context(), h.ActorWith(tokens[0]), false))
	if h.IsValid(tokens[0]) || !h.IsValid(tokens[1]) {
		t.Error("logging out ended the wrong session")
	}
	h.Must(h.LogOut(t.Context(), h.ActorWith(tokens[1]), true))
	if h.IsValid(tokens[1]) || h.IsValid(tokens[2]) {
		t.Error("a session outlives logging out everywhere")
	}
}
