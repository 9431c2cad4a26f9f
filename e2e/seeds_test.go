package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/directory"
)

// The calls and examples of the documents that the APIs were written after, at
// both places where each API answers.

// TestCallsOfTheSourceDocumentsWork replays them. GitLab's page leaves /api/v3 out.
func TestCallsOfTheSourceDocumentsWork(t *testing.T) {
	t.Parallel()
	for name, calls := range map[string]struct {
		bases    []string
		world    func(s *server) apitest.Target
		settings map[string]string
	}{
		"gitlab":   {[]string{"/api/v3", "/gitlab/api/v3"}, gitlabWorld, nil},
		"wekan":    {[]string{"", "/wekan"}, wekanWorld, nil},
		"codebase": {[]string{"", "/codebase"}, codebaseWorld, nil},
		// Its password is 1111.
		"pm415": {[]string{"", "/pm415"}, pm415World, map[string]string{"pm415.own_password_rules": "true"}},
	} {
		for _, base := range calls.bases {
			t.Run(name+" at "+base+"/", func(t *testing.T) {
				t.Parallel()
				apitest.Run(t, "testdata/seeds/"+name+".txtar", func(t *testing.T) apitest.Target {
					s := start(t, calls.settings)
					w := calls.world(s)
					w.BaseURL = s.URL + base
					return w
				})
			})
		}
	}
}

// people returns a target with an administrator and a member. show adds a credential to a
// request.
func (s *server) people(show func(r *http.Request, p person)) apitest.Target {
	s.t.Helper()
	people := map[string]person{"admin": s.admin("admin"), "member": s.member("member", 0, 0)}
	return apitest.Target{
		Vars: map[string]string{"MEMBER_ID": strconv.FormatInt(int64(people["member"].ID), 10)},
		Authorize: func(name string, r *http.Request) error {
			p, ok := people[name]
			if !ok {
				return fmt.Errorf("nobody is called %s here", name)
			}
			show(r, p)
			return nil
		},
	}
}

func gitlabWorld(s *server) apitest.Target {
	return s.people(func(r *http.Request, p person) { r.Header.Set("PRIVATE-TOKEN", p.Key) })
}

func codebaseWorld(s *server) apitest.Target {
	return s.people(func(r *http.Request, p person) { r.SetBasicAuth(s.Home.Slug+"/"+p.Username, p.Key) })
}

func wekanWorld(s *server) apitest.Target {
	admin, john := s.admin("admin"), s.member("john", 0, 0)
	john = s.change(john, directory.UserChange{Email: new("me@mail.com")})
	return apitest.Target{Vars: map[string]string{
		"ADMIN_ID": admin.UID, "JOHN_ID": john.UID, "JOHN_PASSWORD": john.Password,
		"ADMIN_TOKEN": s.wekanToken(admin), "JOHN_TOKEN": s.wekanToken(john),
	}}
}

// wekanToken logs in with Wekan's API.
func (s *server) wekanToken(p person) string {
	s.t.Helper()
	form := url.Values{"username": {p.Username}, "password": {p.Password}}
	a := s.call(http.MethodPost, "/users/login", form.Encode(), "Content-Type: application/x-www-form-urlencoded")
	return s.text(`[A-Za-z0-9_-]{43}`, s.document(a.Body), "token")
}

func pm415World(s *server) apitest.Target {
	bar := s.organization("Bar")
	matt, err := s.App.Directory.CreateUser(s.t.Context(), directory.Operator(), directory.NewUser{
		Username: "matt", Email: "mattreider@tmnail.com", Names: directory.Names{}.WithParts("Matthew", "Reider"),
		Org: bar.ID, Role: directory.RoleAdmin, Limits: directory.DefaultLimits(),
	})
	s.must(err)
	return apitest.Target{Vars: map[string]string{
		"MATT_KEY": s.withKey(person{User: matt}).Key,
		"MATT_ID":  strconv.FormatInt(int64(matt.ID), 10), "BAR_ID": strconv.FormatInt(int64(bar.ID), 10),
	}}
}

