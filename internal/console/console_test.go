package console

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

func TestStartPageListsTheAPIs(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	root := b.get("/")
	b.want(root, 303)
	if got := root.header.Get("Location"); got != "/console/" {
		t.Errorf("/ redirects to %q", got)
	}
	for _, path := range []string{"/console/", "/console"} {
		b.want(b.get(path), 200, `<th scope="row">GitLab v3</th><td><code>https://roster.example/gitlab</code></td><td><span class="badge badge-ok">On</span></td>`,
			`<th scope="row">pm415</th><td><code>https://roster.example/pm415</code></td><td><span class="badge">Off</span></td>`,
			"<code>/api/v3</code>")
	}
}

func TestStartPageWorksWithoutAnyAPI(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{}, func(c *Config) { c.APIs, c.Site = nil, "" })
	b.want(b.get("/console/"), 200, "All APIs are disabled.", "· Roster</title>")
}

func TestStylesheetIsCacheable(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	link := regexp.MustCompile(`href="(/console/static/roster\.[0-9a-f]{16}\.css)"`).FindStringSubmatch(b.get("/console/").body)
	if link == nil {
		t.Fatal("the page has no stylesheet")
	}
	a := b.get(link[1])
	b.want(a, 200, "light-dark(")
	if a.header.Get("Content-Type") != "text/css; charset=utf-8" || a.header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("headers %v", a.header)
	}
	b.want(b.get("/console/static/roster.0000000000000000.css"), 404, "Page not found")
	b.want(b.get("/console/static/..%2froster.css"), 404)
}

func TestHeadHasNoBody(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	a := b.do(httptest.NewRequest("HEAD", "/console/", nil))
	if a.status != 200 || a.body != "" || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		t.Errorf("answer %+v", a)
	}
}

func TestUnknownPathsAndMethodsReturnAPage(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	for _, path := range []string{"/console/<script>", "/account", "/account/setup/x"} {
		b.want(b.get(strings.ReplaceAll(path, "<script>", "%3Cscript%3E")), 404, "Page not found")
	}
	b.want(b.get("/account//setup"), 400, "The link is not complete") // repeated slashes are collapsed
	a := b.do(httptest.NewRequest("DELETE", "/account/setup/", nil))
	b.want(a, 405, "GET, HEAD, POST")
	if got := a.header.Get("Allow"); got != "GET, HEAD, POST" {
		t.Errorf("Allow %q", got)
	}
	b.want(b.do(httptest.NewRequest("PUT", "/console/", nil)), 405)
}

func TestCrossOriginFormsAreRejected(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	link := b.setupLink()
	_, token, _ := strings.Cut(link, "token=")
	form := "username=eve&email=eve@lab.example&password=correct+horse&token=" + token
	for name, headers := range map[string]map[string]string{
		"another site":          {"Sec-Fetch-Site": "cross-site"},
		"another subdomain":     {"Sec-Fetch-Site": "same-site"},
		"an old browser":        {"Origin": "https://evil.example"},
		"a page in a sandbox":   {"Origin": "null"},
		"a host that begins so": {"Origin": "https://roster.example.evil.example"},
		"contradicting headers": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example", "Referer": "https://roster.example/"},
	} {
		r := post(mail.SetupPath, form)
		for key, value := range headers {
			r.Header.Set(key, value)
		}
		t.Log(name)
		b.want(b.do(r), 403, "<h1>This form was sent from another site</h1>", "Nothing was changed")
	}
	b.want(b.get(link), 200)
	r := post(mail.SetupPath, form)
	r.Header.Set("Origin", "https://roster.example")
	b.want(b.do(r), 200)
}

func TestFormsWorkOverPlainHTTP(t *testing.T) {
	t.Parallel()
	pages, err := New(nil, Config{BaseURL: "http://192.0.2.7:8080"})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got := w.Header().Get("Referrer-Policy"); got != "strict-origin" {
		t.Errorf("Referrer-Policy %q: browsers send forms without their origin", got)
	}
}

func TestMalformedFormsAreRejected(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{}, func(c *Config) { c.MaxBody = 4096 })
	link := b.setupLink()
	b.want(b.send(link, "username", strings.Repeat("x", 5000)), 413, "The form is too large")
	for body, status := range map[string]int{"username=%zz": 400, "a[b=c": 400, "token=x&token[]=y": 400, "username=%ff": 400} {
		b.want(b.do(post(mail.SetupPath, body)), status)
	}
	_, token, _ := strings.Cut(link, "token=")
	b.want(b.do(post(mail.SetupPath, "token="+token+"&username[]=ada")), 400, "The form cannot be read")
	r := post(mail.SetupPath, `{"token":"x"}`)
	r.Header.Set("Content-Type", "application/json")
	b.want(b.do(r), 415, "The form cannot be read")
	b.want(b.get(link), 200)
}

