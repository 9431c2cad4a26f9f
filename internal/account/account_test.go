package account

import (
	"encoding/json"
	"io"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/browser/browsertest"
	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
)

const sessionCookie = "__Host-roster"

// fixture is a browser with the account pages.
type fixture struct {
	*browsertest.Browser
	ada apitest.User
}

// newFixture returns a browser that is signed in as the member ada.
func newFixture(t *testing.T, o directory.Options) *fixture {
	t.Helper()
	v := &fixture{Browser: browsertest.New(t, browsertest.Setup{
		Options: o, Templates: []fs.FS{Templates},
		Endpoints: func(s *browser.Site) []browser.Endpoint { return Endpoints(s, Config{WriteData: writeData}) },
	})}
	v.Agent = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
	v.ada = v.AddMember("ada")
	v.signIn(v.ada)
	v.Recorded()
	return v
}

func writeData(w io.Writer, data directory.PersonalData) error {
	return json.NewEncoder(w).Encode(map[string]any{"username": data.User.Username})
}

// signIn gives the browser a new session of a user.
func (v *fixture) signIn(u apitest.User) {
	v.T.Helper()
	made, err := v.Directory.LogIn(v.T.Context(), model.AnonymousActor(model.Console, "192.0.2.1", v.Agent),
		login.Attempt{Name: u.Username, Password: secret.Text(u.Password)}, model.ConsoleLogin)
	v.Must(err)
	v.Cookies[sessionCookie] = made.Token.Reveal()
}

// later lets the time of recent authentication pass.
func (v *fixture) later() { v.Clock.Advance(time.Hour) }

func (v *fixture) me() model.User {
	v.T.Helper()
	me, err := v.Directory.Me(v.T.Context(), v.ActorFor(v.ada))
	v.Must(err)
	return me
}

func TestEveryPageHasTheNavigation(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{Reauthenticate: 15 * time.Minute})
	for _, path := range []string{profilePath, SecurityPath, keysPath, organizationsPath, preferencesPath, activityPath, dataPath} {
		v.Want(v.Get(path), 200, `href="`+path+`" aria-current="page"`, `id="sign-out"`, `action="/logout"`)
		v.Want(v.Get(path+"?done=profile"), 200, "Your profile was saved.")
		v.Without(v.Get(path+"?done=%3Cscript%3E"), "<script>")
	}
	delete(v.Cookies, sessionCookie)
	for _, path := range []string{profilePath, SecurityPath, keysPath, organizationsPath, preferencesPath, erasePath, activityPath, dataPath} {
		v.Want(v.Get(path), 303)
	}
}

func TestProfileIsSaved(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	v.LeadsTo(v.Send(profilePath+"/profile", "given_name", "Ada", "family_name", "Lovelace", "bio", "Notes\non engines", "company", "Lab", "website_url", "https://lab.example"), "/account?done=profile")
	v.Want(v.Get(profilePath), 200, `value="Ada"`, "Notes\non engines", `value="https://lab.example"`, "Ada Lovelace", `>AL</span>`)
	v.Want(v.Send(profilePath+"/profile", "given_name", "Ada", "website_url", "javascript:alert(1)"), 422, `id="website_url-error">It must start with https://`, `value="javascript:alert(1)"`)
	if got := v.me().WebsiteURL; got != "https://lab.example" {
		t.Errorf("the website is %q", got)
	}
}

