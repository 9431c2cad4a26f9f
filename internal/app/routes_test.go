package app

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// sample returns a path of the route.
func sample(route web.RouteInfo) string { return wildcard.ReplaceAllString(route.Path, "1") }

// compatibleAPIs returns the mounts with a prefix.
func (h *testServer) compatibleAPIs() []mount {
	return slices.DeleteFunc(slices.Clone(h.mounts), func(d mount) bool { return d.prefix == "" })
}

func TestEachAPIAnswersBelowItsPrefix(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, nil)
	for _, d := range h.compatibleAPIs() {
		for _, route := range d.full.Routes() {
			if got := h.servedBy(t, h.main, route.Method, d.prefix+sample(route)); got != d.name {
				t.Errorf("%s %s%s: served by %q, want %q", route.Method, d.prefix, route.Path, got, d.name)
			}
		}
		if got := h.servedBy(t, h.main, "GET", d.prefix+"/nothing/of/this/kind"); got != d.name {
			t.Errorf("an unknown path below %s: served by %q", d.prefix, got)
		}
	}
}

func TestEachAPIAnswersAtTheRoot(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, map[string]string{"ssh_keys.publish": "true"})
	for _, d := range h.mounts {
		for _, route := range d.root.Routes() {
			want := d.name
			if route.Path == "/api/user" {
				want = string(model.PM415) // see TestCredentialSelectsTheAPIOfTheUserPath
			}
			if got := h.servedBy(t, h.main, route.Method, sample(route)); got != want {
				t.Errorf("%s %s: served by %q, want %q", route.Method, route.Path, got, want)
			}
		}
	}
}

func TestRootPathsConflictOnlyAtAPIUser(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, map[string]string{"ssh_keys.publish": "true"})
	for _, d := range h.mounts {
		for _, route := range d.root.Routes() {
			var knowing []string
			for _, other := range h.mounts {
				if other.root.HasRoute(sample(route)) {
					knowing = append(knowing, other.name)
				}
			}
			if route.Path == "/api/user" {
				slices.Sort(knowing)
				if want := []string{string(model.PM415), string(model.Wekan)}; !slices.Equal(knowing, want) {
					t.Errorf("/api/user belongs to %v, want %v", knowing, want)
				}
			} else if len(knowing) != 1 {
				t.Errorf("%s belongs to %v", route.Path, knowing)
			}
		}
	}
}

func TestProjectPathsOfCodebaseStayBelowItsPrefix(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, map[string]string{"codebase.hosts": "api3.codebasehq.com"})
	const path = "/awesome-project/assignments"
	if got := h.servedBy(t, h.main, "GET", path); got != "" {
		t.Errorf("%s at the shared root: served by %q", path, got)
	}
	if got := h.servedBy(t, h.main, "GET", path, "Host: api3.codebasehq.com"); got != string(model.Codebase) {
		t.Errorf("%s on its own host: served by %q", path, got)
	}
}

func TestOwnHostNameServesOneAPI(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, map[string]string{"gitlab.hosts": "git.example.org,gitlab.example.org"})
	for _, host := range []string{"git.example.org", "GITLAB.example.org:8443"} {
		for path, want := range map[string]string{
			"/api/v3/user": "gitlab", "/gitlab/api/v3/user": "gitlab", "/no/such/path": "gitlab", "/gitlab/nothing": "gitlab",
			"/users/login": "gitlab", "/wekan/users/login": "gitlab", "/profile": "gitlab", "/api/user": "gitlab",
			"/healthz": "gitlab", "/console": "gitlab",
		} {
			if got := h.servedBy(t, h.main, "GET", path, "Host: "+host); got != want {
				t.Errorf("%s at %s: served by %q, want %q", path, host, got, want)
			}
		}
		if w := request(t, h.main, "GET", "/wekan/users/login", "", "Host: "+host); w.Code != http.StatusNotFound {
			t.Errorf("Wekan at %s: %d", host, w.Code)
		}
	}
	if got := h.servedBy(t, h.main, "GET", "/api/v3/user", "Host: elsewhere.example.org"); got != "gitlab" {
		t.Errorf("on other hosts the mounts are unchanged, but %q serves the request", got)
	}
}

