package account

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/browser/browsertest"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/signin"
)

const (
	appAddress    = "https://app.roster.example/page"
	forwardCookie = "__Secure-roster-forward"
)

// newForwardFixture is newFullFixture for a server with applications behind forward authentication.
func newForwardFixture(t *testing.T, o directory.Options) *fixture {
	t.Helper()
	v := &fixture{Browser: browsertest.New(t, browsertest.Setup{
		Options: o, Config: browser.Config{ForwardDomain: "roster.example"}, Templates: []fs.FS{Templates, signin.Templates},
		Endpoints: func(s *browser.Site) []browser.Endpoint {
			return slices.Concat(Endpoints(s, Config{WriteData: writeData}), signin.Endpoints(s))
		},
	})}
	v.ada = v.AddMember("ada")
	return v
}

func TestApplicationsGetTheirCookieAfterTheSecondFactorWasAdded(t *testing.T) {
	t.Parallel()
	v := newForwardFixture(t, directory.Options{RequireSecondFactor: secondfactor.ForEveryone})
	v.LeadsTo(v.enterPassword(appAddress), appAddress)
	if v.Cookies[forwardCookie] != "" {
		t.Error("a session that can only add a second factor identifies its user to applications")
	}
	v.LeadsTo(v.Get("/login?return_to="+appAddress), factorPath)
	v.addApp()
	if v.Cookies[forwardCookie] == "" {
		t.Error("the session with all rights has no cookie for applications")
	}
	if strings.Contains(v.Log.String(), "level=ERROR") || strings.Contains(v.Log.String(), "level=WARN") {
		t.Errorf("a normal sign-in is logged as an error:\n%s", v.Log.String())
	}
}

func TestRejectedCodeCanStillLeadToTheApplication(t *testing.T) {
	t.Parallel()
	v := newForwardFixture(t, directory.Options{})
	v.LeadsTo(v.enterPassword(""), "/account")
	appSecret, _ := v.addApp()
	v.Send("/logout")
	v.Clock.Advance(time.Minute)
	asked := v.enterPassword(appAddress)
	login := held(t, asked)
	send := func(fields ...string) browsertest.Response {
		t.Helper()
		return v.Send("/login/code", append(fields, "login", login, "return_to", appAddress)...)
	}
	for _, page := range []browsertest.Response{asked, send("code", ""), send("code", "000000"), send("ceremony", "none", "response", "{}")} {
		if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' https://app.roster.example") {
			t.Errorf("%d: Content-Security-Policy %q", page.Status, policy)
		}
	}
	v.LeadsTo(send("code", v.code(appSecret)), appAddress)
}
