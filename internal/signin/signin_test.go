package signin

import (
	"io/fs"
	"net/url"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/browser/browsertest"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
)

func newFixture(t *testing.T, o directory.Options) *browsertest.Browser {
	t.Helper()
	return browsertest.New(t, browsertest.Setup{Options: o, Templates: []fs.FS{Templates}, Endpoints: Endpoints})
}

func TestUserSignsInByNameOrEmailAndOut(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	ada := v.AddMember("ada")
	v.Want(v.Get("/login"), 200, `<h1>Sign in to Roster</h1>`, `id="username"`, `autocomplete="username webauthn"`, `id="password"`,
		`autocomplete="current-password"`, `id="sign-in"`, `href="/forgot"`, `href="/register"`)
	for _, name := range []string{"ada", " ADA ", "ada@roster.example"} {
		v.LeadsTo(v.Send("/login", "username", name, "password", ada.Password), "/account")
		v.LeadsTo(v.Get("/login"), "/account")
		v.LeadsTo(v.Send("/logout"), "/login")
		v.Want(v.Get("/login"), 200)
	}
	sessions, err := v.Directory.Sessions(t.Context(), v.ActorFor(ada))
	v.Must(err)
	if len(sessions) != 0 {
		t.Errorf("sessions are left: %+v", sessions)
	}
}

func TestSignInLeadsToThePageThatNeededIt(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	ada := v.AddMember("ada")
	target := "/account/keys?a=b"
	v.Want(v.Get("/login?return_to="+url.QueryEscape(target)), 200, `name="return_to" value="/account/keys?a=b"`)
	v.Want(v.Send("/login", "username", "ada", "password", "wrong", "return_to", target), 422, `name="return_to" value="/account/keys?a=b"`)
	v.LeadsTo(v.Send("/login", "username", "ada", "password", ada.Password, "return_to", target), target)
	v.LeadsTo(v.Get("/login?return_to="+url.QueryEscape(target)), target)
}

// Open redirect: a link to the sign-in page of this server leads to a page that looks like it.
func TestSignInDoesNotLeadToAnotherSite(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{Login: ratelimit.LoginLimits{AccountLogins: -1, AddressLogins: -1}})
	ada := v.AddMember("ada")
	for _, target := range []string{
		"https://evil.example/", "//evil.example/", `/\evil.example`, `\\evil.example`, "/\t/evil.example", "javascript:alert(1)", "evil.example",
		"https:/evil.example", "///evil.example", "/\r\nLocation: https://evil.example",
	} {
		page := v.Get("/login?return_to=" + url.QueryEscape(target))
		v.Want(page, 200, `name="return_to" value="">`)
		v.LeadsTo(v.Send("/login", "username", "ada", "password", ada.Password, "return_to", target), "/account")
		v.LeadsTo(v.Get("/login?return_to="+url.QueryEscape(target)), "/account")
		v.LeadsTo(v.Send("/logout"), "/login")
	}
}

func TestRejectedSignInKeepsWhatWasTypedAndSaysWhatToDo(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	ada := v.AddMember("ada")
	wrong := []string{"<h2>Username or password is not correct</h2>", "Check both and try again.", `value="ada"`}
	a := v.Send("/login", "username", "ada", "password", "not the password")
	v.Want(a, 422, wrong...)
	v.Without(a, "not the password")
	v.Want(v.Send("/login", "username", "", "password", ""), 422, `id="username-error">Enter your username or email.`, `id="password-error">Enter a password.`)
	v.Want(v.Send("/login", "username", "ada", "password", strings.Repeat("x", 2000)), 422)
	_, err := v.Directory.BlockUser(t.Context(), model.Operator(), ada.ID)
	v.Must(err)
	v.Want(v.Send("/login", "username", "ada", "password", ada.Password), 403, "<h2>This account cannot sign in</h2>", "ask an administrator")
	v.Want(v.Send("/login", "username", "ada", "password", "wrong"), 422, wrong...) // only the password reveals the state
	if len(v.Cookies) != 0 {
		t.Errorf("cookies %v", v.Cookies)
	}
}

func TestSignInDoesNotRevealAccounts(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	v.AddMember("ada")
	names := strings.NewReplacer("unknown@", "NAME@", "ada@", "NAME@", `value="unknown"`, "VALUE", `value="ada"`, "VALUE")
	known, unknown := v.Send("/login", "username", "ada", "password", "wrong"), v.Send("/login", "username", "unknown", "password", "wrong")
	if known.Status != unknown.Status || names.Replace(known.Body) != names.Replace(unknown.Body) {
		t.Errorf("an account answers\n%s\nand no account\n%s", known.Body, unknown.Body)
	}
	known, unknown = v.Send("/forgot", "email", "ada@roster.example"), v.Send("/forgot", "email", "unknown@roster.example")
	if known.Status != unknown.Status || names.Replace(known.Body) != names.Replace(unknown.Body) {
		t.Errorf("an account answers\n%s\nand no account\n%s", known.Body, unknown.Body)
	}
	fields := []string{"username", "grace", "password", "correct horse", "email"}
	known, unknown = v.Send("/register", append(fields, "ada@roster.example")...), v.Send("/register", append(fields, "unknown@roster.example")...)
	if known.Status != 200 || known.Status != unknown.Status || names.Replace(known.Body) != names.Replace(unknown.Body) {
		t.Errorf("an account answers %d\n%s\nand no account %d\n%s", known.Status, known.Body, unknown.Status, unknown.Body)
	}
}

