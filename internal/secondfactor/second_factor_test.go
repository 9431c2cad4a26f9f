package secondfactor_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"roster.example/roster/internal/access"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
)

// withApp returns a fixture with the user ada, which has an authenticator app.
func withApp(t *testing.T, setup ...func(*directory.Options)) (*fixture, directorytest.App, secondfactor.AddedAuthenticator) {
	t.Helper()
	h := newFixture(t, setup...)
	h.AddUser("ada")
	app, added := h.AddApp(h.SessionOf("ada"))
	return h, app, added
}

func (h *fixture) wantSecondFactorRequired(what string, err error) {
	h.T.Helper()
	if !fault.Has(err, "second_factor", fault.Required) || fault.KindOf(err) != fault.Unauthenticated {
		h.T.Errorf("%s: got %v, want that a second factor is required", what, err)
	}
}

func TestPasswordAloneDoesNotOpenAnAccountWithASecondFactor(t *testing.T) {
	t.Parallel()
	h, app, _ := withApp(t)
	for _, kind := range []model.SessionKind{model.WekanLogin, model.PM415Login, model.ConsoleLogin} {
		_, err := h.AddSession("ada", kind)
		h.wantSecondFactorRequired(string(kind), err)
	}
	_, _, err := h.CheckPassword(t.Context(), caller(model.GitLab), login.Attempt{Name: "ada", Password: password("ada")})
	h.wantSecondFactorRequired("GitLab session", err)
	_, err = h.LogIn(t.Context(), caller(model.Native), login.Attempt{Name: "ada", Password: "wrong", Factor: code(app.Code(1))}, model.ConsoleLogin)
	wantFault(t, err, "password", fault.WrongPassword)
	h.wantSignIn("with a code", code(app.Code(1)))
}

func TestCodeIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	h, app, _ := withApp(t)
	_, err := h.SignIn("ada", code(app.Code(0)))
	wantFault(t, err, "code", fault.WrongCode) // it confirmed the enrolment
	h.wantSignIn("next code", code(app.Code(1)))
	_, err = h.SignIn("ada", code(app.Code(1)))
	wantFault(t, err, "code", fault.WrongCode)
	_, err = h.SignIn("ada", code(app.Code(0)))
	wantFault(t, err, "code", fault.WrongCode)
	h.Clock.Advance(time.Minute)
	h.wantSignIn("later", code(app.Code(0)))
}

func TestRecoveryCodeIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	h, _, added := withApp(t)
	if len(added.RecoveryCodes) != 10 {
		t.Fatalf("%d recovery codes", len(added.RecoveryCodes))
	}
	first := added.RecoveryCodes[0]
	made := h.wantSignIn("recovery code", code(secret.Text(strings.ToUpper(first.Reveal()))))
	_, err := h.SignIn("ada", code(first))
	wantFault(t, err, "code", fault.WrongCode)
	h.wantEvent(model.RecoveryCodesUse)
	actor := h.ActorWith(made.Token)
	all := must(t, func() (secondfactor.Overview, error) { return h.SecondFactors(t.Context(), actor, actor.UserID()) })
	if all.RecoveryCodes != 9 || len(all.Authenticators) != 1 || all.Required {
		t.Errorf("got %+v", all)
	}
	fresh := must(t, func() ([]secret.Text, error) { return h.CreateRecoveryCodes(t.Context(), actor) })
	_, err = h.SignIn("ada", code(added.RecoveryCodes[1]))
	wantFault(t, err, "code", fault.WrongCode)
	h.wantSignIn("new recovery code", code(fresh[0]))
}

func TestWrongCodesLockTheNetworkAndNotTheOwnerElsewhere(t *testing.T) {
	t.Parallel()
	h, app, added := withApp(t)
	from := func(address string, factor secondfactor.Proof) error {
		actor := model.AnonymousActor(model.Native, address, "test")
		return none(h.LogIn(t.Context(), actor, login.Attempt{Name: "ada", Password: password("ada"), Factor: factor}, model.ConsoleLogin))
	}
	home := "198.51.100.7"
	h.Must(from(home, code(app.Code(1)))) // the account knows this network now
	for i := range 10 {
		wrong := []secret.Text{"000000", "0000-0000-0000-0000", "x"}[i%3]
		wantFault(t, from("203.0.113.9", code(wrong)), "code", fault.WrongCode)
	}
	wantKind(t, from("203.0.113.9", code(added.RecoveryCodes[0])), fault.Limited)
	h.Must(from(home, code(added.RecoveryCodes[0])))
	h.wantEvent(model.SessionFail)
}

