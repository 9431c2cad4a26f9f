package e2e

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/model"
)

// The four compatible APIs share one directory: a change through one is visible in the others at
// once, and a credential from one is valid for all.

// userView holds what an API returns about a user. Name is the given and the family name, joined.
type userView struct {
	Exists    bool
	Username  string
	Email     string
	Name      string
	CanSignIn bool
}

// apiDriver manages users through one API. Operations that the API does not have are nil.
type apiDriver struct {
	name    string
	show    func(w *adminServer, p *createdUser) userView
	create  func(w *adminServer, p *createdUser)
	change  func(w *adminServer, p *createdUser) // changes the name or the address, also in p
	disable func(w *adminServer, p *createdUser)
	enable  func(w *adminServer, p *createdUser)
	remove  func(w *adminServer, p *createdUser)
	visible func(userView) userView // without the fields that this API does not return
}

// createdUser is a user of a test with the expected values.
type createdUser struct {
	username, email, password string
	given, family             string
	id                        int64
	uid                       string
}

func (p *createdUser) expected(canSignIn bool) userView {
	return userView{Exists: true, Username: p.username, Email: p.email, Name: p.given + " " + p.family, CanSignIn: canSignIn}
}

// adminServer is a server with an administrator that sends the requests.
type adminServer struct {
	*server
	admin testUser
}

func startWithAdmin(t *testing.T, settings map[string]string) *adminServer {
	s := start(t, settings)
	return &adminServer{server: s, admin: s.admin("root")}
}

func (w *adminServer) json(method, path, body string, into any, headers ...string) answer {
	w.t.Helper()
	a := w.call(method, path, body, append(headers, "Content-Type: application/json")...)
	if into != nil {
		if err := json.Unmarshal([]byte(a.Body), into); err != nil {
			w.t.Fatalf("%s %s: %d %q: %v", method, path, a.Status, a.Body, err)
		}
	}
	return a
}

