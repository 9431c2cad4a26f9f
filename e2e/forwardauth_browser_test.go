package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"roster.example/roster/internal/model"
)

const appURL = "http://app.example.org/page?x=1"

// forwardServer is a server for the applications of example.org.
func forwardServer(t *testing.T) *server {
	t.Helper()
	return start(t, map[string]string{"base_url": "http://people.example.org", "session.forward_auth_domain": "example.org"})
}

// signInFor signs in on the page to which a proxy leads, and returns the response.
func (s *server) signInFor(login string, u testUser) answer {
	s.t.Helper()
	page := s.call(http.MethodGet, login, "", "Accept: text/html")
	if page.Status != http.StatusOK || !strings.Contains(page.Body, `name="return_to" value="`+appURL+`"`) ||
		!strings.Contains(page.Header.Get("Content-Security-Policy"), "form-action 'self' http://app.example.org") {
		s.t.Fatalf("%s: %d %q\n%s", login, page.Status, page.Header, page.Body)
	}
	form := url.Values{"username": {u.Username}, "password": {u.Password}, "return_to": {appURL}}
	return s.call(http.MethodPost, "/login", form.Encode(), "Content-Type: application/x-www-form-urlencoded", "Origin: http://people.example.org")
}

// cookie returns the header with a cookie that a response sets.
func cookie(a answer, name string) string {
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		if c.Name == name {
			return "Cookie: " + name + "=" + c.Value
		}
	}
	return "Cookie: none=none"
}

func TestProxiesLeadBrowsersToTheSignInPageAndBack(t *testing.T) {
	t.Parallel()
	for name, startProxy := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testSignInBehindProxy(t, startProxy)
		})
	}
}

func testSignInBehindProxy(t *testing.T, startProxy func(t testing.TB, roster, app string) *proxy) {
	t.Helper()
	s := forwardServer(t)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, r.Header["Remote-User"])
	}))
	t.Cleanup(app.Close)
	p, ada := startProxy(t, s.URL, app.URL), s.member("ada", 0, 0)

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, appURL, nil)
	s.must(err)
	request.Header.Set("Accept", "text/html,*/*")
	response, err := p.client.Do(request)
	s.must(err)
	s.must(response.Body.Close())
	_, location, ok := strings.Cut(response.Header.Get("Location"), "://people.example.org") // nginx has it from its example
	if response.StatusCode != http.StatusFound && response.StatusCode != http.StatusSeeOther || !ok {
		t.Fatalf("a browser without a session: %d %v", response.StatusCode, response.Header)
	}
	signedIn := s.signInFor(location, ada)
	if signedIn.Status != http.StatusSeeOther || signedIn.Header.Get("Location") != appURL {
		t.Fatalf("after the sign-in: %d %v", signedIn.Status, signedIn.Header)
	}
	forward, session := cookie(signedIn, "roster-forward"), cookie(signedIn, "roster")
	if status, out, _ := p.request(http.MethodGet, forward); status != http.StatusOK || out != "[ada]" {
		t.Errorf("with the cookie: %d %s", status, out)
	}
	// The cookie of the pages is none for applications, and the one for applications none for pages and APIs.
	if status, _, _ := p.request(http.MethodGet, session); status != http.StatusUnauthorized {
		t.Errorf("with the cookie of the pages: %d", status)
	}
	token := strings.TrimPrefix(forward, "Cookie: roster-forward=")
	for path, header := range map[string]string{"/account": "Cookie: roster=" + token, "/api/v1/me": bearer(token), "/api/v3/user": "PRIVATE-TOKEN: " + token} {
		if a := s.call(http.MethodGet, path, "", header, forward); a.Status == http.StatusOK {
			t.Errorf("%s accepts the cookie for applications: %s", path, a.Body)
		}
	}
	if a := s.call(http.MethodPost, "/logout", "", session, "Origin: http://people.example.org"); a.Status != http.StatusSeeOther {
		t.Errorf("sign-out: %d", a.Status)
	}
	if status, out, _ := p.request(http.MethodGet, forward); status != http.StatusUnauthorized {
		t.Errorf("after the sign-out: %d %s", status, out)
	}
}