func TestEmailIsAddedVerifiedAndMadePrimary(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	v.Want(v.Send(profilePath+"/emails", "email", "ada"), 422, `id="email-error"`, `value="ada"`)
	v.LeadsTo(v.Send(profilePath+"/emails", "email", " ada@lab.example "), "/account?done=email")
	id := v.idOf("ada@lab.example")
	v.Want(v.Get(profilePath), 200, "ada@lab.example", "Not verified", profilePath+"/emails/"+id+"/resend")
	v.LeadsTo(v.Send(profilePath+"/emails/"+id+"/resend"), "/account?done=resent")
	_, token, _ := strings.Cut(v.Mailed("ada@lab.example"), "token=")
	_, err := v.Directory.VerifyEmail(t.Context(), browsertest.Anonymous(), secret.Text(token))
	v.Must(err)
	v.LeadsTo(v.Send(profilePath+"/emails/"+id+"/primary"), "/account?done=primary")
	if got := v.me().Primary().Address; got != "ada@lab.example" {
		t.Errorf("the primary address is %q", got)
	}
	v.Want(v.Send(profilePath+"/emails/"+v.idOf("ada@lab.example")+"/remove"), 409, "The primary address cannot be removed")
	v.Want(v.Send(profilePath+"/emails/999999/remove"), 404)
	v.Want(v.Send(profilePath+"/emails/x/remove"), 404)
}

func (v *fixture) idOf(address string) string {
	v.T.Helper()
	for _, e := range v.me().Emails {
		if e.Address == address {
			return decimal(e.ID)
		}
	}
	v.T.Fatalf("no address %s", address)
	return ""
}

func TestEmailIsRemoved(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	v.Send(profilePath+"/emails", "email", "ada@lab.example")
	v.LeadsTo(v.Send(profilePath+"/emails/"+v.idOf("ada@lab.example")+"/remove"), "/account?done=email-removed")
	if n := len(v.me().Emails); n != 1 {
		t.Errorf("%d addresses", n)
	}
}

func TestPasswordIsChangedAndOtherSessionsEnd(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	other := v.Cookies[sessionCookie]
	v.signIn(v.ada)
	path := SecurityPath + "/password"
	v.Want(v.Get(SecurityPath), 200, `autocomplete="current-password"`, `autocomplete="new-password"`, "At least 8 characters.")
	a := v.Send(path, "current_password", "wrong one", "password", "quite another one")
	v.Want(a, 422, `id="current_password-error">The password is not correct.`)
	v.Without(a, "quite another one")
	v.Want(v.Send(path, "current_password", "", "password", "quite another one"), 422, `id="current_password-error">Enter your current password.`)
	v.Want(v.Send(path, "current_password", v.ada.Password, "password", "short"), 422, `id="password-error">Use at least 8 characters.`)
	v.Want(v.Send(path, "current_password", v.ada.Password, "password", "password1"), 422, `id="password-error">This password is one of the first`)
	v.LeadsTo(v.Send(path, "current_password", v.ada.Password, "password", "quite another one"), SecurityPath+"?done=password")
	v.Want(v.Get(SecurityPath), 200)
	v.Cookies[sessionCookie] = other
	v.Want(v.Get(SecurityPath), 303)
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	first := v.Cookies[sessionCookie]
	v.Agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
	v.signIn(v.ada)
	second := v.Cookies[sessionCookie]
	v.Cookies[sessionCookie] = first
	page := v.Get(SecurityPath)
	v.Want(page, 200, "Firefox · Linux <span class=\"badge badge-dot badge-ok\">This session", "Safari · iPhone", "192.0.2.1", "Sign out everywhere else")
	revoke := regexp.MustCompile(`action="(/account/security/sessions/\d+/revoke)"`).FindAllStringSubmatch(page.Body, -1)
	if len(revoke) != 1 {
		t.Fatalf("%d sessions can be revoked", len(revoke))
	}
	v.LeadsTo(v.Send(revoke[0][1]), SecurityPath+"?done=session")
	v.Want(v.Send(revoke[0][1]), 404)
	v.Cookies[sessionCookie] = second
	v.Want(v.Get(SecurityPath), 303)
	v.signIn(v.ada)
	v.LeadsTo(v.Send(SecurityPath+"/sessions/revoke-others"), SecurityPath+"?done=sessions")
	v.Without(v.Get(SecurityPath), "Sign out everywhere else")
	v.Cookies[sessionCookie] = first
	v.Want(v.Get(SecurityPath), 303)
}

