//go:build !race

package e2e

import (
	"encoding/base32"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/totp"
)

// journey is a way through the pages in a real browser.
type journey struct {
	name string
	run  func(*chromium)
}

// Journeys share one server and one browser, because starting a browser takes longer than most journeys. There
// are two groups of them, so that two processors are used.

func TestJourneysInABrowser(t *testing.T) {
	t.Parallel()
	runJourneys(t,
		journey{"from the first start to a blocked user", (*chromium).firstStartToBlockedUser}, // creates the administrator
		journey{"forgotten password with the keyboard", (*chromium).forgottenPassword},
		journey{"required second factor", (*chromium).requiredSecondFactor},
		journey{"sign-up, invitation, new email and deactivation", (*chromium).signUp},
		journey{"confirmation with the password", (*chromium).confirmation},
		journey{"confirmation of a download and of a key", (*chromium).confirmedForms},
		journey{"passkeys in browsers without autofill", (*chromium).withoutAutofill},
		journey{"with the keyboard alone", (*chromium).withTheKeyboard},
	)
}

func TestJourneysInTheConsoleAndOtherBrowsers(t *testing.T) {
	t.Parallel()
	runJourneys(t,
		journey{"users in the console", (*chromium).consoleUsers}, // creates an administrator
		journey{"an organization in the console", (*chromium).consoleOrganizations},
		journey{"the console without scripts", (*chromium).consoleWithoutScripts},
		journey{"events, webhooks, emails and search in the console", (*chromium).consoleActivity},
		journey{"refused requests", (*chromium).refusals},
		journey{"too many attempts", (*chromium).tooManyAttempts},
		journey{"a fault of the server", (*chromium).brokenServer},
		journey{"in German", (*chromium).inGerman},
		journey{"without scripts", (*chromium).withoutScripts},
		journey{"on a phone in the dark theme", (*chromium).onAPhone},
	)
}

// runJourneys runs journeys one after the other.
func runJourneys(t *testing.T, journeys ...journey) {
	t.Helper()
	settings := localhost(t)
	b := start(t, settings).chromium(settings["base_url"])
	for _, j := range journeys {
		t.Run(j.name, func(t *testing.T) { j.run(b.in(t)) })
	}
}

// authenticatorApp is an authenticator app of a test.
type authenticatorApp struct {
	secret []byte
	last   int64 // step of the newest code
}

// code returns a code that was not used yet. Codes of the step before and after the current one are accepted.
func (a *authenticatorApp) code() string {
	a.last = max(a.last+1, totp.Step(time.Now())-1)
	return totp.Code(a.secret, a.last)
}

// readApp reads the secret on the page that adds an app.
func (w *window) readApp() *authenticatorApp {
	w.t.Helper()
	decoded, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(w.only("#secret"), " ", ""))
	w.must(err)
	return &authenticatorApp{secret: decoded}
}

// signIn opens the sign-in page and enters a password.
func (w *window) signIn(username, password string) {
	w.t.Helper()
	w.visit("/login")
	w.send("#sign-in", "#username", username, "#password", password)
}

// signOut uses the menu of the account.
func (w *window) signOut() {
	w.t.Helper()
	w.visit("/account")
	w.command("click", document{"selector": ".topbar details.menu > summary"})
	w.press("#sign-out")
	w.is(http.StatusOK, "Sign in to Roster")
}

func (b *chromium) firstStartToBlockedUser() {
	ada := b.open(document{"passkeys": true})
	ada.setUp()
	app, recovery := ada.enrol()
	ada.signInAgain(app, recovery)
	admin := ada.apiKey()

	grace := b.open(nil)
	grace.acceptInvitation(admin)
	ssh, token := grace.addCredentials()
	grace.lookAround()
	grace.losesEverything(admin, ssh, token)
}