func (w *adminServer) want(status int, a answer) {
	w.t.Helper()
	if a.Status != status {
		w.t.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
}

func (w *adminServer) token() string { return "PRIVATE-TOKEN: " + w.admin.Key }

// findIDs finds the ids of a user created by an API whose response has none.
func (w *adminServer) findIDs(p *createdUser) {
	w.t.Helper()
	var list []struct {
		ID    int64  `json:"id"`
		Email string `json:"email"`
	}
	w.json(http.MethodGet, "/gitlab/api/v3/users?search="+url.QueryEscape(p.email), "", &list, w.token())
	for _, u := range list {
		if u.Email == p.email {
			p.id = u.ID
		}
	}
	var rows []struct {
		UID      string `json:"_id"`
		Username string `json:"username"`
	}
	w.json(http.MethodGet, "/wekan/api/users", "", &rows, bearer(w.admin.Key))
	for _, r := range rows {
		if r.Username == p.username {
			p.uid = r.UID
		}
	}
	if p.id == 0 || p.uid == "" {
		w.t.Fatalf("no API returns the user %+v", *p)
	}
}

func gitlabDriver() apiDriver {
	return apiDriver{
		name: "GitLab",
		show: func(w *adminServer, p *createdUser) userView {
			a := w.call(http.MethodGet, path("/gitlab/api/v3/users/%d", p.id), "", w.token())
			if a.Status == http.StatusNotFound {
				return userView{}
			}
			var u struct{ Username, Email, Name, State string }
			w.must(json.Unmarshal([]byte(a.Body), &u))
			return userView{true, u.Username, u.Email, u.Name, u.State == "active"}
		},
		create: func(w *adminServer, p *createdUser) {
			form := url.Values{"email": {p.email}, "username": {p.username}, "name": {p.given + " " + p.family}, "password": {p.password}}
			w.want(http.StatusCreated, w.call(http.MethodPost, "/gitlab/api/v3/users", form.Encode(), w.token(), "Content-Type: application/x-www-form-urlencoded"))
		},
		change: func(w *adminServer, p *createdUser) {
			p.given, p.family, p.email = "Renamed", "By GitLab", "gitlab-"+p.email
			form := url.Values{"email": {p.email}, "name": {p.given + " " + p.family}}
			w.want(http.StatusOK, w.call(http.MethodPut, path("/gitlab/api/v3/users/%d", p.id), form.Encode(), w.token(), "Content-Type: application/x-www-form-urlencoded"))
		},
		disable: func(w *adminServer, p *createdUser) {
			w.want(http.StatusOK, w.call(http.MethodPut, path("/gitlab/api/v3/users/%d/block", p.id), "", w.token()))
		},
		enable: func(w *adminServer, p *createdUser) {
			w.want(http.StatusOK, w.call(http.MethodPut, path("/gitlab/api/v3/users/%d/unblock", p.id), "", w.token()))
		},
		remove: func(w *adminServer, p *createdUser) {
			w.want(http.StatusOK, w.call(http.MethodDelete, path("/gitlab/api/v3/users/%d", p.id), "", w.token()))
		},
		visible: func(s userView) userView { return s },
	}
}

func wekanDriver() apiDriver {
	return apiDriver{
		name: "Wekan",
		show: func(w *adminServer, p *createdUser) userView {
			a := w.call(http.MethodGet, "/wekan/api/users/"+p.uid, "", bearer(w.admin.Key))
			var u struct {
				ID            string `json:"_id"`
				Username      string
				Emails        []struct{ Address string }
				LoginDisabled bool
			}
			if err := json.Unmarshal([]byte(a.Body), &u); err != nil || u.ID == "" {
				return userView{}
			}
			return userView{Exists: true, Username: u.Username, Email: u.Emails[0].Address, CanSignIn: !u.LoginDisabled}
		},
		create: func(w *adminServer, p *createdUser) {
			form := url.Values{"username": {p.username}, "email": {p.email}, "password": {p.password}}
			a := w.call(http.MethodPost, "/wekan/api/users", form.Encode(), bearer(w.admin.Key), "Content-Type: application/x-www-form-urlencoded")
			if !strings.Contains(a.Body, `"_id"`) {
				w.t.Fatal(a.Body)
			}
			p.given, p.family = "", "" // the request has no name
		},
		disable: func(w *adminServer, p *createdUser) { w.wekanAction(p, "disableLogin") },
		enable:  func(w *adminServer, p *createdUser) { w.wekanAction(p, "enableLogin") },
		remove: func(w *adminServer, p *createdUser) {
			w.want(http.StatusOK, w.call(http.MethodDelete, "/wekan/api/users/"+p.uid, "", bearer(w.admin.Key)))
		},
		visible: func(s userView) userView { s.Name = ""; return s },
	}
}

func (w *adminServer) wekanAction(p *createdUser, action string) {
	w.t.Helper()
	a := w.json(http.MethodPut, "/wekan/api/users/"+p.uid, `{"action":"`+action+`"}`, nil, bearer(w.admin.Key))
	if !strings.Contains(a.Body, p.uid) {
		w.t.Fatal(a.Body)
	}
}

func codebaseDriver() apiDriver {
	return apiDriver{
		name: "Codebase",
		show: func(w *adminServer, p *createdUser) userView {
			a := w.call(http.MethodGet, "/codebase/users", "", basic(w.Home.Slug, w.admin.Username, w.admin.Key))
			var list struct {
				Users []struct {
					ID       int64  `xml:"id"`
					Username string `xml:"username"`
					Email    string `xml:"email-address"`
					Given    string `xml:"first-name"`
					Family   string `xml:"last-name"`
					Enabled  bool   `xml:"enabled"`
				} `xml:"user"`
			}
			w.must(xml.Unmarshal([]byte(a.Body), &list))
			for _, u := range list.Users {
				if u.ID == p.id {
					return userView{true, u.Username, u.Email, strings.TrimSpace(u.Given + " " + u.Family), u.Enabled}
				}
			}
			return userView{}
		},
		create: func(w *adminServer, p *createdUser) {
			body := "<user><first-name>" + p.given + "</first-name><last-name>" + p.family + "</last-name><email-address>" + p.email + "</email-address></user>"
			w.want(http.StatusCreated, w.call(http.MethodPost, "/codebase/users", body, basic(w.Home.Slug, w.admin.Username, w.admin.Key), "Content-Type: application/xml"))
			link := w.mailedLink(p.email)
			form := url.Values{"token": {link.Query().Get("token")}, "username": {p.username}, "password": {p.password}}
			page := w.call(http.MethodPost, link.Path, form.Encode(), "Content-Type: application/x-www-form-urlencoded")
			w.want(http.StatusOK, page)
			key := shownKey.FindStringSubmatch(page.Body)
			if key == nil {
				w.t.Fatal("the page shows no API key: " + page.Body)
			}
			for api, ask := range ownUserRequests() {
				if a := ask(w, testUser{User: model.User{Username: p.username}}, key[1]); !strings.Contains(a.Body, p.email) {
					w.t.Errorf("%s rejects the API key of the invitation page: %s", api, a.Body)
				}
			}
		},
		visible: func(s userView) userView { return s },
	}
}

func pm415Driver() apiDriver {
	return apiDriver{
		name: "pm415",
		show: func(w *adminServer, p *createdUser) userView {
			var list struct {
				Users []struct {
					UserID              int64
					Email               string
					FirstName, LastName string
					IsActive            int
				}
			}
			w.json(http.MethodGet, path("/pm415/api/org/%d/users", w.Home.ID), "", &list, bearer(w.admin.Key))
			for _, u := range list.Users {
				if u.UserID == p.id {
					return userView{Exists: true, Email: u.Email, Name: strings.TrimSpace(u.FirstName + " " + u.LastName), CanSignIn: u.IsActive == 1}
				}
			}
			return userView{}
		},
		create: func(w *adminServer, p *createdUser) {
			// By an invitation to the home organization, so that all APIs list the user.
			a := w.json(http.MethodPost, path("/pm415/api/org/%d/invitelink", w.Home.ID), `{"email":"`+p.email+`"}`, nil, bearer(w.admin.Key))
			w.want(http.StatusOK, a)
			token := w.mailedLink(p.email).Query().Get("token")
			body, err := json.Marshal(map[string]string{
				"email": p.email, "password": p.password, "confirmation": p.password,
				"firstName": p.given, "lastName": p.family, "tosAccepted": "Y", "token": token,
			})
			w.must(err)
			w.want(http.StatusOK, w.json(http.MethodPost, "/pm415/api/account/register", string(body), nil))
			verify := w.mailedLink(p.email).Query().Get("token")
			w.want(http.StatusOK, w.call(http.MethodGet, "/pm415/api/account/verify?token="+verify, ""))
			p.username, _, _ = strings.Cut(p.email, "@") // pm415 has no usernames, so Roster derives one
		},
		change: func(w *adminServer, p *createdUser) {
			w.want(http.StatusOK, w.json(http.MethodPut, "/pm415/api/user",
				`{"email":"pm415-`+p.email+`","firstName":"Changed","lastName":"By Self"}`, nil, bearer(w.logIn(p))))
			p.email, p.given, p.family = "pm415-"+p.email, "Changed", "By Self"
		},
		remove: func(w *adminServer, p *createdUser) {
			// pm415 removes users from organizations. GitLab and Wekan still list them, because
			// they list all users of the server.
			w.want(http.StatusOK, w.json(http.MethodPost, path("/pm415/api/org/%d/users/remove", w.Home.ID),
				path(`{"usersId":["%d"]}`, p.id), nil, bearer(w.admin.Key)))
			for _, s := range []apiDriver{codebaseDriver(), pm415Driver()} {
				if got := s.show(w, p); got.Exists {
					w.t.Errorf("after the removal through pm415, %s still returns %+v", s.name, got)
				}
			}
			gitlabDriver().remove(w, p)
		},
		visible: func(s userView) userView { s.Username = ""; return s },
	}
}

func (w *adminServer) logIn(p *createdUser) string {
	w.t.Helper()
	var login struct{ Token string }
	w.want(http.StatusOK, w.json(http.MethodPost, "/pm415/api/account/login", `{"email":"`+p.email+`","password":"`+p.password+`"}`, &login))
	return login.Token
}

// shownKey matches the API key on a page.
var shownKey = regexp.MustCompile(`<code id="api-key">([a-z0-9]{40})</code>`)

var linkForm = regexp.MustCompile(`http://\S+token=\S+`)

// mailedLink waits for the next email to address in the outbox, removes it, and returns its link.
func (w *adminServer) mailedLink(address string) *url.URL { return w.server.mailedLink(address) }

func (s *server) mailedLink(address string) *url.URL {
	s.t.Helper()
	for deadline := time.Now().Add(testTimeout); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(s.Data, "outbox", "*.eml"))
		s.must(err)
		for _, f := range files {
			text, err := os.ReadFile(f)
			s.must(err)
			if !strings.Contains(string(text), "<"+address+">") {
				continue
			}
			s.must(os.Remove(f))
			if found := linkForm.FindString(string(text)); found != "" {
				link, err := url.Parse(found)
				s.must(err)
				return link
			}
		}
	}
	s.t.Fatalf("no email to %s with a link arrived", address)
	return nil
}

