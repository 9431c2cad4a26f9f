package gitlab_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/api/gitlab"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

func TestValidationErrorsAreLoggedAndShownToAdministratorsOnly(t *testing.T) {
	t.Parallel()
	fixture := apitest.NewFixture(t, directory.Options{})
	var log bytes.Buffer
	server := web.Middleware(gitlab.New(fixture.Directory, gitlab.Config{}), web.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	admin, ada := fixture.WithAPIKey(fixture.AddAdmin("admin")).APIKey, fixture.WithAPIKey(fixture.AddMember("ada")).APIKey
	body := map[string]string{"email": "ada@roster.example", "username": "Secret Name", "name": "N", "password": "Secret"}
	for _, c := range []struct {
		token, path string
		body        any
		status      int
		reason      string // in the log; "" for none
		told        bool
	}{
		{admin, "/api/v3/users", body, 404, "username cannot be used: it has spaces inside; remove them; password is too short", true},
		{admin, "/api/v3/user/keys", map[string]string{"title": "t", "key": "Secret"}, 404, "key ", true},
		{ada, "/api/v3/user/keys", map[string]string{"title": "t", "key": "Secret"}, 404, "key ", false},
		{admin, "/api/v3/user/keys?sudo=ada", map[string]string{"title": "t", "key": "Secret"}, 404, "key ", false},
		{ada, "/api/v3/users", body, 403, "", false},
		{admin, "/api/v3/users", map[string]string{}, 400, "", false},
	} {
		log.Reset()
		w := ask(t, server, c.token, http.MethodPost, c.path, c.body)
		if got := strings.Contains(w.Body.String(), `"errors":[{"field":`); w.Code != c.status || got != c.told {
			t.Errorf("%s: %d %s, want %d, reasons shown: %v", c.path, w.Code, w.Body, c.status, c.told)
		}
		reason := ""
		if c.reason != "" {
			reason = `reason="` + c.reason
		}
		if line := log.String(); !strings.Contains(line, reason) || strings.Contains(line, "reason=") != (c.reason != "") || strings.Contains(line, "Secret") {
			t.Errorf("%s: the log has %s, want %s", c.path, line, reason)
		}
	}
}
