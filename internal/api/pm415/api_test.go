package pm415

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// fixture is a server with these users: ann and bob are Admin and Member of AnnOrg, pen is Pending
// there, eve is Admin of EveOrg, and root is administrator of the server.
type fixture struct {
	*apitest.Fixture
	router         *web.Router
	annOrg, eveOrg model.Organization
	users          map[string]apitest.User
}

func newFixture(t testing.TB, o directory.Options, c Config) *fixture {
	t.Helper()
	if o.HidesAccounts == nil { // an empty list reveals accounts
		o.HidesAccounts = []model.API{model.PM415}
	}
	h := apitest.NewFixture(t, o)
	s := &fixture{Fixture: h, router: New(h.Directory, c), annOrg: h.AddOrganization("AnnOrg"), eveOrg: h.AddOrganization("EveOrg")}
	s.users = map[string]apitest.User{
		"root": h.AddAdmin("root"),
		"ann":  h.AddMemberTo(s.annOrg.ID, model.RoleAdmin, "ann"),
		"bob":  h.AddMemberTo(s.annOrg.ID, model.RoleMember, "bob"),
		"pen":  h.AddMemberTo(s.annOrg.ID, model.RolePending, "pen"),
		"eve":  h.AddMemberTo(s.eveOrg.ID, model.RoleAdmin, "eve"),
	}
	return s
}

func (s *fixture) target() apitest.Target {
	w := s.Target(s.users)
	w.Handler = s.router
	w.Vars["HOME_ID"] = id(s.Home.ID)
	w.Vars["ORG"] = id(s.annOrg.ID)
	w.Vars["EVE_ORG"] = id(s.eveOrg.ID)
	w.Authorize = func(name string, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+s.users[name].APIKey)
		return nil
	}
	return w
}

func id[T ~int64](n T) string { return strconv.FormatInt(int64(n), 10) }

// send sends one request with a JSON body and the token.
func (s *fixture) send(method, target, token, body string) *httptest.ResponseRecorder {
	return deliver(s.router, httptest.NewRequest(method, target, strings.NewReader(body)), token, "application/json")
}

func deliver(h http.Handler, r *http.Request, token, kind string) *httptest.ResponseRecorder {
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func expect(t *testing.T, w *httptest.ResponseRecorder, status int, parts ...string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	for _, part := range parts {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("the answer lacks %s: %s", part, w.Body)
		}
	}
}

func TestTranscripts(t *testing.T) {
	t.Parallel()
	apitest.Run(t, "testdata/*.txtar", func(t *testing.T) apitest.Target {
		return newFixture(t, directory.Options{}, Config{}).target()
	})
	apitest.Run(t, "testdata/revealing/*.txtar", func(t *testing.T) apitest.Target {
		return newFixture(t, directory.Options{HidesAccounts: []model.API{}}, Config{}).target()
	})
}

func TestEveryRouteHasAPermissionAndRequiresACredential(t *testing.T) {
	t.Parallel()
	s := newFixture(t, directory.Options{}, Config{})
	open := []string{
		"GET /api", "POST /api/account/login", "POST /api/account/register", "GET /api/account/verify",
		"POST /api/account/forgotpassword", "POST /api/account/changepassword", "GET /api/org/invite",
	}
	for _, route := range s.router.Routes() {
		name := route.Method + " " + route.Path
		if !slices.Contains(model.AllPermissions(), model.Permission(route.Needs)) {
			t.Errorf("%s needs %q, which is no permission", name, route.Needs)
		}
		if public := route.Needs == string(model.Public); public != slices.Contains(open, name) {
			t.Errorf("%s is open: %v", name, public)
		}
		if slices.Contains(open, name) {
			continue
		}
		path := strings.NewReplacer("{orgid}", id(s.annOrg.ID)).Replace(route.Path)
		expect(t, s.send(route.Method, path, "", ""), http.StatusUnauthorized, `"message":"Authentication required","success":false`)
	}
}

func TestTooLargeBodyIsRejected(t *testing.T) {
	t.Parallel()
	s := newFixture(t, directory.Options{}, Config{MaxBody: 100})
	long := `{"name": "` + strings.Repeat("x", 100) + `"}`
	w := s.send("POST", "/api/org", s.users["ann"].APIKey, long)
	expect(t, w, http.StatusRequestEntityTooLarge, `{"statusCode":413,"error":"Request Entity Too Large"`, `"success":false}`)
}
