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
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/web"
)

// A visit is a browser with the pages of a server.
type visit struct {
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

func newVisit(t *testing.T, o directory.Options, change ...func(*Config)) *visit {
	t.Helper()
	v := &visit{t: t, log: &apitest.LogBuffer{}, clock: apitest.NewClock()}
	o.Now, o.Log = v.clock.Now, slog.New(slog.NewTextHandler(v.log, nil))
	v.Fixture = apitest.NewFixture(t, o)
	c := Config{BaseURL: apitest.BaseURL, Site: "Roster", APIs: allAPIs(), Log: o.Log}
	for _, f := range change {
		f(&c)
	}
	pages, err := New(v.Directory, c)
	if err != nil {
		t.Fatal(err)
	}
	v.handler = web.Middleware(pages, web.Options{
		Log: o.Log, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
	})
	return v
}

// answer is a page with its status and headers.
type answer struct {
	status int
	header http.Header
	body   string
}

// get opens the address of a link, or a path.
func (v *visit) get(link string) answer {
	v.t.Helper()
	return v.do(httptest.NewRequest("GET", strings.TrimPrefix(link, apitest.BaseURL), nil))
}

// send fills in the form of the page that link leads to.
func (v *visit) send(link string, fields ...string) answer {
	v.t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		v.t.Fatal(err)
	}
	form := url.Values{"token": {u.Query().Get("token")}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r := post(u.Path, form.Encode())
	r.Header.Set("Origin", apitest.BaseURL)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return v.do(r)
}

func post(path, body string) *http.Request {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// icons are the drawings inside a page.
var icons = regexp.MustCompile(`<svg.*?</svg>`)

// do makes a request and checks what holds for every page.
func (v *visit) do(r *http.Request) answer {
	v.t.Helper()
	w := httptest.NewRecorder()
	v.handler.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		v.t.Fatal(err)
	}
	a := answer{w.Code, w.Result().Header, icons.ReplaceAllString(string(body), "")}
	if got := a.header.Get("Referrer-Policy"); got != "no-referrer" {
		v.t.Errorf("%s: Referrer-Policy %q", r.URL.Path, got)
	}
	if got := a.header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'") {
		v.t.Errorf("%s: Content-Security-Policy %q", r.URL.Path, got)
	}
	if strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		if got := a.header.Get("Cache-Control"); got != "no-store" {
			v.t.Errorf("%s: Cache-Control %q", r.URL.Path, got)
		}
		if r.Method != "HEAD" {
			checkMarkup(v.t, a.body)
		}
	}
	return a
}

// want checks the status, and that the page contains all texts.
func (v *visit) want(a answer, status int, texts ...string) {
	v.t.Helper()
	if a.status != status {
		v.t.Errorf("status %d, want %d", a.status, status)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			v.t.Errorf("the page lacks %q:\n%s", text, a.body)
		}
	}
}

// without holds that none of the texts is on the page.
func (v *visit) without(a answer, texts ...string) {
	v.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			v.t.Errorf("the page holds %q:\n%s", text, a.body)
		}
	}
}

func (v *visit) must(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

func (v *visit) setupLink() string {
	v.t.Helper()
	link, err := v.Directory.SetupLink(v.t.Context(), directory.Operator())
	v.must(err)
	return link
}

// invite invites an address to the home organization.
func (v *visit) invite(n directory.NewInvitation) directory.SentInvitation {
	v.t.Helper()
	if n.Org == 0 {
		n.Org = v.Home.ID
	}
	sent, err := v.Directory.Invite(v.t.Context(), directory.Operator(), n)
	v.must(err)
	return sent
}

// mailed returns the link in the next email to address.
func (v *visit) mailed(address string) string {
	v.t.Helper()
	m, err := v.Mail(address)
	v.must(err)
	return m.Link
}

// recorded returns what happened since it was asked last.
func (v *visit) recorded() string {
	v.t.Helper()
	lines, err := v.Events()
	v.must(err)
	return strings.Join(lines, "\n")
}

// stranger is an unauthenticated actor of the console.
func stranger() directory.Actor { return directory.AnonymousActor(directory.Console, "127.0.0.1", "") }

// testUI returns the layout of an installation without a path.
func testUI() *ui.UI { return newUI("Roster", "") }