func TestMissingCodeCountsForNothing(t *testing.T) {
	t.Parallel()
	h, app, _ := withApp(t)
	for range 30 {
		_, err := h.SignIn("ada", noFactor)
		h.wantSecondFactorRequired("password alone", err)
	}
	h.wantSignIn("code", code(app.Code(1)))
}

// A password that is right must not end the count of wrong codes.
func TestPasswordAloneDoesNotForgiveWrongCodes(t *testing.T) {
	t.Parallel()
	h, _, _ := withApp(t)
	var err error
	for range 10 {
		_, err = h.SignIn("ada", code("000000"))
		wantFault(t, err, "code", fault.WrongCode)
		_, err = h.SignIn("ada", noFactor)
	}
	wantKind(t, err, fault.Limited)
}

func TestPasskeyAloneOpensItsAccount(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	d := directorytest.NewDevice(ada)
	h.AddPasskey(h.SessionOf("ada"), d)
	_, err := h.SignIn("ada", noFactor)
	h.wantSecondFactorRequired("password alone", err)
	wantFault(t, err, "passkey", fault.Required)
	h.wantSignIn("password and passkey", h.Prove(d))
	proof := h.Prove(d)
	try := func(p secondfactor.Proof) (login.Result, error) {
		return h.LogIn(t.Context(), caller(model.Native), login.Attempt{Factor: p}, model.ConsoleLogin)
	}
	made := must(t, func() (login.Result, error) { return try(proof) })
	if made.User.ID != ada.ID || made.MustEnrol {
		t.Errorf("got %+v", made.User)
	}
	h.Must(none(h.RotateAPIKey(t.Context(), h.ActorWith(made.Token)))) // it counts as recent authentication
	wantKind(t, none(try(proof)), fault.Expired)
}

func TestPasskeyOfAnotherUserIsRefused(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada, eve := h.AddUser("ada"), h.AddUser("eve")
	hers, own := directorytest.NewDevice(ada), directorytest.NewDevice(eve)
	h.AddPasskey(h.SessionOf("ada"), hers)
	h.AddPasskey(h.SessionOf("eve"), own)
	_, err := h.SignIn("ada", h.Prove(own))
	wantFault(t, err, "passkey", fault.Mismatch)
	own.Authenticator.Options.UserHandle = []byte(ada.UID) // eve's passkey claims to be ada's
	_, err = h.SignIn("ada", h.Prove(own))
	wantFault(t, err, "passkey", fault.Mismatch)
	wantFault(t, none(h.LogIn(t.Context(), caller(model.Native), login.Attempt{Factor: h.Prove(own)}, model.ConsoleLogin)), "passkey", fault.Mismatch)
}

func TestCopiedPasskeyIsRefusedAndRecorded(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	d := directorytest.NewDevice(h.AddUser("ada"))
	h.AddPasskey(h.SessionOf("ada"), d)
	h.wantSignIn("original", h.Prove(d))
	for range 2 {
		h.wantSignIn("original", h.Prove(d))
	}
	d.Credential.Counter = 1
	attempt := login.Attempt{Factor: h.Prove(d)}
	wantFault(t, none(h.LogIn(t.Context(), caller(model.Native), attempt, model.ConsoleLogin)), "passkey", fault.Mismatch)
	found := false
	for _, e := range h.AllEvents() {
		found = found || e.Verb == model.SessionFail && strings.Contains(e.Detail, "counter")
	}
	if !found {
		t.Error("there is no event about the copy")
	}
}

