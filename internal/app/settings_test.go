package app

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

// countLogins sends n concurrent logins and counts the responses by status.
func countLogins(t *testing.T, h *testServer, n int) map[int]int {
	t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	counts := map[int]int{}
	begin := make(chan struct{})
	for range n {
		all.Go(func() {
			<-begin
			w := request(t, h.main, "POST", "/api/v3/session", `{"login": "ada", "password": "`+password+`"}`)
			mu.Lock()
			defer mu.Unlock()
			counts[w.Code]++
			if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "" {
				t.Error("the rejection has no Retry-After")
			}
		})
	}
	close(begin)
	all.Wait()
	return counts
}

func TestSettingsLimitConcurrentPasswordHashes(t *testing.T) {
	t.Parallel()
	const n = 6
	for _, c := range []struct {
		slots, queue string
		refuses      bool
	}{
		{"1", "0", true}, {"1", "6", false}, {"6", "0", false},
	} {
		h := newTestServer(t, map[string]string{
			"password.slots": c.slots, "password.queue": c.queue,
			// Long enough for all requests to arrive while the first password is hashed.
			"password.memory_kib": "32768", "password.time": "4",
			"login.account_per_minute": "0", "login.address_per_minute": "0",
		})
		h.createUser(t, "ada", true)
		got := countLogins(t, h, n)
		for end := time.Now().Add(5 * time.Minute); c.refuses && got[http.StatusTooManyRequests] == 0 && time.Now().Before(end); {
			got = countLogins(t, h, n) // on a busy machine they may not be concurrent
		}
		refused := got[http.StatusTooManyRequests]
		if got[http.StatusCreated]+refused != n || got[http.StatusCreated] == 0 || (refused > 0) != c.refuses {
			t.Errorf("with %s slots and a queue of %s: %v", c.slots, c.queue, got)
		}
	}
}

func TestBodyLimitIsASetting(t *testing.T) {
	t.Parallel()
	body := `{"login": "ada", "password": "` + strings.Repeat("x", 3000) + `"}`
	for limit, want := range map[string]int{"1KiB": http.StatusRequestEntityTooLarge, "1MiB": 0} {
		h := newTestServer(t, map[string]string{"max_body": limit})
		for _, path := range []string{"/api/v3/session", "/api/account/login", "/wekan/users/login"} {
			got := request(t, h.main, "POST", path, body)
			tooLarge := got.Code == http.StatusRequestEntityTooLarge || strings.Contains(got.Body.String(), "too large")
			if tooLarge != (want != 0) {
				t.Errorf("%s with a limit of %s: %d %s", path, limit, got.Code, got.Body)
			}
		}
	}
}

func TestRequestsThatTakeTooLongAreEnded(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, map[string]string{"request_timeout": "1s"})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := h.httpServer(h.shared())
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "POST /api/v3/session HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly a part"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Error("the server waits for an incomplete body:", err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	<-served
}

func TestForwardedAddressesCountOnlyFromListedProxies(t *testing.T) {
	t.Parallel()
	for trusted, want := range map[string]string{"": "192.0.2.1", "192.0.2.0/24": "203.0.113.9", "198.51.100.7": "192.0.2.1"} {
		h := newTestServer(t, map[string]string{"trusted_proxies": trusted})
		request(t, h.main, "GET", "/healthz", "", "X-Forwarded-For: 203.0.113.9")
		if got := h.log.last(t)["address"]; got != want {
			t.Errorf("with %q trusted the client is %v, want %s", trusted, got, want)
		}
	}
}

func TestVisibilityOfGitLabUsersIsASetting(t *testing.T) {
	t.Parallel()
	for see, want := range map[string]bool{"full": true, "basic": false} {
		h := newTestServer(t, map[string]string{"gitlab.user_visibility": see})
		h.createUser(t, "ada", true)
		grace := h.createUser(t, "grace", false)
		w := request(t, h.main, "GET", "/api/v3/users", "", "PRIVATE-TOKEN: "+grace.key)
		if got := strings.Contains(w.Body.String(), "ada@roster.example"); got != want || !strings.Contains(w.Body.String(), `"ada"`) {
			t.Errorf("with %s, the response for grace is %s", see, w.Body)
		}
	}
}

