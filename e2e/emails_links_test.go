package e2e

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/model"
)

// emailedLink finds links in the decoded parts of an email.
var emailedLink = regexp.MustCompile(`https?://[^\s"<>]+`)

// email waits for an email to address that contains a text, removes it, and returns its parts: plain text and HTML.
func (s *server) email(address, contains string) []string {
	s.t.Helper()
	var others []string
	for deadline := time.Now().Add(testTimeout); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		others = nil
		files, err := filepath.Glob(filepath.Join(s.Data, "outbox", "*.eml"))
		s.must(err)
		for _, file := range files {
			to, parts := s.readEmail(file)
			if strings.Contains(to, "<"+address+">") && strings.Contains(strings.Join(strings.Fields(parts[0]), " "), contains) {
				s.must(os.Remove(file))
				return parts
			}
			others = append(others, to+": "+parts[0])
		}
	}
	s.t.Fatalf("no email to %s with %q arrived, only\n%s", address, contains, strings.Join(others, "\n"))
	return nil
}

// readEmail returns the To header and the parts of an email with several parts.
func (s *server) readEmail(file string) (to string, parts []string) {
	s.t.Helper()
	text, err := os.ReadFile(file)
	s.must(err)
	m, err := mail.ReadMessage(strings.NewReader(string(text)))
	s.must(err)
	_, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	s.must(err)
	for r := multipart.NewReader(m.Body, parameters["boundary"]); ; {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return m.Header.Get("To"), parts
		}
		s.must(err)
		content, err := io.ReadAll(part)
		s.must(err)
		parts = append(parts, string(content))
	}
}

// followEmail opens each link of an email and returns how many it has. A link to a page that needs a session leads to the
// sign-in page.
func (s *server) followEmail(address, contains string) int {
	s.t.Helper()
	followed := 0
	for _, part := range s.email(address, contains) {
		for _, link := range emailedLink.FindAllString(part, -1) {
			link = strings.ReplaceAll(link, "&amp;", "&")
			target, err := url.Parse(link)
			s.must(err)
			if "http://"+strings.Replace(target.Host, "localhost", "127.0.0.1", 1) != s.URL {
				s.t.Errorf("%q for %s leads to another host: %s", contains, address, link)
				continue
			}
			followed++
			a := s.call(http.MethodGet, target.RequestURI(), "", "Accept: text/html")
			if location := a.Header.Get("Location"); location != "" {
				a = s.call(http.MethodGet, s.localPath(target.Path, location), "", "Accept: text/html")
			}
			if a.Status != http.StatusOK || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
				s.t.Errorf("%q for %s: %s is %d\n%s", contains, address, target.Path, a.Status, a.Body)
			}
		}
	}
	return followed
}

func TestEveryLinkOfTheEmailsLeadsSomewhere(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	root, ada := s.admin("root"), s.member("ada", 0, 0)
	native := func(method, path, body string, actor testUser) {
		t.Helper()
		if a := s.call(method, path, body, bearer(actor.Key), "Content-Type: application/json"); a.Status >= 300 {
			t.Fatalf("%s %s: %d %s", method, path, a.Status, a.Body)
		}
	}
	page := func(path string, form url.Values) {
		t.Helper()
		if a := s.call(http.MethodPost, path, form.Encode(), "Content-Type: application/x-www-form-urlencoded", "Origin: "+s.URL); a.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, a.Status, a.Body)
		}
	}
	register := func(address string) {
		t.Helper()
		page("/register", url.Values{"username": {"new"}, "email": {address}, "password": {"long enough 1"}})
	}
	for _, c := range []struct {
		to, contains string
		links        int // at least
		cause        func()
	}{
		{"new@roster.example", "was created with this email address", 2, func() { register("new@roster.example") }},
		{"ada@roster.example", "you already have an account", 2, func() { register("ada@roster.example") }},
		{"ada@roster.example", "a password reset was requested", 2, func() { page("/forgot", url.Values{"email": {"ada@roster.example"}}) }},
		{"grace@roster.example", "To accept, open this link", 2, func() {
			native(http.MethodPost, path("/api/v1/organizations/%d/invitations", s.Home.ID), `{"email":"grace@roster.example"}`, root)
		}},
		{"linus@roster.example", "created an account for you", 0, func() {
			native(http.MethodPost, "/api/v1/users", `{"username":"linus","email":"linus@roster.example","notify":true}`, root)
		}},
		{"root@roster.example", "the SSH key", 2, func() {
			key := (&permissionServer{server: s}).newKey()
			native(http.MethodPost, "/api/v1/me/keys", fmt.Sprintf(`{"title":"laptop","key":%q}`, key), root)
		}},
		{"root@roster.example", "the access token", 2, func() {
			native(http.MethodPost, "/api/v1/me/tokens", `{"name":"bot","scopes":["read_api"]}`, root)
		}},
		{"more@roster.example", "was added to an account", 2, func() {
			_, err := s.App.Directory.AddEmail(t.Context(), model.Operator(), ada.ID, "more@roster.example")
			s.must(err)
		}},
		{"ada@roster.example", "reset the password of your account", 2, func() {
			s.must(s.App.Directory.ResetMemberPasswords(t.Context(), model.Operator(), s.Home.ID, []model.UserID{ada.ID}))
		}},
		{"root@roster.example", "the password of your account was changed", 2, func() {
			native(http.MethodPut, "/api/v1/me/password", fmt.Sprintf(`{"current_password":%q,"new_password":"long enough 2"}`, root.Password), root)
		}},
		{"root@roster.example", "the email address of your account was changed", 2, func() {
			native(http.MethodPatch, "/api/v1/me", `{"email":"next@roster.example","current_password":"long enough 2"}`, root)
		}},
		{"next@roster.example", "To verify the address", 2, func() {}},
		{"root@roster.example", "the API key of your account was replaced", 2, func() { native(http.MethodPost, "/api/v1/me/api-key", "", root) }},
	} {
		c.cause()
		if links := s.followEmail(c.to, c.contains); links < c.links {
			t.Errorf("%q has %d links", c.contains, links)
		}
	}
}
