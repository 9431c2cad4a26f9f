package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"roster.example/roster/internal/model"
)

func TestProxiesAuthenticateRequestsByForwardAuth(t *testing.T) {
	t.Parallel()
	for name, startProxy := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testForwardAuth(t, startProxy)
		})
	}
}

func testForwardAuth(t *testing.T, startProxy func(t testing.TB, roster, app string) *proxy) {
	t.Helper()
	s := start(t, nil)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := r.Header
		_, _ = fmt.Fprintf(w, "%s %s|%s|%s|%s|%s", r.Method, h["Remote-User"], h["Remote-Email"], h["Remote-Name"], h["Remote-Groups"], h["Authorization"])
	}))
	t.Cleanup(app.Close)
	p := startProxy(t, s.URL, app.URL)
	root, ada, otherOrg := s.admin("root"), s.member("ada", 0, 0), s.organization("Other")
	eve := s.member("eve", otherOrg.ID, 0)
	const adas = "[ada]|[]|[Ada Example]|[home:Member]|[]" // the address is not verified
	spoof := []string{"Remote-User: root", "Remote-Email: root@roster.example", "Remote-Groups: home:Admin", "X-Forwarded-User: root", "Remote_User: root"}

	for name, c := range map[string]struct {
		method  string
		headers []string
		status  int
		out     string
	}{
		"by a token":                            {"GET", []string{bearer(ada.Key)}, 200, "GET " + adas},
		"with a verified address":               {"GET", []string{bearer(root.Key)}, 200, "GET [root]|[root@roster.example]|[root]|[home:Admin]|[]"},
		"by Basic":                              {"GET", []string{basicOf("ada", ada.Key)}, 200, "GET " + adas},
		"with another method":                   {"POST", []string{bearer(ada.Key)}, 200, "POST " + adas},
		"with spoofed headers":                  {"GET", append(spoof, bearer(ada.Key)), 200, "GET " + adas},
		"without a credential":                  {"GET", nil, 401, ""},
		"without a credential, OPTIONS":         {"OPTIONS", nil, 401, ""},
		"without a credential, spoofed headers": {"GET", spoof, 401, ""},
		"with another's username":               {"GET", []string{basicOf("root", ada.Key)}, 401, ""},
		"by Basic without a username":           {"GET", []string{basicOf("", ada.Key)}, 401, ""},
		"of another organization":               {"GET", []string{bearer(eve.Key)}, 403, ""},
	} {
		status, out, challenge := p.request(c.method, c.headers...)
		if status != c.status || c.status == 200 && out != c.out {
			t.Errorf("%s: %d %s, want %d %s", name, status, out, c.status, c.out)
		}
		if status == 401 && !strings.HasPrefix(challenge, "Basic ") {
			t.Errorf("%s: browsers do not prompt for a password: %q", name, challenge)
		}
	}
	_, err := s.App.Directory.BlockUser(t.Context(), model.Operator(), ada.ID)
	s.must(err)
	if status, out, _ := p.request("GET", bearer(ada.Key)); status != http.StatusUnauthorized {
		t.Errorf("blocked: %d %s", status, out)
	}
}

// basicOf returns an Authorization header without an account before the username.
func basicOf(username, password string) string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(username, password)
	return "Authorization: " + r.Header.Get("Authorization")
}
