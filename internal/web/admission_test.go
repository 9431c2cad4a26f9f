package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/web"
)

// testServer has a search that blocks, and a point read, a write and a login that do not.
type testServer struct {
	http.Handler
	begun, hold chan struct{}
}

func newTestServer(limits admission.Limits, more ...web.Endpoint[int64]) testServer {
	h := testServer{begun: make(chan struct{}, 100), hold: make(chan struct{})}
	fine := func(w http.ResponseWriter, _ *http.Request, _ int64) error {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	search := func(w http.ResponseWriter, r *http.Request, _ int64) error {
		if admission.ClassIn(r.Context()) != admission.ExpensiveReads {
			return errors.New("the handler cannot tell its class")
		}
		h.begun <- struct{}{}
		<-h.hold
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	router := web.NewRouter(web.APIConfig[int64]{
		Name:         "testServer",
		Authenticate: func(r *http.Request, _ string) (int64, error) { return strconv.ParseInt(r.Header.Get("User"), 10, 64) },
		UserID:       func(user int64) int64 { return user },
		WriteError: func(w http.ResponseWriter, _ *http.Request, err error) {
			status := http.StatusInternalServerError
			if e, ok := errors.AsType[*web.Error](err); ok {
				status = e.Status
			}
			w.WriteHeader(status)
		},
		NotFound: http.NotFound, MethodNotAllowed: http.NotFound,
	}, append(more, []web.Endpoint[int64]{
		{Method: "GET", Path: "/users", Needs: "any", Serve: search, Class: web.Always(admission.ExpensiveReads)},
		{Method: "GET", Path: "/pages", Needs: "any", Serve: fine, Class: web.WithQuery(admission.ExpensiveReads, "search", "total")},
		{Method: "GET", Path: "/users/{id}", Needs: "any", Serve: fine},
		{Method: "POST", Path: "/users", Needs: "any", Serve: fine},
		{Method: "POST", Path: "/login", Needs: "any", Serve: fine},
	}...))
	h.Handler = web.Middleware(router, web.Options{
		Admission: admission.New(map[admission.Class]admission.Limits{admission.ExpensiveReads: limits}),
	})
	return h
}

func (h testServer) ask(method, path string, user int64, address string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("User", strconv.FormatInt(user, 10))
	r.RemoteAddr = address
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const home = "192.0.2.1:1000"

// Clients of GitLab may write a search in each of these ways.
func TestSearchIsExpensiveInEverySpelling(t *testing.T) {
	t.Parallel()
	class := web.WithQuery(admission.ExpensiveReads, "search")
	for query, body := range map[string]string{
		"search=e": "", "per_page=100;search=e": "", "search=&search=e": "", "sear%63h=e": "", "search[]=e": "", "search=%26": "", "search==": "", "": "search=e",
	} {
		r := httptest.NewRequest("GET", "/users?"+query, strings.NewReader(body))
		if body == "" {
			r = httptest.NewRequest("GET", "/users?"+query, nil)
		}
		if class(r) != admission.ExpensiveReads {
			t.Errorf("%q with body %q is no expensive read", query, body)
		}
	}
	for _, query := range []string{"page=2", "search", "search=", "page=2&search=;per_page=3", "order=search"} {
		if class(httptest.NewRequest("GET", "/users?"+query, nil)) != admission.Ordinary {
			t.Errorf("%q without a search is an expensive read", query)
		}
	}
}

// search starts a search that ends when hold is closed.
func (h testServer) search(user int64, address string) <-chan int {
	status := make(chan int, 1)
	go func() { status <- h.ask("GET", "/users", user, address).Code }()
	return status
}

func TestBlockedSearchesDoNotBlockPointReadsWritesAndLogins(t *testing.T) {
	t.Parallel()
	h := newTestServer(admission.Limits{Slots: 2, PerCaller: 2})
	first, second := h.search(1, home), h.search(1, home)
	<-h.begun
	<-h.begun
	for _, c := range [][2]string{{"GET", "/users/1"}, {"POST", "/users"}, {"POST", "/login"}, {"GET", "/pages"}, {"GET", "/pages?search="}, {"GET", "/pages?page=2"}} {
		if got := h.ask(c[0], c[1], 1, home).Code; got != http.StatusNoContent {
			t.Errorf("%s %s is answered %d", c[0], c[1], got)
		}
	}
	for _, c := range []struct {
		path string
		user int64
		want int
	}{
		{"/users", 1, http.StatusTooManyRequests},
		{"/pages?search=e", 1, http.StatusTooManyRequests},
		{"/pages?total=true", 1, http.StatusTooManyRequests},
		{"/users", 2, http.StatusServiceUnavailable},
	} {
		got := h.ask("GET", c.path, c.user, home)
		if got.Code != c.want || got.Header().Get("Retry-After") == "" {
			t.Errorf("GET %s by user %d is answered %d with Retry-After %q, want %d", c.path, c.user, got.Code, got.Header().Get("Retry-After"), c.want)
		}
	}
	close(h.hold)
	if a, b := <-first, <-second; a != http.StatusNoContent || b != http.StatusNoContent {
		t.Errorf("the searches that were under way are answered %d and %d", a, b)
	}
}

func TestThirdSearchOfACallerIsRejectedWhileOthersAreServed(t *testing.T) {
	t.Parallel()
	h := newTestServer(admission.Limits{Slots: 4, PerCaller: 2})
	under := []<-chan int{h.search(1, home), h.search(1, home)}
	<-h.begun
	<-h.begun
	// The limit is counted by user, not by address.
	if got := h.ask("GET", "/users", 1, "198.51.100.9:1").Code; got != http.StatusTooManyRequests {
		t.Errorf("the third search is answered %d", got)
	}
	under = append(under, h.search(2, home))
	<-h.begun
	close(h.hold)
	for _, status := range under {
		if got := <-status; got != http.StatusNoContent {
			t.Errorf("a search within the bound is answered %d", got)
		}
	}
}

func TestAnonymousCallersAreCountedByTheirNetwork(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		first, second string
		same          bool
	}{
		{"192.0.2.1:1000", "192.0.2.1:2000", true},
		{"192.0.2.1:1000", "192.0.2.2:1000", false},
		{"[2001:db8:1:2::1]:1000", "[2001:db8:1:2:ffff::9]:1000", true},
		{"[2001:db8:1:2::1]:1000", "[2001:db8:1:3::1]:1000", false},
		{"[::ffff:192.0.2.1]:1000", "192.0.2.1:1000", true},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			t.Parallel()
			h := newTestServer(admission.Limits{Slots: 4, PerCaller: 1})
			under := h.search(0, c.first)
			<-h.begun
			if c.same {
				if got := h.ask("GET", "/users", 0, c.second).Code; got != http.StatusTooManyRequests {
					t.Errorf("another search from the network is answered %d", got)
				}
				close(h.hold)
			} else {
				other := h.search(0, c.second)
				<-h.begun
				close(h.hold)
				if got := <-other; got != http.StatusNoContent {
					t.Errorf("a search from elsewhere is answered %d", got)
				}
			}
			<-under
		})
	}
}
