package app

import (
	"net/http"
	"strings"
	"testing"
)

func TestHSTSIsSentIfTheBaseURLIsHTTPS(t *testing.T) {
	t.Parallel()
	const base = "https://people.example.org"
	for _, c := range []struct{ base, age, want string }{
		{base, "", "max-age=31536000"}, {"HTTPS://people.example.org", "", "max-age=31536000"}, {base, "1h", "max-age=3600"},
		{base, "0s", ""}, {"http://people.example.org", "", ""},
	} {
		set := map[string]string{}
		for name, value := range map[string]string{"base_url": c.base, "security.hsts_max_age": c.age} {
			if value != "" {
				set[name] = value
			}
		}
		h := newTestServer(t, set)
		for _, path := range []string{"/healthz", "/console", "/api/v1/me", "/api/v3/user", "/codebase/profile", "/nothing", "/api/v1/me?x=%zz"} {
			w := request(t, h.main, "GET", path, "")
			if got := w.Header().Get("Strict-Transport-Security"); got != c.want {
				t.Errorf("base_url %q, hsts_max_age %q, %s: %q, want %q", c.base, c.age, path, got, c.want)
			}
		}
	}
}

func TestSecurityTextNamesTheContact(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, map[string]string{"security.contact": "mailto:security@example.org", "base_url": "https://people.example.org"})
	w := request(t, h.main, "GET", "/.well-known/security.txt", "")
	for _, line := range []string{"Contact: mailto:security@example.org\n", "\nExpires: 20"} {
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), line) {
			t.Errorf("%d %s, want %q in it", w.Code, w.Body, line)
		}
	}
	if w := request(t, newTestServer(t, nil).main, "GET", "/.well-known/security.txt", ""); w.Code != http.StatusNotFound {
		t.Errorf("without a contact: %d", w.Code)
	}
	if w := request(t, h.main, "GET", "/.well-known/change-password", ""); w.Code != http.StatusFound || !strings.HasSuffix(w.Header().Get("Location"), "/account/security") {
		t.Errorf("change-password: %d %s", w.Code, w.Header().Get("Location"))
	}
}