func apiDrivers() []apiDriver {
	return []apiDriver{gitlabDriver(), wekanDriver(), codebaseDriver(), pm415Driver()}
}

// compareViews compares what each API returns with want.
func (w *adminServer) compareViews(p *createdUser, want userView, done string) {
	w.t.Helper()
	for _, s := range apiDrivers() {
		expected := want
		if want.Exists {
			expected = s.visible(want)
		}
		expected.Name = strings.TrimSpace(expected.Name)
		if diff := cmp.Diff(expected, s.show(w, p)); diff != "" {
			w.t.Errorf("%s: %s returns (-want +got):\n%s", done, s.name, diff)
		}
	}
}

func TestChangeThroughOneAPIIsVisibleInAll(t *testing.T) {
	t.Parallel()
	for engine, settings := range engines() {
		for _, creator := range apiDrivers() {
			t.Run(engine+", created through "+creator.name, func(t *testing.T) {
				t.Parallel()
				w := startWithAdmin(t, settings(t))
				for _, actor := range apiDrivers() {
					w.checkLifecycle(creator, actor)
				}
			})
		}
	}
}

// checkLifecycle creates a user through one API, and applies all operations of another API to
// the user. If that API has no operation that deletes users, GitLab's deletes the user.
func (w *adminServer) checkLifecycle(creator, actor apiDriver) {
	w.t.Helper()
	name := strings.ToLower(creator.name + "-" + actor.name)
	p := &createdUser{username: name, email: name + "@people.example", password: "a long password 1", given: "Given", family: "Family Name"}
	creator.create(w, p)
	w.findIDs(p)
	did := func(what string) string { return what + " through " + actor.name + ", created through " + creator.name }
	w.compareViews(p, p.expected(true), did("unchanged"))
	if actor.change != nil {
		actor.change(w, p)
		w.compareViews(p, p.expected(true), did("changed"))
	}
	if actor.disable != nil {
		actor.disable(w, p)
		w.compareViews(p, p.expected(false), did("disabled"))
		w.checkLoginsRejected(p)
		actor.enable(w, p)
		w.compareViews(p, p.expected(true), did("enabled"))
	}
	remove := actor.remove
	if remove == nil {
		remove = gitlabDriver().remove
	}
	remove(w, p)
	w.compareViews(p, userView{}, did("deleted"))
	w.checkLoginsRejected(p)
}

