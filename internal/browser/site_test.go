package browser_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/browser/browsertest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// newFixture returns a browser with a site of these pages:
//
//	GET  /open     for all
//	GET  /private  for a signed-in user
//	POST /private  also
//	POST /enter    signs in with the fields "username" and "password"
//	POST /leave    signs out
//	GET  /broken   fails
//	GET  /panic    panics
//	GET  /kind     fails with the error that kind says
func newFixture(t *testing.T, c browser.Config) *browsertest.Browser {
	t.Helper()
	return browsertest.New(t, browsertest.Setup{
		Config: c, Endpoints: sampleEndpoints,
		Templates: []fs.FS{fstest.MapFS{"templates/broken.html": {Data: []byte(`{{define "main"}}{{.Body.Missing}}{{end}}`)}}},
	})
}

func sampleEndpoints(s *browser.Site) []browser.Endpoint {
	write := func(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
		return s.UI.WriteNotice(w, r, ui.Notice{Title: fmt.Sprintf("user %d", actor.UserID())})
	}
	private := func(method string) browser.Endpoint {
		return browser.Endpoint{Method: method, Path: "/private", Needs: string(model.SelfRead), Serve: write}
	}
	return []browser.Endpoint{
		browser.Open("GET", "/open", write), private("GET"), private("POST"),
		browser.Open("POST", "/enter", func(w http.ResponseWriter, r *http.Request, _ model.Actor) error {
			in, err := s.ReadForm(r)
			if err != nil {
				return err
			}
			return s.SignIn(w, r, login.Attempt{Name: in.Line("username"), Password: in.Secret("password")})
		}),
		browser.Open("POST", "/leave", func(w http.ResponseWriter, r *http.Request, _ model.Actor) error { return s.SignOut(w, r) }),
		browser.Open("GET", "/broken", func(w http.ResponseWriter, r *http.Request, _ model.Actor) error {
			return s.UI.Write(w, r, 200, "broken", ui.Page{Body: "inner cause"})
		}),
		browser.Open("GET", "/panic", func(http.ResponseWriter, *http.Request, model.Actor) error { panic("inner cause") }),
		browser.Open("GET", "/kind", func(_ http.ResponseWriter, r *http.Request, _ model.Actor) error {
			for _, kind := range fault.Kinds() {
				if kind.String() == r.URL.Query().Get("kind") {
					return fmt.Errorf("operation: %w", &fault.Error{Kind: kind, Msg: "what went wrong", RetryAfter: 90_000_000_000, Err: errors.New("inner cause")})
				}
			}
			return errors.New("inner cause")
		}),
	}
}

func TestStylesheetIsCachedWithoutEnd(t *testing.T) {
	t.Parallel()
	v := newFixture(t, browser.Config{})
	link := regexp.MustCompile(`href="(/console/static/roster\.[0-9a-f]{16}\.css)"`).FindStringSubmatch(v.Get("/open").Body)
	if link == nil {
		t.Fatal("the page has no stylesheet")
	}
	a := v.Get(link[1])
	v.Want(a, 200, "light-dark(")
	if a.Header.Get("Content-Type") != "text/css; charset=utf-8" || a.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("headers %v", a.Header)
	}
	v.Want(v.Get("/console/static/roster.0000000000000000.css"), 404, "Page not found")
	v.Want(v.Get("/console/static/..%2froster.css"), 404)
}

func TestPagesAreInTheLanguageOfTheBrowser(t *testing.T) {
	t.Parallel()
	v := newFixture(t, browser.Config{})
	r := httptest.NewRequest("GET", "/nothing", nil)
	r.Header.Set("Accept-Language", "de")
	v.Want(v.Do(r), 404, `<html lang="de">`, "Seite nicht gefunden")
}

// With https the browsers send Sec-Fetch-Site; with http they need the policy to send Origin.
func TestPlainHTTPSendsTheOriginOfForms(t *testing.T) {
	t.Parallel()
	v := newFixture(t, browser.Config{BaseURL: "http://192.0.2.7:8080"})
	ada := v.AddMember("ada")
	v.Want(v.Get("/open"), 200)
	v.Want(v.Send("/enter", "username", "ada", "password", ada.Password), 200)
	if v.Cookies["roster"] == "" {
		t.Errorf("cookies %v", v.Cookies)
	}
	v.Want(v.Get("/private"), 200)
}

func TestFaultsOfTheServerRevealNothing(t *testing.T) {
	t.Parallel()
	v := newFixture(t, browser.Config{})
	for _, path := range []string{"/broken", "/panic", "/kind"} {
		a := v.Get(path)
		v.Want(a, 500, "Something went wrong on the server", `<code id="request">`+a.Header.Get("X-Request-Id")+"</code>")
		v.Without(a, "inner cause", "Missing")
	}
	if strings.Count(v.Log.String(), "inner cause") < 2 {
		t.Errorf("the log lacks the cause:\n%s", v.Log)
	}
}

func TestEveryKindOfErrorHasAPage(t *testing.T) {
	t.Parallel()
	v := newFixture(t, browser.Config{})
	want := map[fault.Kind]int{
		fault.Internal: 500, fault.Invalid: 422, fault.Unauthenticated: 303, fault.Forbidden: 403,
		fault.NotFound: 404, fault.Conflict: 409, fault.Expired: 410, fault.Limited: 429, fault.Unavailable: 503,
	}
	for _, kind := range fault.Kinds() {
		a := v.Get("/kind?kind=" + strings.ReplaceAll(kind.String(), " ", "+"))
		v.Want(a, want[kind])
		v.Without(a, "inner cause")
		if got := a.Header.Get("Retry-After"); kind != fault.Unauthenticated && got != "90" {
			t.Errorf("%v: Retry-After %q", kind, got)
		}
	}
}

func TestBaseURLThatBrowsersCannotOpenIsRejected(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"", "people.example.org", "ftp://people.example.org", "http://[::1", "https://"} {
		if _, err := browser.NewSite(nil, browser.Config{BaseURL: base}); err == nil {
			t.Errorf("%q was accepted", base)
		}
	}
}

func TestPathsBelowPagesAreClaimed(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"/account": true, "/account/nothing": true, "/login/x": true, "/console/": true, "/accounts": false, "/api/account": false, "/": false,
	} {
		if got := browser.Claims(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}