func TestPasskeyOptionsDoNotDependOnAccounts(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	begin := func() int {
		c := must(t, func() (secondfactor.PasskeyCeremony, error) {
			return h.BeginPasskeyLogin(t.Context(), caller(model.Native))
		})
		if strings.Contains(string(c.Options), "allowCredentials") {
			t.Errorf("options %s", c.Options)
		}
		return len(c.Options)
	}
	before := begin()
	h.AddPasskey(h.SessionOf(h.AddUser("ada").Username), directorytest.NewDevice(h.AddUser("bea")))
	if after := begin(); after != before {
		t.Errorf("options of %d bytes, then %d", before, after)
	}
}

func TestOnlyARecentSessionOfTheUserChangesSecondFactors(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Reauthenticate = 15 * time.Minute })
	ada := h.AddUser("ada")
	h.AddUser("root", directorytest.Admin)
	_, added := h.AddApp(h.SessionOf("ada"))
	session := h.ActorWith(added.Session)
	changes := func(actor model.Actor) map[string]error {
		ctx := t.Context()
		return map[string]error{
			"BeginTOTP": none(h.BeginTOTP(ctx, actor)), "BeginPasskey": none(h.BeginPasskey(ctx, actor)),
			"ConfirmTOTP":         none(h.ConfirmTOTP(ctx, actor, "x", "", "000000")),
			"CreateRecoveryCodes": none(h.CreateRecoveryCodes(ctx, actor)),
			"RenameAuthenticator": none(h.RenameAuthenticator(ctx, actor, added.Authenticator.ID, "x")),
			"RemoveAuthenticator": h.RemoveAuthenticator(ctx, actor, added.Authenticator.ID),
		}
	}
	key := must(t, func() (secret.Text, error) { return h.RotateAPIKeyOf(t.Context(), operator(), ada.ID) })
	asAda, err := h.ActAs(t.Context(), h.SessionOf("root"), "ada")
	h.Must(err)
	for name, actor := range map[string]model.Actor{"token": h.Actor(ada), "API key": h.ActorWith(key), "impersonation": asAda} {
		for change, err := range changes(actor) {
			if !fault.Has(err, "session", fault.Required) {
				t.Errorf("%s by %s: %v", change, name, err)
			}
		}
	}
	h.Clock.Advance(16 * time.Minute)
	for change, err := range changes(session) {
		if !fault.Has(err, "reauthentication", fault.Required) {
			t.Errorf("%s by an old session: %v", change, err)
		}
	}
}

func TestReauthenticationNeedsTheSecondFactorToo(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Reauthenticate = 15 * time.Minute })
	ada := h.AddUser("ada")
	app, added := h.AddApp(h.SessionOf("ada"))
	session := h.ActorWith(added.Session)
	d := directorytest.NewDevice(ada)
	h.AddPasskey(session, d)
	h.Clock.Advance(time.Hour)
	_, err := h.Reauthenticate(t.Context(), session, password("ada"))
	wantFault(t, err, "second_factor", fault.Required)
	wantKind(t, err, fault.Invalid)
	again := func(p secret.Text, factor secondfactor.Proof) error {
		done, err := h.ReauthenticateWith(t.Context(), session, p, factor)
		if err == nil {
			session = h.ActorWith(done.Session)
		}
		return err
	}
	wantFault(t, again(password("ada"), code("000000")), "code", fault.WrongCode)
	wantFault(t, again("", code(app.Code(0))), "current_password", fault.Blank)
	_, err = h.BeginTOTP(t.Context(), session)
	wantFault(t, err, "reauthentication", fault.Required)
	h.Must(again(password("ada"), code(app.Code(0))))
	h.Must(none(h.BeginTOTP(t.Context(), session)))
	h.Clock.Advance(time.Hour)
	eve := directorytest.NewDevice(h.AddUser("eve"))
	h.AddPasskey(h.SessionOf("eve"), eve)
	wantFault(t, again("", h.Prove(eve)), "passkey", fault.Mismatch)
	h.Must(again("", h.Prove(d)))
	h.Must(none(h.BeginTOTP(t.Context(), session)))
}