// checkLoginsRejected checks that every API rejects a login with the right password.
func (w *adminServer) checkLoginsRejected(p *createdUser) {
	w.t.Helper()
	for path, body := range map[string]string{
		"/gitlab/api/v3/session":   `{"login":"` + p.username + `","password":"` + p.password + `"}`,
		"/wekan/users/login":       `{"username":"` + p.username + `","password":"` + p.password + `"}`,
		"/pm415/api/account/login": `{"email":"` + p.email + `","password":"` + p.password + `"}`,
	} {
		if a := w.json(http.MethodPost, path, body, nil); a.Status < 400 {
			w.t.Errorf("%s accepted the login of a disabled or deleted user: %d %s", path, a.Status, a.Body)
		}
	}
}

// Each kind of credential authenticates requests of every API. After the user was blocked, none does.
func TestCredentialFromOneAPIWorksWithAll(t *testing.T) {
	t.Parallel()
	for name, obtain := range credentials() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := startWithAdmin(t, nil)
			ben := w.member("ben", 0, 0)
			secret := obtain(w, ben)
			for api, ask := range ownUserRequests() {
				if a := ask(w, ben, secret); a.Status != http.StatusOK || !strings.Contains(a.Body, "ben@roster.example") {
					t.Errorf("%s rejected it: %d %s", api, a.Status, a.Body)
				}
			}
			w.want(http.StatusOK, w.call(http.MethodPut, path("/gitlab/api/v3/users/%d/block", ben.ID), "", w.token()))
			for api, ask := range ownUserRequests() {
				if a := ask(w, ben, secret); strings.Contains(a.Body, "ben@roster.example") || a.Status == http.StatusOK && api != "Wekan" {
					t.Errorf("%s accepts it after the block: %d %s", api, a.Status, a.Body)
				}
			}
		})
	}
}

