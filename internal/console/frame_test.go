package console

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
)

// signInAs gives the browser a new session of a user.
func (b *fixture) signInAs(u apitest.User) {
	b.T.Helper()
	made, err := b.Directory.LogIn(b.T.Context(), model.AnonymousActor(model.Console, "192.0.2.1", b.Agent),
		login.Attempt{Name: u.Username, Password: secret.Text(u.Password)}, model.ConsoleLogin)
	b.Must(err)
	b.Cookies["__Host-roster"] = made.Token.Reveal()
}

func TestOverviewShowsWhatTheUserAdministers(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	other := b.AddOrganization("Other")
	root, chief, plain := b.AddAdmin("root"), b.AddMemberTo(other.ID, model.RoleAdmin, "chief"), b.AddMember("plain")

	b.signInAs(root)
	b.Want(b.Get("/console"), 200, "<h1>Overview</h1>", `<dt>Users</dt><dd><a href="/console/users">3</a></dd>`, `<a href="/console/users?admin=yes">1</a>`, `href="/console" aria-current="page"`,
		`href="/console/apis"`, "administrator")
	b.Want(b.Get("/console"), 200, "Needs attention", "3 active users have no second factor", ">Sign-ins</h2>", "1 sign-in", "Show as table")
	b.signInAs(chief)
	a := b.Get("/console")
	b.Want(a, 200, "<h1>Overview</h1>", ">Other</a></th>", `<a href="/console/users?org=other">1</a></td>`)
	b.Without(a, "<dt>Administrators</dt>", "Needs attention", "Sign-ins", ">Home</a></th>")
	b.signInAs(plain)
	b.Want(b.Get("/console"), 200, "<h1>APIs of this server</h1>")
	b.Want(b.Get("/console/apis"), 200, "<h1>APIs of this server</h1>")
}

func TestForbiddenPageSaysWhy(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{}, func(c *testConfig) { c.Extra = forbiddenPages })
	b.signInAs(b.AddMember("plain"))
	b.Want(b.Get("/console/test-server"), 403, "<h1>You may not open this page</h1>", "Only administrators of the server may open this page.",
		"You are signed in as plain.", "You have the role Member in Home.", "You are not an administrator of the server.")
	b.Want(b.Get("/console/test-invite"), 403, "This page needs the permission “Invite users”")
	b.Want(b.Send("/console/test-form"), 403, "You may not open this page")
	b.signInAs(b.AddMemberTo(b.Home.ID, model.RoleAdmin, "chief"))
	b.Want(b.Get("/console/test-invite"), 404)
	b.Want(b.Get("/console/test-server"), 403, "You have the role Admin in Home.")
	b.signInAs(b.AddAdmin("root"))
	b.Want(b.Get("/console/test-server"), 404)
	b.Want(b.Send("/console/test-form"), 404)
	delete(b.Cookies, "__Host-roster")
	b.Want(b.Get("/console/test-server"), 303)
}

// forbiddenPages are pages that end in 404 for those that may open them.
func forbiddenPages(s *browser.Site) []browser.Endpoint {
	p := &pages{s, nil}
	open := func(w http.ResponseWriter, r *http.Request, _ admin) error { return fault.Missing("page") }
	return []browser.Endpoint{
		p.show("/console/test-server", model.UsersManage, open), p.show("/console/test-invite", model.UsersInvite, open),
		p.form("/console/test-form", model.UsersManage, func(w http.ResponseWriter, r *http.Request, a admin, _ *ui.Input) error { return open(w, r, a) }),
	}
}

func TestEveryPermissionOfAPageHasAText(t *testing.T) {
	t.Parallel()
	m := ui.New(ui.Config{}).MessagesFor(httptest.NewRequest("GET", "/", nil))
	for _, p := range model.AllPermissions() {
		if text := permissionText(m, p); (text == string(p) || strings.HasPrefix(text, "permission.")) && !p.IsSelf() && p != model.Public {
			t.Errorf("%s has the text %q", p, text)
		}
	}
}
