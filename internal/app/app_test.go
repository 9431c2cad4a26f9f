package app

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// TestMain checks that no goroutines are left, except for connections that net/http ends half a
// second after closing them.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// logRecorder has the log of a test.
type logRecorder struct{ apitest.LogBuffer }

// last returns the last line.
func (j *logRecorder) last(t testing.TB) map[string]any {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(j.String()), "\n")
	got := map[string]any{}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// testServer is an App on a temporary folder with its mounts, without listeners.
type testServer struct {
	*App
	log  *logRecorder
	main http.Handler
}

func settings(t testing.TB, given map[string]string) config.Config {
	t.Helper()
	flags := map[string]string{
		"data": t.TempDir(), "listen": "127.0.0.1:0", "base_url": "https://people.example.org",
		"password.memory_kib": "8192", "password.time": "1",
	}
	maps.Copy(flags, given)
	cfg, err := config.Load(config.Sources{Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func newTestServer(t testing.TB, given map[string]string) *testServer {
	t.Helper()
	log := &logRecorder{}
	a, err := Open(t.Context(), settings(t, given), slog.New(slog.NewJSONHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	a.base = publicURL(a.cfg, "127.0.0.1:1")
	if err := a.buildMounts(); err != nil {
		t.Fatal(err)
	}
	return &testServer{App: a, log: log, main: a.httpServer(a.shared()).Handler}
}

// request sends a request to h. Headers are "Name: value"; Host is one of them.
func request(t testing.TB, h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		if r.Header.Set(name, value); name == "Host" {
			r.Host = value
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// servedBy returns the API that serves a request, from the log; "" for none.
func (h *testServer) servedBy(t testing.TB, at http.Handler, method, target string, headers ...string) string {
	t.Helper()
	w := request(t, at, method, target, "", headers...)
	api, _ := h.log.last(t)["api"].(string)
	if api == "" && w.Code != http.StatusNotFound {
		t.Errorf("%s %s: no API in the log, status %d", method, target, w.Code)
	}
	return api
}

// testUser is a user with a password and an API key.
type testUser struct {
	model.User
	key string
}

const password = "long enough"

func (h *testServer) createUser(t testing.TB, name string, admin bool) testUser {
	t.Helper()
	u, err := h.Directory.CreateUser(t.Context(), model.Operator(), directory.NewUser{
		Username: name, Email: name + "@roster.example", Password: secret.Text(password), Admin: admin,
		Names: model.Names{}.WithName(name), Limits: model.DefaultLimits(),
	})
	if err != nil {
		t.Fatal(err)
	}
	key, err := h.Directory.RotateAPIKeyOf(t.Context(), model.Operator(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	return testUser{u, key.Reveal()}
}

// token returns the member "token" of a JSON response.
func token(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	var got struct{ Token string }
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Token == "" {
		t.Fatalf("no token (%v): %d %s", err, w.Code, w.Body)
	}
	return got.Token
}

// noCommands is a Runner for tests that send no commands.
func noCommands(context.Context, *directory.Directory, RemoteCommand, io.Writer) error { return nil }

// rawURL parses a request target like a server. An invalid target becomes the path.
func rawURL(t testing.TB, target string) *url.URL {
	t.Helper()
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return &url.URL{Path: target}
	}
	return u
}

func serveRequest(h *testServer, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.main.ServeHTTP(w, r)
	return w
}
