//go:build !race

package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/role"
)

// markup is what an attacker writes into fields that others see. %s names the field.
const markup = `"'><img src=x onerror=document.title='owned'><script>document.title='owned'</script>%s`

// An attacker writes markup into each field that other users or administrators see, and waits until they look
// at the pages and emails that contain it.
func TestMarkupInFieldsIsShownAsText(t *testing.T) {
	t.Parallel()
	settings := localhost(t)
	s := start(t, settings)
	text := func(field string) string { return fmt.Sprintf(markup, field) }
	acme := s.organization(text("organization"))
	chief := s.roleOf(acme.ID, role.NewRole{Name: text("role"), Permissions: []model.Permission{model.UsersRead}})
	eve := s.member("eve", acme.ID, chief.ID)
	eve = s.change(eve, directory.UserChange{GivenName: new(text("given name")), FamilyName: new(text("family name"))})
	s.project(acme.ID, project.NewProject{Name: text("project"), Group: text("group")}, eve.ID)

	agent := "User-Agent: " + text("agent")
	form := url.Values{"username": {"eve"}, "password": {eve.Password}}.Encode()
	const urlencoded = "Content-Type: application/x-www-form-urlencoded"
	session := cookie(s.call(http.MethodPost, "/login", form, urlencoded, agent), "roster")
	post := func(path string, fields ...string) {
		t.Helper()
		values := url.Values{}
		for i := 0; i < len(fields); i += 2 {
			values.Set(fields[i], fields[i+1])
		}
		if a := s.call(http.MethodPost, path, values.Encode(), urlencoded, session, agent); a.Status >= 400 {
			t.Fatalf("%s: %d %s", path, a.Status, a.Body)
		}
	}
	post("/account/profile", "bio", text("bio"), "company", text("company"), "website", "https://x.example/"+url.PathEscape(text("website")))
	post("/account/keys/ssh", "key", (&permissionServer{server: s}).newKey(), "title", text("key"))
	post("/account/keys/tokens", "name", text("token"), "scope_read_api", "yes")

	root := s.admin("root")
	_, err := s.App.Directory.Invite(t.Context(), model.Operator(), invitation.NewInvitation{Org: acme.ID, Email: "grace@example.org"})
	s.must(err)
	email := s.email("grace@example.org", "organization")
	if strings.Contains(email[1], "<img src=x") || strings.Contains(email[1], "<script>document") {
		t.Errorf("the HTML of the invitation:\n%s", email[1])
	}
	offer, err := url.Parse(emailedLink.FindString(email[0]))
	s.must(err)

	login := url.Values{"username": {"root"}, "password": {root.Password}}.Encode()
	admin := cookie(s.call(http.MethodPost, "/login", login, urlencoded), "roster")
	shown := map[string]bool{}
	for name, c := range map[string]string{"the attacker": session, "the administrator": admin} {
		for path := range s.crawl([]string{"/account", "/console/", offer.RequestURI()}, c) {
			page := s.call(http.MethodGet, path, "", c, "Accept: text/html")
			body := page.Body
			if !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
				continue // a file
			}
			if strings.Contains(body, "<img src=x") || strings.Contains(body, "<script>document") {
				t.Errorf("%s gets markup at %s", name, path)
			}
			shown[path] = shown[path] || strings.Contains(body, "&lt;img src=x onerror=")
		}
	}
	for _, path := range []string{"/account", "/account/keys", "/account/organizations", offer.RequestURI()} {
		if !shown[path] {
			t.Errorf("%s does not show the texts", path)
		}
	}
	w := s.chromium(settings["base_url"]).open(nil)
	w.visit(offer.String())
	if w.at.Title == "owned" || len(w.texts("img[src=x]")) > 0 || !strings.Contains(w.at.Title, "<script>") {
		t.Errorf("the invitation in a browser: %q", w.at.Title)
	}
}

// An attacker lures a user who is signed in to a page of the attacker's own site. The page shows the account in a frame,
// to have its buttons clicked, and sends forms with the cookies of the user.
func TestPagesAreNeitherFramedNorSentFromOtherSites(t *testing.T) {
	t.Parallel()
	settings := localhost(t)
	s := start(t, settings)
	ada := s.member("ada", 0, 0)
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		base := settings["base_url"]
		w.Header().Set("Content-Type", "text/html")
		switch r.URL.Path {
		case "/frame":
			_, _ = fmt.Fprintf(w, `<title>frame</title><iframe src="%s/account/security"></iframe>`, base)
		case "/form":
			_, _ = fmt.Fprintf(w, `<title>form</title><form method="post" action="%s/account/profile"><input name="company" value="evil"><button id="send">Win</button></form>`, base)
		case "/login":
			_, _ = fmt.Fprintf(w, `<title>login</title><form method="post" action="%s/login"><input name="username" value="eve"><input name="password" value="eve-secret-1"><button id="send">Win</button></form>`, base)
		}
	}))
	t.Cleanup(evil.Close)
	s.member("eve", 0, 0)
	w := s.chromium(settings["base_url"]).open(document{"strangers": true})
	w.signIn("ada", ada.Password)
	w.is(http.StatusOK, "Profile")

	framed := w.ignoring(document{"do": "frames", "url": evil.URL + "/frame"})
	if len(framed.Frames) != 1 || strings.Contains(framed.Frames[0], "Sessions") {
		t.Errorf("the frame shows %q", framed.Frames)
	}
	for _, path := range []string{"/form", "/login"} {
		w.ignoring(document{"do": "goto", "url": evil.URL + path})
		w.ignoring(document{"do": "press", "selector": "#send"})
		w.is(http.StatusForbidden, "This form was sent from another site")
	}
	w.visit("/account")
	w.is(http.StatusOK, "Profile")
	if me := s.call(http.MethodGet, "/api/v1/me", "", bearer(ada.Key)); strings.Contains(me.Body, "evil") {
		t.Errorf("the profile: %s", me.Body)
	}
}

// ignoring sends a command and ignores what the browser reports.
func (w *window) ignoring(command document) windowState {
	w.t.Helper()
	w.at = windowState{}
	command["page"] = w.number
	w.do(&w.at, command)
	return w.at
}