func TestFirstSecondFactorEndsOtherSessions(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	other := h.wantSignIn("other", noFactor).Token
	own := h.wantSignIn("own", noFactor).Token
	_, added := h.AddApp(h.ActorWith(own))
	if h.IsValid(other) || h.IsValid(own) || !h.IsValid(added.Session) {
		t.Errorf("other %v, own %v, new %v", h.IsValid(other), h.IsValid(own), h.IsValid(added.Session))
	}
	m, ok := h.NextEmail(directorytest.Address("ada"))
	if ok {
		t.Errorf("an address that is not verified got %q", m.Subject)
	}
}

func TestChangesOfSecondFactorsAreMailedToTheVerifiedAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	h.verifyAddress("ada")
	wantEmail := func(part string) {
		t.Helper()
		if m, ok := h.NextEmail(directorytest.Address("ada")); !ok || !strings.Contains(m.Text, part) || strings.Contains(m.HTML, "ZgotmplZ") {
			t.Errorf("want an email with %q, got %q", part, m.Text)
		}
	}
	_, added := h.AddApp(h.SessionOf("ada"))
	session := h.ActorWith(added.Session)
	wantEmail("authenticator app was added")
	d := directorytest.NewDevice(ada)
	h.AddPasskey(session, d)
	wantEmail("A passkey was added")
	h.wantSignIn("recovery code", code(added.RecoveryCodes[0]))
	wantEmail("recovery code of your account at Roster was used")
	h.Must(none(h.CreateRecoveryCodes(t.Context(), session)))
	wantEmail("New recovery codes were created")
	h.Must(h.RemoveAuthenticator(t.Context(), session, added.Authenticator.ID))
	wantEmail("authenticator app was removed")
	h.Must(none2(h.ResetSecondFactor(t.Context(), operator(), ada.ID)))
	wantEmail("An administrator removed all second factors")
}

// verifyAddress verifies the address of a user.
func (h *fixture) verifyAddress(username string) {
	h.T.Helper()
	_, err := h.ForgotPassword(h.T.Context(), caller(model.Native), directorytest.Address(username))
	h.Must(err)
	token := h.EmailedToken(directorytest.Address(username))
	h.Must(none(h.ResetPassword(h.T.Context(), caller(model.Native), directory.Reset{Token: token, Password: password(username)})))
}

func TestPasswordResetKeepsTheSecondFactor(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.addVerifiedUser("ada")
	app, _ := h.AddApp(h.SessionOf("ada"))
	h.NextEmail(address("ada")) // about the app
	h.verifyAddress("ada")
	_, err := h.SignIn("ada", noFactor)
	h.wantSecondFactorRequired("after a reset", err)
	h.wantSignIn("code", code(app.Code(1)))
}

func TestAdministratorsResetSecondFactors(t *testing.T) {
	t.Parallel()
	h, app, _ := withApp(t)
	ada := h.wantSignIn("code", code(app.Code(1))).User
	root, other := h.AddUser("root", directorytest.Admin), h.AddUser("other", directorytest.Admin)
	reset := func(actor model.Actor, id model.UserID) error {
		return none2(h.ResetSecondFactor(t.Context(), actor, id))
	}
	wantKind(t, reset(h.Actor(h.AddUser("eve")), ada.ID), fault.Forbidden)
	wantKind(t, reset(h.Actor(root), root.ID), fault.Forbidden)
	h.AddApp(h.SessionOf("other"))
	wantFault(t, reset(h.Actor(root, model.ScopeAPI), other.ID), "scope", fault.SmallScope) // as for the password of an administrator
	h.Must(reset(h.Actor(root), other.ID))
	h.Must(reset(h.Actor(root, model.ScopeAPI), ada.ID))
	h.wantEvent(model.SecondFactorReset)
	h.wantSignIn("password alone", noFactor)
}