// setUp creates the first administrator.
func (w *window) setUp() {
	w.visit(w.Setup)
	w.shows("setup", http.StatusOK, "Create the first administrator")
	submit := `main button[type=submit]`
	w.send(submit, "#username", "ada", "#email", "ada@example.org", "#password", "short")
	w.shows("setup-rejected", http.StatusUnprocessableEntity, "Error: Create the first administrator")
	w.send(submit, "#password", "correct horse 1")
	w.shows("setup-done", http.StatusOK, "This server has an administrator")
	w.visit(w.Setup)
	w.shows("setup-expired", http.StatusGone, "This link does not work any more")
	w.visit("/console/")
	w.shows("console-overview", http.StatusOK, "Overview")
	w.visit("/console/apis")
	w.shows("start-signed-in", http.StatusOK, "APIs of this server")
	w.signOut()
	w.shows("login", http.StatusOK, "Sign in to Roster")
	w.visit("/console/")
	w.shows("start", http.StatusOK, "APIs of this server")
	w.signIn("ada", "wrong horse 1")
	w.shows("login-rejected", http.StatusUnprocessableEntity, "Error: Sign in to Roster")
	w.send("#sign-in", "#password", "correct horse 1")
	w.shows("profile", http.StatusOK, "Profile")
}

const factorsPath = "/account/security/second-factor"

// enrol adds an authenticator app and a passkey.
func (w *window) enrol() (*authenticatorApp, []string) {
	w.visit(factorsPath)
	w.shows("second-factors-none", http.StatusOK, "Second factor")
	w.press("#add-app")
	w.shows("app", http.StatusOK, "Add authenticator app")
	added := w.readApp()
	submit := `form[action$="/app/confirm"] button[type=submit]`
	w.send(submit, "#code", "000000", "#name", "Phone")
	w.shows("app-rejected", http.StatusUnprocessableEntity, "Error: Add authenticator app")
	w.send(submit, "#code", added.code())
	w.shows("recovery-codes", http.StatusOK, "Recovery codes")
	recovery := w.texts("#recovery li")
	if len(recovery) != 10 {
		w.t.Errorf("%d recovery codes", len(recovery))
	}
	w.followEmail("ada@example.org", "An authenticator app was added")
	w.visit(factorsPath)
	w.press("#add-passkey")
	w.shows("passkey", http.StatusOK, "Add passkey")
	w.command("fill", document{"fields": document{"#name": "Laptop"}})
	w.command("passkey", document{"selector": "#create-passkey"})
	w.shows("second-factors", http.StatusOK, "Second factor")
	w.followEmail("ada@example.org", "A passkey was added")
	return added, recovery
}

// signInAgain signs in with a code, with the passkey alone, with the passkey after the password, and with
// a recovery code.
func (w *window) signInAgain(app *authenticatorApp, recovery []string) {
	const password = "correct horse 1"
	passkey := document{"selector": "[data-passkey=get]"}
	w.signOut()
	w.signIn("ada", password)
	w.shows("code", http.StatusOK, "Enter your code")
	w.send("#sign-in", "#code", "000000")
	w.shows("code-rejected", http.StatusUnprocessableEntity, "Error: Enter your code")
	w.send("#sign-in", "#code", app.code())
	w.is(http.StatusOK, "Profile")
	w.signOut()
	w.command("autofill", nil) // a passkey that is chosen in the field of the username
	w.is(http.StatusOK, "Profile")
	w.signOut()
	w.command("passkey", passkey)
	w.is(http.StatusOK, "Profile")
	w.signOut()
	w.signIn("ada@example.org", password)
	w.command("passkey", passkey)
	w.is(http.StatusOK, "Profile")
	w.signOut()
	w.signIn("ada", password)
	w.send("#sign-in", "#code", recovery[0])
	w.is(http.StatusOK, "Profile")
	w.signOut()
	w.signIn("ada", password)
	w.send("#sign-in", "#code", recovery[0])
	w.is(http.StatusUnprocessableEntity, "Error: Enter your code") // each works once
	w.send("#sign-in", "#code", recovery[1])
	w.is(http.StatusOK, "Profile")
}

// apiKey shows the API key of the user.
func (w *window) apiKey() string {
	w.visit("/account/keys")
	w.press(`form[action$="/api-key/show"] button`)
	w.shows("keys-api-key", http.StatusOK, "Keys and tokens")
	return w.only("#api-key")
}