// sample is one section of a file in testdata/samples.
func (s *server) sample(file, section string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "samples", file))
	s.must(err)
	for _, f := range txtar.Parse(text).Files {
		if f.Name == section {
			return string(f.Data)
		}
	}
	s.t.Fatalf("%s has no section %q", file, section)
	return ""
}

// value reads any JSON, numbers as they are written.
func (s *server) value(text string) any {
	s.t.Helper()
	return s.document(`{"value":` + text + `}`)["value"]
}

// asGitLab is the JSON of GET path as p.
func (s *server) asGitLab(p person, base, path string) string {
	s.t.Helper()
	a := s.call(http.MethodGet, base+path, "", "PRIVATE-TOKEN: "+p.Key)
	if a.Status != http.StatusOK {
		s.t.Fatalf("GET %s%s: %d %s", base, path, a.Status, a.Body)
	}
	return a.Body
}

// order lists the members of an object, or of each object in a list, as they
// stand in the text.
func (s *server) order(text string) [][]string {
	s.t.Helper()
	rows := []json.RawMessage{json.RawMessage(text)}
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		s.must(json.Unmarshal([]byte(text), &rows))
	}
	names := make([][]string, 0, len(rows))
	for _, row := range rows {
		names = append(names, s.names(row))
	}
	return names
}

// names are the members of one object, in their order.
func (s *server) names(object []byte) (names []string) {
	s.t.Helper()
	in := json.NewDecoder(bytes.NewReader(object))
	_, err := in.Token() // the brace
	for s.must(err); in.More(); {
		name, err := in.Token()
		s.must(err)
		names = append(names, fmt.Sprint(name))
		var value json.RawMessage
		s.must(in.Decode(&value))
	}
	return names
}

// ordered wants the members of got to stand as in the sample, and behind them
// what the reference adds.
func (s *server) ordered(sample, got string, added ...string) {
	s.t.Helper()
	want := s.order(sample)
	for i, row := range want {
		for _, name := range added {
			if !slices.Contains(row, name) {
				row = append(row, name)
			}
		}
		want[i] = row
	}
	if diff := cmp.Diff(want, s.order(got)); diff != "" {
		s.t.Errorf("the members stand otherwise (-want +got):\n%s", diff)
	}
}

// smith is a person of GitLab's sample.
func (s *server) smith(first string, scheme int64) person {
	s.t.Helper()
	lower := strings.ToLower(first)
	u, err := s.App.Directory.CreateUser(s.t.Context(), directory.Operator(), directory.NewUser{
		Username: lower + "_smith", Email: lower + "@example.com", Names: directory.Names{}.WithName(first + " Smith"),
		Identity: directory.Identity{Provider: "provider_name", ExternalUID: lower + ".smith"},
		Limits:   directory.Limits{ThemeID: 1, ColorSchemeID: scheme, ProjectsLimit: 10, CanCreateGroup: true},
	})
	s.must(err)
	return s.withKey(person{User: u})
}

// TestGitLabUsersMatchTheSamples, and in their order. It allows, beside times and the token, for
// what the reference adds: avatar_url everywhere, created_at of keys, and
// can_create_project, which the first row of the page's list lacks.
func TestGitLabUsersMatchTheSamples(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"/api/v3", "/gitlab/api/v3"} {
		t.Run(base, func(t *testing.T) {
			t.Parallel()
			s := start(t, nil)
			john, jack := s.smith("John", 2), s.smith("Jack", 3)
			_, err := s.App.Directory.BlockUser(t.Context(), directory.Operator(), jack.ID)
			s.must(err)
			own := func(p person) document {
				return document{"created_at": p.CreatedAt.UTC().Format(wholeSeconds), "avatar_url": nil}
			}
			sample := func(section string) document { return s.value(s.sample("gitlab.txtar", section)).(document) }
			got := map[string]string{}
			for section, path := range map[string]string{"GET /users": "/users", "GET /users/:id": path("/users/%d", john.ID), "GET /user": "/user"} {
				got[section] = s.asGitLab(john, base, path)
				s.ordered(s.sample("gitlab.txtar", section), got[section], "can_create_project", "avatar_url")
			}
			list := s.value(s.sample("gitlab.txtar", "GET /users")).([]any)
			list[0] = with(list[0].(document), with(own(john), document{"can_create_project": true}))
			list[1] = with(list[1].(document), own(jack))
			s.same(document{
				"list": list, "show": with(sample("GET /users/:id"), own(john)),
				"me": with(sample("GET /user"), with(own(john), document{"private_token": john.Key})),
			}, document{"list": s.value(got["GET /users"]), "show": s.value(got["GET /users/:id"]), "me": s.value(got["GET /user"])})
		})
	}
}

