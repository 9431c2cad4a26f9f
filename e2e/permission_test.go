package e2e

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/secret"
)

// callers are the columns of the permission table, from left to right.
func callers() []string {
	return []string{
		"anonymous", "plain member", "organization Admin", "member of another organization",
		"administrator", "blocked user", "expired token",
	}
}

// rule is a row of the permission table: one route, what to send, and the
// status that each of the callers gets. In path and body, {id} {uid} {name} {key}
// {email} are those of a member of the home organization, created for this request;
// {org} is the home organization, {fresh} an unused word; see [permissionServer.fillNative]
// for more.
type rule struct {
	route    string // as App.Routes returns it
	path     string // empty means that of the route
	body     string
	statuses string // one for each of the callers
}

// Common rows. The columns of unauthenticated callers
// (anonymous, blocked, expired) are 401 if a credential is required.
const (
	everyone  = "200 200 200 200 200 200 200"
	known     = "401 200 200 200 200 401 401"
	adminOnly = "401 403 403 403 200 401 401"
	orgAdmins = "401 403 200 403 200 401 401"
)

func permissionTable() []rule {
	return slices.Concat(pagesTable(), organizationPagesTable(), activityTable(), nativeTable(), accountTable(), eventTable(), organizationTable(), integrationTable(), []rule{
		{route: "GET /gitlab/api/v3/users", statuses: known},
		{route: "POST /gitlab/api/v3/users", body: `{"email":"{fresh}@x.example","username":"{fresh}","name":"N","password":"long enough 1"}`,
			statuses: "401 403 403 403 201 401 401"},
		{route: "GET /gitlab/api/v3/users/{id}", statuses: "401 200 200 404 200 401 401"},
		{route: "PUT /gitlab/api/v3/users/{id}", body: `{"bio":"changed"}`, statuses: adminOnly},
		{route: "DELETE /gitlab/api/v3/users/{id}", statuses: adminOnly},
		{route: "POST /gitlab/api/v3/users/{id}/keys", body: `{"title":"t","key":"{newkey}"}`, statuses: "401 403 403 403 201 401 401"},
		{route: "GET /gitlab/api/v3/users/{id}/keys", statuses: adminOnly},
		{route: "DELETE /gitlab/api/v3/users/{id}/keys/{key}", statuses: adminOnly},
		{route: "PUT /gitlab/api/v3/users/{id}/block", statuses: adminOnly},
		{route: "PUT /gitlab/api/v3/users/{id}/unblock", statuses: adminOnly},
		{route: "POST /gitlab/api/v3/users/{id}/block", statuses: adminOnly},
		{route: "POST /gitlab/api/v3/users/{id}/unblock", statuses: adminOnly},
		{route: "GET /gitlab/api/v3/keys/{id}", path: "/gitlab/api/v3/keys/{key}", statuses: adminOnly},
		{route: "GET /gitlab/api/v3/users/{id}/emails", statuses: adminOnly},
		{route: "POST /gitlab/api/v3/users/{id}/emails", body: `{"email":"{fresh}@y.example"}`, statuses: "401 403 403 403 201 401 401"},
		{route: "DELETE /gitlab/api/v3/users/{id}/emails/{email}", statuses: adminOnly},
		{route: "GET /gitlab/api/v3/user/emails", statuses: known},
		{route: "POST /gitlab/api/v3/user/emails", body: `{"email":"{fresh}@y.example"}`, statuses: "401 201 201 201 201 401 401"},
		{route: "GET /gitlab/api/v3/user/emails/{id}", path: "/gitlab/api/v3/user/emails/{email}", statuses: "401 404 404 404 404 401 401"},
		{route: "DELETE /gitlab/api/v3/user/emails/{id}", path: "/gitlab/api/v3/user/emails/{email}", statuses: "401 404 404 404 404 401 401"},
		{route: "GET /gitlab/api/v3/user", statuses: known},
		{route: "GET /gitlab/api/v3/user/keys", statuses: known},
		{route: "POST /gitlab/api/v3/user/keys", body: `{"title":"t","key":"{newkey}"}`, statuses: "401 201 201 201 201 401 401"},
		{route: "GET /gitlab/api/v3/user/keys/{id}", path: "/gitlab/api/v3/user/keys/{key}", statuses: "401 404 404 404 404 401 401"},
		{route: "DELETE /gitlab/api/v3/user/keys/{id}", path: "/gitlab/api/v3/user/keys/{key}", statuses: known},
		{route: "POST /gitlab/api/v3/session", body: `{"login":"{name}","password":"wrong"}`, statuses: "401 401 401 401 401 401 401"},

		{route: "POST /wekan/users/login", body: `{"username":"{name}","password":"wrong"}`, statuses: "401 401 401 401 401 401 401"},
		{route: "POST /wekan/users/register", body: `{"username":"{fresh}","password":"long enough 1"}`, statuses: everyone},
		{route: "POST /wekan/users/logout", statuses: known},
		{route: "OPTIONS /wekan/users/login", statuses: everyone},
		{route: "OPTIONS /wekan/users/register", statuses: everyone},
		{route: "OPTIONS /wekan/users/logout", statuses: everyone},
		{route: "GET /wekan/api/user", statuses: known},
		{route: "GET /wekan/api/users", statuses: adminOnly},
		{route: "POST /wekan/api/users", body: `{"username":"{fresh}","password":"long enough 1"}`, statuses: adminOnly},
		{route: "GET /wekan/api/users/{id}", path: "/wekan/api/users/{uid}", statuses: adminOnly},
		{route: "PUT /wekan/api/users/{id}", path: "/wekan/api/users/{uid}", body: `{"action":"disableLogin"}`, statuses: adminOnly},
		{route: "DELETE /wekan/api/users/{id}", path: "/wekan/api/users/{uid}", statuses: adminOnly},
		{route: "POST /wekan/api/createtoken/{id}", path: "/wekan/api/createtoken/{uid}", statuses: adminOnly},
		{route: "POST /wekan/api/deletetoken", body: `{"userId":"{uid}"}`, statuses: adminOnly},
		{route: "GET /wekan/api/users/{id}/boards", path: "/wekan/api/users/{uid}/boards", statuses: adminOnly},
		{route: "GET /wekan/api/admin/domains", statuses: adminOnly},
		{route: "GET /wekan/api/boards", statuses: adminOnly},
		{route: "GET /wekan/api/boards_count", statuses: adminOnly},

		{route: "GET /pm415/api", statuses: everyone},
		{route: "GET /pm415/api/rss", statuses: known},
		{route: "GET /pm415/api/user", statuses: known},
		{route: "PUT /pm415/api/user", body: `{"email":"{own}"}`, statuses: known},
		{route: "GET /pm415/api/user/apikey", statuses: known},
		{route: "POST /pm415/api/user/apikey", statuses: known},
		{route: "GET /pm415/api/user/orgs", statuses: known},
		{route: "POST /pm415/api/account/login", body: `{"email":"nobody@x.example","password":"wrong"}`, statuses: "401 401 401 401 401 401 401"},
		{route: "POST /pm415/api/account/register", body: `{"email":"{fresh}@x.example","password":"long enough 1","confirmation":"long enough 1","firstName":"F","lastName":"L","tosAccepted":"Y","organization":"{fresh}"}`, statuses: everyone},
		{route: "GET /pm415/api/account/verify", statuses: everyone}, // success: false, with status 200
		{route: "POST /pm415/api/account/forgotpassword", body: `{"email":"{name}@x.example"}`, statuses: everyone},
		{route: "POST /pm415/api/account/changepassword", body: `{"token":"t","password":"long enough 1","confirmation":"long enough 1"}`, statuses: "422 422 422 422 422 422 422"},
		{route: "GET /pm415/api/org", statuses: known},
		{route: "POST /pm415/api/org", body: `{"name":"{fresh}"}`, statuses: known},
		{route: "GET /pm415/api/org/invite", statuses: "422 422 422 422 422 422 422"},
		{route: "PUT /pm415/api/org/{orgid}", path: "/pm415/api/org/{org}", body: `{"name":"Home"}`, statuses: orgAdmins},
		{route: "DELETE /pm415/api/org/{orgid}", path: "/pm415/api/org/{org}", statuses: "401 403 409 403 409 401 401"}, // home stays
		{route: "POST /pm415/api/org/switch/{orgid}", path: "/pm415/api/org/switch/{org}", statuses: "401 200 200 404 200 401 401"},
		{route: "POST /pm415/api/org/{orgid}/invitelink", path: "/pm415/api/org/{org}/invitelink", body: `{"email":"{fresh}@x.example"}`, statuses: "401 403 200 404 200 401 401"},
		{route: "GET /pm415/api/org/{orgid}/users", path: "/pm415/api/org/{org}/users", statuses: known}, // an empty list for non-members, see below
		{route: "POST /pm415/api/org/{orgid}/users/remove", path: "/pm415/api/org/{org}/users/remove", body: `{"usersId":[{id}]}`, statuses: orgAdmins},
		{route: "PUT /pm415/api/org/{orgid}/admin/grant", path: "/pm415/api/org/{org}/admin/grant", body: `{"usersId":[{id}]}`, statuses: orgAdmins},
		{route: "PUT /pm415/api/org/{orgid}/admin/revoke", path: "/pm415/api/org/{org}/admin/revoke", body: `{"usersId":[{id}]}`, statuses: orgAdmins},
		{route: "PUT /pm415/api/org/{orgid}/admin/resetpassword", path: "/pm415/api/org/{org}/admin/resetpassword", body: `{"usersId":[{id}]}`, statuses: orgAdmins},

		{route: "GET /codebase/profile", statuses: known},
		{route: "GET /codebase/users", statuses: known},
		{route: "POST /codebase/users", body: `<user><first-name>F</first-name><last-name>L</last-name><email-address>{fresh}@x.example</email-address></user>`,
			statuses: "401 403 201 403 201 401 401"},
		{route: "GET /codebase/roles", statuses: known},
		{route: "GET /codebase/users/{username}/public_keys", path: "/codebase/users/{name}/public_keys", statuses: "401 403 200 404 200 401 401"},
		{route: "GET /codebase/users/{username}/public_keys.txt", path: "/codebase/users/{name}/public_keys.txt", statuses: "401 403 200 404 200 401 401"},
		{route: "POST /codebase/users/{username}/public_keys", path: "/codebase/users/{name}/public_keys",
			body:     `<public-key><description>d</description><key>{newkey}</key></public-key>`,
			statuses: "401 403 403 404 201 401 401"},
		{route: "GET /codebase/projects", statuses: known},
		{route: "GET /codebase/projects/{project}", path: "/codebase/projects/awesome-project", statuses: "401 200 200 404 200 401 401"},
		{route: "GET /codebase/{project}", path: "/codebase/awesome-project", statuses: "401 200 200 404 200 401 401"},
		{route: "GET /codebase/{project}/assignments", path: "/codebase/awesome-project/assignments", statuses: "401 200 200 404 200 401 401"},
		{route: "POST /codebase/{project}/assignments", path: "/codebase/awesome-project/assignments", body: `<users type="array"><user><id>{id}</id></user></users>`,
			statuses: "401 403 200 403 200 401 401"},

		{route: "GET /healthz", statuses: everyone},
		{route: "GET /readyz", statuses: everyone},
		{route: "GET /.well-known/change-password", statuses: "302 302 302 302 302 302 302"},
		{route: "GET /.well-known/security.txt", statuses: "404 404 404 404 404 404 404"},
		{route: "GET /", statuses: "303 303 303 303 303 303 303"},
		{route: "GET /console", statuses: everyone}, // the list of APIs for those that administer nothing
		{route: "GET /console/apis", statuses: everyone},
		{route: "GET /console/static/{file}", path: "/console/static/roster.css", statuses: "404 404 404 404 404 404 404"},
		{route: "POST /account/preferences", statuses: "303 303 303 303 303 303 303"},
		{route: "GET /account/setup", statuses: pageWithoutLink},
		{route: "POST /account/setup", statuses: pageWithoutLink},
		{route: "GET /account/invite", statuses: pageWithoutLink},
		{route: "POST /account/invite", statuses: pageWithoutLink},
		{route: "GET /account/reset-password", statuses: pageWithoutLink},
		{route: "POST /account/reset-password", statuses: pageWithoutLink},
		{route: "GET /account/verify", statuses: pageWithoutLink},
		{route: "POST /account/verify", statuses: pageWithoutLink},
		{route: "GET /account/revert-address", statuses: pageWithoutLink},
		{route: "POST /account/revert-address", statuses: pageWithoutLink},
	})
}

