package console

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"roster.example/roster/internal/browser/browsertest"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/mail"
)

func TestStartPageListsTheAPIs(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	root := b.Get("/")
	b.Want(root, 303)
	if got := root.Header.Get("Location"); got != "/console/" {
		t.Errorf("/ redirects to %q", got)
	}
	for _, path := range []string{"/console/", "/console"} {
		b.Want(b.Get(path), 200, `>GitLab v3</th><td data-label="Base URL"><code>https://roster.example/gitlab</code></td><td data-label="State"><span class="badge badge-ok">On</span></td>`,
			`>pm415</th><td data-label="Base URL"><code>https://roster.example/pm415</code></td><td data-label="State"><span class="badge">Off</span></td>`,
			"<code>/api/v3</code>")
	}
}

func TestStartPageWorksWithoutAnyAPI(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{}, func(c *testConfig) { c.APIs, c.Name = nil, "" })
	b.Want(b.Get("/console/"), 200, "All APIs are disabled.", "· Roster</title>")
}

func TestHeadHasNoBody(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	a := b.Do(httptest.NewRequest("HEAD", "/console/", nil))
	if a.Status != 200 || a.Body != "" || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		t.Errorf("browsertest.Response %+v", a)
	}
}

func TestUnknownPathsAndMethodsReturnAPage(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	for _, path := range []string{"/console/<script>", "/account", "/account/setup/x"} {
		b.Want(b.Get(strings.ReplaceAll(path, "<script>", "%3Cscript%3E")), 404, "Page not found")
	}
	b.Want(b.Get("/account//setup"), 400, "The link is not complete") // repeated slashes are collapsed
	a := b.Do(httptest.NewRequest("DELETE", "/account/setup/", nil))
	b.Want(a, 405, "GET, HEAD, POST")
	if got := a.Header.Get("Allow"); got != "GET, HEAD, POST" {
		t.Errorf("Allow %q", got)
	}
	b.Want(b.Do(httptest.NewRequest("PUT", "/console/", nil)), 405)
}

func TestCrossOriginFormsAreRejected(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
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
		r := browsertest.Post(mail.SetupPath, form)
		for key, value := range headers {
			r.Header.Set(key, value)
		}
		t.Log(name)
		b.Want(b.Do(r), 403, "<h1>This form was sent from another site</h1>", "Nothing was changed")
	}
	b.Want(b.Get(link), 200)
	r := browsertest.Post(mail.SetupPath, form)
	r.Header.Set("Origin", "https://roster.example")
	b.Want(b.Do(r), 200)
}

func TestMalformedFormsAreRejected(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{}, func(c *testConfig) { c.MaxBody = 4096 })
	link := b.setupLink()
	b.Want(b.Send(link, "username", strings.Repeat("x", 5000)), 413, "The form is too large")
	for body, status := range map[string]int{"username=%zz": 400, "a[b=c": 400, "token=x&token[]=y": 400, "username=%ff": 400} {
		b.Want(b.Do(browsertest.Post(mail.SetupPath, body)), status)
	}
	_, token, _ := strings.Cut(link, "token=")
	b.Want(b.Do(browsertest.Post(mail.SetupPath, "token="+token+"&username[]=ada")), 400, "The form cannot be read")
	r := browsertest.Post(mail.SetupPath, `{"token":"x"}`)
	r.Header.Set("Content-Type", "application/json")
	b.Want(b.Do(r), 415, "The form cannot be read")
	b.Want(b.Get(link), 200)
}

func TestMarkupInInputIsEscaped(t *testing.T) {
	t.Parallel()
	const markup = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	b := newFixture(t, directory.Options{}, func(c *testConfig) {
		c.Name, c.APIs = markup, []APIInfo{{Name: markup, Prefix: markup, Root: markup}}
	})
	org := b.AddOrganization(markup)
	made := b.invite(invitation.NewInvitation{Org: org.ID, Email: guest, MakeUser: true, GivenName: markup, FamilyName: markup})
	open := b.invite(invitation.NewInvitation{Org: org.ID, Email: "ada@lab.example"})
	for _, a := range []browsertest.Response{
		b.Get("/console/"), b.Get(made.Link), b.Get(open.Link),
		b.Send(open.Link, "username", markup, "password", markup, "given_name", markup, "family_name", markup),
		b.Send(b.setupLink(), "username", markup, "email", markup, "password", markup),
		b.Send(open.Link, "username", `ada"'>&<script>`, "password", testPassword),
	} {
		b.Without(a, "<script>", "<img")
		if !strings.Contains(a.Body, "&lt;script&gt;") {
			t.Errorf("the page lacks the escaped text:\n%s", a.Body)
		}
	}
}

func TestUnavailableDirectoryAsksToRetry(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	link := b.setupLink()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	a := b.Do(httptest.NewRequest("GET", strings.TrimPrefix(link, "https://roster.example"), nil).WithContext(ctx))
	b.Want(a, 503, "Not available at the moment", "then try again")
	b.Without(a, "context canceled")
}
