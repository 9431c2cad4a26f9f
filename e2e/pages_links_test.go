package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"roster.example/roster/internal/model"
)

// linkPattern finds the targets of links and forms in a page.
var linkPattern = regexp.MustCompile(`<(a|form|link|script)[^>]* (?:href|action|src)="([^"]*)"`)

// crawl requests every link that the pages at the given paths lead to, directly or not, and reports links
// and forms that lead nowhere. It returns the paths of the pages.
func (s *server) crawl(paths []string, headers ...string) map[string]bool {
	s.t.Helper()
	seen, queue := map[string]bool{}, paths
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		a := s.call(http.MethodGet, path, "", append(headers, "Accept: text/html")...)
		if location := a.Header.Get("Location"); location != "" {
			queue = append(queue, s.localPath(path, location))
			continue
		}
		if a.Status == http.StatusNotFound || a.Status >= 500 {
			s.t.Errorf("%s: status %d", path, a.Status)
		}
		if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			continue
		}
		for _, link := range linkPattern.FindAllStringSubmatch(a.Body, -1) {
			target := s.localPath(path, strings.ReplaceAll(link[2], "&amp;", "&"))
			if link[1] != "form" {
				queue = append(queue, target)
				continue
			}
			// A form that another site sends reaches the route and changes nothing.
			if sent := s.call(http.MethodPost, target, "", append(headers, "Sec-Fetch-Site: cross-site")...); sent.Status != http.StatusForbidden {
				s.t.Errorf("the form of %s leads to %s: status %d", path, target, sent.Status)
			}
			if sent := s.call(http.MethodDelete, target, "", append(headers, "Accept: text/html")...); sent.Status != http.StatusMethodNotAllowed && sent.Status != http.StatusForbidden {
				s.t.Errorf("the form of %s leads to no route: %s is %d", path, target, sent.Status)
			}
		}
	}
	return seen
}

// localPath returns the target of a link on the page at path, without its fragment.
func (s *server) localPath(path, link string) string {
	s.t.Helper()
	base, err := url.Parse(s.URL + path)
	s.must(err)
	target, err := base.Parse(link)
	s.must(err)
	if target.Host != base.Host {
		s.t.Errorf("%s leads to another host: %s", path, link)
	}
	target.Fragment = ""
	return target.RequestURI()
}

func TestEveryLinkOfThePagesLeadsSomewhere(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	ada := s.member("ada", 0, model.RoleAdmin)
	public := []string{"/", "/console/", "/login", "/forgot", "/register", "/.well-known/change-password", "/account/reset-password/?token=" + strings.Repeat("x", 43), "/login?ended=yes"}
	anonymous := s.crawl(public)
	form := url.Values{"username": {"ada"}, "password": {ada.Password}}
	signedIn := s.call(http.MethodPost, "/login", form.Encode(), "Content-Type: application/x-www-form-urlencoded")
	member := s.crawl(append(public, "/account"), cookie(signedIn, "roster"))
	for _, path := range []string{"/account/security", "/account/keys", "/account/organizations", "/account/activity", "/account/data", "/account/preferences", "/account/data/erase"} {
		if !member[path] {
			t.Errorf("no link leads to %s", path)
		}
		if anonymous[path] && path != "/account/security" {
			t.Errorf("a page for everybody links to %s", path)
		}
	}
}

func TestBrowsersGetPagesForUnknownPaths(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for path, accept := range map[string]string{
		"/account/nothing": "*/*", "/login/nothing": "*/*", "/console/nothing": "*/*", "/nothing": "text/html,*/*", "/nothing/at/all": "text/html,*/*",
	} {
		a := s.call(http.MethodGet, path, "", "Accept: "+accept)
		if a.Status != http.StatusNotFound || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") || !strings.Contains(a.Body, "Page not found") {
			t.Errorf("%s: %d %s", path, a.Status, fmt.Sprint(a.Header))
		}
	}
	for _, path := range []string{"/nothing", "/api/nothing", "/api/v1/nothing"} {
		if a := s.call(http.MethodGet, path, "", "Accept: application/json"); a.Status != http.StatusNotFound || strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s for a program: %d %v", path, a.Status, a.Header)
		}
	}
}