// pageWithoutLink: the pages need the token of an emailed link.
const pageWithoutLink = "400 400 400 400 400 400 400"

// authHeaders returns the headers with a caller's credential for the API of path.
type authHeaders func(path string) []string

// permissionServer is a server with one of each caller.
type permissionServer struct {
	*server
	columns []authHeaders
	emails  []string
	keys    []string // API keys, by column
	counter int
}

func startWithCallers(t *testing.T, settings map[string]string) *permissionServer {
	// With HTTP statuses, rejections of Wekan are visible; transcripts cover its classic responses.
	all := map[string]string{"wekan.http_statuses": "true", "login.account_failures": "100000", "login.address_failures": "1000000", "ssh_keys.publish": "true", "sign_up_organizations": "true",
		"login.account_per_minute": "0", "login.address_per_minute": "0"}
	maps.Copy(all, settings)
	w := &permissionServer{server: start(t, all)}
	other := w.organization("Other")
	admin := w.admin("root")
	member, orgAdmin := w.member("plain", 0, 0), w.member("chief", 0, model.RoleAdmin)
	foreign, blocked := w.member("foreign", other.ID, 0), w.member("blocked", 0, 0)
	late := w.member("late", 0, 0)
	_, err := w.App.Directory.CreateProject(t.Context(), model.Operator(), project.NewProject{Org: w.Home.ID, Name: "Awesome project"})
	w.must(err)
	// Access tokens, because one of the routes rotates the caller's API key.
	token := func(p testUser) string { return w.accessToken(p, time.Time{}) }
	lost, cookies := token(blocked), w.browserCookies(member, orgAdmin, foreign, admin, blocked)
	_, err = w.App.Directory.BlockUser(t.Context(), model.Operator(), blocked.ID)
	w.must(err)
	expired := w.expired(late)
	w.columns = []authHeaders{
		func(string) []string { return nil },
		w.with(w.Home.Slug, member, token(member)), w.with(w.Home.Slug, orgAdmin, token(orgAdmin)), w.with(other.Slug, foreign, token(foreign)),
		w.with(w.Home.Slug, admin, token(admin)), w.with(w.Home.Slug, blocked, lost), w.with(w.Home.Slug, late, expired),
	}
	w.columns = withCookies(w.columns, cookies)
	for _, p := range []testUser{{}, member, orgAdmin, foreign, admin, blocked, late} {
		w.emails, w.keys = append(w.emails, p.Primary().Address), append(w.keys, p.Key)
	}
	return w
}

