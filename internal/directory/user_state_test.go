package directory_test

import (
	"testing"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// addCredentials adds one credential of each kind of a user.
func (h *fixture) addCredentials(u model.User) map[string]secret.Text {
	h.T.Helper()
	held := map[string]secret.Text{
		"token": h.AddToken(u),
		"key":   must(h.T, func() (secret.Text, error) { return h.RotateAPIKeyOf(h.T.Context(), operator(), u.ID) }),
	}
	for _, kind := range []model.SessionKind{model.WekanLogin, model.PM415Login, model.ConsoleLogin} {
		held[string(kind)] = must(h.T, func() (secret.Text, error) { return h.AddSession(u.Username, kind) })
	}
	return held
}

func TestBlockingRevokesAllCredentialsPermanently(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.AddUser("ada")
	held := h.addCredentials(u)
	before := map[string]model.Actor{}
	for name, text := range held {
		before[name] = h.ActorWith(text)
	}
	_, err := h.ForgotPassword(t.Context(), caller(model.PM415), address("ada"))
	h.Must(err)
	link := h.EmailedToken(address("ada"))
	_, err = h.BlockUser(t.Context(), operator(), u.ID)
	h.Must(err)
	for name, actor := range before {
		// An actor that was authenticated before the block is rejected by the next operation.
		if _, err := h.Me(t.Context(), actor); fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("a request with the %s that was under way: %v", name, err)
		}
	}
	h.wantAllRevoked(held, "while blocked")
	_, err = h.AddSession("ada", model.WekanLogin)
	wantFault(t, err, "state", fault.Inactive)
	_, err = h.ResetPassword(t.Context(), caller(model.PM415), directory.Reset{Token: link, Password: password("new")})
	wantKind(t, err, fault.Expired)
	_, _, err = h.CreateToken(t.Context(), operator(), credential.NewToken{Owner: u.ID, Name: "later", Scopes: model.Scopes{model.ScopeAPI}})
	wantFault(t, err, "state", fault.Inactive)

	_, err = h.UnblockUser(t.Context(), operator(), u.ID)
	h.Must(err)
	h.wantAllRevoked(held, "after unblocking")
	_, err = h.ResetPassword(t.Context(), caller(model.PM415), directory.Reset{Token: link, Password: password("new")})
	wantKind(t, err, fault.Expired)
	if _, err := h.AddSession("ada", model.WekanLogin); err != nil {
		t.Errorf("the password after unblocking: %v", err)
	}
}

func (h *fixture) wantAllRevoked(held map[string]secret.Text, when string) {
	h.T.Helper()
	for name, text := range held {
		if h.IsValid(text) {
			h.T.Errorf("the %s is good %s", name, when)
		}
	}
}

func TestBlockingTwiceRecordsOneEvent(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.AddUser("ada")
	for range 2 {
		if _, err := h.BlockUser(t.Context(), operator(), u.ID); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(h.AllEvents(), model.UserBlock, u.ID); n != 1 {
		t.Errorf("%d events", n)
	}
}

func TestDeletionKeepsOnlyTheEvents(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.AddUser("ada", func(n *directory.NewUser) { n.Identity = model.Identity{Provider: "ldap", ExternalUID: "ada"} })
	held := h.addCredentials(u)
	must(t, func() (model.SSHKey, error) {
		return h.AddKey(t.Context(), operator(), u.ID, model.NewKey{Title: "k", Key: sshLine(t)})
	})
	_, err := h.DeleteUser(t.Context(), operator(), u.ID)
	h.Must(err)
	h.wantAllRevoked(held, "after the deletion")
	_, err = h.User(t.Context(), operator(), u.ID)
	wantKind(t, err, fault.NotFound)
	events := h.AllEvents()
	if count(events, model.UserCreate, u.ID) != 1 || count(events, model.UserDelete, u.ID) != 1 {
		t.Error("the events of a deleted person are gone")
	}
	again := h.AddUser("ada", func(n *directory.NewUser) { n.Identity = model.Identity{Provider: "ldap", ExternalUID: "ada"} })
	if again.ID <= u.ID || again.UID == u.UID {
		t.Errorf("an id was used again: %d after %d", again.ID, u.ID)
	}
	h.wantAllRevoked(held, "when the name was taken again")
}

func TestChangedPasswordRevokesOtherSessions(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.AddUser("ada")
	held := h.addCredentials(u)
	h.Must(func() error {
		_, err := h.ChangeMe(t.Context(), h.ActorWith(held["wekan"]), directory.SelfChange{Password: ref(password("new"))})
		return err
	}())
	for name, want := range map[string]bool{"wekan": true, "pm415": false, "console": false, "token": true, "key": true} {
		if got := h.IsValid(held[name]); got != want {
			t.Errorf("after changing the own password the %s lives: %v", name, got)
		}
	}
	h.Must(h.change(operator(), u.ID, directory.UserChange{Password: ref(password("ada"))}))
	if h.IsValid(held["wekan"]) {
		t.Error("a login outlives a password that an administrator changed")
	}
}

func TestRecoveredAdministratorHasExclusiveAccess(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.AddUser("ada", admin)
	h.AddUser("second", admin)
	attacker := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.ConsoleLogin) })
	_, err := h.BlockUser(t.Context(), operator(), u.ID)
	h.Must(err)
	for range 12 {
		_, err := h.LogIn(t.Context(), caller(model.Console), login.Attempt{Email: address("ada"), Password: "guess"}, model.ConsoleLogin)
		if err == nil {
			t.Fatal("a guess let somebody in")
		}
	}
	h.Must(func() error {
		_, err := h.CreateAdministrator(t.Context(), operator(), directory.Administrator{Username: "ada", Email: address("ada"), Password: password("ada")})
		return err
	}())
	if h.IsValid(attacker) {
		t.Error("an old login lives on")
	}
	if _, err := h.AddSession("ada", model.ConsoleLogin); err != nil {
		t.Errorf("the way back in: %v", err)
	}
}
