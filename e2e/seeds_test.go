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
	"roster.example/roster/internal/model"
)

// The requests and samples of the source documents of the APIs, at both base paths of each API.

// GitLab's document omits the prefix /api/v3 of its paths.
func TestCallsOfTheSourceDocumentsWork(t *testing.T) {
	t.Parallel()
	for name, calls := range map[string]struct {
		bases    []string
		target   func(s *server) apitest.Target
		settings map[string]string
	}{
		"gitlab":   {[]string{"/api/v3", "/gitlab/api/v3"}, gitlabTarget, nil},
		"wekan":    {[]string{"", "/wekan"}, wekanTarget, nil},
		"codebase": {[]string{"", "/codebase"}, codebaseTarget, nil},
		// The password of the sample is 1111.
		"pm415": {[]string{"", "/pm415"}, pm415Target, map[string]string{"pm415.own_password_rules": "true"}},
	} {
		for _, base := range calls.bases {
			t.Run(name+" at "+base+"/", func(t *testing.T) {
				t.Parallel()
				apitest.Run(t, "testdata/seeds/"+name+".txtar", func(t *testing.T) apitest.Target {
					s := start(t, calls.settings)
					w := calls.target(s)
					w.BaseURL = s.URL + base
					return w
				})
			})
		}
	}
}

// targetWithUsers returns a target with an administrator and a member. authorize adds a credential to a
// request.
func (s *server) targetWithUsers(authorize func(r *http.Request, p testUser)) apitest.Target {
	s.t.Helper()
	users := map[string]testUser{"admin": s.admin("admin"), "member": s.member("member", 0, 0)}
	return apitest.Target{
		Vars: map[string]string{"MEMBER_ID": strconv.FormatInt(int64(users["member"].ID), 10)},
		Authorize: func(name string, r *http.Request) error {
			p, ok := users[name]
			if !ok {
				return fmt.Errorf("unknown user %s", name)
			}
			authorize(r, p)
			return nil
		},
	}
}

func gitlabTarget(s *server) apitest.Target {
	return s.targetWithUsers(func(r *http.Request, p testUser) { r.Header.Set("PRIVATE-TOKEN", p.Key) })
}

func codebaseTarget(s *server) apitest.Target {
	return s.targetWithUsers(func(r *http.Request, p testUser) { r.SetBasicAuth(s.Home.Slug+"/"+p.Username, p.Key) })
}

func wekanTarget(s *server) apitest.Target {
	admin, john := s.admin("admin"), s.member("john", 0, 0)
	john = s.change(john, directory.UserChange{Email: new("me@mail.com")})
	return apitest.Target{Vars: map[string]string{
		"ADMIN_ID": admin.UID, "JOHN_ID": john.UID, "JOHN_PASSWORD": john.Password,
		"ADMIN_TOKEN": s.wekanToken(admin), "JOHN_TOKEN": s.wekanToken(john),
	}}
}

// wekanToken signs in through Wekan's API.
func (s *server) wekanToken(p testUser) string {
	s.t.Helper()
	form := url.Values{"username": {p.Username}, "password": {p.Password}}
	a := s.call(http.MethodPost, "/users/login", form.Encode(), "Content-Type: application/x-www-form-urlencoded")
	return s.text(`[A-Za-z0-9_-]{43}`, s.document(a.Body), "token")
}

func pm415Target(s *server) apitest.Target {
	bar := s.organization("Bar")
	matt, err := s.App.Directory.CreateUser(s.t.Context(), model.Operator(), directory.NewUser{
		Username: "matt", Email: "mattreider@tmnail.com", Names: model.Names{}.WithParts("Matthew", "Reider"),
		Org: bar.ID, Role: model.RoleAdmin, Limits: model.DefaultLimits(),
	})
	s.must(err)
	return apitest.Target{Vars: map[string]string{
		"MATT_KEY": s.withKey(testUser{User: matt}).Key,
		"MATT_ID":  strconv.FormatInt(int64(matt.ID), 10), "BAR_ID": strconv.FormatInt(int64(bar.ID), 10),
	}}
}

// sample returns a section of a file in testdata/samples.
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

// value parses any JSON. Numbers keep their spelling.
func (s *server) value(text string) any {
	s.t.Helper()
	return s.document(`{"value":` + text + `}`)["value"]
}

// getGitLab returns the JSON of GET path, authenticated as p.
func (s *server) getGitLab(p testUser, base, path string) string {
	s.t.Helper()
	a := s.call(http.MethodGet, base+path, "", "PRIVATE-TOKEN: "+p.Key)
	if a.Status != http.StatusOK {
		s.t.Fatalf("GET %s%s: %d %s", base, path, a.Status, a.Body)
	}
	return a.Body
}

// order returns the member names of an object, or of each object in a list, in the order of the text.
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

// names returns the member names of an object in order.
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

// checkOrder checks that the members of got have the order of the sample, followed by the members of
// added, which only the reference documents.
func (s *server) checkOrder(sample, got string, added ...string) {
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
		s.t.Errorf("order of members (-want +got):\n%s", diff)
	}
}

