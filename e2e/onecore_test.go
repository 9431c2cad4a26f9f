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

	"roster.example/roster/internal/directory"
)

// One core, seen from four sides: whatever one API does to a person, the other
// three show at once; and whatever lets a person in at one, does at all.

// seen is what a side shows of a person. Name is in the words of pm415 and
// Codebase (given and family) joined, for sides that know names at all.
type seen struct {
	There    bool
	Username string
	Email    string
	Name     string
	CanEnter bool
}

// A side makes, shows, changes, disables and deletes people through one API. What
// an API does not offer is nil.
type side struct {
	name    string
	show    func(w *sides, p *subject) seen
	make    func(w *sides, p *subject)
	change  func(w *sides, p *subject) // gives the person another name or address, and notes it in p
	disable func(w *sides, p *subject)
	enable  func(w *sides, p *subject)
	remove  func(w *sides, p *subject)
	knows   func(seen) seen // what this side can show of it
}

// subject is the person it is all about; it holds what should be seen.
type subject struct {
	username, email, password string
	given, family             string
	id                        int64
	uid                       string
}

func (p *subject) expected(canEnter bool) seen {
	return seen{There: true, Username: p.username, Email: p.email, Name: p.given + " " + p.family, CanEnter: canEnter}
}

// sides is a server with an administrator that sends the requests.
type sides struct {
	*server
	admin person
}

func openSides(t *testing.T, settings map[string]string) *sides {
	s := start(t, settings)
	return &sides{server: s, admin: s.admin("root")}
}

func (w *sides) json(method, path, body string, into any, headers ...string) answer {
	w.t.Helper()
	a := w.call(method, path, body, append(headers, "Content-Type: application/json")...)
	if into != nil {
		if err := json.Unmarshal([]byte(a.Body), into); err != nil {
			w.t.Fatalf("%s %s: %d %q: %v", method, path, a.Status, a.Body, err)
		}
	}
	return a
}

func (w *sides) want(status int, a answer) {
	w.t.Helper()
	if a.Status != status {
		w.t.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
}

func (w *sides) token() string { return "PRIVATE-TOKEN: " + w.admin.Key }

// resolve finds the ids of a user created by an API whose response has none.
func (w *sides) resolve(p *subject) {
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
		w.t.Fatalf("nobody shows %+v", *p)
	}
}

func gitlabSide() side {
	return side{
		name: "GitLab",
		show: func(w *sides, p *subject) seen {
			a := w.call(http.MethodGet, path("/gitlab/api/v3/users/%d", p.id), "", w.token())
			if a.Status == http.StatusNotFound {
				return seen{}
			}
			var u struct{ Username, Email, Name, State string }
			w.must(json.Unmarshal([]byte(a.Body), &u))
			return seen{true, u.Username, u.Email, u.Name, u.State == "active"}
		},
		make: func(w *sides, p *subject) {
			form := url.Values{"email": {p.email}, "username": {p.username}, "name": {p.given + " " + p.family}, "password": {p.password}}
			w.want(http.StatusCreated, w.call(http.MethodPost, "/gitlab/api/v3/users", form.Encode(), w.token(), "Content-Type: application/x-www-form-urlencoded"))
		},
		change: func(w *sides, p *subject) {
			p.given, p.family, p.email = "Renamed", "By GitLab", "gitlab-"+p.email
			form := url.Values{"email": {p.email}, "name": {p.given + " " + p.family}}
			w.want(http.StatusOK, w.call(http.MethodPut, path("/gitlab/api/v3/users/%d", p.id), form.Encode(), w.token(), "Content-Type: application/x-www-form-urlencoded"))
		},
		disable: func(w *sides, p *subject) {
			w.want(http.StatusOK, w.call(http.MethodPut, path("/gitlab/api/v3/users/%d/block", p.id), "", w.token()))
		},
		enable: func(w *sides, p *subject) {
			w.want(http.StatusOK, w.call(http.MethodPut, path("/gitlab/api/v3/users/%d/unblock", p.id), "", w.token()))
		},
		remove: func(w *sides, p *subject) {
			w.want(http.StatusOK, w.call(http.MethodDelete, path("/gitlab/api/v3/users/%d", p.id), "", w.token()))
		},
		knows: func(s seen) seen { return s },
	}
}

