package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/config"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

func TestHealthzAndReadyzDiffer(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, nil)
	for _, at := range []http.Handler{h.main, h.operations()} {
		for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
			if w := request(t, at, "GET", path, ""); w.Code != http.StatusOK || w.Body.String() != want {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
		}
	}
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	if w := request(t, h.main, "GET", "/healthz", ""); w.Code != http.StatusOK {
		t.Errorf("/healthz without a database: %d", w.Code)
	}
	if w := request(t, h.main, "GET", "/readyz", ""); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "closed") {
		t.Errorf("/readyz without a database: %d %s", w.Code, w.Body)
	}
	if !strings.Contains(h.log.String(), `"not ready"`) {
		t.Error("the log lacks the cause")
	}
	h.Directory = nil // the shutdown has nothing to store
}

func TestAPIsHaveOwnListeners(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, map[string]string{
		"gitlab.listen": "127.0.0.1:0", "wekan.listen": "127.0.0.1:0", "wekan.enabled": "false", "operations_listen": "127.0.0.1:0",
	})
	l, err := listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	servers, err := h.servers(l, noCommands)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := closeAll(servers); err != nil {
			t.Error(err)
		}
	}()
	if len(servers) != 5 {
		t.Fatalf("%d listeners: want the shared one, GitLab's, Wekan's, that of operations, and the control socket", len(servers))
	}
	for path, want := range map[string][4]int{
		"/api/v3/users":        {401, 401, 404, 404},
		"/gitlab/api/v3/users": {401, 401, 404, 404},
		"/profile":             {401, 404, 404, 404},
		"/wekan/api/user":      {404, 404, 404, 404},
		"/healthz":             {200, 404, 404, 200},
		"/readyz":              {200, 404, 404, 200},
	} {
		for i, status := range want {
			if w := request(t, servers[i].Handler, "GET", path, ""); w.Code != status {
				t.Errorf("%s at listener %d: %d, want %d", path, i, w.Code, status)
			}
		}
	}
}

func TestFailedStartClosesAllListeners(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := taken.Close(); err != nil {
			t.Error(err)
		}
	}()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := probe.Close(); err != nil {
		t.Fatal(err)
	}
	h := newTestServer(t, map[string]string{"listen": probe.Addr().String(), "gitlab.listen": taken.Addr().String()})
	err = h.Serve(t.Context(), nil, noCommands, func(ServerInfo) { t.Error("it serves") })
	if err == nil || !strings.Contains(err.Error(), taken.Addr().String()+" is in use by another program") {
		t.Errorf("got %v", err)
	}
	again, err := net.Listen("tcp", probe.Addr().String())
	if err != nil {
		t.Fatal("the first listener was left open:", err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestServeCreatesTheFirstAdministratorOnce(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, map[string]string{"base_url": ""})
	admin := &config.Admin{Username: "ada", Email: "ada@example.org", Password: secret.Text(password)}
	for _, first := range []*config.Admin{nil, admin, nil} {
		ctx, stop := context.WithCancel(t.Context())
		var got ServerInfo
		if err := h.Serve(ctx, first, noCommands, func(s ServerInfo) { got = s; stop() }); err != nil {
			t.Fatal(err)
		}
		made, err := h.Directory.UserByUsername(t.Context(), model.Operator(), "ada")
		if err == nil {
			if !made.Admin || got.SetupLink != "" {
				t.Errorf("administrator ada exists: %v; setup link %q", made.Admin, got.SetupLink)
			}
		} else if !strings.HasPrefix(got.SetupLink, got.URL+"/account/setup/?token=") {
			t.Errorf("setup link %q of %s", got.SetupLink, got.URL)
		}
	}
	if strings.Contains(h.log.String(), password) {
		t.Error("the password is logged")
	}
}

func TestPublicAddressFollowsFromTheListener(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ base, listening, want string }{
		{"https://people.example.org", "127.0.0.1:8080", "https://people.example.org"},
		{"", "127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"", "0.0.0.0:8080", "http://localhost:8080"},
		{"", "[::]:8080", "http://localhost:8080"},
		{"", ":8080", "http://localhost:8080"},
		{"", "[::1]:8080", "http://[::1]:8080"},
		{"", "people.example.org:80", "http://people.example.org:80"},
		{"", "127.0.0.1:0", ""},
	} {
		if got := publicURL(config.Config{BaseURL: c.base}, c.listening); got != c.want {
			t.Errorf("base_url %q, listening on %s: %q, want %q", c.base, c.listening, got, c.want)
		}
	}
}

func TestListenersOnAllAddressesAreReported(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"0.0.0.0:80": true, "[::]:80": true, ":80": true, "127.0.0.1:80": false, "[::1]:80": false, "192.0.2.7:80": false, "[2001:db8::1]:80": false,
	} {
		at, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if got := isWildcard(at); got != want {
			t.Errorf("%s: %t, want %t", address, got, want)
		}
	}
	if isWildcard(&net.UnixAddr{Name: "roster.sock", Net: "unix"}) {
		t.Error("a socket of this machine is reported as all addresses")
	}
}

func TestFolderIsUsedByOneProcess(t *testing.T) {
	t.Parallel()
	cfg := settings(t, nil)
	log := slog.New(slog.DiscardHandler)
	first, err := Open(t.Context(), cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), cfg, log); !errors.Is(err, ErrLocked) {
		t.Errorf("opening the folder twice: %v, want ErrLocked", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := Open(t.Context(), cfg, log)
	if err != nil {
		t.Fatal("the folder is still locked:", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

func TestFailedListenerStopsServe(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, nil)
	broken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	if err := h.openWorkers(); err != nil {
		t.Fatal(err)
	}
	servers := []server{{h.httpServer(h.main), broken, ""}}
	go func() {
		ended <- h.serveAll(context.Background(), servers, func() {
			if err := broken.Close(); err != nil {
				t.Error(err)
			}
		})
	}()
	select {
	case err := <-ended:
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("Serve continues without a listener")
	}
}