// acceptInvitation invites grace, who accepts with the keyboard alone.
func (w *window) acceptInvitation(admin string) {
	a := w.call(http.MethodPost, path("/api/v1/organizations/%d/invitations", w.Home.ID), `{"email":"grace@example.org"}`,
		bearer(admin), "Content-Type: application/json")
	if a.Status != http.StatusCreated {
		w.t.Fatalf("invitation: %d %s", a.Status, a.Body)
	}
	link := w.mailedLink("grace@example.org").String()
	w.visit(link)
	w.shows("invitation", http.StatusOK, "Join Home")
	w.keyboard("username", "ada", "password", "another horse 2")
	w.shows("invitation-rejected", http.StatusConflict, "Error: Join Home")
	w.keyboard("username", "grace", "password", "another horse 2", "given_name", "Grace", "family_name", "Hopper")
	w.shows("invitation-accepted", http.StatusOK, "Welcome to Home")
	w.visit(link)
	w.shows("invitation-expired", http.StatusGone, "This link does not work any more")
}

// addCredentials adds an SSH key and an access token.
func (w *window) addCredentials() (ssh, token string) {
	w.visit("/account/keys")
	w.shows("keys-none", http.StatusOK, "Keys and tokens")
	_, private := newKeyPair(w.t)
	addKey := `form[action$="/account/keys/ssh"] button[type=submit]`
	w.send(addKey, "#key", string(private))
	w.shows("keys-private-key", http.StatusUnprocessableEntity, "Error: Keys and tokens")
	ssh = (&permissionServer{server: w.server}).newKey()
	w.send(addKey, "#key", ssh)
	w.shows("keys-no-title", http.StatusUnprocessableEntity, "Error: Keys and tokens")
	if got := w.only("#title-error"); got != "This key has no comment. Enter a title." {
		w.t.Errorf("a key without a comment: %q", got)
	}
	w.send(addKey, "#key", ssh+" grace@laptop")
	w.is(http.StatusOK, "Keys and tokens")
	createToken := `form[action$="/account/keys/tokens"] button[type=submit]`
	w.send(createToken, "#name", "nightly report")
	w.shows("keys-no-scope", http.StatusUnprocessableEntity, "Error: Keys and tokens")
	w.command("click", document{"selector": "#scope_read_api"})
	w.press(createToken)
	w.shows("keys-token", http.StatusOK, "Keys and tokens")
	return ssh, w.only("#token")
}

// lookAround looks at the pages of the account that no other step visits.
func (w *window) lookAround() {
	w.visit("/account")
	w.send(`form[action$="/account/profile"] button[type=submit]`, "#company", "Navy")
	w.shows("profile-saved", http.StatusOK, "Profile")
	w.send(`form[action$="/account/emails"] button[type=submit]`, "#email", "hopper@example.org")
	w.shows("profile-email-added", http.StatusOK, "Profile")
	w.visit(w.mailedLink("hopper@example.org").String())
	w.shows("verification", http.StatusOK, "Verify hopper@example.org")
	w.press("main button[type=submit]")
	w.shows("verified", http.StatusOK, "Your email is verified")
	for _, one := range []struct{ path, title string }{
		{"security", "Security"}, {"organizations", "Organizations"}, {"activity", "Recent activity"}, {"data", "Your data"},
	} {
		w.visit("/account/" + one.path)
		w.shows(one.path, http.StatusOK, one.title)
	}
	w.visit("/account/nothing")
	w.shows("no-page", http.StatusNotFound, "Page not found")
}

