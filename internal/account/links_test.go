package account

import (
	"html"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/model"
)

var (
	links = regexp.MustCompile(`href="([^"#]+)"`)
	forms = regexp.MustCompile(`action="([^"]+)"`)
)

// The account of the test has one of everything that the pages list, so that all their links are there.
func TestLinksOfThePagesLeadToPages(t *testing.T) {
	t.Parallel()
	v := newFullFixture(t, directory.Options{})
	v.Agent = "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"
	for range 2 {
		v.LeadsTo(v.enterPassword(""), "/account")
		delete(v.Cookies, sessionCookie)
	}
	v.LeadsTo(v.enterPassword(""), "/account")
	v.addApp()
	v.Send(keysPath+"/tokens", "name", "bot", "scope_api", "yes")
	v.Send(profilePath+"/emails", "email", "ada2@roster.example")
	_, err := v.Directory.Invite(t.Context(), model.Operator(), invitation.NewInvitation{Org: v.AddOrganization("Lab").ID, Email: "ada@roster.example"})
	v.Must(err)
	checked := map[string]bool{}
	for _, page := range []string{profilePath, SecurityPath, factorPath, keysPath, organizationsPath, activityPath, dataPath, "/forgot", "/login", "/register", "/console/"} {
		body := v.Get(page).Body
		for _, found := range links.FindAllStringSubmatch(body, -1) {
			link := html.UnescapeString(found[1])
			if a := v.Get(link); !checked[link] && a.Status != 200 && a.Status != 303 {
				t.Errorf("%s links to %s: %d", page, link, a.Status)
			}
			checked[link] = true
		}
		for _, found := range forms.FindAllStringSubmatch(body, -1) {
			if path := html.UnescapeString(found[1]); !checked[path] && !v.takesForms(path) {
				t.Errorf("%s sends a form to %s, which takes none", page, path)
			}
			checked[html.UnescapeString(found[1])] = true
		}
	}
	if len(checked) < 25 {
		t.Errorf("only %d links: %v", len(checked), checked)
	}
}

// takesForms reports whether a path has a route for forms, without sending one.
func (v *fixture) takesForms(path string) bool {
	v.T.Helper()
	a := v.Do(httptest.NewRequest("DELETE", path, nil))
	return a.Status == 405 && strings.Contains(a.Header.Get("Allow"), "POST")
}

// Emails about the account link to these pages, also for a browser that is not signed in.
func TestPagesOfNoticesAskToSignInFirst(t *testing.T) {
	t.Parallel()
	v := newFullFixture(t, directory.Options{})
	for _, path := range []string{mail.SecurityPath, mail.FactorPath} {
		v.LeadsTo(v.Get(path), "/login?return_to="+strings.ReplaceAll(path, "/", "%2F"))
		v.LeadsTo(v.enterPassword(path), path)
		v.Want(v.Get(path), 200)
		v.Send("/logout")
	}
}

// Every field of every form can have any text.
func TestHostileFieldsAreNoFaultOfTheServer(t *testing.T) {
	t.Parallel()
	v := newFullFixture(t, directory.Options{})
	v.LeadsTo(v.enterPassword(""), "/account")
	v.addApp()
	v.Send(keysPath+"/tokens", "name", "bot", "scope_api", "yes")
	names := []string{
		"ceremony", "response", "code", "name", "url", "secret", "login", "return_to", "username", "password", "current_password", "email", "key", "title",
		"expires", "given_name", "family_name", "website_url", "confirm_username", "theme", "language", "confirm_code", "confirm_ceremony", "confirm_response",
		"confirm_password",
	}
	paths := []string{"/login", "/login/code", "/login/passkey", "/forgot", "/register"}
	for _, page := range []string{profilePath, SecurityPath, factorPath, keysPath, organizationsPath, dataPath} {
		for _, found := range forms.FindAllStringSubmatch(v.Get(page).Body, -1) {
			paths = append(paths, html.UnescapeString(found[1]))
		}
	}
	paths = append(paths, factorPath+"/app/confirm", factorPath+"/passkey/confirm", keysPath+"/tokens/99999999999999999999/revoke")
	session := v.Cookies[sessionCookie]
	for _, path := range paths {
		if path == "/logout" || strings.HasSuffix(path, "/remove") {
			continue
		}
		for _, text := range []string{"", strings.Repeat("A", 5000), "\x00", "\xff\xfe", "99999999999999999999", "{}", `{"id":[]}`, "\u202e\u0000\ufeff", "💥", "%00%ff", "../../x"} {
			for _, confirm := range []bool{false, true} {
				var fields []string
				for _, name := range names {
					if confirm || !strings.HasPrefix(name, "confirm_") || name == "confirm_username" {
						fields = append(fields, name, text)
					}
				}
				if a := v.Send(path, fields...); a.Status >= 500 {
					t.Errorf("%s with %.20q: %d", path, text, a.Status)
				}
				v.Cookies[sessionCookie] = session
			}
		}
	}
	v.Want(v.Get(SecurityPath), 200) // all of it was sent by a session
	if strings.Contains(v.Log.String(), "level=ERROR") {
		t.Error("the log has errors")
	}
}