func wekanSide() side {
	return side{
		name: "Wekan",
		show: func(w *sides, p *subject) seen {
			a := w.call(http.MethodGet, "/wekan/api/users/"+p.uid, "", bearer(w.admin.Key))
			var u struct {
				ID            string `json:"_id"`
				Username      string
				Emails        []struct{ Address string }
				LoginDisabled bool
			}
			if err := json.Unmarshal([]byte(a.Body), &u); err != nil || u.ID == "" {
				return seen{}
			}
			return seen{There: true, Username: u.Username, Email: u.Emails[0].Address, CanEnter: !u.LoginDisabled}
		},
		make: func(w *sides, p *subject) {
			form := url.Values{"username": {p.username}, "email": {p.email}, "password": {p.password}}
			a := w.call(http.MethodPost, "/wekan/api/users", form.Encode(), bearer(w.admin.Key), "Content-Type: application/x-www-form-urlencoded")
			if !strings.Contains(a.Body, `"_id"`) {
				w.t.Fatal(a.Body)
			}
			p.given, p.family = "", "" // Wekan asks for no name
		},
		disable: func(w *sides, p *subject) { w.wekanAction(p, "disableLogin") },
		enable:  func(w *sides, p *subject) { w.wekanAction(p, "enableLogin") },
		remove: func(w *sides, p *subject) {
			w.want(http.StatusOK, w.call(http.MethodDelete, "/wekan/api/users/"+p.uid, "", bearer(w.admin.Key)))
		},
		knows: func(s seen) seen { s.Name = ""; return s },
	}
}

func (w *sides) wekanAction(p *subject, action string) {
	w.t.Helper()
	a := w.json(http.MethodPut, "/wekan/api/users/"+p.uid, `{"action":"`+action+`"}`, nil, bearer(w.admin.Key))
	if !strings.Contains(a.Body, p.uid) {
		w.t.Fatal(a.Body)
	}
}

func codebaseSide() side {
	return side{
		name: "Codebase",
		show: func(w *sides, p *subject) seen {
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
					return seen{true, u.Username, u.Email, strings.TrimSpace(u.Given + " " + u.Family), u.Enabled}
				}
			}
			return seen{}
		},
		make: func(w *sides, p *subject) {
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
			for api, ask := range askers() {
				if a := ask(w, person{User: directory.User{Username: p.username}}, key[1]); !strings.Contains(a.Body, p.email) {
					w.t.Errorf("%s does not take the key that the invitation page shows: %s", api, a.Body)
				}
			}
		},
		knows: func(s seen) seen { return s },
	}
}

func pm415Side() side {
	return side{
		name: "pm415",
		show: func(w *sides, p *subject) seen {
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
					return seen{There: true, Email: u.Email, Name: strings.TrimSpace(u.FirstName + " " + u.LastName), CanEnter: u.IsActive == 1}
				}
			}
			return seen{}
		},
		make: func(w *sides, p *subject) {
			// By invitation into the home organization, so that all sides look at the same list.
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
			p.username, _, _ = strings.Cut(p.email, "@") // pm415 knows no usernames: it is derived
		},
		change: func(w *sides, p *subject) {
			w.want(http.StatusOK, w.json(http.MethodPut, "/pm415/api/user",
				`{"email":"pm415-`+p.email+`","firstName":"Changed","lastName":"By Self"}`, nil, bearer(w.logIn(p))))
			p.email, p.given, p.family = "pm415-"+p.email, "Changed", "By Self"
		},
		remove: func(w *sides, p *subject) {
			// pm415 removes users from organizations. GitLab and Wekan still list them, because
			// they list all users of the server.
			w.want(http.StatusOK, w.json(http.MethodPost, path("/pm415/api/org/%d/users/remove", w.Home.ID),
				path(`{"usersId":["%d"]}`, p.id), nil, bearer(w.admin.Key)))
			for _, s := range []side{codebaseSide(), pm415Side()} {
				if got := s.show(w, p); got.There {
					w.t.Errorf("removed through pm415, and %s still shows %+v", s.name, got)
				}
			}
			gitlabSide().remove(w, p)
		},
		knows: func(s seen) seen { s.Username = ""; return s },
	}
}