// losesEverything blocks grace. The next request with each credential is rejected.
func (w *window) losesEverything(admin, ssh, token string) {
	me := w.call(http.MethodGet, "/api/v1/me", "", bearer(token))
	id := w.identifier(w.document(me.Body), "id")
	keysOfGrace := func() string { return w.call(http.MethodGet, "/api/v1/ssh-keys/grace", "", bearer(admin)).Body }
	if keys := keysOfGrace(); !strings.Contains(keys, ssh) {
		w.t.Errorf("the key on the page: %s", keys)
	}
	a := w.call(http.MethodPost, path("/api/v1/users/%s/block", id), "", bearer(admin))
	if a.Status != http.StatusOK {
		w.t.Fatalf("block: %d %s", a.Status, a.Body)
	}
	if a := w.call(http.MethodGet, "/api/v1/me", "", bearer(token)); a.Status != http.StatusUnauthorized {
		w.t.Errorf("the token of a blocked user: %d %s", a.Status, a.Body)
	}
	if keys := keysOfGrace(); strings.Contains(keys, "ssh-") {
		w.t.Errorf("the SSH key of a blocked user: %s", keys)
	}
	w.visit("/account")
	if w.at.Path != "/login" {
		w.t.Errorf("the session of a blocked user leads to %s", w.at.Path)
	}
	w.send("#sign-in", "#username", "grace", "#password", "another horse 2")
	w.shows("login-blocked", http.StatusForbidden, "Error: Sign in to Roster")
}

// forgottenPassword uses the keyboard alone.
func (b *chromium) forgottenPassword() {
	b.member("linus", 0, 0)
	w := b.open(nil)
	w.visit("/login")
	w.command("reach", document{"selector": `a[href$="/forgot"]`})
	w.shows("forgot", http.StatusOK, "Reset your password")
	w.keyboard("email", "linus@roster.example")
	w.shows("forgot-sent", http.StatusOK, "Check your email")
	link := b.mailedLink("linus@roster.example").String()
	w.visit(link)
	w.shows("reset", http.StatusOK, "Choose a new password")
	w.keyboard("password", "linus")
	w.shows("reset-rejected", http.StatusUnprocessableEntity, "Error: Choose a new password")
	w.keyboard("password", "longer horse 3")
	w.shows("reset-done", http.StatusOK, "Your password was changed")
	w.visit(link)
	w.shows("reset-expired", http.StatusGone, "This link does not work any more")
	w.signOut()
	w.keyboard("username", "linus", "password", "linus-secret-1")
	w.is(http.StatusUnprocessableEntity, "Error: Sign in to Roster")
	w.keyboard("username", "linus", "password", "longer horse 3")
	w.is(http.StatusOK, "Profile")
}

// requiredSecondFactor leads a member of an organization that requires a second factor through enrolment.
func (b *chromium) requiredSecondFactor() {
	lab := b.organization("Lab")
	edsger := b.member("edsger", lab.ID, 0)
	_, err := b.App.Directory.RequireSecondFactorIn(b.t.Context(), model.Operator(), lab.ID, true)
	b.must(err)
	w := b.open(nil)
	w.signIn("edsger", edsger.Password)
	w.shows("second-factor-required", http.StatusOK, "Second factor")
	w.visit("/account/keys")
	if w.at.Path != factorsPath {
		b.t.Errorf("without a second factor: %s", w.at.Path)
	}
	w.press("#add-app")
	w.shows("app-required", http.StatusOK, "Add authenticator app")
	w.send(`form[action$="/app/confirm"] button[type=submit]`, "#code", w.readApp().code())
	w.is(http.StatusOK, "Recovery codes")
	w.press(`main a[href$="/account"]`)
	w.is(http.StatusOK, "Profile")
	w.visit("/account/keys")
	w.is(http.StatusOK, "Keys and tokens")
}