func TestMarkupInInputIsEscaped(t *testing.T) {
	t.Parallel()
	const markup = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	b := newBrowser(t, directory.Options{}, func(c *Config) {
		c.Site, c.APIs = markup, []APIInfo{{Name: markup, Prefix: markup, Root: markup}}
	})
	org := b.AddOrganization(markup)
	made := b.invite(directory.NewInvitation{Org: org.ID, Email: guest, MakeUser: true, GivenName: markup, FamilyName: markup})
	open := b.invite(directory.NewInvitation{Org: org.ID, Email: "ada@lab.example"})
	for _, a := range []answer{
		b.get("/console/"), b.get(made.Link), b.get(open.Link),
		b.send(open.Link, "username", markup, "password", markup, "given_name", markup, "family_name", markup),
		b.send(b.setupLink(), "username", markup, "email", markup, "password", markup),
		b.send(open.Link, "username", `ada"'>&<script>`, "password", testPassword),
	} {
		b.wantAbsent(a, "<script>", "<img")
		if !strings.Contains(a.body, "&lt;script&gt;") {
			t.Errorf("the page lacks the escaped text:\n%s", a.body)
		}
	}
}

func TestInternalErrorsRevealNothing(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	p := &pages{directory: b.Directory, ui: testUI()}
	broken := web.NewRouter(p.apiConfig(), []web.Endpoint[model.Actor]{{
		Method: "GET", Path: "/broken", Needs: string(model.Public),
		Serve: func(http.ResponseWriter, *http.Request, model.Actor) error { return errors.New("inner cause") },
	}})
	b.handler = web.Middleware(withPageHeaders(broken, "https"), web.Options{Log: slog.New(slog.NewTextHandler(b.log, nil))})
	a := b.get("/broken")
	b.want(a, 500, "Something went wrong on the server", `<code id="request">`+a.header.Get("X-Request-Id")+"</code>")
	b.wantAbsent(a, "inner cause")
	if !strings.Contains(b.log.String(), "inner cause") {
		t.Errorf("the log lacks the cause:\n%s", b.log)
	}
}

func TestUnavailableDirectoryAsksToRetry(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	link := b.setupLink()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	a := b.do(httptest.NewRequest("GET", strings.TrimPrefix(link, "https://roster.example"), nil).WithContext(ctx))
	b.want(a, 503, "Not available at the moment", "then try again")
	b.wantAbsent(a, "context canceled")
}

func TestEveryKindOfErrorHasAPage(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	want := map[fault.Kind]int{
		fault.Internal: 500, fault.Invalid: 422, fault.Unauthenticated: 403, fault.Forbidden: 403,
		fault.NotFound: 404, fault.Conflict: 409, fault.Expired: 410, fault.Limited: 429, fault.Unavailable: 503,
	}
	p := &pages{directory: b.Directory, ui: testUI()}
	for _, kind := range fault.Kinds() {
		w := httptest.NewRecorder()
		err := fmt.Errorf("operation: %w", &fault.Error{Kind: kind, Msg: "what went wrong", RetryAfter: 90_000_000_000, Err: errors.New("inner cause")})
		p.fail(w, httptest.NewRequest("GET", "/account/invite", nil), err)
		if w.Code != want[kind] || strings.Contains(w.Body.String(), "inner cause") {
			t.Errorf("%v: status %d:\n%s", kind, w.Code, w.Body)
		}
		if got := w.Header().Get("Retry-After"); got != "90" {
			t.Errorf("%v: Retry-After %q", kind, got)
		}
		checkMarkup(t, w.Body.String())
	}
}

func TestErrorMessagesAreSentences(t *testing.T) {
	t.Parallel()
	codes := []fault.Code{
		fault.Blank, fault.Malformed, fault.TooShort, fault.TooLong, fault.TooMany, fault.Taken,
		fault.Reserved, fault.Unknown, fault.WrongPassword, fault.NoPassword, fault.Inactive,
		fault.SmallScope, fault.NotAdmin, fault.LastAdmin, fault.Mismatch, fault.Closed, fault.Weak,
		fault.Common, fault.Required,
	}
	m := testUI().MessagesFor(httptest.NewRequest("GET", "/", nil))
	for _, code := range codes {
		for _, field := range []string{"username", "email", "password", "given_name", "member", "state", "else"} {
			for _, msg := range []string{"", "über all this"} {
				text := faultText(m, fault.Field{Name: field, Code: code, Limit: 8}, msg)
				first, _ := utf8.DecodeRuneInString(text)
				if !unicode.IsUpper(first) || !strings.HasSuffix(text, ".") || strings.Contains(text, "%!") {
					t.Errorf("%s %s: %q", field, code, text)
				}
			}
		}
	}
}

func TestInvalidPageURLIsRejected(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"", "people.example.org", "ftp://people.example.org", "http://[::1", "https://"} {
		if _, err := New(nil, Config{BaseURL: base}); err == nil {
			t.Errorf("%q was accepted", base)
		}
	}
}

func TestEveryRouteIsPublicAndListed(t *testing.T) {
	t.Parallel()
	pages, err := New(nil, Config{BaseURL: "https://roster.example"})
	if err != nil {
		t.Fatal(err)
	}
	if len(pages.Routes()) != 14 {
		t.Errorf("%d routes: test the new ones here", len(pages.Routes()))
	}
	for _, route := range pages.Routes() {
		if route.Needs != string(model.Public) || !pages.HasRoute(strings.ReplaceAll(route.Path, "{file}", "x")) {
			t.Errorf("route %+v", route)
		}
	}
	if pages.HasRoute("/api/v3/users") || !pages.HasRoute("/account/invite/") {
		t.Error("HasRoute reports a wrong result")
	}
}