func TestAPIKeysOfOthersAreShownOnlyIfSet(t *testing.T) {
	t.Parallel()
	for disclose, want := range map[string]bool{"own": false, "admins": true} {
		h := newTestServer(t, map[string]string{"disclose_api_keys": disclose})
		ada, grace := h.createUser(t, "ada", true), h.createUser(t, "grace", false)
		for _, c := range []struct {
			as    testUser
			shows bool
		}{{ada, want}, {grace, false}} {
			r := http.Request{Header: http.Header{}}
			r.SetBasicAuth("home/"+c.as.Username, c.as.key)
			w := request(t, h.main, "GET", "/users.json", "", "Authorization: "+r.Header.Get("Authorization"))
			other := ada.key
			if c.as.ID == ada.ID {
				other = grace.key
			}
			if got := strings.Contains(w.Body.String(), other); got != c.shows || w.Code != http.StatusOK {
				t.Errorf("with %s, %s gets %d %s", disclose, c.as.Username, w.Code, w.Body)
			}
		}
	}
}

func TestSignUpCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	for signUp, want := range map[string]int{"open": 2, "off": 0} {
		h := newTestServer(t, map[string]string{"sign_up": signUp, "sign_up_organizations": "true"})
		request(t, h.main, "POST", "/users/register", `{"username": "grace", "email": "grace@example.org", "password": "long enough"}`)
		request(t, h.main, "POST", "/api/account/register", `{"email": "alan@example.org", "password": "long enough", "confirmation": "long enough",
			"firstName": "Alan", "lastName": "Turing", "organization": "Bletchley", "tosAccepted": "Y"}`)
		if _, err := directory.NewMailQueue(h.Directory).Lease(t.Context(), 10, time.Minute); err != nil { // as the mail worker does
			t.Fatal(err)
		}
		page, err := h.Directory.Users(t.Context(), model.Operator(), model.UserFilter{})
		if err != nil || page.Total != want {
			t.Errorf("with sign-up %s, %d sign-ups succeeded (%v), want %d", signUp, page.Total, err, want)
		}
	}
}

func TestUnknownAddressesAreRevealedOnlyIfSet(t *testing.T) {
	t.Parallel()
	for reveal, want := range map[string]int{"true": http.StatusNotFound, "false": http.StatusUnauthorized} {
		h := newTestServer(t, map[string]string{"pm415.reveal_unknown_users": reveal})
		w := request(t, h.main, "POST", "/api/account/login", `{"email": "nobody@example.org", "password": "x"}`)
		if w.Code != want {
			t.Errorf("with reveal_unknown_users %s: %d, want %d", reveal, w.Code, want)
		}
	}
	for reveal, want := range map[string]int{"true": http.StatusBadRequest, "false": http.StatusUnauthorized} {
		h := newTestServer(t, map[string]string{"wekan.reveal_unknown_users": reveal})
		w := request(t, h.main, "POST", "/users/login", `{"username": "nobody", "password": "x"}`)
		if w.Code != want {
			t.Errorf("with wekan.reveal_unknown_users %s: %d, want %d", reveal, w.Code, want)
		}
	}
}

func TestLoginLimitsAreSettings(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, map[string]string{"login.account_failures": "2"})
	h.createUser(t, "ada", true)
	var got []int
	for range 3 {
		got = append(got, request(t, h.main, "POST", "/api/v3/session", `{"login": "ada", "password": "wrong"}`).Code)
	}
	if want := "[401 401 429]"; fmt.Sprint(got) != want {
		t.Errorf("after two failures: %v, want %s", got, want)
	}
}

func TestNoticesHaveNoLinkWithoutPages(t *testing.T) {
	t.Parallel()
	for enabled, want := range map[string]string{"true": "https://people.example.org/account/security", "false": ""} {
		h := newTestServer(t, map[string]string{"console.enabled": enabled})
		m, err := h.renderer.Render(model.Message{Kind: model.SecurityNoticeMessage, To: "ada@example.org", Change: model.PasswordChanged})
		if err != nil || m.Link != want {
			t.Errorf("console.enabled %s: %q, %v", enabled, m.Link, err)
		}
	}
}