func TestTooManyAttemptsSayWhenTheNextIsPossible(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{Login: ratelimit.LoginLimits{AccountFailures: 2}})
	ada := v.AddMember("ada")
	for range 2 {
		v.Want(v.Send("/login", "username", "ada", "password", "wrong"), 422)
	}
	a := v.Send("/login", "username", "ada", "password", ada.Password)
	v.Want(a, 429, "<h2>Too many attempts</h2>", "Wait 10 minutes, then try again.", "The password was not checked.", `value="ada"`)
	if got := a.Header.Get("Retry-After"); got != "600" {
		t.Errorf("Retry-After %q", got)
	}
	v.Clock.Advance(11 * time.Minute)
	v.LeadsTo(v.Send("/login", "username", "ada", "password", ada.Password), "/account")
}

func TestHostileTextIsText(t *testing.T) {
	t.Parallel()
	const evil = `"><script>alert(1)</script>`
	v := newFixture(t, directory.Options{})
	for _, a := range []browsertest.Response{
		v.Send("/login", "username", evil, "password", evil), v.Send("/login", "username", evil, "password", evil, "return_to", "/"+evil),
		v.Get("/login?return_to=/" + url.QueryEscape(evil)), v.Send("/forgot", "email", evil),
		v.Send("/forgot", "email", evil+"@x.example"), v.Send("/register", "username", evil, "email", evil, "password", evil, "given_name", evil),
	} {
		v.Without(a, "<script>alert")
	}
}

func TestForgottenPasswordIsReplacedByTheMailedLink(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	v.AddMember("ada")
	v.Want(v.Get("/forgot"), 200, "Reset your password", `autocomplete="email"`)
	v.Want(v.Send("/forgot", "email", "ada"), 422, `id="email-error"`, `value="ada"`)
	v.Want(v.Send("/forgot", "email", " ada@roster.example "), 200, "If an account has the email ada@roster.example", "Send it again")
	if link := v.Mailed("ada@roster.example"); !strings.Contains(link, "/account/reset-password/?token=") {
		t.Errorf("mailed %q", link)
	}
}

func TestSignUpNeedsTheMailedLink(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	v.Want(v.Get("/register"), 200, "Create an account at Roster", `autocomplete="new-password"`, "At least 8 characters.")
	v.Want(v.Send("/register", "username", "a/b", "email", "grace", "password", "x", "given_name", "Grace"), 422,
		`id="username-error"`, `id="email-error"`, `id="password-error"`, `value="Grace"`)
	v.Want(v.Send("/register", "username", "grace", "email", "grace@lab.example", "password", "correct horse", "given_name", "Grace", "family_name", "Hopper"),
		200, "Check your email", "grace@lab.example")
	link := v.Mailed("grace@lab.example")
	_, token, _ := strings.Cut(link, "token=")
	v.Want(v.Send("/login", "username", "grace", "password", "correct horse"), 422)
	_, err := v.Directory.VerifyEmail(t.Context(), browsertest.Anonymous(), secret.Text(token))
	v.Must(err)
	v.LeadsTo(v.Send("/login", "username", "grace", "password", "correct horse"), "/account")
}

func TestSignUpFollowsTheSetting(t *testing.T) {
	t.Parallel()
	for _, mode := range []registration.Mode{registration.Off, registration.ByInvitation} {
		v := newFixture(t, directory.Options{SignUp: mode})
		v.Without(v.Get("/login"), "/register")
		v.Want(v.Get("/register"), 200, "Sign-up is closed", `href="/login"`)
		v.Want(v.Send("/register", "username", "grace", "email", "grace@lab.example", "password", "correct horse"), 403)
	}
	v := newFixture(t, directory.Options{SignUp: registration.ByDomain, SignUpDomains: []string{"lab.example"}})
	v.Want(v.Get("/register"), 200, "An address of lab.example.")
	v.Want(v.Send("/register", "username", "eve", "email", "eve@evil.example", "password", "correct horse"), 403, "Addresses of this domain cannot sign up")
	v.Want(v.Send("/register", "username", "grace", "email", "grace@lab.example", "password", "correct horse"), 200)
}

func TestSecretsStayOutOfTheLog(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	ada := v.AddMember("ada")
	v.Send("/login", "username", "ada", "password", "not the password")
	v.Send("/login", "username", "ada", "password", ada.Password)
	for _, text := range []string{"not the password", ada.Password, v.Cookies["__Host-roster"]} {
		if text == "" || strings.Contains(v.Log.String(), text) {
			t.Errorf("the log contains %q", text)
		}
	}
}
