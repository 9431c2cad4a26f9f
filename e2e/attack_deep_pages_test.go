package e2e

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// A member concurrently requests filters and pages far behind the end of GitLab's list of users. These
// requests are limited as expensive reads, so some are rejected with Retry-After; plain pages are not.
func TestFiltersAndDeepPagesOfTheGitLabListAreLimited(t *testing.T) {
	t.Parallel()
	s := start(t, map[string]string{"limits.reads": "1", "limits.reads_per_caller": "1", "limits.reads_queue": "0"})
	token := s.accessToken(s.member("mallory", 0, 0), time.Time{})
	s.createUsers(200)
	for _, c := range []struct {
		path  string
		bound bool
	}{
		{"/api/v3/users?search=e", true},
		{"/api/v3/users?active=true", true},
		{"/gitlab/api/v3/users?blocked=1", true},
		{"/api/v3/users?page=101&per_page=100", true},
		{"/api/v3/users?page=99999999999999999999", true},
		{"/api/v3/users?page=501;per_page=20", true},
		{"/api/v3/users?page=100&per_page=100", false},
		{"/api/v3/users?page=500", false},
		{"/api/v3/users?page=2", false},
		{"/api/v3/users", false},
	} {
		t.Run(c.path, func(t *testing.T) {
			var rejected, served int
			var mu sync.Mutex
			ask := func() {
				a := s.call("GET", c.path, "", "PRIVATE-TOKEN: "+token)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case a.Status == http.StatusOK:
					served++
				case a.Status == http.StatusTooManyRequests && a.Header.Get("Retry-After") != "" && strings.Contains(a.Body, "message"):
					rejected++
				default:
					t.Errorf("the answer is %d: %.200s", a.Status, a.Body)
				}
			}
			// Repeat until two requests were concurrent.
			for range 200 {
				var all sync.WaitGroup
				for range 16 {
					all.Go(ask)
				}
				all.Wait()
				if rejected > 0 || !c.bound && served > 64 {
					break
				}
			}
			if c.bound != (rejected > 0) || served == 0 {
				t.Errorf("%d served, %d rejected", served, rejected)
			}
		})
	}
}