func TestDisabledAPIIsNotFound(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"gitlab", "wekan", "codebase", "pm415", "console"} {
		given := map[string]string{name + ".enabled": "false"}
		if name != "console" {
			given[name+".hosts"] = "its.example.org"
		}
		h := newTestServer(t, given)
		for _, d := range h.mounts {
			if d.name != name {
				continue
			}
			for _, route := range d.full.Routes() {
				for _, path := range []string{sample(route), d.prefix + sample(route)} {
					if got := h.servedBy(t, h.main, route.Method, path); got == name {
						t.Errorf("%s %s: %s is disabled and is served", route.Method, path, name)
					}
				}
				if got := h.servedBy(t, h.main, route.Method, sample(route), "Host: its.example.org"); name != "console" && got != "" {
					t.Errorf("%s %s on its own host: %q serves %s, which is disabled", route.Method, route.Path, got, name)
				}
			}
		}
	}
}

func TestCredentialSelectsTheAPIOfTheUserPath(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, nil)
	ada := h.createUser(t, "ada", true)
	wekan := token(t, request(t, h.main, "POST", "/users/login", `{"username": "ada", "password": "`+password+`"}`))
	pm415 := token(t, request(t, h.main, "POST", "/api/account/login", `{"email": "ada@roster.example", "password": "`+password+`"}`))
	for _, c := range []struct{ method, query, header, want string }{
		{"GET", "", "Authorization: Bearer " + wekan, "wekan"},
		{"GET", "", "Authorization: bearer  " + wekan, "wekan"},
		{"HEAD", "", "Authorization: Bearer " + wekan, "wekan"},
		{"GET", "?access_token=" + wekan, "Accept: */*", "wekan"},
		{"GET", "?access_token=" + wekan + "&access_token=x", "Accept: */*", "pm415"}, // Wekan accepts none of two tokens
		{"GET", "?access_token=x", "Authorization: Bearer " + wekan, "wekan"},
		{"GET", "", "Authorization: Bearer " + pm415, "pm415"},
		{"HEAD", "", "Authorization: Bearer " + pm415, "pm415"},
		{"GET", "?access_token=" + pm415, "Accept: */*", "pm415"},
		{"GET", "", "Authorization: Bearer " + ada.key, "pm415"},
		{"GET", "", "Accept: */*", "pm415"},
		{"GET", "", "Authorization: Bearer nonsense", "pm415"},
		{"PUT", "", "Authorization: Bearer " + wekan, "pm415"},
		{"DELETE", "", "Authorization: Bearer " + wekan, "pm415"},
		{"OPTIONS", "", "Accept: */*", "pm415"},
	} {
		if got := h.servedBy(t, h.main, c.method, "/api/user"+c.query, c.header); got != c.want {
			t.Errorf("%s /api/user%s with %s: served by %q, want %q", c.method, c.query, c.header, got, c.want)
		}
	}
	if w := request(t, h.main, "GET", "/api/user", "", "Authorization: Bearer "+wekan); !strings.Contains(w.Body.String(), `"_id"`) {
		t.Errorf("not in Wekan's format: %s", w.Body)
	}
	if w := request(t, h.main, "GET", "/api/user/", "", "Authorization: Bearer "+ada.key); !strings.Contains(w.Body.String(), `"firstName"`) {
		t.Errorf("not in pm415's format: %s", w.Body)
	}
}

func TestDisabledAPILeavesTheUserPathToTheOther(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, map[string]string{"pm415.enabled": "false"})
	ada := h.createUser(t, "ada", true)
	if got := h.servedBy(t, h.main, "GET", "/api/user", "Authorization: Bearer "+ada.key); got != "wekan" {
		t.Errorf("served by %q", got)
	}
	h = newTestServer(t, map[string]string{"wekan.enabled": "false"})
	if got := h.servedBy(t, h.main, "GET", "/api/user"); got != "pm415" {
		t.Errorf("served by %q", got)
	}
}

