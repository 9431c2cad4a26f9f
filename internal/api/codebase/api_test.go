package codebase_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/api/codebase"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/role"
)

// fixture is a server with the users of the transcripts. In the account "home", admin is administrator
// of the server and chief of the account; dan and ada are members, dan as in the seed. eve is the
// only user of the account "other". In the account "third", newcomer has no permissions, and
// a.b.txt has a username with a suffix.
type fixture struct {
	*apitest.Fixture
	handler http.Handler
	users   map[string]apitest.User
	account map[string]string // of users outside of the account "home"
	trusted model.RoleID      // the seed's role, of the account "home"
}

func newFixture(t *testing.T, o directory.Options) *fixture {
	t.Helper()
	h := apitest.NewFixture(t, o)
	w := &fixture{Fixture: h, users: map[string]apitest.User{}, handler: codebase.New(h.Directory, codebase.Config{})}
	w.users["admin"] = h.AddAdmin("admin")
	w.createUser(t, directory.NewUser{
		Username: "dan", Names: model.Names{}.WithParts("Dan", "Wentworth"), Email: "user@example.com",
		Profile: model.Profile{TimeZone: "London"},
	})
	w.createUser(t, directory.NewUser{
		Username: "ada", Names: model.Names{}.WithName("Ada"), Email: "ada@roster.example",
		Profile: model.Profile{Company: "Lab & Sons <London>"},
	})
	w.users["chief"] = h.AddMemberTo(h.Home.ID, model.RoleAdmin, "chief")
	w.users["eve"] = h.AddMemberTo(h.AddOrganization("Other").ID, 0, "eve")
	third := h.AddOrganization("Third").ID
	w.users["newcomer"] = h.AddMemberTo(third, model.RolePending, "newcomer")
	w.users["a.b.txt"] = h.AddMemberTo(third, 0, "a.b.txt")
	w.account = map[string]string{"eve": "other", "newcomer": "third", "a.b.txt": "third"}
	w.createProjects(t)
	return w
}

func (w *fixture) createUser(t *testing.T, n directory.NewUser) {
	t.Helper()
	n.Limits = model.DefaultLimits()
	u, err := w.Directory.CreateUser(t.Context(), model.Operator(), n)
	if err != nil {
		t.Fatal(err)
	}
	w.users[n.Username] = w.WithAPIKey(apitest.User{User: u})
}

// createProjects creates the projects and the role of the seed.
func (w *fixture) createProjects(t *testing.T) {
	t.Helper()
	w.project(t, project.NewProject{Name: "Awesome project"}, "dan", "ada")
	w.project(t, project.NewProject{Name: "Project Awesome", Group: "Web Apps"}, "dan")
	trusted, err := w.Directory.CreateRole(t.Context(), model.Operator(), role.NewRole{
		Org: w.Home.ID, Name: "Trusted Users", Permissions: []model.Permission{model.ProjectsReadAll},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.trusted = trusted.ID
}

func (w *fixture) project(t *testing.T, n project.NewProject, users ...string) {
	t.Helper()
	n.Org = w.Home.ID
	p, err := w.Directory.CreateProject(t.Context(), model.Operator(), n)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]model.UserID, 0, len(users))
	for _, name := range users {
		ids = append(ids, w.users[name].ID)
	}
	if err := w.Directory.Assign(t.Context(), model.Operator(), n.Org, p.Permalink, ids); err != nil {
		t.Fatal(err)
	}
}

