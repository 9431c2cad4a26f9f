package browser_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/browser/browsertest"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
)

const sessionCookie = "__Host-roster"

func TestSessionCookieIsForThisHostAlone(t *testing.T) {
	t.Parallel()
	v := newFixture(t, browser.Config{})
	ada := v.AddMember("ada")
	a := v.Send("/enter", "username", "ada", "password", ada.Password)
	cookie := a.Header.Get("Set-Cookie")
	for _, part := range []string{sessionCookie + "=", "; Path=/;", "; HttpOnly", "; Secure", "; SameSite=Lax", "; Max-Age="} {
		if !strings.Contains(cookie, part) {
			t.Errorf("%q lacks %q", cookie, part)
		}
	}
	if strings.Contains(cookie, "Domain") {
		t.Errorf("%q has a domain", cookie)
	}
	v.Want(v.Get("/private"), 200)
}

func TestPageForUsersLeadsToSignInAndBack(t *testing.T) {
	t.Parallel()
	v := newFixture(t, browser.Config{})
	v.LeadsTo(v.Get("/private?a=b&c=d"), "/login?return_to="+url.QueryEscape("/private?a=b&c=d"))
	// The content of a form is lost, so it does not lead back to where it was sent.
	v.LeadsTo(v.Send("/private", "text", "typed"), "/login?ended=yes")
	for name, value := range map[string]string{"unknown": "0000000000000000000000000000000000000000000", "empty": "", "too long": strings.Repeat("x", 5000), "odd": `a"b`} {
		v.Cookies = map[string]string{sessionCookie: value}
		if a := v.Get("/private"); a.Status != 303 {
			t.Errorf("%s: status %d", name, a.Status)
		}
	}
}

func TestSessionEndsWithItsTimeItsUserAndTheSignOut(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(v *browsertest.Browser, ada model.UserID){
		"sign-out": func(v *browsertest.Browser, _ model.UserID) {
			token := v.Cookies[sessionCookie]
			v.Want(v.Send("/leave"), 200)
			if v.Cookies[sessionCookie] != "" {
				v.T.Error("the cookie is still there")
			}
			v.Cookies[sessionCookie] = token // a copy of the cookie is worth nothing
		},
		"blocked": func(v *browsertest.Browser, ada model.UserID) {
			_, err := v.Directory.BlockUser(v.T.Context(), model.Operator(), ada)
			v.Must(err)
		},
		"revoked": func(v *browsertest.Browser, ada model.UserID) {
			v.Must(v.Directory.RevokeOtherSessions(v.T.Context(), model.Operator(), ada))
		},
		"expired": func(v *browsertest.Browser, _ model.UserID) { v.Clock.Advance(91 * 24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newFixture(t, browser.Config{})
			ada := v.AddMember("ada")
			v.Want(v.Send("/enter", "username", "ada", "password", ada.Password), 200)
			v.Want(v.Get("/private"), 200)
			end(v, ada.ID)
			v.Want(v.Get("/private"), 303)
		})
	}
}

// Session fixation: an attacker sets a cookie with a session of their own, or an unknown one, and waits
// for the user to sign in.
func TestSignInNeverKeepsASessionThatWasThereBefore(t *testing.T) {
	t.Parallel()
	v := newFixture(t, browser.Config{})
	ada, eve := v.AddMember("ada"), v.AddMember("eve")
	v.Want(v.Send("/enter", "username", "eve", "password", eve.Password), 200)
	planted := v.Cookies[sessionCookie]
	v.Want(v.Send("/enter", "username", "ada", "password", ada.Password), 200)
	if v.Cookies[sessionCookie] == planted {
		t.Error("the session is the one from before")
	}
	own := v.Cookies[sessionCookie]
	v.Cookies[sessionCookie] = planted
	v.Want(v.Get("/private"), 303)
	v.Cookies[sessionCookie] = strings.Repeat("A", 43)
	v.Want(v.Send("/enter", "username", "ada", "password", ada.Password), 200)
	if got := v.Cookies[sessionCookie]; got == strings.Repeat("A", 43) || got == own {
		t.Error("the session is not a new one")
	}
}

// A cookie with a credential of another kind would let a script's key act in the browser of its reader.
func TestOtherCredentialsAreNoBrowserSession(t *testing.T) {
	t.Parallel()
	v := newFixture(t, browser.Config{})
	ada := v.WithAPIKey(v.AddMember("ada"))
	wekan, err := v.Directory.LogIn(t.Context(), browsertest.Anonymous(), login.Attempt{Name: "ada", Password: "ada-secret-1"}, model.WekanLogin)
	v.Must(err)
	for name, value := range map[string]string{"API key": ada.APIKey, "session of Wekan": wekan.Token.Reveal()} {
		v.Cookies = map[string]string{sessionCookie: value}
		if a := v.Get("/private"); a.Status != 303 {
			t.Errorf("%s: status %d", name, a.Status)
		}
	}
}

func TestCookieIsIgnoredWhereNoSessionIsNeeded(t *testing.T) {
	t.Parallel()
	v := newFixture(t, browser.Config{})
	ada := v.AddMember("ada")
	v.Want(v.Send("/enter", "username", "ada", "password", ada.Password), 200)
	v.Want(v.Get("/open"), 200, "<h1>user 0</h1>")
}

// Cross-site request forgery: a page of another site makes the browser send a form with its cookies.
func TestFormsOfOtherSitesAreRejectedWithASession(t *testing.T) {
	t.Parallel()
	v := newFixture(t, browser.Config{})
	ada := v.AddMember("ada")
	v.Want(v.Send("/enter", "username", "ada", "password", ada.Password), 200)
	for name, headers := range map[string][2]string{
		"another site":          {"Sec-Fetch-Site", "cross-site"},
		"another subdomain":     {"Sec-Fetch-Site", "same-site"},
		"an old browser":        {"Origin", "https://evil.example"},
		"a page in a sandbox":   {"Origin", "null"},
		"a host that begins so": {"Origin", "https://roster.example.evil.example"},
		"plain http":            {"Origin", "http://roster.example"},
	} {
		for _, path := range []string{"/private", "/enter", "/leave", browser.PreferencesPath} {
			r := browsertest.Post(path, "username=eve")
			r.Header.Set(headers[0], headers[1])
			if a := v.Do(r); a.Status != 403 || !strings.Contains(a.Body, "This form was sent from another site") {
				t.Errorf("%s, %s: status %d", name, path, a.Status)
			}
		}
	}
	v.Want(v.Get("/private"), 200)
}

func TestReturnAddressIsOneOfThisSite(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/account/keys?a=b": "/account/keys?a=b", "/": "/", "": "/else", "https://evil.example/": "/else", "//evil.example": "/else",
		`/\evil.example`: "/else", `\\evil.example`: "/else", "/\t/evil.example": "/else", "/\n/evil.example": "/else", "javascript:alert(1)": "/else",
		"/x\r\nSet-Cookie: a=b": "/else", " /x": "/else", "/x\x7f": "/else", "account": "/else",
	} {
		if got := browser.LocalPath(path, "/else"); got != want {
			t.Errorf("%q leads to %q, want %q", path, got, want)
		}
	}
}

func TestHeadIsLedToSignInToo(t *testing.T) {
	t.Parallel()
	v := newFixture(t, browser.Config{})
	v.LeadsTo(v.Do(httptest.NewRequest("HEAD", "/private", nil)), "/login?return_to=%2Fprivate")
}