// expired returns an access token that has expired.
func (w *permissionServer) expired(p testUser) string {
	w.t.Helper()
	for life := 100 * time.Millisecond; ; life *= 2 { // on a busy machine the token can expire before it is created
		end := time.Now().Add(life)
		_, text, err := w.App.Directory.CreateToken(w.t.Context(), model.Operator(), credential.NewToken{
			Owner: p.ID, Name: "script", Scopes: model.Scopes{model.ScopeAPI, model.ScopeSudo}, ExpiresAt: end,
		})
		if err != nil && life < testTimeout {
			continue
		}
		w.must(err)
		time.Sleep(time.Until(end.Add(10 * time.Millisecond)))
		return text.Reveal()
	}
}

func (w *permissionServer) with(account string, p testUser, key string) authHeaders {
	return func(path string) []string {
		switch {
		case strings.HasPrefix(path, "/codebase"):
			return []string{basic(account, p.Username, key)}
		case strings.HasPrefix(path, "/gitlab"):
			return []string{"PRIVATE-TOKEN: " + key}
		}
		return []string{bearer(key)}
	}
}

func (w *permissionServer) fresh() string {
	w.counter++
	return "fresh" + strconv.Itoa(w.counter)
}

// newKey returns an unused SSH key.
func (w *permissionServer) newKey() string {
	w.t.Helper()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	w.must(err)
	key, err := ssh.NewPublicKey(public)
	w.must(err)
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

var targetPlaceholder = regexp.MustCompile(`\{(id|uid|name|key|email|token|session)\}`)

// fill replaces the placeholders of one request.
func (w *permissionServer) fill(text, own string) string {
	w.t.Helper()
	if targetPlaceholder.MatchString(text) {
		text = w.fillTarget(text)
	}
	text = w.fillNative(text)
	for strings.Contains(text, "{newkey}") {
		text = strings.Replace(text, "{newkey}", w.newKey(), 1)
	}
	return strings.NewReplacer("{fresh}", w.fresh(), "{org}", strconv.FormatInt(int64(w.Home.ID), 10), "{own}", own).Replace(text)
}

// fillTarget creates a user for one request, with a key or a second address if the text contains one.
func (w *permissionServer) fillTarget(text string) string {
	w.t.Helper()
	name := w.fresh()
	d, operator := w.App.Directory, model.Operator()
	u, err := d.CreateUser(w.t.Context(), operator, directory.NewUser{
		Username: name, Email: name + "@x.example", Password: secret.Text(""), Limits: model.DefaultLimits(),
		Identity: model.Identity{Provider: "ldap", ExternalUID: name},
	})
	w.must(err)
	if strings.Contains(text, "{key}") {
		key, err := d.AddKey(w.t.Context(), operator, u.ID, model.NewKey{Title: "t", Key: w.newKey()})
		w.must(err)
		text = strings.ReplaceAll(text, "{key}", fmt.Sprint(key.ID))
	}
	if strings.Contains(text, "{email}") {
		email, err := d.AddEmail(w.t.Context(), operator, u.ID, name+"@z.example")
		w.must(err)
		text = strings.ReplaceAll(text, "{email}", fmt.Sprint(email.ID))
	}
	text = w.fillCredentials(text, u.ID)
	return strings.NewReplacer("{id}", fmt.Sprint(u.ID), "{uid}", u.UID, "{name}", name).Replace(text)
}

// checkRow sends a request as each of the callers.
func (w *permissionServer) checkRow(row rule) {
	w.t.Helper()
	want := strings.Fields(row.statuses)
	if len(want) != len(callers()) {
		w.t.Fatalf("%s names %d statuses for %d callers", row.route, len(want), len(callers()))
	}
	for i, caller := range callers() {
		a := w.ask(row, i)
		if strconv.Itoa(a.Status) != want[i] {
			w.t.Errorf("%s as %s: %d, want %s: %.200s", row.route, caller, a.Status, want[i], a.Body)
		}
		w.checkSecrets(row, i, a)
		w.leadsToSignIn(row, i, a)
	}
}

func (w *permissionServer) ask(row rule, column int) answer {
	w.t.Helper()
	method, target, _ := strings.Cut(row.route, " ")
	if row.path != "" {
		target = row.path
	}
	kind := "Content-Type: application/json"
	if strings.HasPrefix(row.body, "<") {
		kind = "Content-Type: application/xml"
	}
	if isPage(target) {
		kind = "Content-Type: application/x-www-form-urlencoded"
	}
	if strings.Contains(target, "/users/import") {
		kind = "Content-Type: text/csv"
	}
	// One word may stand in path and body: both are filled in as one text.
	filled := w.fill(target+"\n"+row.body, w.emails[column])
	target, body, _ := strings.Cut(filled, "\n")
	return w.call(method, target, body, append(w.columns[column](target), kind)...)
}

// checkSecrets reports a response that contains a password hash or the API key of another
// user than the caller, or that can contain one and may be cached.
func (w *permissionServer) checkSecrets(row rule, column int, a answer) {
	w.t.Helper()
	for _, secret := range []string{"$argon2id$", "bcrypt", "hashedToken"} {
		if strings.Contains(a.Body, secret) {
			w.t.Errorf("%s as %s shows %s: %s", row.route, callers()[column], secret, a.Body)
		}
	}
	for i, key := range w.keys {
		if i != column && key != "" && strings.Contains(a.Body, key) {
			w.t.Errorf("%s as %s shows the API key of the %s: %s", row.route, callers()[column], callers()[i], a.Body)
		}
	}
	if a.Header.Get("Cache-Control") != "no-store" && !isCacheable(row.route) {
		w.t.Errorf("%s as %s can be cached: %q", row.route, callers()[column], a.Header.Get("Cache-Control"))
	}
}

func TestPermissionTableHasEveryRoute(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	var served, listed []string
	for _, r := range s.App.Routes() {
		if !slices.Contains(model.AllPermissions(), model.Permission(r.Needs)) {
			t.Errorf("%s %s declares %q, which is no permission", r.Method, r.Path, r.Needs)
		}
		served = append(served, r.Method+" "+r.Path)
	}
	for _, row := range permissionTable() {
		listed = append(listed, row.route)
	}
	for _, route := range served {
		if !slices.Contains(listed, route) {
			t.Errorf("%s is served and not in the permission table", route)
		}
	}
	for _, route := range listed {
		if !slices.Contains(served, route) {
			t.Errorf("%s is in the permission table and not served", route)
		}
	}
}

func TestNonMembersGetAnEmptyListOfMembers(t *testing.T) {
	t.Parallel()
	w := startWithCallers(t, nil)
	row := rule{route: "GET /pm415/api/org/{orgid}/users", path: "/pm415/api/org/{org}/users"}
	for i, shown := range map[int]bool{1: true, 2: true, 3: false, 4: true} {
		if a := w.ask(row, i); a.Status != http.StatusOK || strings.Contains(a.Body, "plain@roster.example") != shown {
			t.Errorf("%s sees %s", callers()[i], a.Body)
		}
	}
}