// signUp signs up, joins an organization by an invitation, changes the email, undoes that, and ends the account.
func (b *chromium) signUp() {
	w := b.open(nil)
	submit := "main button[type=submit]"
	w.visit("/register")
	w.shows("register", http.StatusOK, "Create an account at Roster")
	w.send(submit, "#username", "margaret", "#email", "margaret@example.org", "#password", "margaret")
	w.shows("register-rejected", http.StatusUnprocessableEntity, "Error: Create an account at Roster")
	w.send(submit, "#password", "longer horse 5")
	w.shows("register-sent", http.StatusOK, "Check your email")
	w.signIn("margaret", "longer horse 5")
	w.is(http.StatusUnprocessableEntity, "Error: Sign in to Roster") // the address is not verified
	w.visit(b.mailedLink("margaret@example.org").String())
	w.press(submit)
	w.is(http.StatusOK, "Your email is verified")
	w.signIn("margaret", "longer horse 5")
	w.is(http.StatusOK, "Profile")

	var links []string // the second email is requested after the first: their order in the outbox is not defined
	for _, name := range []string{"Apollo", "Gemini"} {
		_, err := b.App.Directory.Invite(b.t.Context(), model.Operator(), invitation.NewInvitation{Org: b.organization(name).ID, Email: "margaret@example.org"})
		b.must(err)
		links = append(links, b.mailedLink("margaret@example.org").String())
	}
	w.visit("/account/organizations")
	w.shows("organizations-invited", http.StatusOK, "Organizations")
	w.press(`form[action$="/accept"] button`)
	w.shows("organizations-joined", http.StatusOK, "Organizations")
	w.visit(links[0])
	w.is(http.StatusGone, "This link does not work any more")
	w.visit(links[1])
	w.shows("join", http.StatusOK, "Join Gemini")
	w.send(submit, "#password", "longer horse 5")
	w.shows("joined", http.StatusOK, "You are a member of Gemini")

	margaret := b.call(http.MethodPost, "/gitlab/api/v3/session", "login=margaret&password=longer+horse+5", "Content-Type: application/x-www-form-urlencoded")
	key := b.text(`.+`, b.document(margaret.Body), "private_token")
	a := b.call(http.MethodPatch, "/api/v1/me", `{"email":"hamilton@example.org","current_password":"longer horse 5"}`, bearer(key), "Content-Type: application/json")
	if a.Status != http.StatusOK {
		b.t.Fatalf("new email: %d %s", a.Status, a.Body)
	}
	w.visit("/account")
	w.shows("profile-new-email", http.StatusOK, "Profile")
	w.visit(b.mailedLink("margaret@example.org").String())
	w.shows("revert", http.StatusOK, "Undo the change of your email")
	w.send(submit, "#password", "longer horse 6")
	w.shows("reverted", http.StatusOK, "The change was undone")
	w.visit("/account/data")
	w.send(`form[action$="/deactivate"] button`, "form[action$='/deactivate'] input[type=text]", "other")
	w.shows("deactivate-rejected", http.StatusUnprocessableEntity, "Error: Your data")
	w.send(`form[action$="/deactivate"] button`, "form[action$='/deactivate'] input[type=text]", "margaret")
	w.shows("deactivated", http.StatusOK, "Your account was deactivated")
}

// confirmation uses a server that asks for the password again at each form about credentials.
func (b *chromium) confirmation() {
	settings := localhost(b.t)
	settings["security.reauthenticate_within"] = "1ns"
	b.server = start(b.t, settings)
	dorothy := b.member("dorothy", 0, 0)
	w := b.open(document{"base": settings["base_url"]})
	w.signIn("dorothy", dorothy.Password)
	w.visit(factorsPath)
	w.press("#add-passkey")
	w.shows("confirm", http.StatusForbidden, "Confirm with your password")
	w.send("main button[type=submit]", "#confirm_password", "wrong")
	w.shows("confirm-rejected", http.StatusUnprocessableEntity, "Error: Confirm with your password")
}

// inGerman looks at each page of the account in German, whose words are longer.
func (b *chromium) inGerman() {
	konrad := b.member("konrad", 0, 0)
	w := b.open(document{"locale": "de"})
	w.looks = "de-"
	w.visit("/forgot")
	w.shows("forgot", http.StatusOK, "Passwort zurücksetzen")
	w.signIn("konrad", "falsch")
	w.shows("login-rejected", http.StatusUnprocessableEntity, "Fehler: Bei Roster anmelden")
	w.send("#sign-in", "#password", konrad.Password)
	for _, one := range []struct{ path, title string }{
		{"", "Profil"}, {"/security", "Sicherheit"}, {"/security/second-factor", "Zweiter Faktor"}, {"/keys", "Schlüssel und Token"},
		{"/organizations", "Organisationen"}, {"/activity", "Letzte Aktivität"}, {"/data", "Ihre Daten"},
		{"/preferences", "Einstellungen"}, {"/data/erase", "Konto löschen"},
	} {
		w.visit("/account" + one.path)
		w.shows(fmt.Sprintf("account%s", strings.ReplaceAll(one.path, "/", "-")), http.StatusOK, one.title)
	}
}

