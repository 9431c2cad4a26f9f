// Package browsertest is a browser for the tests of pages: it keeps cookies, sends forms, and checks
// what holds for every page.
package browsertest

import (
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// Browser is a browser with the pages of a server.
type Browser struct {
	*apitest.Fixture
	T       *testing.T
	Handler http.Handler
	Log     *apitest.LogBuffer
	Clock   *apitest.Clock
	Cookies map[string]string // by name
	Agent   string            // User-Agent; empty sends none
	origin  string
}

// Setup describes the pages of a server.
type Setup struct {
	Options   directory.Options
	Config    browser.Config
	Templates []fs.FS
	Endpoints func(*browser.Site) []browser.Endpoint
}

// New starts a server with a directory in a temporary folder.
func New(t *testing.T, s Setup) *Browser {
	t.Helper()
	b := &Browser{T: t, Log: &apitest.LogBuffer{}, Clock: apitest.NewClock(), Cookies: map[string]string{}}
	log := slog.New(slog.NewTextHandler(b.Log, nil))
	s.Options.Now, s.Options.Log = b.Clock.Now, log
	b.Fixture = apitest.NewFixture(t, s.Options)
	c := s.Config
	c.Log, c.Now = log, b.Clock.Now
	if c.BaseURL == "" {
		c.BaseURL = apitest.BaseURL
	}
	site, err := browser.NewSite(b.Directory, c, s.Templates...)
	b.Must(err)
	pages, err := site.Pages(s.Endpoints(site))
	b.Must(err)
	base, err := url.Parse(c.BaseURL)
	b.Must(err)
	b.origin = base.Scheme + "://" + base.Host
	b.Handler = web.Middleware(pages, web.Options{
		Log: log, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
	})
	return b
}

// Response is a page with its status and headers.
type Response struct {
	Status int
	Header http.Header
	Body   string // without icons
}

// Get opens the URL of a link, or a path.
func (b *Browser) Get(link string) Response {
	b.T.Helper()
	return b.Do(httptest.NewRequest(http.MethodGet, strings.TrimPrefix(link, apitest.BaseURL), nil))
}

// Send sends a form to the path of link, as the page at link would. The token of the link, if it has
// one, is among the fields.
func (b *Browser) Send(link string, fields ...string) Response {
	b.T.Helper()
	u, err := url.Parse(link)
	b.Must(err)
	form := url.Values{}
	if token := u.Query().Get("token"); token != "" {
		form.Set("token", token)
	}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r := Post(u.Path, form.Encode())
	r.Header.Set("Origin", b.origin)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.Do(r)
}

// Post returns a request with a form, without headers of a browser.
func Post(path, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// icons are the drawings inside a page.
var icons = regexp.MustCompile(`<svg.*?</svg>`)

// Do makes a request with the cookies of the browser and checks what holds for every page.
func (b *Browser) Do(r *http.Request) Response {
	b.T.Helper()
	for name, value := range b.Cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if b.Agent != "" {
		r.Header.Set("User-Agent", b.Agent)
	}
	w := httptest.NewRecorder()
	b.Handler.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	b.Must(err)
	for _, c := range w.Result().Cookies() {
		if b.Cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.Cookies, c.Name)
		}
	}
	a := Response{w.Code, w.Result().Header, icons.ReplaceAllString(string(body), "")}
	b.checkHeaders(r, a)
	return a
}

func (b *Browser) checkHeaders(r *http.Request, a Response) {
	b.T.Helper()
	policy := "no-referrer"
	if strings.HasPrefix(b.origin, "http://") {
		policy = "strict-origin"
	}
	if got := a.Header.Get("Referrer-Policy"); got != policy {
		b.T.Errorf("%s: Referrer-Policy %q", r.URL.Path, got)
	}
	policy = a.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'") {
		b.T.Errorf("%s: Content-Security-Policy %q", r.URL.Path, policy)
	}
	if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		return
	}
	if !strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "form-action 'self'") {
		b.T.Errorf("%s: Content-Security-Policy %q", r.URL.Path, policy)
	}
	if got := a.Header.Get("Cache-Control"); got != "no-store" {
		b.T.Errorf("%s: Cache-Control %q", r.URL.Path, got)
	}
	if r.Method != http.MethodHead {
		CheckMarkup(b.T, a.Body)
	}
}

// Want checks the status, and that the page contains all texts.
func (b *Browser) Want(a Response, status int, texts ...string) {
	b.T.Helper()
	if a.Status != status {
		b.T.Errorf("status %d, want %d; Location %q", a.Status, status, a.Header.Get("Location"))
	}
	for _, text := range texts {
		if !strings.Contains(a.Body, text) {
			b.T.Errorf("the page lacks %q:\n%s", text, a.Body)
		}
	}
}

// Without checks that the page contains none of the texts.
func (b *Browser) Without(a Response, texts ...string) {
	b.T.Helper()
	for _, text := range texts {
		if strings.Contains(a.Body, text) {
			b.T.Errorf("the page contains %q:\n%s", text, a.Body)
		}
	}
}

// LeadsTo checks that a response redirects to a path with GET.
func (b *Browser) LeadsTo(a Response, path string) {
	b.T.Helper()
	if got := a.Header.Get("Location"); a.Status != http.StatusSeeOther || got != path {
		b.T.Errorf("status %d leads to %q, want %q\n%s", a.Status, got, path, a.Body)
	}
}

// Must fails the test on an error.
func (b *Browser) Must(err error) {
	b.T.Helper()
	if err != nil {
		b.T.Fatal(err)
	}
}

// Mailed returns the link in the next email to address.
func (b *Browser) Mailed(address string) string {
	b.T.Helper()
	m, err := b.Mail(address)
	b.Must(err)
	return m.Link
}

// Recorded returns the events since the last call.
func (b *Browser) Recorded() string {
	b.T.Helper()
	lines, err := b.Events()
	b.Must(err)
	return strings.Join(lines, "\n")
}

// Anonymous is an actor of the pages without a session.
func Anonymous() model.Actor { return model.AnonymousActor(model.Console, "127.0.0.1", "") }
