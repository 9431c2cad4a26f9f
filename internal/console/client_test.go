package console

import (
	"io/fs"
	"testing"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/browser/browsertest"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
)

// fixture is a browser with the pages of a server.
type fixture struct{ *browsertest.Browser }

func allAPIs() []APIInfo {
	return []APIInfo{
		{Name: "GitLab v3", Prefix: "/gitlab", Enabled: true, Root: "/api/v3"},
		{Name: "Wekan", Prefix: "/wekan", Enabled: true, Root: "/users/login"},
		{Name: "Codebase", Prefix: "/codebase", Enabled: true},
		{Name: "pm415", Prefix: "/pm415"},
	}
}

// testConfig is the configuration of the pages of a test.
type testConfig struct {
	browser.Config
	APIs  []APIInfo
	Extra func(*browser.Site) []browser.Endpoint // nil for none
}

func newFixture(t *testing.T, o directory.Options, change ...func(*testConfig)) *fixture {
	t.Helper()
	c := testConfig{Config: browser.Config{Expired: Expired()}, APIs: allAPIs()}
	for _, f := range change {
		f(&c)
	}
	return &fixture{browsertest.New(t, browsertest.Setup{
		Options: o, Config: c.Config, Templates: []fs.FS{Templates},
		Endpoints: func(s *browser.Site) []browser.Endpoint {
			all := Endpoints(s, c.APIs)
			if c.Extra != nil {
				all = append(all, c.Extra(s)...)
			}
			return all
		},
	})}
}

func (b *fixture) setupLink() string {
	b.T.Helper()
	link, err := b.Directory.SetupLink(b.T.Context(), model.Operator())
	b.Must(err)
	return link
}

// invite invites an address to the home organization.
func (b *fixture) invite(n invitation.NewInvitation) invitation.Sent {
	b.T.Helper()
	if n.Org == 0 {
		n.Org = b.Home.ID
	}
	sent, err := b.Directory.Invite(b.T.Context(), model.Operator(), n)
	b.Must(err)
	return sent
}