func TestSessionWithoutARequiredSecondFactorCanOnlyAddOne(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) {
		o.RequireSecondFactor, o.Reauthenticate = secondfactor.ForEveryone, 15*time.Minute
	})
	ada := h.AddUser("ada")
	for _, kind := range []model.SessionKind{model.WekanLogin, model.PM415Login} {
		_, err := h.AddSession("ada", kind)
		h.wantSecondFactorRequired(string(kind), err)
	}
	_, _, err := h.CheckPassword(t.Context(), caller(model.GitLab), login.Attempt{Name: "ada", Password: password("ada")})
	h.wantSecondFactorRequired("GitLab session", err)

	made := h.wantSignIn("password alone", noFactor)
	if !made.MustEnrol {
		t.Error("the session is not limited")
	}
	limited := h.ActorWith(made.Token)
	for name, err := range map[string]error{
		"Me": none(h.Me(t.Context(), limited)), "APIKey": none(h.APIKey(t.Context(), limited)), "Tokens": none(h.Tokens(t.Context(), limited, ada.ID)),
		"CheckAccess":        none(h.CheckAccess(t.Context(), limited, access.Policy{})),
		"ChangePassword":     h.ChangePassword(t.Context(), limited, password("ada"), "another secret 1"),
		"SwitchOrganization": none(h.SwitchOrganization(t.Context(), limited, h.Home.ID)),
		"LogOut everywhere":  h.LogOut(t.Context(), limited, true),
		"Require":            h.Require(t.Context(), limited, model.SelfRead),
	} {
		if !fault.Has(err, "second_factor", fault.Required) || fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.Clock.Advance(time.Hour)
	limited = h.reauthenticated(limited, password("ada"), noFactor)
	_, added := h.AddApp(limited)
	if added.Session == "" || h.IsValid(made.Token) {
		t.Error("the session has the same token after its rights rose")
	}
	full := h.ActorWith(added.Session)
	h.Must(none(h.Me(t.Context(), full)))
	if err := h.RemoveAuthenticator(t.Context(), full, added.Authenticator.ID); !fault.Has(err, "second_factor", fault.Required) {
		t.Errorf("the last authenticator was removed: %v", err)
	}
	h.Must(none(h.Me(t.Context(), h.Actor(ada)))) // access tokens need none
}

func TestSecondFactorIsRequiredOfAdministratorsAndMembersAsSet(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.RequireSecondFactor = secondfactor.ForAdmins })
	h.AddUser("root", directorytest.Admin)
	acme := h.AddOrganization("Acme")
	h.AddUser("ada")
	h.AddUser("bea", directorytest.In(acme.ID, model.RoleMember))
	want := func(username string, want bool) {
		t.Helper()
		made := must(t, func() (login.Result, error) { return h.SignIn(username, noFactor) })
		if made.MustEnrol != want || h.ActorWith(made.Token).MustEnrol() != want {
			t.Errorf("%s must enrol: %v", username, made.MustEnrol)
		}
	}
	want("root", true)
	want("ada", false)
	want("bea", false)
	token := must(t, func() (login.Result, error) { return h.SignIn("bea", noFactor) }).Token
	h.Must(none(h.RequireSecondFactorIn(t.Context(), operator(), acme.ID, true)))
	want("bea", true)
	if !h.ActorWith(token).MustEnrol() {
		t.Error("a session from before the change is not limited")
	}
	h.Must(none(h.RequireSecondFactorIn(t.Context(), operator(), acme.ID, false)))
	want("bea", false)
}

func TestSessionThatAnAdministratorCreatesNeedsNoSecondFactor(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.RequireSecondFactor = secondfactor.ForEveryone })
	ada := h.AddUser("ada")
	root := h.Actor(h.AddUser("root", directorytest.Admin))
	_, token, err := h.CreateSessionFor(t.Context(), root, ada.ID, model.WekanLogin)
	h.Must(err)
	h.Must(none(h.Me(t.Context(), h.ActorWith(token))))
}

func TestSecondFactorsSurviveANewEncryptionKey(t *testing.T) {
	t.Parallel()
	h, app, _ := withApp(t)
	h.Must(h.Keyring.Rotate(h.KeyFile))
	h.Must(none(h.Rekey(t.Context(), operator(), func(int) {})))
	h.Must(h.Keyring.Retire(h.KeyFile))
	h.wantSignIn("code", code(app.Code(1)))
}