func TestOneUserDoesNotEndWhatIsOfAnother(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	grace := v.AddMember("grace")
	own := v.ActorFor(grace)
	key, err := v.Directory.AddKey(t.Context(), own, grace.ID, model.NewKey{Title: "k", Key: aKey})
	v.Must(err)
	made, _, err := v.Directory.CreateToken(t.Context(), own, credential.NewToken{Owner: grace.ID, Name: "t", Scopes: model.Scopes{model.ScopeAPI}})
	v.Must(err)
	session, err := v.Directory.LogIn(t.Context(), browsertest.Anonymous(), login.Attempt{Name: "grace", Password: secret.Text(grace.Password)}, model.ConsoleLogin)
	v.Must(err)
	for _, path := range []string{
		keysPath + "/ssh/" + decimal(key.ID) + "/remove", keysPath + "/tokens/" + decimal(made.ID) + "/revoke", keysPath + "/tokens/" + decimal(made.ID) + "/rotate",
		SecurityPath + "/sessions/" + decimal(session.Session.ID) + "/revoke", profilePath + "/emails/" + decimal(grace.Emails[0].ID) + "/remove",
	} {
		v.Want(v.Send(path), 404)
	}
}

func TestEveryVerbHasAText(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	_ = v
	messages := ui.New(ui.Config{}).MessagesFor(browsertest.Post("/", ""))
	for _, verb := range model.Verbs() {
		if _, err := messages.Lookup("verb." + string(verb)); err != nil {
			t.Error(err)
		}
	}
}

func TestActivityShowsOwnEventsNewestFirst(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	v.Send(profilePath+"/profile", "given_name", "Ada")
	a := v.Get(activityPath)
	v.Want(a, 200, "Account changed", "Signed in", "192.0.2.1")
	if strings.Index(a.Body, "Account changed") > strings.Index(a.Body, "Signed in") {
		t.Error("the older event is first")
	}
	for range activityPage {
		v.Send(profilePath+"/profile", "given_name", "Ada"+decimal(time.Now().UnixNano()))
	}
	older := regexp.MustCompile(`\?before=\d+`).FindString(v.Get(activityPath).Body)
	v.Want(v.Get(activityPath+older), 200, "Signed in")
	v.Want(v.Get(activityPath+"?before=x"), 200)
	v.Want(v.Get(activityPath+"?before=-1"), 200)
}

func TestDataIsDownloaded(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	a := v.Send(dataPath + "/download")
	v.Want(a, 200, `"username":"ada"`)
	if got := a.Header.Get("Content-Disposition"); got != `attachment; filename="roster-data.json"` {
		t.Errorf("Content-Disposition %q", got)
	}
	if got := v.Recorded(); !strings.Contains(got, "user.export") {
		t.Errorf("recorded:\n%s", got)
	}
}

func TestAccountIsDeactivatedAfterTypingTheUsername(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	path := dataPath + "/deactivate"
	v.Want(v.Send(path, "confirm_username", "grace"), 422, "This is not your username.", `value="grace"`)
	v.Want(v.Send(path, "confirm_username", "Ada"), 200, "Your account was deactivated")
	if v.Cookies[sessionCookie] != "" {
		t.Error("the cookie is still there")
	}
	u, err := v.Directory.UserByUsername(t.Context(), model.Operator(), "ada")
	v.Must(err)
	if !u.Deactivated {
		t.Errorf("user %+v", u)
	}
}

func TestMembershipsAndInvitations(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	v.verifyAda()
	lab, shop := v.AddOrganization("Lab"), v.AddOrganization("Shop")
	for _, org := range []model.Organization{lab, shop} {
		_, err := v.Directory.Invite(t.Context(), model.Operator(), invitation.NewInvitation{Org: org.ID, Email: "ada@roster.example"})
		v.Must(err)
	}
	page := v.Get(organizationsPath)
	v.Want(page, 200, "Home", "Lab", "Shop")
	ids := regexp.MustCompile(`invitations/(\d+)/accept`).FindAllStringSubmatch(page.Body, -1)
	if len(ids) != 2 {
		t.Fatalf("%d invitations", len(ids))
	}
	v.LeadsTo(v.Send(organizationsPath+"/invitations/"+ids[0][1]+"/accept"), organizationsPath+"?done=joined")
	v.LeadsTo(v.Send(organizationsPath+"/invitations/"+ids[1][1]+"/decline"), organizationsPath+"?done=declined")
	v.Want(v.Send(organizationsPath+"/invitations/"+ids[1][1]+"/accept"), 410)
	v.Without(v.Get(organizationsPath), "/accept")
	memberships, err := v.Directory.MyOrganizations(t.Context(), v.ActorFor(v.ada))
	v.Must(err)
	if len(memberships) != 2 {
		t.Fatalf("memberships %+v", memberships)
	}
	v.LeadsTo(v.Send(organizationsPath+"/"+decimal(v.Home.ID)+"/leave"), organizationsPath+"?done=left")
	v.Want(v.Send(organizationsPath+"/"+decimal(v.Home.ID)+"/leave"), 404)
}