// TestGitLabKeysMatchTheSamples: the page shows one key under two ids,
// which no server would take; the second is another one here.
func TestGitLabKeysMatchTheSamples(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"/api/v3", "/gitlab/api/v3"} {
		t.Run(base, func(t *testing.T) {
			t.Parallel()
			w := &world{server: start(t, nil)}
			john := w.smith("John", 2)
			list := w.value(w.sample("gitlab.txtar", "GET /user/keys")).([]any)
			list[1].(document)["key"] = w.newKey()
			for i, row := range list {
				sent, err := json.Marshal(row)
				w.must(err)
				a := w.call(http.MethodPost, base+"/user/keys", string(sent), "PRIVATE-TOKEN: "+john.Key, "Content-Type: application/json")
				made := w.document(a.Body)
				if a.Status != http.StatusCreated {
					t.Fatalf("%d %s", a.Status, a.Body)
				}
				list[i] = with(row.(document), document{"id": w.identifier(made, "id"), "created_at": w.recent(wholeSeconds, made, "created_at")})
				w.same(list[i].(document), made)
			}
			one := with(w.value(w.sample("gitlab.txtar", "GET /user/keys/:id")).(document),
				document{"id": list[0].(document)["id"], "created_at": list[0].(document)["created_at"]})
			keys, shown := w.asGitLab(john, base, "/user/keys"), w.asGitLab(john, base, path("/user/keys/%v", one["id"]))
			w.same(document{"list": list, "one": one}, document{"list": w.value(keys), "one": w.value(shown)})
			w.ordered(w.sample("gitlab.txtar", "GET /user/keys"), keys, "created_at")
			w.ordered(w.sample("gitlab.txtar", "GET /user/keys/:id"), shown, "created_at")
		})
	}
}

// TestCredentialSelectsTheAPIOfTheOwnUser: of all root paths, this one
// alone belongs to two APIs.
func TestCredentialSelectsTheAPIOfTheOwnUser(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	ben := s.member("ben", 0, 0)
	login := s.call(http.MethodPost, "/api/account/login", `{"email":"ben@roster.example","password":"`+ben.Password+`"}`, "Content-Type: application/json")
	wekan := s.wekanToken(ben)
	place := document{"id": s.Home.ID, "name": s.Home.Name, "roles": []any{document{"id": 2, "role": "Member"}}}
	ofPM415 := document{
		"success": true, "organization": place,
		"user": document{
			"id": ben.ID, "email": "ben@roster.example", "firstName": "Ben", "lastName": "Example", "organizations": []any{place},
		},
	}
	stranger := document{"statusCode": 401, "error": "Unauthorized", "message": "Authentication required", "success": false}
	for name, row := range map[string]struct {
		token string
		want  document
	}{
		"the token of Wekan's login":     {wekan, wekanOwn(ben)},
		"the API key":                    {ben.Key, ofPM415},
		"the token of pm415's login":     {s.text(`.+`, s.document(login.Body), "token"), ofPM415},
		"a token of nobody":              {"nobody-" + wekan, stranger},
		"the token of Wekan's, extended": {wekan + "x", stranger},
	} {
		for way, a := range map[string]answer{
			"as Bearer":    s.call(http.MethodGet, "/api/user", "", bearer(row.token)),
			"in the query": s.call(http.MethodGet, "/api/user?access_token="+row.token, ""),
		} {
			t.Log(name, way)
			s.same(row.want, s.document(a.Body))
		}
	}
	s.same(stranger, s.document(s.call(http.MethodGet, "/api/user", "").Body))
	s.same(wekanOwn(ben), s.document(s.call(http.MethodGet, "/api/user/", "", bearer(wekan)).Body))
}
