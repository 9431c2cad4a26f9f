package web_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"roster.example/roster/internal/web"
)

// ids returns the request ids of n requests to one server.
func ids(n int) []string {
	h := web.Middleware(http.NotFoundHandler(), web.Options{})
	var all []string
	for range n {
		all = append(all, ask(h, "GET", "/").Header.Get("X-Request-Id"))
	}
	return all
}

func TestRequestIDsAreUnique(t *testing.T) {
	t.Parallel()
	seen, form := map[string]bool{}, regexp.MustCompile(`^[A-Z2-7]{26}$`)
	for _, id := range append(ids(2000), ids(2000)...) {
		if seen[id] || !form.MatchString(id) {
			t.Fatalf("%q, seen before: %v", id, seen[id])
		}
		seen[id] = true
	}
}

func TestTextOfTheClientAddress(t *testing.T) {
	t.Parallel()
	for peer, want := range map[string]string{
		"192.0.2.7:99": "192.0.2.7", "192.0.2.77:9": "192.0.2.77", "[2001:db8::7]:99": "2001:db8::7",
		"[2001:DB8:0:0::7]:99": "2001:db8::7", "[::ffff:192.0.2.7]:99": "192.0.2.7", "[fe80::1%eth0]:99": "fe80::1",
		"@": "invalid IP", "": "invalid IP",
	} {
		told := ""
		h := web.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { told = web.Client(r) }), web.Options{})
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = peer
		if h.ServeHTTP(httptest.NewRecorder(), r); told != want {
			t.Errorf("%q is told as %q, want %q", peer, told, want)
		}
	}
}