// withoutScripts does everything that needs no passkey without JavaScript.
func (b *chromium) withoutScripts() {
	radia := b.member("radia", 0, 0)
	w := b.open(document{"noscript": true})
	w.signIn("radia", "wrong horse 1")
	w.is(http.StatusUnprocessableEntity, "Error: Sign in to Roster")
	w.send("#sign-in", "#password", radia.Password)
	for path, title := range map[string]string{
		"/account": "Profile", "/account/security": "Security", "/account/organizations": "Organizations",
		"/account/activity": "Recent activity", "/account/data": "Your data",
	} {
		w.visit(path)
		w.is(http.StatusOK, title)
	}
	w.visit(factorsPath)
	w.press("#add-app")
	added := w.readApp()
	w.send(`form[action$="/app/confirm"] button[type=submit]`, "#code", added.code())
	w.is(http.StatusOK, "Recovery codes")
	recovery := w.texts("#recovery li")
	w.signOut()
	w.signIn("radia", radia.Password)
	w.send("#sign-in", "#code", added.code())
	w.is(http.StatusOK, "Profile")
	w.visit("/account/keys")
	w.send(`form[action$="/account/keys/ssh"] button[type=submit]`, "#key", (&permissionServer{server: b.server}).newKey()+" radia@laptop")
	w.is(http.StatusOK, "Keys and tokens")
	w.command("click", document{"selector": "#scope_read_api"})
	w.send(`form[action$="/account/keys/tokens"] button[type=submit]`, "#name", "nightly report")
	w.is(http.StatusOK, "Keys and tokens")
	if a := b.call(http.MethodGet, "/api/v1/me", "", bearer(w.only("#token"))); a.Status != http.StatusOK || !strings.Contains(a.Body, `"radia"`) {
		w.t.Errorf("the token on the page: %d %s", a.Status, a.Body)
	}
	w.signOut()
	w.signIn("radia", radia.Password)
	w.send("#sign-in", "#code", recovery[0])
	w.is(http.StatusOK, "Profile")
	w.visit("/account/preferences")
	w.send(`form[action$="/preferences/save"] button[type=submit]`, "#theme", "dark", "#time_zone", "Europe/Berlin")
	w.is(http.StatusOK, "Preferences")
	w.signOut()
	w.press(`a[href$="/forgot"]`)
	w.send("main button[type=submit]", "#email", "radia@roster.example")
	w.is(http.StatusOK, "Check your email")
	w.visit(b.mailedLink("radia@roster.example").String())
	w.send("main button[type=submit]", "#password", "longer horse 4")
	w.is(http.StatusOK, "Your password was changed")
}

// onAPhone uses the navigation of a phone, and chooses the dark theme.
func (b *chromium) onAPhone() {
	barbara := b.member("barbara", 0, 0)
	w := b.open(document{"phone": true})
	w.looks = "chosen-dark-"
	w.signIn("barbara", barbara.Password)
	w.visit("/account/preferences")
	w.send(`form[action$="/preferences/save"] button[type=submit]`, "#theme", "dark")
	w.command("click", document{"selector": ".nav-open"})
	w.press(`#nav a[href$="/account/security"]`)
	w.shows("security", http.StatusOK, "Security")
	menu := document{"selector": ".topbar details.menu > summary"}
	w.command("click", menu)
	w.shows("menu", http.StatusOK, "Security")
	w.visit("/account/security") // the checks of the keyboard have opened or closed the menu
	w.command("click", menu)
	w.press("#sign-out")
	w.shows("login", http.StatusOK, "Sign in to Roster")
}
