package directory_test

import (
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
)

func (h *fixture) preferencesOf(actor model.Actor) model.Preferences {
	h.T.Helper()
	return must(h.T, func() (model.Preferences, error) { return h.Preferences(h.T.Context(), actor) })
}

func TestPreferencesAreStoredAndChecked(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	actor := h.Actor(h.AddUser("ada"))
	if got := h.preferencesOf(actor); got != (model.Preferences{}) {
		t.Errorf("before: %+v", got)
	}
	want := model.Preferences{Language: "de", Theme: "dark", TimeZone: "Europe/Berlin"}
	must(t, func() (model.Preferences, error) {
		return h.ChangePreferences(t.Context(), actor, directory.PreferencesChange{Language: ref("de"), Theme: ref("dark"), TimeZone: ref("Europe/Berlin")})
	})
	for field, change := range map[string]directory.PreferencesChange{
		"language": {Language: ref("fr")}, "theme": {Theme: ref("pink")}, "time_zone": {TimeZone: ref("Europe/Nowhere")},
	} {
		wantFault(t, none(h.ChangePreferences(t.Context(), actor, change)), field, fault.Unknown)
	}
	for _, zone := range []string{"Local", "../Europe/Berlin", "europe/berlin", "UTC+1", "posixrules"} {
		wantFault(t, none(h.ChangePreferences(t.Context(), actor, directory.PreferencesChange{TimeZone: &zone})), "time_zone", fault.Unknown)
	}
	if got := h.preferencesOf(actor); got != want {
		t.Errorf("stored: %+v", got)
	}
	before := len(h.AllEvents())
	must(t, func() (model.Preferences, error) {
		return h.ChangePreferences(t.Context(), actor, directory.PreferencesChange{Theme: ref("dark")})
	})
	if after := len(h.AllEvents()); after != before {
		t.Errorf("%d events without a change", after-before)
	}
}

func TestEmailsAreInTheLanguageAndTheZoneOfTheUser(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.addVerifiedUser("ada")
	session := h.SessionOf("ada")
	must(t, func() (model.Preferences, error) {
		return h.ChangePreferences(t.Context(), session, directory.PreferencesChange{Language: ref("de"), TimeZone: ref("Asia/Tokyo")})
	})
	h.Must(none(h.AddKey(t.Context(), session, ada.ID, model.NewKey{Key: sshLine(t), Title: "laptop"})))
	if text := h.notices(address("ada")); !strings.Contains(text, "der SSH-Schlüssel “laptop” hinzugefügt") {
		t.Errorf("the notice is\n%s", text)
	}
	h.Must(none(h.ForgotPassword(t.Context(), caller(model.Native), address("ada"))))
	if text := h.notices(address("ada")); !strings.Contains(text, "Uhr (JST)") {
		t.Errorf("the recovery is\n%s", text)
	}
	h.Must(none(h.AddEmail(t.Context(), session, ada.ID, "second@example.org")))
	if text := h.notices("second@example.org"); !strings.Contains(text, "Um die Adresse zu bestätigen") {
		t.Errorf("the verification is\n%s", text)
	}
}

// signInFrom signs ada in from a network that the account did not use before.
func (h *fixture) signInFrom(network string) {
	h.T.Helper()
	h.Must(none(h.LogIn(h.T.Context(), model.AnonymousActor(model.Native, network, "x"), login.Attempt{Name: "ada", Password: password("ada")}, model.ConsoleLogin)))
}

func TestNoticesOfSignInsAreSwitchedOffWithAnEmail(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.addVerifiedUser("ada")
	session := h.SessionOf("ada")
	set := func(on bool) error {
		return none(h.ChangePreferences(t.Context(), session, directory.PreferencesChange{SignInNotice: &on}))
	}
	h.Must(set(true)) // no change
	h.notices(address("ada"))
	h.signInFrom("203.0.113.1")
	if text := h.notices(address("ada")); !strings.Contains(text, "a network that is new to it") {
		t.Errorf("on: %s", text)
	}
	h.Must(set(false))
	if text := h.notices(address("ada")); !strings.Contains(text, "notices of sign-ins from new networks were switched off") {
		t.Errorf("switched off: %s", text)
	}
	h.signInFrom("198.51.100.1")
	if text := h.notices(address("ada")); text != "" {
		t.Errorf("off: %s", text)
	}
	h.Must(none(h.AddKey(t.Context(), session, ada.ID, model.NewKey{Key: sshLine(t), Title: "laptop"})))
	if text := h.notices(address("ada")); !strings.Contains(text, "SSH key") {
		t.Errorf("a credential: %s", text)
	}
	h.Must(set(true))
	h.signInFrom("192.0.3.1")
	if text := h.notices(address("ada")); !strings.Contains(text, "a network that is new to it") {
		t.Errorf("on again: %s", text)
	}
}

// An attacker cannot use up the limit of emails and then switch the notices off without one.
func TestNoticesOfSignInsAreNotSwitchedOffSilently(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.addVerifiedUser("ada")
	session := h.SessionOf("ada")
	set := func(on bool) error {
		return none(h.ChangePreferences(t.Context(), session, directory.PreferencesChange{SignInNotice: &on}))
	}
	var err error
	offs := 0
	for ; err == nil && offs < 100; offs++ {
		h.Must(set(true))
		err = set(false)
	}
	wantKind(t, err, fault.Limited)
	if n := strings.Count(h.notices(address("ada")), "were switched off"); n != offs-1 {
		t.Errorf("%d emails of %d changes", n, offs-1)
	}
	if h.preferencesOf(session).NoSignInNotice {
		t.Error("the notices are off")
	}
}

func TestOnlyARecentSessionOfTheUserSwitchesNoticesOff(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	ada := h.addVerifiedUser("ada")
	h.AddUser("root", admin)
	off := false
	set := func(actor model.Actor) error {
		return none(h.ChangePreferences(t.Context(), actor, directory.PreferencesChange{SignInNotice: &off}))
	}
	asAda, err := h.ActAs(t.Context(), h.SessionOf("root"), "ada")
	h.Must(err)
	_, made, err := h.CreateSessionFor(t.Context(), h.SessionOf("root"), ada.ID, model.ConsoleLogin)
	h.Must(err)
	for name, actor := range map[string]model.Actor{"token": h.Actor(ada), "impersonation": asAda, "session of an administrator": h.ActorWith(made)} {
		if err := set(actor); !fault.Has(err, "session", fault.Required) {
			t.Errorf("%s: %v", name, err)
		}
	}
	session := h.SessionOf("ada")
	h.Clock.Advance(time.Hour)
	wantFault(t, set(session), "reauthentication", fault.Required)
	on := true
	h.Must(none(h.ChangePreferences(t.Context(), h.Actor(ada), directory.PreferencesChange{SignInNotice: &on})))
	h.AddUser("bea")
	wantFault(t, set(h.SessionOf("bea")), "email", fault.Inactive) // no verified address
}

// The email that confirms a sign-up is in the language of the sign-up, and so is the account.
func TestSignUpHasTheLanguageOfItsPage(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	signUp := func(username, language string) error {
		return none(h.Register(t.Context(), caller(model.Native), registration.Input{
			Username: username, Email: address(username), Password: "a long password 1", Language: language,
		}))
	}
	h.Must(signUp("ada", "de"))
	if text := h.notices(address("ada")); !strings.Contains(text, "wurde bei Roster ein Konto angelegt") {
		t.Errorf("the email is\n%s", text)
	}
	wantFault(t, signUp("bea", "xx"), "language", fault.Unknown)
}
