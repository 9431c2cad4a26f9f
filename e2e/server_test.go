package e2e

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/app"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/store/postgres/pgtest"
)

// server is the whole program, as "roster serve" runs it, with its own data folder.
type server struct {
	t     testing.TB
	URL   string
	Setup string // the setup link, if there was no administrator
	Data  string
	App   *app.App
	Home  model.Organization
}

// start runs a server with the settings over cheap defaults, until the test ends.
func start(t testing.TB, settings map[string]string) *server {
	t.Helper()
	s := &server{t: t, Data: t.TempDir()}
	flags := map[string]string{
		"data": s.Data, "listen": "127.0.0.1:0",
		"password.memory_kib": "8192", "password.time": "1", "password.queue": "1000",
		// A machine may be slow: only tests about these limits lower them.
		"request_timeout": "10m", "limits.read_time": "5m", "limits.body_time": "5m",
	}
	maps.Copy(flags, settings)
	cfg, err := config.Load(config.Sources{Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	log := &apitest.LogBuffer{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("errors in the log of the server:\n%s", log)
		}
	})
	errorsOnly := slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelError})
	if s.App, err = app.Open(ctx, cfg, slog.New(errorsOnly)); err != nil {
		t.Fatal(err)
	}
	serving := make(chan app.ServerInfo, 1)
	ended := make(chan error, 1)
	run := func(context.Context, *directory.Directory, app.RemoteCommand, io.Writer) error { return nil }
	go func() { ended <- s.App.Serve(ctx, nil, run, func(v app.ServerInfo) { serving <- v }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error("the server failed:", err)
		}
		if err := s.App.Close(); err != nil {
			t.Error(err)
		}
	})
	select {
	case v := <-serving:
		s.URL, s.Setup = v.URL, v.SetupLink
	case err := <-ended:
		ended <- nil
		t.Fatal("the server did not start:", err)
	}
	orgs, err := s.App.Directory.Organizations(t.Context(), model.Operator())
	if err != nil {
		t.Fatal(err)
	}
	s.Home = orgs[0]
	return s
}

// localhost returns the settings of a server at http://localhost: browsers have passkeys for names only.
func localhost(t testing.TB) map[string]string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"listen": address, "base_url": "http://localhost:" + port}
}

// engines returns, for each database engine, the settings of a server with an empty database.
func engines() map[string]func(t testing.TB) map[string]string {
	return map[string]func(testing.TB) map[string]string{
		"SQLite":     func(testing.TB) map[string]string { return nil },
		"PostgreSQL": func(t testing.TB) map[string]string { return map[string]string{"database": pgtest.Schema(t)} },
	}
}

// testUser is a user with all credentials.
type testUser struct {
	model.User
	Password string
	Key      string // API key
}

func (s *server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// admin creates an administrator of the server.
func (s *server) admin(name string) testUser {
	s.t.Helper()
	password := name + "-secret-1"
	u, err := s.App.Directory.CreateAdministrator(s.t.Context(), model.Operator(), directory.Administrator{
		Username: name, Email: name + "@roster.example", Password: secret.Text(password),
	})
	s.must(err)
	return s.withKey(testUser{User: u, Password: password})
}

// member creates a user in an organization (0 is home) with a role (0 is its default).
func (s *server) member(name string, org model.OrgID, role model.RoleID) testUser {
	s.t.Helper()
	password := name + "-secret-1"
	u, err := s.App.Directory.CreateUser(s.t.Context(), model.Operator(), directory.NewUser{
		Username: name, Email: name + "@roster.example", Password: secret.Text(password),
		Names: model.Names{}.WithName(strings.ToUpper(name[:1]) + name[1:] + " Example"),
		Org:   org, Role: role, Limits: model.DefaultLimits(),
	})
	s.must(err)
	return s.withKey(testUser{User: u, Password: password})
}

func (s *server) withKey(p testUser) testUser {
	s.t.Helper()
	key, err := s.App.Directory.RotateAPIKeyOf(s.t.Context(), model.Operator(), p.ID)
	s.must(err)
	p.Key = key.Reveal()
	return p
}

// accessToken creates a token of full scope that expires at until (zero: never).
func (s *server) accessToken(p testUser, until time.Time) string {
	s.t.Helper()
	_, text, err := s.App.Directory.CreateToken(s.t.Context(), model.Operator(), credential.NewToken{
		Owner: p.ID, Name: "script", Scopes: model.Scopes{model.ScopeAPI, model.ScopeSudo}, ExpiresAt: until,
	})
	s.must(err)
	return text.Reveal()
}

// organization creates an organization.
func (s *server) organization(name string) model.Organization {
	s.t.Helper()
	org, err := s.App.Directory.CreateOrganization(s.t.Context(), model.Operator(), name)
	s.must(err)
	return org
}

// answer is an HTTP response.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

// call sends one request. Headers are "Name: value" lines.
func (s *server) call(method, path, body string, headers ...string) answer {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, strings.NewReader(body))
	s.must(err)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Set(name, value)
	}
	client := &http.Client{
		Timeout:       testTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	s.must(err)
	text, err := io.ReadAll(response.Body)
	s.must(err)
	s.must(response.Body.Close())
	return answer{response.StatusCode, response.Header, string(text)}
}

// basic returns the Authorization header of Codebase's clients.
func basic(account, username, key string) string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(account+"/"+username, key)
	return "Authorization: " + r.Header.Get("Authorization")
}

func bearer(token string) string { return "Authorization: Bearer " + token }

func path(format string, args ...any) string { return fmt.Sprintf(format, args...) }