// authorize adds the credential of a user, or an invalid one that name describes.
func (w *fixture) authorize(name string, r *http.Request) error {
	dan, ada := w.users["dan"], w.users["ada"]
	odd := map[string][2]string{
		"home/dan with a wrong key":         {"home/dan", strings.Repeat("a", 40)},
		"home/dan with the key of ada":      {"home/dan", ada.APIKey},
		"home/dan with an empty password":   {"home/dan", ""},
		"home/admin with the password":      {"home/admin", w.users["admin"].Password},
		"other/dan":                         {"other/dan", dan.APIKey},
		"nowhere/dan":                       {"nowhere/dan", dan.APIKey},
		"dan without an account":            {"dan", dan.APIKey},
		"/dan":                              {"/dan", dan.APIKey},
		"home/":                             {"home/", dan.APIKey},
		"home/user@example.com":             {"home/user@example.com", dan.APIKey},
		"home//dan":                         {"home//dan", dan.APIKey},
		"HOME/Dan":                          {"HOME/Dan", dan.APIKey},
		"home/dan with blanks around":       {" home / dan ", dan.APIKey},
		"home/ and a blank":                 {"home/ ", dan.APIKey},
		"home/dan with a colon in the name": {"home:/dan", dan.APIKey},
	}
	if shown, ok := odd[name]; ok {
		r.SetBasicAuth(shown[0], shown[1])
		return nil
	}
	p, ok := w.users[name]
	if !ok {
		return fmt.Errorf("nobody is called %q", name)
	}
	r.SetBasicAuth(w.loginOf(p), p.APIKey)
	return nil
}

func (w *fixture) loginOf(p apitest.User) string {
	account, ok := w.account[p.Username]
	if !ok {
		account = w.Home.Slug
	}
	return account + "/" + p.Username
}

// ask sends one request, authenticated as name unless it is empty.
func (w *fixture) ask(t *testing.T, name, method, path string, body io.Reader, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, body)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if name != "" {
		if err := w.authorize(name, r); err != nil {
			t.Fatal(err)
		}
	}
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r)
	return answer
}

func TestTranscripts(t *testing.T) {
	t.Parallel()
	apitest.Run(t, "testdata/*.txtar", func(t *testing.T) apitest.Target {
		t.Helper()
		w := newFixture(t, directory.Options{})
		target := w.Target(w.users)
		target.Handler, target.Authorize = w.handler, w.authorize
		target.Vars["TRUSTED_ID"] = strconv.FormatInt(int64(w.trusted), 10)
		return target
	})
}

func TestSharedRootHasNoProjectRoutes(t *testing.T) {
	t.Parallel()
	w := newFixture(t, directory.Options{})
	full := codebase.New(w.Directory, codebase.Config{})
	root := codebase.NewAtRoot(w.Directory, codebase.Config{})
	for path, atRoot := range map[string]bool{
		"/profile": true, "/users": true, "/roles.xml": true, "/users/a.b/public_keys.txt": true,
		"/awesome-project/assignments": false, "/users/assignments": false,
		"/projects": false, "/projects.json": false, "/projects/awesome-project": false, "/awesome-project": false,
	} {
		if !full.HasRoute(path) {
			t.Errorf("New does not know %s", path)
		}
		if root.HasRoute(path) != atRoot {
			t.Errorf("NewAtRoot knows %s: %t, want %t", path, !atRoot, atRoot)
		}
	}
	for _, path := range []string{"/users/login", "/users/register", "/api/users", "/"} {
		if root.HasRoute(path) || full.HasRoute(path) {
			t.Errorf("%s belongs to another API", path)
		}
	}
}

func TestEveryRouteHasAPermissionAndRequiresACredential(t *testing.T) {
	t.Parallel()
	w := newFixture(t, directory.Options{})
	vocabulary := map[string]bool{}
	for _, p := range model.AllPermissions() {
		vocabulary[string(p)] = true
	}
	paths := strings.NewReplacer("{username}", "dan", "{project}", "awesome-project")
	for _, route := range codebase.New(w.Directory, codebase.Config{}).Routes() {
		if !vocabulary[route.Needs] || route.Needs == string(model.Public) {
			t.Errorf("%s %s needs %q", route.Method, route.Path, route.Needs)
		}
		if got := w.ask(t, "", route.Method, paths.Replace(route.Path), nil).Code; got != http.StatusUnauthorized {
			t.Errorf("%s %s without a credential: %d", route.Method, route.Path, got)
		}
	}
}