// An invitation to an address that the account only claims belongs to the owner of the mailbox.
func TestInvitationToAnUnverifiedAddressIsNotShown(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	v.Send(profilePath+"/emails", "email", "boss@lab.example")
	sent, err := v.Directory.Invite(t.Context(), model.Operator(), invitation.NewInvitation{Org: v.AddOrganization("Lab").ID, Email: "boss@lab.example"})
	v.Must(err)
	v.Without(v.Get(organizationsPath), "Lab")
	v.Want(v.Send(organizationsPath+"/invitations/"+decimal(sent.Invitation.ID)+"/accept"), 404)
	v.Want(v.Send(organizationsPath+"/invitations/"+decimal(sent.Invitation.ID)+"/decline"), 404)
}

// verifyAda verifies the primary address by a link.
func (v *fixture) verifyAda() {
	v.T.Helper()
	if v.me().Primary().Verified {
		return
	}
	_, err := v.Directory.SendVerification(v.T.Context(), model.Operator(), v.ada.ID, v.me().Primary().ID)
	v.Must(err)
	_, token, _ := strings.Cut(v.Mailed("ada@roster.example"), "token=")
	_, err = v.Directory.VerifyEmail(v.T.Context(), browsertest.Anonymous(), secret.Text(token))
	v.Must(err)
}

// Stored cross-site scripting: every text that a user can set is on some page.
func TestStoredTextIsText(t *testing.T) {
	t.Parallel()
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	v := newFixture(t, directory.Options{})
	v.Agent = evil
	v.signIn(v.ada)
	v.Send(profilePath+"/profile", "given_name", evil, "family_name", evil, "bio", evil, "company", evil, "website_url", evil)
	v.Send(keysPath+"/ssh", "key", aKey, "title", evil)
	v.Send(keysPath+"/tokens", "name", evil, "scope_api", "yes")
	v.verifyAda()
	org := v.AddOrganization(evil)
	_, err := v.Directory.Invite(t.Context(), model.Operator(), invitation.NewInvitation{Org: org.ID, Email: "ada@roster.example"})
	v.Must(err)
	for _, path := range []string{profilePath, SecurityPath, keysPath, organizationsPath, activityPath, dataPath} {
		v.Without(v.Get(path), "<script>alert", "<img")
	}
	for _, a := range []browsertest.Response{
		v.Send(keysPath+"/ssh", "key", evil, "title", evil), v.Send(keysPath+"/tokens", "name", evil), v.Send(profilePath+"/emails", "email", evil),
		v.Send(dataPath+"/deactivate", "confirm_username", evil),
	} {
		v.Without(a, "<script>alert", "<img")
	}
	v.later()
	v.Without(v.Send(keysPath+"/tokens", "name", evil, "scope_api", evil, evil, evil), "<script>alert", "<img")
}

func TestConsoleIsLinkedForThoseThatAdministerSomething(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	const link = `<a href="/console">`
	v.Without(v.Get(profilePath), link)
	lab := v.AddOrganization("Lab")
	v.Must(v.Directory.AddMember(t.Context(), model.Operator(), lab.ID, v.ada.ID, model.RoleAdmin))
	for _, path := range []string{profilePath, SecurityPath, keysPath} {
		v.Want(v.Get(path), 200, link)
	}
}
