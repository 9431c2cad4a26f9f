package e2e

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
)

// In a real browser: sign in, look at each page of the account, add a key, create a token, sign out.

func TestUserSignsInAndUsesTheAccountInABrowser(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ script, language, title string }{
		"with scripts":    {"script", "en", "Keys and tokens · Roster"},
		"without scripts": {"noscript", "en", "Keys and tokens · Roster"},
		"in German":       {"script", "de", "Schlüssel und Token · Roster"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, nil)
			ada := s.member("ada", 0, 0)
			seen := s.runDriverWith("account.js", []string{s.URL, "ada", ada.Password, (&permissionServer{server: s}).newKey() + " ada@laptop", c.script, c.language})
			titles, _ := seen["titles"].([]any)
			if len(titles) != 11 || titles[9] != c.title || !strings.HasSuffix(titles[1].(string), titles[0].(string)) {
				t.Errorf("pages %q", titles)
			}
			token, _ := seen["token"].(string)
			if a := s.call(http.MethodGet, "/api/v1/me", "", bearer(token)); a.Status != http.StatusOK || !strings.Contains(a.Body, `"ada"`) {
				t.Errorf("the token on the page: %d %s", a.Status, a.Body)
			}
			keys := s.call(http.MethodGet, "/gitlab/api/v3/user/keys", "", "PRIVATE-TOKEN: "+ada.Key)
			if strings.Count(keys.Body, `"title"`) != 1 {
				t.Errorf("the key on the page: %s", keys.Body)
			}
			delete(seen, "titles")
			delete(seen, "token")
			// The browser itself notes the status of the rejected sign-in.
			reported, _ := seen["errors"].([]any)
			for _, one := range reported {
				if !strings.Contains(one.(string), "422") {
					t.Errorf("the browser reports %q", one)
				}
			}
			delete(seen, "errors")
			s.compare(document{"last": "/login", "wide": []any{}, "same_colors": []any{}, "other_hosts": []any{}}, seen)
		})
	}
}

func TestPasskeyIsAddedAndSignsInInABrowser(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_, port, err := net.SplitHostPort(address)
	if err := errors.Join(err, listener.Close()); err != nil {
		t.Fatal(err)
	}
	base := "http://localhost:" + port // browsers have passkeys for domain names only
	s := start(t, map[string]string{"listen": address, "base_url": base})
	ada := s.member("ada", 0, 0)
	seen := s.runDriverWith("passkey.js", []string{base, "ada", ada.Password})
	s.compare(document{
		"titles": []any{
			"Profile · Roster", "Add passkey · Roster", "Recovery codes · Roster", "Sign in to Roster · Roster", "Profile · Roster",
			"Sign in to Roster · Roster", "Enter your code · Roster", "Profile · Roster",
		},
		"codes": json.Number("10"), "errors": []any{},
	}, seen)
}