func (w *sides) logIn(p *subject) string {
	w.t.Helper()
	var login struct{ Token string }
	w.want(http.StatusOK, w.json(http.MethodPost, "/pm415/api/account/login", `{"email":"`+p.email+`","password":"`+p.password+`"}`, &login))
	return login.Token
}

// shownKey is how a page shows an API key.
var shownKey = regexp.MustCompile(`<code id="api-key">([a-z0-9]{40})</code>`)

var linkForm = regexp.MustCompile(`http://\S+token=\S+`)

// mailedLink waits for the next letter to address in the outbox, takes it and
// gives the link in it.
func (w *sides) mailedLink(address string) *url.URL { return w.server.mailedLink(address) }

func (s *server) mailedLink(address string) *url.URL {
	s.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
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
	s.t.Fatalf("no letter with a link to %s came", address)
	return nil
}

func allSides() []side { return []side{gitlabSide(), wekanSide(), codebaseSide(), pm415Side()} }

// look compares what every side shows with what was done.
func (w *sides) look(p *subject, want seen, done string) {
	w.t.Helper()
	for _, s := range allSides() {
		expected := want
		if want.There {
			expected = s.knows(want)
		}
		expected.Name = strings.TrimSpace(expected.Name)
		if diff := cmp.Diff(expected, s.show(w, p)); diff != "" {
			w.t.Errorf("%s, seen through %s (-want +got):\n%s", done, s.name, diff)
		}
	}
}

func TestChangeThroughOneAPIIsVisibleInAll(t *testing.T) {
	t.Parallel()
	for engine, settings := range engines() {
		for _, maker := range allSides() {
			t.Run("on "+engine+", made through "+maker.name, func(t *testing.T) {
				t.Parallel()
				w := openSides(t, settings(t))
				for _, actor := range allSides() {
					w.wholeLife(maker, actor)
				}
			})
		}
	}
}

// wholeLife creates a user through one API, and uses all operations of another API on
// the user. A user that is not deleted by these is deleted through GitLab's API.
func (w *sides) wholeLife(maker, actor side) {
	w.t.Helper()
	name := strings.ToLower(maker.name + "-" + actor.name)
	p := &subject{username: name, email: name + "@people.example", password: "a long password 1", given: "Given", family: "Family Name"}
	maker.make(w, p)
	w.resolve(p)
	did := func(what string) string { return what + " through " + actor.name + ", made through " + maker.name }
	w.look(p, p.expected(true), did("made, and nothing done yet"))
	if actor.change != nil {
		actor.change(w, p)
		w.look(p, p.expected(true), did("changed"))
	}
	if actor.disable != nil {
		actor.disable(w, p)
		w.look(p, p.expected(false), did("disabled"))
		w.refused(p)
		actor.enable(w, p)
		w.look(p, p.expected(true), did("enabled"))
	}
	remove := actor.remove
	if remove == nil {
		remove = gitlabSide().remove
	}
	remove(w, p)
	w.look(p, seen{}, did("deleted"))
	w.refused(p)
}

// refused wants that the right password opens no door.
func (w *sides) refused(p *subject) {
	w.t.Helper()
	for door, body := range map[string]string{
		"/gitlab/api/v3/session":   `{"login":"` + p.username + `","password":"` + p.password + `"}`,
		"/wekan/users/login":       `{"username":"` + p.username + `","password":"` + p.password + `"}`,
		"/pm415/api/account/login": `{"email":"` + p.email + `","password":"` + p.password + `"}`,
	} {
		if a := w.json(http.MethodPost, door, body, nil); a.Status < 400 {
			w.t.Errorf("%s let somebody in who was disabled or deleted: %d %s", door, a.Status, a.Body)
		}
	}
}

