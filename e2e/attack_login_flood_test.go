package e2e

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

// One address signs in continuously from many threads, with right and wrong passwords, and with names
// with and without an account. Meanwhile, each sign-in of other users from other addresses succeeds.
// Requests of the flood get a result, or are rejected with Retry-After. With limits on failures lifted,
// every request of the flood waits for a hash. Addresses are those of X-Forwarded-For.
func TestLoginFloodFromOneAddressDelaysNoOtherAddress(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]map[string]string{
		"default limits": {},
		"lifted limits": {
			"login.account_failures": "100000", "login.address_failures": "1000000",
			"login.account_per_minute": "0", "login.address_per_minute": "0", "password.queue": "8",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings["trusted_proxies"] = "127.0.0.1/32"
			s := start(t, settings)
			eve := s.member("eve", 0, 0)
			others := []testUser{s.member("bob", 0, 0), s.member("cyd", 0, 0), s.member("dan", 0, 0)}
			flood := s.flood(eve, others[0].Username)
			defer flood.end()
			for i := range 30 {
				flood.await(10 * (i + 1))
				user := others[i%len(others)]
				a := s.logIn(i, user.Username, user.Password, fmt.Sprintf("198.51.%d.7", i))
				if a.Status != http.StatusOK && a.Status != http.StatusCreated {
					t.Errorf("login %d of %s from another address is answered %d: %s", i, user.Username, a.Status, a.Body)
				}
			}
		})
	}
}

// After the flood, its address is locked for every account, and no other address is.
func TestOnlyTheAddressOfALoginFloodIsLocked(t *testing.T) {
	t.Parallel()
	s := start(t, map[string]string{"trusted_proxies": "127.0.0.1/32", "login.address_failures": "20"})
	bob := s.member("bob", 0, 0)
	for i := range 40 {
		a := s.logIn(i, fmt.Sprint("unknown", i), "guess", "203.0.113.9")
		if want := i >= 20; want != (a.Status == http.StatusTooManyRequests) {
			t.Errorf("failure %d is answered %d", i, a.Status)
		}
	}
	for i := range 4 {
		if a := s.logIn(i, bob.Username, bob.Password, "203.0.113.9"); a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" {
			t.Errorf("from the address of the flood: %d", a.Status)
		}
		if a := s.logIn(i, bob.Username, bob.Password, "203.0.113.10"); a.Status >= 300 {
			t.Errorf("from the next address: %d %s", a.Status, a.Body)
		}
	}
}

// logIn signs in through one of the APIs with address in X-Forwarded-For.
func (s *server) logIn(api int, name, password, address string) answer {
	paths := []string{"/api/v1/sessions", "/gitlab/api/v3/session", "/wekan/users/login"}
	field := []string{"login", "login", "username"}[api%len(paths)]
	return s.call("POST", paths[api%len(paths)], fmt.Sprintf(`{%q:%q,"password":%q}`, field, name, password),
		"Content-Type: application/json", "X-Forwarded-For: "+address)
}

// flood runs goroutines that sign in until end is called. await increases the number of allowed
// requests: without a limit, a slow machine would do nothing but send rejections.
type flood struct {
	done    atomic.Bool
	threads sync.WaitGroup
	mu      sync.Mutex
	turned  *sync.Cond
	allowed int // logins to be sent
	answers int
}

// flood signs in with the right password of eve, and with wrong ones for eve, for victim and for
// names without an account.
func (s *server) flood(eve testUser, victim string) *flood {
	f := &flood{}
	f.turned = sync.NewCond(&f.mu)
	for i := range 32 {
		f.threads.Go(func() {
			for n := 0; f.mayLogIn(); n++ {
				name, password := eve.Username, eve.Password
				if i%2 == 0 {
					name, password = []string{eve.Username, victim, fmt.Sprintf("unknown%d-%d", i, n)}[n%3], "guess"
				}
				s.checkFlooded(s.logIn(i+n, name, password, "203.0.113.9"))
				f.mu.Lock()
				f.answers++
				f.turned.Broadcast()
				f.mu.Unlock()
			}
		})
	}
	return f
}

func (s *server) checkFlooded(a answer) {
	switch a.Status {
	case http.StatusOK, http.StatusCreated, http.StatusUnauthorized:
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if a.Header.Get("Retry-After") == "" {
			s.t.Errorf("a rejection has no Retry-After: %v", a)
		}
	default:
		s.t.Errorf("a login of the flood is answered %d: %s", a.Status, a.Body)
	}
}

// mayLogIn blocks until another login is allowed. It returns false after the end of the flood.
func (f *flood) mayLogIn() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.allowed == 0 && !f.done.Load() {
		f.turned.Wait()
	}
	f.allowed--
	return !f.done.Load()
}

// await allows some logins more than it waits for, and blocks until the flood got that many answers.
func (f *flood) await(answers int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.allowed += 20
	f.turned.Broadcast()
	for f.answers < answers {
		f.turned.Wait()
	}
}

func (f *flood) end() {
	f.mu.Lock()
	f.done.Store(true)
	f.turned.Broadcast()
	f.mu.Unlock()
	f.threads.Wait()
}
