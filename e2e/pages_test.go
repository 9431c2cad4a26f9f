package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// The pages of emailed links, in a real browser, used with the keyboard only.

// browse fills in the form of the page at link, and returns the report of the driver pages.js.
func (s *server) browse(link string, fields ...string) document {
	s.t.Helper()
	return s.runDriverWith("pages.js", append([]string{link}, fields...))
}

// checkPage checks that the page has the title, and that the browser reported no problems.
func (s *server) checkPage(seen document, title string) {
	s.t.Helper()
	key := seen["key"]
	delete(seen, "key")
	s.compare(document{
		"status": http.StatusOK, "title": title, "wide": []any{}, "same_colors": []any{}, "errors": []any{}, "other_hosts": []any{},
	}, seen)
	seen["key"] = key
}

func TestFirstAdministratorIsCreatedInABrowser(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	seen := s.browse(s.Setup, "username=ada", "email=ada@example.org", "password=correct horse 1")
	s.checkPage(seen, "This server has an administrator · Roster")
	key, _ := seen["key"].(string)
	if a := s.call(http.MethodGet, "/gitlab/api/v3/user", "", "PRIVATE-TOKEN: "+key); a.Status != http.StatusOK || !strings.Contains(a.Body, `"is_admin":true`) {
		t.Errorf("the key on the page: %d %s", a.Status, a.Body)
	}
}

func TestInvitationAndPasswordResetWorkInABrowser(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	admin := s.admin("root")
	invitation := "<user><first-name>Grace</first-name><last-name>Hopper</last-name><email-address>grace@example.org</email-address></user>"
	a := s.call(http.MethodPost, "/codebase/users", invitation, basic(s.Home.Slug, "root", admin.Key), "Content-Type: application/xml")
	if a.Status != http.StatusCreated {
		t.Fatal(a.Body)
	}
	seen := s.browse(s.mailedLink("grace@example.org").String(), "username=grace", "password=correct horse 2")
	s.checkPage(seen, "Welcome to Home · Roster")
	key, _ := seen["key"].(string)
	if a := s.call(http.MethodGet, "/codebase/profile", "", basic(s.Home.Slug, "grace", key)); a.Status != http.StatusOK {
		t.Errorf("the key on the page: %d %s", a.Status, a.Body)
	}

	form := url.Values{"email": {"grace@example.org"}}
	a = s.call(http.MethodPost, "/pm415/api/account/forgotpassword", form.Encode(), "Content-Type: application/x-www-form-urlencoded")
	if a.Status != http.StatusOK {
		t.Fatal(a.Body)
	}
	s.checkPage(s.browse(s.mailedLink("grace@example.org").String(), "password=another horse 3"), "Your password was changed · Roster")
	form = url.Values{"login": {"grace"}, "password": {"another horse 3"}}
	a = s.call(http.MethodPost, "/gitlab/api/v3/session", form.Encode(), "Content-Type: application/x-www-form-urlencoded")
	if a.Status != http.StatusCreated {
		t.Errorf("the new password: %d %s", a.Status, a.Body)
	}
}
