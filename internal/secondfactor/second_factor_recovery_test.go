package secondfactor_test

import (
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
)

// factorsOfAttacker are second factors that an attacker added to the account of another person.
type factorsOfAttacker struct {
	*fixture
	user     model.User
	passkey  *directorytest.Device
	session  model.Actor
	ceremony secondfactor.TOTPEnrolment
}

// addFactorsOfAttacker adds a passkey and an app by a session of ada, and begins to add another app.
func (h *fixture) addFactorsOfAttacker(u model.User, session model.Actor) factorsOfAttacker {
	h.T.Helper()
	a := factorsOfAttacker{fixture: h, user: u, passkey: directorytest.NewDevice(u), session: session}
	session = h.ActorWith(h.AddPasskey(session, a.passkey).Session)
	a.session = session
	h.AddApp(session)
	a.ceremony = must(h.T, func() (secondfactor.TOTPEnrolment, error) { return h.BeginTOTP(h.T.Context(), session) })
	return a
}

func (a factorsOfAttacker) signIn() error {
	return none(a.LogIn(a.T.Context(), caller(model.Native), login.Attempt{Factor: a.Prove(a.passkey)}, model.ConsoleLogin))
}

// wantEnded reports an error of the test unless the factors have ended and the password word opens the account.
func (a factorsOfAttacker) wantEnded(word secret.Text) {
	a.T.Helper()
	if err := a.signIn(); !fault.Has(err, "passkey", fault.Mismatch) {
		a.T.Errorf("the passkey of the attacker: %v", err)
	}
	login := login.Attempt{Name: a.user.Username, Password: word}
	made, err := a.LogIn(a.T.Context(), caller(model.Native), login, model.ConsoleLogin)
	if err != nil {
		a.T.Fatalf("the owner signs in with the new password: %v", err)
	}
	owner := a.ActorWith(made.Token)
	all := must(a.T, func() (secondfactor.Overview, error) { return a.SecondFactors(a.T.Context(), owner, a.user.ID) })
	if len(all.Authenticators) != 0 || all.RecoveryCodes != 0 {
		a.T.Errorf("second factors left: %+v", all)
	}
	_, err = a.ConfirmTOTP(a.T.Context(), owner, a.ceremony.Ceremony, "", a.NewApp(a.ceremony.Secret).Code(0))
	wantKind(a.T, err, fault.Expired)
	a.wantEvent(model.SecondFactorReset)
}

// A person that registers with an address of another one may add a passkey before the owner of the address comes.
func TestResetByAnUnverifiedAddressEndsSecondFactors(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string]bool{"credentials kept": true, "credentials revoked": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t)
			a := h.addFactorsOfAttacker(h.AddUser("ada"), h.SessionOf("ada"))
			h.Must(none(h.ForgotPassword(t.Context(), caller(model.Native), address("ada"))))
			word := secret.Text("the owner is here")
			h.Must(none(h.ResetPassword(t.Context(), caller(model.Native), directory.Reset{Token: h.EmailedToken(address("ada")), Password: word, KeepCredentials: keep})))
			a.wantEnded(word)
		})
	}
}

func TestRevertOfAnAddressEndsSecondFactors(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.addVerifiedUser("ada")
	session := h.SessionOf("ada")
	a := h.addFactorsOfAttacker(ada, session)
	h.changeAddress(a.session, "thief@example.net")
	var link secret.Text
	for m, ok := h.NextEmail(address("ada")); ok; m, ok = h.NextEmail(address("ada")) {
		if strings.Contains(m.Link, "/revert-address/") {
			link = tokenIn(t, m.Link)
		}
	}
	must(t, func() (model.User, error) { return h.revert(link, "mine alone again") })
	told := false
	for m, ok := h.NextEmail(address("ada")); ok; m, ok = h.NextEmail(address("ada")) {
		told = told || strings.Contains(m.Text, "All second factors of your account")
	}
	if !told {
		t.Error("there is no notice of the removed second factors")
	}
	a.wantEnded("mine alone again")
}

// A reset by the mailbox of the previous primary address is the other link to it.
func TestResetByAPreviousAddressEndsSecondFactors(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.addVerifiedUser("ada")
	session := h.SessionOf("ada")
	a := h.addFactorsOfAttacker(ada, session)
	h.changeAddress(a.session, "thief@example.net")
	for ok := true; ok; _, ok = h.NextEmail(address("ada")) { // the notices
	}
	h.Must(none(h.ForgotPassword(t.Context(), caller(model.Native), address("ada"))))
	word := secret.Text("the owner is here")
	h.Must(h.resetPassword(h.EmailedToken(address("ada")), word))
	a.wantEnded(word)
}

func TestLinkOfTheOperatorForAnUnverifiedAddressEndsSecondFactors(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	a := h.addFactorsOfAttacker(h.AddUser("ada"), h.SessionOf("ada"))
	_, link, err := h.CreateResetLink(t.Context(), operator(), a.user.ID)
	h.Must(err)
	h.Must(h.resetPassword(tokenIn(t, link.URL.Reveal()), "the owner is here"))
	a.wantEnded("the owner is here")
}

func TestRecoveredAdministratorHasNoSecondFactor(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	a := h.addFactorsOfAttacker(h.AddUser("ada"), h.SessionOf("ada"))
	h.Must(none(h.CreateAdministrator(t.Context(), operator(), directory.Administrator{Username: "ada", Email: "safe@example.org", Password: "the owner is here"})))
	a.wantEnded("the owner is here")
}

// A mailbox is no second factor: a link to a verified address keeps them. The operator sees what stays.
func TestResetByAVerifiedAddressKeepsSecondFactorsAndTheOperatorSeesThem(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.addVerifiedUser("ada")
	a := h.addFactorsOfAttacker(ada, h.SessionOf("ada"))
	for ok := true; ok; _, ok = h.NextEmail(address("ada")) {
	}
	h.Must(none(h.ForgotPassword(t.Context(), caller(model.Native), address("ada"))))
	h.Must(h.resetPassword(h.EmailedToken(address("ada")), password("ada")))
	h.Clock.Advance(time.Minute)
	h.Must(a.signIn())
	_, err := h.SignIn("ada", noFactor)
	h.wantSecondFactorRequired("password alone", err)
	access := must(t, func() (directory.AccountAccess, error) { return h.AccessOf(t.Context(), operator(), ada.ID) })
	if access.Passkeys != 1 || access.Apps != 1 {
		t.Errorf("got %+v", access)
	}
}
