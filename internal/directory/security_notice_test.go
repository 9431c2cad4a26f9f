package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// notice returns the text of the only new email to an address, or "".
func (h *fixture) notice(to string) string {
	h.T.Helper()
	m, _ := h.NextEmail(to)
	if more, found := h.NextEmail(to); found {
		h.T.Errorf("a second email: %s", more.Text)
	}
	return strings.ReplaceAll(m.Text, "\n", " ")
}

func (h *fixture) wantNotice(to string, parts ...string) {
	h.T.Helper()
	text := h.notice(to)
	for _, part := range parts {
		if !strings.Contains(text, part) {
			h.T.Errorf("the notice lacks %q: %s", part, text)
		}
	}
}

func TestOwnersAreNotifiedOfNewCredentials(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root, eve := h.Actor(h.AddUser("root", admin)), h.addVerifiedUser("eve")
	self := h.ActorWith(must(t, func() (secret.Text, error) { return h.AddSession("eve", model.ConsoleLogin) }))
	h.notice(address("eve"))
	const unexpected = "another person may have access to your account"

	h.Must(h.ChangePassword(t.Context(), self, password("eve"), "a longer password 2"))
	h.wantNotice(address("eve"), "the password of your account was changed at Roster.", unexpected)
	h.Must(none(h.AddKey(t.Context(), self, eve.ID, model.NewKey{Key: sshLine(t), Title: "laptop"})))
	h.wantNotice(address("eve"), "the SSH key “laptop” was added to your account at Roster.", unexpected)
	h.Must(none2(h.CreateToken(t.Context(), self, credential.NewToken{Owner: eve.ID, Name: "backup", Scopes: model.Scopes{model.ScopeAPI}})))
	h.wantNotice(address("eve"), "the access token “backup” was created for your account at Roster.", unexpected)
	h.Must(none(h.RotateAPIKey(t.Context(), self)))
	h.wantNotice(address("eve"), "the API key of your account was replaced at Roster.", unexpected)

	next := secret.Text("a longer password 3")
	h.Must(none(h.ChangeUser(t.Context(), root, eve.ID, directory.UserChange{Password: &next})))
	h.wantNotice(address("eve"), "was changed at Roster by an administrator.", "ask your administrator")
	h.Must(none(h.AddKey(t.Context(), root, eve.ID, model.NewKey{Key: sshLine(t), Title: "desk"})))
	h.wantNotice(address("eve"), "“desk” was added to your account at Roster by an administrator.")
	h.Must(none(h.AddKey(t.Context(), operator(), eve.ID, model.NewKey{Key: sshLine(t), Title: "of the operator"})))
	if text := h.notice(address("eve")); text != "" {
		t.Errorf("a notice about the operator: %s", text)
	}
}

func TestAResetPasswordIsNoticedAtThePrimaryAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.addVerifiedUser("eve")
	must(t, func() (model.User, error) { return h.ForgotPassword(t.Context(), caller(model.Native), address("eve")) })
	link := h.EmailedToken(address("eve"))
	h.Must(none(h.ResetPassword(t.Context(), caller(model.Native), directory.Reset{Token: link, Password: "a longer password 2"})))
	h.wantNotice(address("eve"), "the password of your account was changed")
}

func TestUnverifiedAddressesAndServiceAccountsGetNoNotice(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root, eve := h.Actor(h.AddUser("root", admin)), h.AddUser("eve")
	robot := h.AddUser("robot", func(n *directory.NewUser) { n.Service, n.Password, n.Email = true, "", "" })
	for _, u := range []model.User{eve, robot} {
		h.Must(none(h.AddKey(t.Context(), root, u.ID, model.NewKey{Key: sshLine(t), Title: "k"})))
	}
	if text := h.notice(address("eve")); text != "" {
		t.Errorf("an unverified address got %s", text)
	}
}

// A new key is in effect even if its notice is over the limit, and many new keys do not hide a
// new password.
func TestManyNoticesOfOneKindHideNoOtherKind(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.MailPerHour, o.MaxKeys = 5, 10 })
	eve := h.addVerifiedUser("eve")
	self := h.ActorWith(must(t, func() (secret.Text, error) { return h.AddSession("eve", model.ConsoleLogin) }))
	for _, found := h.NextEmail(address("eve")); found; _, found = h.NextEmail(address("eve")) {
	}
	sent := 0
	for n := range 8 {
		h.Must(none(h.AddKey(t.Context(), self, eve.ID, model.NewKey{Key: sshLine(t), Title: fmt.Sprint(n)})))
		if _, found := h.NextEmail(address("eve")); found {
			sent++
		}
	}
	if keys := must(t, func() ([]model.SSHKey, error) { return h.Keys(t.Context(), self, eve.ID) }); sent != 5 || len(keys) != 8 {
		t.Errorf("%d notices of %d keys", sent, len(keys))
	}
	h.Must(h.ChangePassword(t.Context(), self, password("eve"), "a longer password 2"))
	h.wantNotice(address("eve"), "the password of your account was changed")
}

// A stranger changes the address of an account first, and then adds a key: the notice goes to the previous
// address as long as the new one is not verified.
func TestNoticesGoToThePreviousAddressUntilTheNewOneIsVerified(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	eve := h.addVerifiedUser("eve")
	self := h.ActorWith(must(t, func() (secret.Text, error) { return h.AddSession("eve", model.ConsoleLogin) }))
	h.changeAddress(self, "stranger@example.net")
	for _, found := h.NextEmail(address("eve")); found; _, found = h.NextEmail(address("eve")) {
	}
	h.Must(none(h.AddKey(t.Context(), self, eve.ID, model.NewKey{Key: sshLine(t), Title: "laptop"})))
	h.wantNotice(address("eve"), "the SSH key “laptop” was added")
}

func TestSignInFromANewNetworkIsNoticed(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	eve := h.addVerifiedUser("eve")
	signIn := func(address string, kind model.SessionKind) string {
		t.Helper()
		actor := model.AnonymousActor(model.Native, address, "Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0")
		h.Must(none(h.LogIn(t.Context(), actor, login.Attempt{ID: eve.ID, Password: password("eve")}, kind)))
		return h.notice("eve@example.org")
	}
	if text := signIn("192.0.2.7", model.ConsoleLogin); text != "" {
		t.Errorf("the first sign-in of an account: %s", text)
	}
	for _, c := range []struct {
		address string
		kind    model.SessionKind
		noticed bool
	}{
		{"192.0.2.8", model.ConsoleLogin, false}, // the same network
		{"198.51.100.7", model.WekanLogin, false},
		{"203.0.113.7", model.ConsoleLogin, true},
		{"203.0.113.7", model.ConsoleLogin, false},
	} {
		if text := signIn(c.address, c.kind); strings.Contains(text, "a network that is new to it ("+c.address+") to sign in with “Firefox · Linux” at Roster") != c.noticed {
			t.Errorf("%s: %q", c.address, text)
		}
	}
}