func TestEnrolmentsExpireAndBelongToTheirUser(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	h.AddUser("eve")
	ada, eve := h.SessionOf("ada"), h.SessionOf("eve")
	begun := must(t, func() (secondfactor.TOTPEnrolment, error) { return h.BeginTOTP(t.Context(), ada) })
	app := h.NewApp(begun.Secret)
	confirm := func(actor model.Actor, text secret.Text) error {
		return none(h.ConfirmTOTP(t.Context(), actor, begun.Ceremony, "", text))
	}
	wantKind(t, confirm(eve, app.Code(0)), fault.Expired)
	wantFault(t, confirm(ada, "000000"), "code", fault.WrongCode)
	h.Clock.Advance(11 * time.Minute)
	wantKind(t, confirm(ada, app.Code(0)), fault.Expired)
	if !strings.HasPrefix(begun.URL.Reveal(), "otpauth://totp/Roster:ada?") {
		t.Errorf("got %s", begun.URL.Reveal())
	}
}

func TestPasskeyIsRegisteredOnce(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	d := directorytest.NewDevice(ada)
	session := h.ActorWith(h.AddPasskey(h.SessionOf("ada"), d).Session)
	begun := must(t, func() (secondfactor.PasskeyCeremony, error) { return h.BeginPasskey(t.Context(), session) })
	options := must(t, func() (*virtualwebauthn.AttestationOptions, error) {
		return virtualwebauthn.ParseAttestationOptions(string(begun.Options))
	})
	if !d.Credential.IsExcludedForAttestation(*options) {
		t.Error("the registered passkey is not excluded")
	}
	_, err := h.ConfirmPasskey(t.Context(), session, begun.Ceremony, "", d.Register(t, begun.Options))
	wantFault(t, err, "passkey", fault.Taken)
}

func TestServerWithoutADomainHasNoPasskeys(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Passkeys = nil })
	h.AddUser("ada")
	wantFault(t, none(h.BeginPasskeyLogin(t.Context(), caller(model.Native))), "passkey", fault.Closed)
	wantFault(t, none(h.BeginPasskey(t.Context(), h.SessionOf("ada"))), "passkey", fault.Closed)
	h.AddApp(h.SessionOf("ada"))
}

func TestOneProofOpensOneSessionAtTheSameTime(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	d := directorytest.NewDevice(h.AddUser("ada"))
	app, added := h.AddApp(h.SessionOf("ada"))
	h.AddPasskey(h.ActorWith(added.Session), d)
	for name, proof := range map[string]secondfactor.Proof{
		"code": code(app.Code(1)), "recovery code": code(added.RecoveryCodes[0]), "passkey": h.Prove(d),
	} {
		const attempts = 6
		results := make(chan error, attempts)
		for range attempts {
			go func() { results <- none(h.SignIn("ada", proof)) }()
		}
		opened := 0
		for range attempts {
			switch err := <-results; {
			case err == nil:
				opened++
			case fault.KindOf(err) != fault.Unauthenticated && fault.KindOf(err) != fault.Expired:
				t.Errorf("%s: %v", name, err)
			}
		}
		if opened != 1 {
			t.Errorf("the %s opened %d sessions", name, opened)
		}
	}
}

func TestRecoveryCodesWorkAfterTheEncryptionKeyWasLost(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.addVerifiedUser("ada")
	app, added := h.AddApp(h.SessionOf("ada"))
	other, _ := h.secondNode(filepath.Join(t.TempDir(), "other.key"))
	must(t, func() (int, error) { return other.DropLostKeys(t.Context(), operator()) })
	login := func(factor secondfactor.Proof) error {
		return none(other.LogIn(t.Context(), caller(model.Native), login.Attempt{Name: "ada", Password: password("ada"), Factor: factor}, model.ConsoleLogin))
	}
	wantKind(t, login(code(app.Code(1))), fault.Unavailable)
	h.wantSecondFactorRequired("password alone", login(noFactor))
	h.Must(login(code(added.RecoveryCodes[0])))
	h.Must(none2(other.ResetSecondFactor(t.Context(), operator(), added.Authenticator.User)))
	h.Must(login(noFactor))
}
