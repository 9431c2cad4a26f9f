package console

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/web"
)

// browser sends requests to the pages of a server and checks what holds for every page.
type browser struct {
	*apitest.Fixture
	t       *testing.T
	handler http.Handler
	log     *apitest.LogBuffer
	clock   *apitest.Clock
}

func allAPIs() []APIInfo {
	return []APIInfo{
		{Name: "GitLab v3", Prefix: "/gitlab", Enabled: true, Root: "/api/v3"},
		{Name: "Wekan", Prefix: "/wekan", Enabled: true, Root: "/users/login"},
		{Name: "Codebase", Prefix: "/codebase", Enabled: true},
		{Name: "pm415", Prefix: "/pm415"},
	}
}

func newBrowser(t *testing.T, o directory.Options, change ...func(*Config)) *browser {
	t.Helper()
	b := &browser{t: t, log: &apitest.LogBuffer{}, clock: apitest.NewClock()}
	o.Now, o.Log = b.clock.Now, slog.New(slog.NewTextHandler(b.log, nil))
	b.Fixture = apitest.NewFixture(t, o)
	c := Config{BaseURL: apitest.BaseURL, Site: "Roster", APIs: allAPIs(), Log: o.Log}
	for _, f := range change {
		f(&c)
	}
	pages, err := New(b.Directory, c)
	if err != nil {
		t.Fatal(err)
	}
	b.handler = web.Middleware(pages, web.Options{
		Log: o.Log, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
	})
	return b
}

// answer is a page with its status and headers.
type answer struct {
	status int
	header http.Header
	body   string
}

// get requests a link or a path.
func (b *browser) get(link string) answer {
	b.t.Helper()
	return b.do(httptest.NewRequest("GET", strings.TrimPrefix(link, apitest.BaseURL), nil))
}

// send submits the form of the page at link.
func (b *browser) send(link string, fields ...string) answer {
	b.t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		b.t.Fatal(err)
	}
	form := url.Values{"token": {u.Query().Get("token")}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r := post(u.Path, form.Encode())
	r.Header.Set("Origin", apitest.BaseURL)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

func post(path, body string) *http.Request {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// icons matches the icons in a page.
var icons = regexp.MustCompile(`<svg.*?</svg>`)

// do sends a request and checks what holds for every page.
func (b *browser) do(r *http.Request) answer {
	b.t.Helper()
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		b.t.Fatal(err)
	}
	a := answer{w.Code, w.Result().Header, icons.ReplaceAllString(string(body), "")}
	if got := a.header.Get("Referrer-Policy"); got != "no-referrer" {
		b.t.Errorf("%s: Referrer-Policy %q", r.URL.Path, got)
	}
	if got := a.header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'") {
		b.t.Errorf("%s: Content-Security-Policy %q", r.URL.Path, got)
	}
	if strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		if got := a.header.Get("Cache-Control"); got != "no-store" {
			b.t.Errorf("%s: Cache-Control %q", r.URL.Path, got)
		}
		if r.Method != "HEAD" {
			checkMarkup(b.t, a.body)
		}
	}
	return a
}

// want checks the status, and that the page contains all texts.
func (b *browser) want(a answer, status int, texts ...string) {
	b.t.Helper()
	if a.status != status {
		b.t.Errorf("status %d, want %d", a.status, status)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			b.t.Errorf("the page lacks %q:\n%s", text, a.body)
		}
	}
}

// wantAbsent checks that the page contains none of the texts.
func (b *browser) wantAbsent(a answer, texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			b.t.Errorf("the page contains %q:\n%s", text, a.body)
		}
	}
}

func (b *browser) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) setupLink() string {
	b.t.Helper()
	link, err := b.Directory.SetupLink(b.t.Context(), model.Operator())
	b.must(err)
	return link
}

// invite invites an address to the home organization.
func (b *browser) invite(n directory.NewInvitation) directory.SentInvitation {
	b.t.Helper()
	if n.Org == 0 {
		n.Org = b.Home.ID
	}
	sent, err := b.Directory.Invite(b.t.Context(), model.Operator(), n)
	b.must(err)
	return sent
}

// mailedLink returns the link in the next email to address.
func (b *browser) mailedLink(address string) string {
	b.t.Helper()
	m, err := b.Mail(address)
	b.must(err)
	return m.Link
}

// newEvents returns the events since its last call.
func (b *browser) newEvents() string {
	b.t.Helper()
	lines, err := b.Events()
	b.must(err)
	return strings.Join(lines, "\n")
}

// anonymous returns an unauthenticated actor of the console.
func anonymous() model.Actor { return model.AnonymousActor(model.Console, "127.0.0.1", "") }

// testUI returns the layout of an installation without a path.
func testUI() *ui.UI { return newUI("Roster", "") }