// credentials returns each way to get a credential.
func credentials() map[string]func(w *adminServer, p testUser) string {
	return map[string]func(w *adminServer, p testUser) string{
		"the private token of GitLab's session": func(w *adminServer, p testUser) string {
			var u struct {
				PrivateToken string `json:"private_token"`
			}
			w.want(http.StatusCreated, w.json(http.MethodPost, "/gitlab/api/v3/session", `{"login":"ben","password":"`+p.Password+`"}`, &u))
			return u.PrivateToken
		},
		"the token of Wekan's login": func(w *adminServer, p testUser) string {
			var login struct{ Token string }
			w.want(http.StatusOK, w.json(http.MethodPost, "/wekan/users/login", `{"username":"ben","password":"`+p.Password+`"}`, &login))
			return login.Token
		},
		"the token that a Wekan administrator creates": func(w *adminServer, p testUser) string {
			var created struct{ AuthToken string }
			w.want(http.StatusOK, w.json(http.MethodPost, "/wekan/api/createtoken/"+p.UID, "", &created, bearer(w.admin.Key)))
			return created.AuthToken
		},
		"the token of pm415's login": func(w *adminServer, p testUser) string {
			return w.logIn(&createdUser{email: "ben@roster.example", password: p.Password})
		},
		"pm415's API key": func(w *adminServer, p testUser) string {
			var created struct{ Apikey string }
			w.want(http.StatusOK, w.json(http.MethodPost, "/pm415/api/user/apikey", "", &created, bearer(p.Key)))
			return created.Apikey
		},
		"an access token": func(w *adminServer, p testUser) string {
			_, text, err := w.App.Directory.CreateToken(w.t.Context(), model.Operator(), credential.NewToken{
				Owner: p.ID, Name: "script", Scopes: model.Scopes{model.ScopeAPI},
			})
			w.must(err)
			return text.Reveal()
		},
		"the api-key of Codebase's profile": func(w *adminServer, p testUser) string {
			a := w.call(http.MethodGet, "/codebase/profile", "", basic(w.Home.Slug, "ben", p.Key))
			var u struct {
				Key string `xml:"api-key"`
			}
			w.must(xml.Unmarshal([]byte(a.Body), &u))
			return u.Key
		},
	}
}

// ownUserRequests returns, for each API, a request for the authenticated user with a credential.
func ownUserRequests() map[string]func(w *adminServer, p testUser, secret string) answer {
	return map[string]func(w *adminServer, p testUser, secret string) answer{
		"GitLab": func(w *adminServer, _ testUser, secret string) answer {
			return w.call(http.MethodGet, "/gitlab/api/v3/user", "", "PRIVATE-TOKEN: "+secret)
		},
		"Wekan": func(w *adminServer, _ testUser, secret string) answer {
			return w.call(http.MethodGet, "/wekan/api/user", "", bearer(secret))
		},
		"Codebase": func(w *adminServer, p testUser, secret string) answer {
			return w.call(http.MethodGet, "/codebase/profile", "", basic(w.Home.Slug, p.Username, secret))
		},
		"pm415": func(w *adminServer, _ testUser, secret string) answer {
			return w.call(http.MethodGet, "/pm415/api/user", "", bearer(secret))
		},
	}
}
