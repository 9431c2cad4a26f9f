package directory_test

import (
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

func TestSudoRequiresAnAdministratorAndTheScope(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada, eve := h.AddUser("ada", admin), h.AddUser("eve")
	_, err := h.BlockUser(t.Context(), operator(), h.AddUser("out").ID)
	h.Must(err)
	root := h.Actor(ada)
	for name, c := range map[string]struct {
		who    model.Actor
		target string
		want   fault.Kind
	}{
		"an administrator without the scope": {h.Actor(ada, model.ScopeAPI), "eve", fault.Forbidden},
		"a member":                           {h.Actor(eve), "ada", fault.Forbidden},
		"a member, nobody":                   {h.Actor(eve), "nobody", fault.Forbidden},
		"nobody":                             {caller(model.GitLab), "eve", fault.Unauthenticated},
		"an administrator, nobody":           {root, "nobody", fault.NotFound},
		"an administrator, a blocked person": {root, "out", fault.NotFound},
	} {
		got, err := h.ActAs(t.Context(), c.who, c.target)
		if err == nil || fault.KindOf(err) != c.want {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
		if got.UserID() != c.who.UserID() || got.Impersonates() != c.who.Impersonates() {
			t.Errorf("%s: the refusal comes with another actor", name)
		}
	}
	for _, name := range []string{"eve", "EVE", "2"} {
		as := must(t, func() (model.Actor, error) { return h.ActAs(t.Context(), root, name) })
		if as.UserID() != eve.ID || !as.Impersonates() {
			t.Errorf("as %q: %d", name, as.UserID())
		}
		must(t, func() (model.User, error) {
			return h.ChangeMe(t.Context(), as, directory.SelfChange{FamilyName: ref("called " + name)})
		})
		if e := h.AllEvents()[len(h.AllEvents())-1]; e.Actor != eve.ID || e.Impersonator != ada.ID {
			t.Errorf("as %q: the event names %d, really %d", name, e.Actor, e.Impersonator)
		}
	}
	if self := must(t, func() (model.Actor, error) { return h.ActAs(t.Context(), h.Actor(eve), "eve") }); self.Impersonates() {
		t.Error("acting as oneself is acting as another")
	}
}

func TestImpersonationIsRecordedAndCreatesNoCredential(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada, eve := h.AddUser("ada", admin), h.AddUser("eve")
	held := h.addCredentials(eve)
	as := must(t, func() (model.Actor, error) { return h.ActAs(t.Context(), h.Actor(ada), "eve") })
	if key := must(t, func() (secret.Text, error) { return h.APIKey(t.Context(), as) }); key != "" {
		t.Error("the API key shows")
	}
	if keys := must(t, func() (map[model.UserID]secret.Text, error) {
		return h.APIKeys(t.Context(), as, []model.UserID{eve.ID, ada.ID})
	}); len(keys) != 0 {
		t.Error("API keys show in a list")
	}
	_, err := h.RotateAPIKey(t.Context(), as)
	wantKind(t, err, fault.Forbidden)
	_, err = h.SwitchOrganization(t.Context(), as, h.Home.ID)
	wantKind(t, err, fault.Forbidden)
	_, _, err = h.CreateToken(t.Context(), as, credential.NewToken{Owner: eve.ID, Name: "x", Scopes: model.Scopes{model.ScopeAPI}})
	wantKind(t, err, fault.Forbidden)
	if !h.IsValid(held["key"]) {
		t.Error("the key of the person was replaced")
	}
	_, err = h.ChangeMe(t.Context(), as, directory.SelfChange{GivenName: ref("Eva")})
	h.Must(err)
	events := h.AllEvents()
	if last := events[len(events)-1]; last.Actor != eve.ID || last.Impersonator != ada.ID {
		t.Errorf("recorded as %d, really %d", last.Actor, last.Impersonator)
	}
}

func TestImpersonationEndsWithItsPermission(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(h *fixture, u model.User) error{
		"demoted": func(h *fixture, u model.User) error {
			return h.change(operator(), u.ID, directory.UserChange{Admin: ref(false)})
		},
		"blocked": func(h *fixture, u model.User) error {
			_, err := h.BlockUser(t.Context(), operator(), u.ID)
			return err
		},
		"deleted": func(h *fixture, u model.User) error {
			_, err := h.DeleteUser(t.Context(), operator(), u.ID)
			return err
		},
	} {
		h := newFixture(t)
		ada := h.AddUser("ada", admin)
		h.AddUser("second", admin)
		h.AddUser("eve")
		as := must(t, func() (model.Actor, error) { return h.ActAs(t.Context(), h.Actor(ada), "eve") })
		_, err := h.Me(t.Context(), as)
		h.Must(err)
		h.Must(end(h, ada))
		if _, err := h.Me(t.Context(), as); fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPIKeysAreVisibleToOwnersAndIfSetToAdministrators(t *testing.T) {
	t.Parallel()
	for _, disclose := range []bool{false, true} {
		h := newFixture(t, func(o *directory.Options) { o.DiscloseAPIKeys = disclose })
		ada, eve := h.AddUser("ada", admin), h.AddUser("eve")
		both := []model.UserID{ada.ID, eve.ID}
		for _, u := range both {
			must(t, func() (secret.Text, error) { return h.RotateAPIKeyOf(t.Context(), operator(), u) })
		}
		shown := func(actor model.Actor) map[model.UserID]secret.Text {
			return must(t, func() (map[model.UserID]secret.Text, error) { return h.APIKeys(t.Context(), actor, both) })
		}
		if got := shown(h.Actor(eve)); len(got) != 1 || got[eve.ID] == "" {
			t.Errorf("disclose %v: a member sees %d keys", disclose, len(got))
		}
		if got := shown(h.Actor(ada)); (got[eve.ID] != "") != disclose || got[ada.ID] == "" {
			t.Errorf("disclose %v: an administrator sees %d keys", disclose, len(got))
		}
		if got := shown(h.Actor(eve, model.ScopeReadAPI)); len(got) != 0 {
			t.Errorf("a reading token sees %d keys", len(got))
		}
	}
}

func TestNewAPIKeyReplacesThePreviousOne(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.AddUser("ada")
	actor := h.Actor(u)
	if key := must(t, func() (secret.Text, error) { return h.APIKey(t.Context(), actor) }); key != "" {
		t.Error("a key that nobody made")
	}
	first := must(t, func() (secret.Text, error) { return h.RotateAPIKey(t.Context(), actor) })
	second := must(t, func() (secret.Text, error) { return h.RotateAPIKey(t.Context(), actor) })
	if h.IsValid(first) || !h.IsValid(second) {
		t.Error("the former key lives or the new one does not")
	}
	if shown := must(t, func() (secret.Text, error) { return h.APIKey(t.Context(), actor) }); shown != second {
		t.Error("another key is shown than works")
	}
}

func TestAPIKeysSurviveANewEncryptionKey(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	keys := map[model.UserID]secret.Text{}
	for _, name := range []string{"ada", "eve", "odo"} {
		u := h.AddUser(name)
		keys[u.ID] = must(t, func() (secret.Text, error) { return h.RotateAPIKeyOf(t.Context(), operator(), u.ID) })
	}
	h.Must(h.Keyring.Rotate(h.KeyFile))
	alive := func(when string) {
		t.Helper()
		for id, key := range keys {
			if actor := h.ActorWith(key); actor.UserID() != id {
				t.Errorf("%s the key of %d lets in %d", when, id, actor.UserID())
			}
		}
	}
	alive("after the rotation")
	calls := 0
	if n := must(t, func() (int, error) { return h.Rekey(t.Context(), operator(), func(int) { calls++ }) }); n != 3 || calls == 0 {
		t.Errorf("%d keys in %d steps", n, calls)
	}
	h.Must(h.Keyring.Retire(h.KeyFile))
	alive("after retiring the former key")
	if n := must(t, func() (int, error) { return h.CheckKeys(t.Context(), operator()) }); n != 3 {
		t.Errorf("%d keys can be decrypted", n)
	}
	h.Must(h.Keyring.Rotate(h.KeyFile))
	h.Must(h.Keyring.Retire(h.KeyFile))
	_, err := h.CheckKeys(t.Context(), operator())
	wantKind(t, err, fault.Conflict)
}

func TestCredentialIsValidOnlyForItsUsernameAndAccount(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	u := h.AddUser("ada", in(acme.ID, 0))
	key := must(t, func() (secret.Text, error) { return h.RotateAPIKeyOf(t.Context(), operator(), u.ID) })
	for _, c := range []struct {
		p    directory.Credential
		want bool
	}{
		{directory.Credential{Secret: key}, true},
		{directory.Credential{Secret: key, Username: "ADA", Account: "ACME"}, true},
		{directory.Credential{Secret: key, Username: "eve"}, false},
		{directory.Credential{Secret: key, Account: "home"}, false},
		{directory.Credential{Secret: key, Account: "nowhere"}, false},
		{directory.Credential{Secret: key + "x"}, false},
		{directory.Credential{}, false},
	} {
		actor, err := h.Authenticate(t.Context(), caller(model.Codebase), c.p)
		if c.want {
			h.Must(err)
		} else if fault.KindOf(err) != fault.Unauthenticated || !actor.Anonymous() {
			t.Errorf("%q at %q: %v", c.p.Username, c.p.Account, err)
		}
	}
	if _, err := h.ChangeMe(t.Context(), h.ActorWith(key), directory.SelfChange{Email: ref("new@example.org")}); err != nil {
		t.Error(err)
	}
}

func TestFurtherAddressesAreVerifiedSeparately(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u, eve := h.AddUser("ada"), h.AddUser("eve")
	actor := h.Actor(u)
	second := must(t, func() (model.Email, error) { return h.AddEmail(t.Context(), actor, u.ID, "second@example.org") })
	must(t, func() (model.User, error) {
		return h.VerifyEmail(t.Context(), caller(model.PM415), h.EmailedToken("second@example.org"))
	})
	emails := must(t, func() ([]model.Email, error) { return h.Emails(t.Context(), actor, u.ID) })
	if len(emails) != 2 || emails[0].Verified || !emails[1].Verified {
		t.Errorf("addresses %+v", emails)
	}
	_, err := h.Email(t.Context(), h.Actor(eve), u.ID, second.ID)
	wantKind(t, err, fault.NotFound)
	_, err = h.Email(t.Context(), h.Actor(eve), eve.ID, second.ID)
	wantKind(t, err, fault.NotFound)
	_, err = h.RemoveEmail(t.Context(), h.Actor(eve), eve.ID, second.ID)
	wantKind(t, err, fault.NotFound)
	_, err = h.RemoveEmail(t.Context(), actor, u.ID, emails[0].ID)
	wantKind(t, err, fault.Conflict)
	_, err = h.AddEmail(t.Context(), h.Actor(u, model.ScopeAPI), u.ID, "third@example.org")
	wantFault(t, err, "scope", fault.SmallScope)
	_, err = h.AddEmail(t.Context(), actor, u.ID, "EVE@example.org")
	wantFault(t, err, "email", fault.Taken)
}

func TestAddingAddressesCannotFillAMailbox(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.MailPerHour, o.Login.AccountFailures = 100, 3 })
	u := h.AddUser("ada")
	actor := h.Actor(u)
	for range 3 {
		e := must(t, func() (model.Email, error) { return h.AddEmail(t.Context(), actor, u.ID, "victim@example.org") })
		must(t, func() (model.Email, error) { return h.RemoveEmail(t.Context(), actor, u.ID, e.ID) })
	}
	_, err := h.AddEmail(t.Context(), actor, u.ID, "victim@example.org")
	wantLimited(t, err, 10*time.Minute)
}

// A new primary address is not verified, and the previous one is notified.
func TestChangedAddressIsUnverifiedAndThePreviousOneIsNotified(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	h.Must(h.resetPassword(h.requestReset(address("ada")), password("ada")))
	u := must(t, func() (model.User, error) { return h.UserByUsername(t.Context(), operator(), "ada") })
	if !u.Primary().Verified {
		t.Fatal("the reset did not prove the address")
	}
	changed := must(t, func() (model.User, error) {
		return h.ChangeMe(t.Context(), h.Actor(u), directory.SelfChange{Email: ref("ADA@example.org")})
	})
	if !changed.Primary().Verified {
		t.Error("another case made the address unproven")
	}
	changed = must(t, func() (model.User, error) {
		return h.ChangeMe(t.Context(), h.Actor(u), directory.SelfChange{Email: ref("new@example.org")})
	})
	if changed.Primary().Verified || len(changed.Emails) != 2 || !changed.Emails[1].PreviousPrimary {
		t.Errorf("changed to %+v", changed.Emails)
	}
	if m, found := h.NextEmail("ADA@example.org"); !found || !strings.Contains(m.Link, "/account/revert-address/") {
		t.Errorf("the former address was sent %q", m.Link)
	}
}

func TestTokenIsNotCreatedByImpersonatingItsOwner(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root, boss := h.AddUser("root", admin), h.AddUser("boss", admin)
	for _, u := range []model.User{h.AddUser("eve"), boss} {
		as := must(t, func() (model.Actor, error) { return h.ActAs(t.Context(), h.Actor(root), u.Username) })
		_, _, err := h.CreateToken(t.Context(), as, credential.NewToken{Owner: u.ID, Name: "x", Scopes: model.Scopes{model.ScopeAPI}})
		wantKind(t, err, fault.Forbidden)
		if !strings.Contains(err.Error(), "by impersonating its owner") {
			t.Errorf("as %s: got %v", u.Username, err)
		}
	}
}
