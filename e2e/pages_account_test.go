package e2e

import (
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
