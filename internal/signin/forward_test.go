package signin

import (
	"io/fs"
	"strings"
	"testing"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/browser/browsertest"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ratelimit"
)

// Browsers apply form-action to redirects as well: a page that lacks the origin of the application blocks
// the redirect of the sign-in that follows.
func TestRejectedSignInCanStillLeadToTheApplication(t *testing.T) {
	t.Parallel()
	const app = "https://app.roster.example/page"
	v := browsertest.New(t, browsertest.Setup{
		Options:   directory.Options{Login: ratelimit.LoginLimits{AccountFailures: 2}},
		Config:    browser.Config{ForwardDomain: "roster.example"},
		Templates: []fs.FS{Templates}, Endpoints: Endpoints,
	})
	ada, blocked := v.AddMember("ada"), v.AddMember("blocked")
	_, err := v.Directory.BlockUser(t.Context(), model.Operator(), blocked.ID)
	v.Must(err)
	allows := func(page browsertest.Response, status int) {
		t.Helper()
		v.Want(page, status, `name="return_to" value="`+app+`"`)
		if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' https://app.roster.example") {
			t.Errorf("Content-Security-Policy %q", policy)
		}
	}
	send := func(fields ...string) browsertest.Response {
		t.Helper()
		return v.Send("/login", append(fields, "return_to", app)...)
	}
	allows(v.Get("/login?return_to="+app), 200)
	allows(send("username", "", "password", ""), 422)
	allows(send("ceremony", "none", "response", "{}"), 422)
	allows(send("username", "blocked", "password", blocked.Password), 403)
	for range 2 {
		allows(send("username", "ada", "password", "wrong"), 422)
	}
	allows(send("username", "ada", "password", ada.Password), 429)
	other := v.Send("/login", "username", "ada", "password", "wrong", "return_to", "https://evil.example/")
	if policy := other.Header.Get("Content-Security-Policy"); strings.Contains(policy, "evil") {
		t.Errorf("Content-Security-Policy %q", policy)
	}
}