// sampleUser creates a user of GitLab's sample.
func (s *server) sampleUser(first string, scheme int64) testUser {
	s.t.Helper()
	lower := strings.ToLower(first)
	u, err := s.App.Directory.CreateUser(s.t.Context(), model.Operator(), directory.NewUser{
		Username: lower + "_smith", Email: lower + "@example.com", Names: model.Names{}.WithName(first + " Smith"),
		Identity: model.Identity{Provider: "provider_name", ExternalUID: lower + ".smith"},
		Limits:   model.Limits{ThemeID: 1, ColorSchemeID: scheme, ProjectsLimit: 10, CanCreateGroup: true},
	})
	s.must(err)
	return s.withKey(testUser{User: u})
}

// Members and their order are those of the samples, except for times, the token, and members that
// only the reference documents: avatar_url, created_at of keys, and can_create_project, which is
// missing in the first row of the sample's list.
func TestGitLabUsersMatchTheSamples(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"/api/v3", "/gitlab/api/v3"} {
		t.Run(base, func(t *testing.T) {
			t.Parallel()
			s := start(t, nil)
			john, jack := s.sampleUser("John", 2), s.sampleUser("Jack", 3)
			_, err := s.App.Directory.BlockUser(t.Context(), model.Operator(), jack.ID)
			s.must(err)
			own := func(p testUser) document {
				return document{"created_at": p.CreatedAt.UTC().Format(wholeSeconds), "avatar_url": nil}
			}
			sample := func(section string) document { return s.value(s.sample("gitlab.txtar", section)).(document) }
			got := map[string]string{}
			for section, path := range map[string]string{"GET /users": "/users", "GET /users/:id": path("/users/%d", john.ID), "GET /user": "/user"} {
				got[section] = s.getGitLab(john, base, path)
				s.checkOrder(s.sample("gitlab.txtar", section), got[section], "can_create_project", "avatar_url")
			}
			list := s.value(s.sample("gitlab.txtar", "GET /users")).([]any)
			list[0] = with(list[0].(document), with(own(john), document{"can_create_project": true}))
			list[1] = with(list[1].(document), own(jack))
			s.compare(document{
				"list": list, "show": with(sample("GET /users/:id"), own(john)),
				"me": with(sample("GET /user"), with(own(john), document{"private_token": john.Key})),
			}, document{"list": s.value(got["GET /users"]), "show": s.value(got["GET /users/:id"]), "me": s.value(got["GET /user"])})
		})
	}
}

// The sample has the same key twice, which every server rejects, so the second is another key here.
func TestGitLabKeysMatchTheSamples(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"/api/v3", "/gitlab/api/v3"} {
		t.Run(base, func(t *testing.T) {
			t.Parallel()
			w := &permissionServer{server: start(t, nil)}
			john := w.sampleUser("John", 2)
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
				w.compare(list[i].(document), made)
			}
			one := with(w.value(w.sample("gitlab.txtar", "GET /user/keys/:id")).(document),
				document{"id": list[0].(document)["id"], "created_at": list[0].(document)["created_at"]})
			keys, shown := w.getGitLab(john, base, "/user/keys"), w.getGitLab(john, base, path("/user/keys/%v", one["id"]))
			w.compare(document{"list": list, "one": one}, document{"list": w.value(keys), "one": w.value(shown)})
			w.checkOrder(w.sample("gitlab.txtar", "GET /user/keys"), keys, "created_at")
			w.checkOrder(w.sample("gitlab.txtar", "GET /user/keys/:id"), shown, "created_at")
		})
	}
}

// /api/user is the only path at the root that belongs to two APIs.
func TestCredentialSelectsTheAPIOfTheOwnUser(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	ben := s.member("ben", 0, 0)
	login := s.call(http.MethodPost, "/api/account/login", `{"email":"ben@roster.example","password":"`+ben.Password+`"}`, "Content-Type: application/json")
	wekan := s.wekanToken(ben)
	home := document{"id": s.Home.ID, "name": s.Home.Name, "roles": []any{document{"id": 2, "role": "Member"}}}
	ofPM415 := document{
		"success": true, "organization": home,
		"user": document{
			"id": ben.ID, "email": "ben@roster.example", "firstName": "Ben", "lastName": "Example", "organizations": []any{home},
		},
	}
	unauthorized := document{"statusCode": 401, "error": "Unauthorized", "message": "Authentication required", "success": false}
	for name, row := range map[string]struct {
		token string
		want  document
	}{
		"the token of Wekan's login":     {wekan, wekanOwn(ben)},
		"the API key":                    {ben.Key, ofPM415},
		"the token of pm415's login":     {s.text(`.+`, s.document(login.Body), "token"), ofPM415},
		"an unknown token":               {"unknown-" + wekan, unauthorized},
		"the token of Wekan's, extended": {wekan + "x", unauthorized},
	} {
		for way, a := range map[string]answer{
			"as Bearer":    s.call(http.MethodGet, "/api/user", "", bearer(row.token)),
			"in the query": s.call(http.MethodGet, "/api/user?access_token="+row.token, ""),
		} {
			t.Log(name, way)
			s.compare(row.want, s.document(a.Body))
		}
	}
	s.compare(unauthorized, s.document(s.call(http.MethodGet, "/api/user", "").Body))
	s.compare(wekanOwn(ben), s.document(s.call(http.MethodGet, "/api/user/", "", bearer(wekan)).Body))
}
