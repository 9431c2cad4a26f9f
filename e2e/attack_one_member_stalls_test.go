package e2e

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

// A member runs 32 concurrent searches for a character that nearly every user has, continuously. The
// searches succeed or are rejected with Retry-After; requests of other users succeed.
func TestSearchesOfOneMemberDoNotStallTheServer(t *testing.T) {
	t.Parallel()
	s := start(t, map[string]string{"limits.reads_wait": "1ms", "limits.reads_per_caller": "1"})
	root, eve, bob := s.admin("root"), s.member("eve", 0, 0), s.member("bob", 0, 0)
	token := eve.Key
	var done, rejected atomic.Bool
	var all sync.WaitGroup
	attacks := []string{"/api/v1/users?total=true&search=e", "/api/v1/users?search=e&sort=-name", "/gitlab/api/v3/users?search=e&private_token=" + token, "/api/v1/users?filter=name%20co%20%22e%22"}
	for i := range 32 {
		all.Go(func() {
			for !done.Load() {
				a := s.call("GET", attacks[i%len(attacks)], "", "Authorization: Bearer "+token)
				switch {
				case a.Status == http.StatusOK:
				case a.Status == http.StatusTooManyRequests || a.Status == http.StatusServiceUnavailable:
					if a.Header.Get("Retry-After") == "" {
						t.Errorf("a rejection has no Retry-After: %v", a)
					}
					rejected.Store(true)
				default:
					t.Errorf("a search is answered %d: %s", a.Status, a.Body)
				}
			}
		})
	}
	key := "PRIVATE-TOKEN: " + root.Key
	for i := 0; i < 20 || !rejected.Load(); i++ {
		for _, a := range []answer{
			s.call("GET", fmt.Sprintf("/gitlab/api/v3/users/%d", eve.ID), "", key),
			s.call("PUT", fmt.Sprintf("/gitlab/api/v3/users/%d?bio=%d", bob.ID, i), "", key),
			s.call("POST", "/api/v1/sessions", fmt.Sprintf(`{"login":%q,"password":%q}`, bob.Username, bob.Password), "Content-Type: application/json"),
		} {
			if a.Status != http.StatusOK && a.Status != http.StatusCreated {
				t.Fatalf("a request of another user is answered %d: %s", a.Status, a.Body)
			}
		}
	}
	done.Store(true)
	all.Wait()
}
