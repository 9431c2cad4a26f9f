package web_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/web"
)

// caller is the name in the query, which testConfig accepts as credential.
type caller string

func testConfig() web.APIConfig[caller] {
	say := func(status int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	}
	return web.APIConfig[caller]{
		Name: "test",
		Authenticate: func(r *http.Request, needs string) (caller, error) {
			if r.URL.Query().Has("stranger") {
				return "", &web.Error{Status: 401, Msg: "no entry to " + needs}
			}
			return "ada", nil
		},
		WriteError: func(w http.ResponseWriter, _ *http.Request, err error) {
			status := http.StatusInternalServerError
			if e, ok := errors.AsType[*web.Error](err); ok {
				status = e.Status
			}
			http.Error(w, err.Error(), status)
		},
		NotFound:         say(404),
		MethodNotAllowed: say(405),
	}
}

// show answers with the name of the endpoint, its caller and its parameters.
func show(name string) func(http.ResponseWriter, *http.Request, caller) error {
	return func(w http.ResponseWriter, r *http.Request, caller caller) error {
		_, err := fmt.Fprintf(w, "%s %s id=%q suffix=%q", name, caller, r.PathValue("id"), web.Suffix(r))
		return err
	}
}

func endpoints() []web.Endpoint[caller] {
	return []web.Endpoint[caller]{
		{Method: "GET", Path: "/users", Needs: "user.list", Serve: show("list")},
		{Method: "POST", Path: "/users", Needs: "user.add", Serve: show("add")},
		{Method: "GET", Path: "/users/{id}", Needs: "user.read", Serve: show("one")},
		{Method: "DELETE", Path: "/users/{id}", Needs: "user.remove", Serve: show("drop")},
		{Method: "GET", Path: "/users/{id}/keys", Needs: "key.list", Serve: show("keys")},
		{Method: "GET", Path: "/users/{id}/keys.txt", Needs: "key.list", Serve: show("text")},
		{Method: "GET", Path: "/", Needs: "public", Serve: show("root")},
		{Method: "PUT", Path: "/broken", Needs: "public", Serve: func(http.ResponseWriter, *http.Request, caller) error { return errors.New("broken pipe") }},
		// In one mux without methods these two would conflict.
		{Method: "GET", Path: "/a/{id}", Needs: "public", Serve: show("a")},
		{Method: "POST", Path: "/{id}/b", Needs: "public", Serve: show("b")},
	}
}

func ask(h http.Handler, method, target string) *http.Response {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(method, target, nil))
	return rec.Result()
}