// TestCredentialFromOneAPIWorksWithAll wins every credential there is, and
// shows it to every API in that API's own way; then the person is blocked, and
// none of them works anywhere.
func TestCredentialFromOneAPIWorksWithAll(t *testing.T) {
	t.Parallel()
	for name, win := range credentials() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := openSides(t, nil)
			ben := w.member("ben", 0, 0)
			secret := win(w, ben)
			for api, ask := range askers() {
				if a := ask(w, ben, secret); a.Status != http.StatusOK || !strings.Contains(a.Body, "ben@roster.example") {
					t.Errorf("%s did not take it: %d %s", api, a.Status, a.Body)
				}
			}
			w.want(http.StatusOK, w.call(http.MethodPut, path("/gitlab/api/v3/users/%d/block", ben.ID), "", w.token()))
			for api, ask := range askers() {
				if a := ask(w, ben, secret); strings.Contains(a.Body, "ben@roster.example") || a.Status == http.StatusOK && api != "Wekan" {
					t.Errorf("%s still takes it after the block: %d %s", api, a.Status, a.Body)
				}
			}
		})
	}
}

// credentials is every way to win one.
func credentials() map[string]func(w *sides, p person) string {
	return map[string]func(w *sides, p person) string{
		"the private token of GitLab's session": func(w *sides, p person) string {
			var u struct {
				PrivateToken string `json:"private_token"`
			}
			w.want(http.StatusCreated, w.json(http.MethodPost, "/gitlab/api/v3/session", `{"login":"ben","password":"`+p.Password+`"}`, &u))
			return u.PrivateToken
		},
		"the token of Wekan's login": func(w *sides, p person) string {
			var login struct{ Token string }
			w.want(http.StatusOK, w.json(http.MethodPost, "/wekan/users/login", `{"username":"ben","password":"`+p.Password+`"}`, &login))
			return login.Token
		},
		"the token that a Wekan administrator makes": func(w *sides, p person) string {
			var made struct{ AuthToken string }
			w.want(http.StatusOK, w.json(http.MethodPost, "/wekan/api/createtoken/"+p.UID, "", &made, bearer(w.admin.Key)))
			return made.AuthToken
		},
		"the token of pm415's login": func(w *sides, p person) string {
			return w.logIn(&subject{email: "ben@roster.example", password: p.Password})
		},
		"pm415's API key": func(w *sides, p person) string {
			var made struct{ Apikey string }
			w.want(http.StatusOK, w.json(http.MethodPost, "/pm415/api/user/apikey", "", &made, bearer(p.Key)))
			return made.Apikey
		},
		"an access token": func(w *sides, p person) string {
			_, text, err := w.App.Directory.CreateToken(w.t.Context(), directory.Operator(), directory.NewToken{
				Owner: p.ID, Name: "script", Scopes: directory.Scopes{directory.ScopeAPI},
			})
			w.must(err)
			return text.Reveal()
		},
		"the api-key of Codebase's profile": func(w *sides, p person) string {
			a := w.call(http.MethodGet, "/codebase/profile", "", basic(w.Home.Slug, "ben", p.Key))
			var u struct {
				Key string `xml:"api-key"`
			}
			w.must(xml.Unmarshal([]byte(a.Body), &u))
			return u.Key
		},
	}
}

// askers returns, for each API, a request for the authenticated user with a credential.
func askers() map[string]func(w *sides, p person, secret string) answer {
	return map[string]func(w *sides, p person, secret string) answer{
		"GitLab": func(w *sides, _ person, secret string) answer {
			return w.call(http.MethodGet, "/gitlab/api/v3/user", "", "PRIVATE-TOKEN: "+secret)
		},
		"Wekan": func(w *sides, _ person, secret string) answer {
			return w.call(http.MethodGet, "/wekan/api/user", "", bearer(secret))
		},
		"Codebase": func(w *sides, p person, secret string) answer {
			return w.call(http.MethodGet, "/codebase/profile", "", basic(w.Home.Slug, p.Username, secret))
		},
		"pm415": func(w *sides, _ person, secret string) answer {
			return w.call(http.MethodGet, "/pm415/api/user", "", bearer(secret))
		},
	}
}