// Caddy and Traefik pass the answer of this server to the browser.
func TestProxiesThatPassTheAnswerOnLeadBrowsersToTheSignInPage(t *testing.T) {
	t.Parallel()
	s := forwardServer(t)
	ada := s.member("ada", 0, 0)
	const path = "/api/v1/forward-auth?organization=home&login=redirect"
	forwarded := []string{"X-Forwarded-Method: GET", "X-Forwarded-Proto: http", "X-Forwarded-Host: app.example.org", "X-Forwarded-Uri: /page?x=1"}
	browser := append([]string{"Accept: text/html,*/*"}, forwarded...)
	a := s.call(http.MethodGet, path, "", browser...)
	location, ok := strings.CutPrefix(a.Header.Get("Location"), "http://people.example.org")
	if a.Status != http.StatusSeeOther || !ok {
		t.Fatalf("a browser without a session: %d %v", a.Status, a.Header)
	}
	signedIn := s.signInFor(location, ada)
	if signedIn.Header.Get("Location") != appURL {
		t.Fatalf("after the sign-in: %d %v", signedIn.Status, signedIn.Header)
	}
	forward, session := cookie(signedIn, "roster-forward"), cookie(signedIn, "roster")
	if a := s.call(http.MethodGet, path, "", append(browser, forward)...); a.Status != http.StatusOK || a.Header.Get("Remote-User") != "ada" {
		t.Errorf("with the cookie: %d %v", a.Status, a.Header)
	}
	// A browser that is signed in already gets the cookie and is led back at once.
	again := s.call(http.MethodGet, location, "", session)
	if again.Header.Get("Location") != appURL || cookie(again, "roster-forward") != forward {
		t.Errorf("signed in already: %d %v", again.Status, again.Header)
	}
	for name, c := range map[string]struct {
		path    string
		headers []string
	}{
		"a program":       {path, forwarded},
		"a form":          {path, append([]string{"Accept: text/html", "X-Forwarded-Method: POST"}, forwarded[1:]...)},
		"another proxy":   {"/api/v1/forward-auth?organization=home", browser},
		"a wrong cookie":  {"/api/v1/forward-auth", append(forwarded, forward+"x")},
		"a token instead": {"/api/v1/forward-auth", append(forwarded, "Cookie: roster-forward="+ada.Key)},
	} {
		if a := s.call(http.MethodGet, c.path, "", c.headers...); a.Status != http.StatusUnauthorized {
			t.Errorf("%s: %d %v", name, a.Status, a.Header)
		}
	}
	_, err := s.App.Directory.BlockUser(t.Context(), model.Operator(), ada.ID)
	s.must(err)
	if a := s.call(http.MethodGet, path, "", append(browser, forward)...); a.Status != http.StatusSeeOther {
		t.Errorf("blocked: %d", a.Status)
	}
}

// An attacker sends a link to the sign-in page of this server that leads to a host of their own.
func TestSignInPageLeadsToNoHostOutsideOfTheDomain(t *testing.T) {
	t.Parallel()
	s := forwardServer(t)
	ada := s.member("ada", 0, 0)
	for _, target := range []string{
		"http://evil.example/", "http://example.org.evil.example/", "http://evilexample.org/", "https://app.example.org/", "//app.example.org/",
		"http://app.example.org@evil.example/", "http://evil.example#.example.org", `http://evil.example\.example.org`, "javascript://app.example.org/%0aalert(1)",
		"http://evil.example/?.example.org", "http://a;script-src *.example.org/", "http:app.example.org", "http:///app.example.org",
	} {
		form := url.Values{"username": {"ada"}, "password": {ada.Password}, "return_to": {target}}
		a := s.call(http.MethodPost, "/login", form.Encode(), "Content-Type: application/x-www-form-urlencoded", "Origin: http://people.example.org")
		if a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/account" {
			t.Errorf("%s: %d %q", target, a.Status, a.Header.Get("Location"))
		}
		for _, query := range []string{url.QueryEscape(target), strings.ReplaceAll(target, " ", "%20")} {
			page := s.call(http.MethodGet, "/login?return_to="+query, "")
			if strings.Contains(page.Header.Get("Content-Security-Policy"), "form-action 'self' ") {
				t.Errorf("%s: %q", target, page.Header.Get("Content-Security-Policy"))
			}
		}
	}
}