func text(t *testing.T, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRequestsReachTheirEndpointOrAnErrorOfTheAPI(t *testing.T) {
	t.Parallel()
	plain := web.NewRouter(testConfig(), endpoints())
	d := testConfig()
	d.TrailingSlash, d.Suffixes = true, []string{".json", ".xml"}
	loose := web.NewRouter(d, endpoints())
	for _, c := range []struct {
		router         http.Handler
		method, target string
		status         int
		want, allow    string
	}{
		{plain, "GET", "/users", 200, `list ada id="" suffix=""`, ""},
		{plain, "HEAD", "/users", 200, ``, ""},
		{plain, "GET", "/", 200, `root ada id="" suffix=""`, ""},
		{plain, "GET", "/users/a.b", 200, `one ada id="a.b" suffix=""`, ""},
		{plain, "GET", "/users/x.json", 200, `one ada id="x.json" suffix=""`, ""},
		{plain, "GET", "/users/a%2Fkeys", 200, `one ada id="a/keys" suffix=""`, ""},
		{plain, "GET", "/users/a%2Fb/keys", 200, `keys ada id="a/b" suffix=""`, ""},
		{plain, "GET", "/users/7/keys.txt", 200, `text ada id="7" suffix=""`, ""},
		{plain, "GET", "/users?stranger", 401, "no entry to user.list\n", ""},
		{plain, "PUT", "/broken", 500, "broken pipe\n", ""},
		{plain, "PUT", "/users", 405, "", "GET, HEAD, POST"},
		{plain, "PUT", "/users/7", 405, "", "DELETE, GET, HEAD"},
		{plain, "OPTIONS", "/users", 405, "", "GET, HEAD, POST"},
		{plain, "PUT", "/a/b", 405, "", "GET, HEAD, POST"},
		{plain, "GET", "/nothing", 404, "", ""},
		{plain, "GET", "/users/", 404, "", ""},
		{plain, "GET", "//users", 404, "", ""},
		{plain, "GET", "/users//7", 404, "", ""},
		{plain, "GET", "/x/../users", 404, "", ""},
		{plain, "GET", "/x/%2e%2e/users", 404, "", ""},
		{plain, "GET", "/users/%2e%2e", 404, "", ""},
		{plain, "GET", "/users/%00", 404, "", ""},
		{plain, "GET", "/users/%ff", 404, "", ""},
		{loose, "GET", "/users/", 200, `list ada id="" suffix=""`, ""},
		{loose, "GET", "/users.json", 200, `list ada id="" suffix=".json"`, ""},
		{loose, "GET", "/users.xml/", 200, `list ada id="" suffix=".xml"`, ""},
		{loose, "GET", "/users/a%2Fb.json", 200, `one ada id="a/b" suffix=".json"`, ""},
		{loose, "GET", "/users/.json", 200, `one ada id=".json" suffix=""`, ""},
		{loose, "GET", "/users/7%2F", 200, `one ada id="7/" suffix=""`, ""},
		{loose, "GET", "/users//", 404, "", ""},
	} {
		t.Run(c.method+" "+c.target, func(t *testing.T) {
			t.Parallel()
			resp := ask(c.router, c.method, c.target)
			if got := text(t, resp); resp.StatusCode != c.status || got != c.want {
				t.Errorf("got %d %q, want %d %q", resp.StatusCode, got, c.status, c.want)
			}
			if got := resp.Header.Get("Allow"); got != c.allow {
				t.Errorf("Allow is %q, want %q", got, c.allow)
			}
		})
	}
}

func TestHasRoute(t *testing.T) {
	t.Parallel()
	rt := web.NewRouter(testConfig(), endpoints())
	for path, want := range map[string]bool{
		"/users": true, "/users/7": true, "/users/a%2Fb": true, "/": true,
		"/users/7/x": false, "/users/": false, "//users": false, "/%zz": false, "": false,
	} {
		if got := rt.HasRoute(path); got != want {
			t.Errorf("HasRoute(%q) = %v", path, got)
		}
	}
	want := web.RouteInfo{API: "test", Method: "POST", Path: "/users", Needs: "user.add"}
	if diff := cmp.Diff(want, rt.Routes()[1]); diff != "" {
		t.Error(diff)
	}
}

func TestInvalidRouteTablePanics(t *testing.T) {
	t.Parallel()
	serve := show("x")
	for name, e := range map[string]web.Endpoint[caller]{
		"no permission":   {Method: "GET", Path: "/x", Needs: "", Serve: serve},
		"no handler":      {Method: "GET", Path: "/x", Needs: "public", Serve: nil},
		"no method":       {Method: "", Path: "/x", Needs: "public", Serve: serve},
		"small method":    {Method: "get", Path: "/x", Needs: "public", Serve: serve},
		"relative path":   {Method: "GET", Path: "x", Needs: "public", Serve: serve},
		"trailing slash":  {Method: "GET", Path: "/x/", Needs: "public", Serve: serve},
		"subtree":         {Method: "GET", Path: "/x/{rest...}", Needs: "public", Serve: serve},
		"clashing route":  {Method: "GET", Path: "/{x}/7", Needs: "public", Serve: serve},
		"same route":      {Method: "GET", Path: "/users", Needs: "public", Serve: serve},
		"exact end of it": {Method: "GET", Path: "/x/{$}", Needs: "public", Serve: serve},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("the router was built")
				}
			}()
			web.NewRouter(testConfig(), append(endpoints(), e))
		})
	}
}

func TestStripPrefixRemovesWholeSegments(t *testing.T) {
	t.Parallel()
	h := web.StripPrefix("/lab", web.NewRouter(testConfig(), endpoints()))
	for target, want := range map[string]int{
		"/lab/users": 200, "/lab": 200, "/lab/": 200, "/lab/users/a%2Fb": 200,
		"/labor/users": 404, "/users": 404, "/l%61b/users": 404, "/lab%2Fusers": 404, "/lab//users": 404,
	} {
		if got := ask(h, "GET", target).StatusCode; got != want {
			t.Errorf("GET %s: got %d, want %d", target, got, want)
		}
	}
	if got := text(t, ask(h, "GET", "/lab/users/a%2Fkeys")); got != `one ada id="a/keys" suffix=""` {
		t.Errorf("an encoded slash led to %s", got)
	}
}

func TestRouteWithFirstHasPrecedence(t *testing.T) {
	t.Parallel()
	said := ""
	row := func(path string, first bool) web.Endpoint[caller] {
		return web.Endpoint[caller]{Method: "POST", Path: path, Needs: "public", First: first,
			Serve: func(http.ResponseWriter, *http.Request, caller) error { said = path; return nil }}
	}
	rt := web.NewRouter(testConfig(), []web.Endpoint[caller]{row("/org/{id}/invite", false), row("/org/switch/{id}", true)})
	for path, want := range map[string]string{
		"/org/7/invite": "/org/{id}/invite", "/org/switch/7": "/org/switch/{id}", "/org/switch/invite": "/org/switch/{id}",
	} {
		rt.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", path, nil))
		if said != want || !rt.HasRoute(path) {
			t.Errorf("POST %s went to %q, want %q", path, said, want)
		}
	}
	w := httptest.NewRecorder()
	if rt.ServeHTTP(w, httptest.NewRequest("GET", "/org/switch/7", nil)); w.Header().Get("Allow") != "POST" {
		t.Errorf("GET of a path of a first row: Allow %q", w.Header().Get("Allow"))
	}
	if rt.HasRoute("/org/switch") {
		t.Error("a path of no row is known")
	}
}