func TestUnknownAndUnusualPathsAreNotFound(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, nil)
	for path, want := range map[string]string{
		"/nothing":                  "",
		"/gitlabx/api/v3/users":     "",
		"/api":                      "pm415",
		"/api/v3/nothing":           "gitlab",
		"/api/v1/nothing":           "native",
		"/api/v1/ssh-keys/a%00b":    "native",
		"/api/v3/users.json":        "gitlab",
		"/api%2Fv3/users":           "",
		"/api/v3%2Fusers":           "",
		"/gitlab%2Fapi/v3/users":    "",
		"/%67itlab/api/v3/users":    "",
		"/api/%75ser":               "pm415",
		"/api/user%2F":              "",
		"//api/v3/users":            "gitlab",
		"//gitlab///api//v3/user":   "gitlab",
		"//api%2Fv3/users":          "",
		"/gitlab//api/v3/users":     "gitlab",
		"/gitlab/../api/v3/users":   "gitlab",
		"/x/../api/v3/users":        "",
		"/api/v3/users/%2e%2e":      "gitlab",
		"/api/v3/users/%00":         "gitlab",
		"/api/v3/users/%ff":         "gitlab",
		"/profile/%2e":              "",
		"/users/..%2f..%2fapi/user": "",
		"/healthz/deeper":           "",
		"/metrics":                  "",
		"/%":                        "",
	} {
		r := &http.Request{Method: "GET", Host: "example.org", Header: http.Header{}, RemoteAddr: "192.0.2.1:1"}
		r.URL = rawURL(t, path)
		w := serveRequest(h, r)
		if got, _ := h.log.last(t)["api"].(string); got != want {
			t.Errorf("%s: served by %q with status %d, want %q", path, got, w.Code, want)
		}
		if want == "" && w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, w.Code)
		}
		if w.Code >= 500 || w.Code >= 300 && w.Code < 400 {
			t.Errorf("%s: status %d", path, w.Code)
		}
	}
}

func TestEveryRouteIsListedWithItsPermission(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, map[string]string{"gitlab.enabled": "false"})
	listed := map[string]bool{}
	for _, route := range h.Routes() {
		if !slices.Contains(model.AllPermissions(), model.Permission(route.Needs)) {
			t.Errorf("%s %s needs %q, which is no permission", route.Method, route.Path, route.Needs)
		}
		key := route.Method + " " + route.Path
		if listed[key] {
			t.Errorf("%s is listed twice", key)
		}
		listed[key] = true
	}
	for _, d := range h.mounts {
		for _, route := range slices.Concat(d.full.Routes(), d.root.Routes()) {
			if key := route.Method + " " + d.prefix + route.Path; !listed[key] {
				t.Errorf("%s is served and not listed", key)
			}
		}
	}
	for _, want := range []string{"GET /gitlab/api/v3/users", "POST /codebase/{project}/assignments", "GET /console"} {
		if !listed[want] {
			t.Errorf("%s is not listed", want)
		}
	}
}

func TestPublishedKeysAreServedOnlyIfEnabled(t *testing.T) {
	t.Parallel()
	on, off := newTestServer(t, map[string]string{"ssh_keys.publish": "true"}), newTestServer(t, nil)
	on.createUser(t, "ada", false)
	for path, want := range map[string]string{
		"/ada.keys": "keys", "/users/ada.keys": "keys", "/nobody.keys": "keys", "/codebase.keys": "keys", "/users/login.keys": "keys",
		"/users": "codebase", "/users/login": "wekan", "/users/ada/public_keys": "codebase", "/profile": "codebase", "/console": "console",
		"/users/ada": "", "/ada": "", "/.keys": "keys", "/a/b/c.keys": "",
	} {
		if got := on.servedBy(t, on.main, "GET", path); got != want {
			t.Errorf("%s: served by %q, want %q", path, got, want)
		}
	}
	for path, want := range map[string]int{"/ada.keys": 200, "/users/ada.keys": 200, "/nobody.keys": 404} {
		if w := request(t, on.main, "GET", path, ""); w.Code != want || want == 200 && w.Header().Get("Content-Type") != web.PlainText {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
		if got := off.servedBy(t, off.main, "GET", path); got != "" {
			t.Errorf("%s is disabled, and %q serves the request", path, got)
		}
	}
	if w := request(t, on.main, "POST", "/ada.keys", ""); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}
