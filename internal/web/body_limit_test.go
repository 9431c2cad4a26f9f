package web_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"roster.example/roster/internal/web"
)

// reading is a server with a public route and one that requires a credential; both read their body.
func reading(limits web.BodyLimits) http.Handler {
	serve := func(w http.ResponseWriter, r *http.Request, _ int64) error {
		if _, err := web.ReadBody(r, 0); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return web.Middleware(web.NewRouter(web.APIConfig[int64]{
		Name: "reading", Public: "open",
		Authenticate: func(r *http.Request, needs string) (int64, error) {
			if needs != "open" && r.Header.Get("Authorization") == "" {
				return 0, errors.New("no credential")
			}
			user, _ := strconv.ParseInt(r.Header.Get("Authorization"), 10, 64)
			return user, nil
		},
		UserID: func(user int64) int64 { return user },
		WriteError: func(w http.ResponseWriter, _ *http.Request, err error) {
			status := http.StatusUnauthorized
			if e, ok := errors.AsType[*web.Error](err); ok {
				status = e.Status
			}
			w.WriteHeader(status)
		},
		NotFound: http.NotFound, MethodNotAllowed: http.NotFound,
	}, []web.Endpoint[int64]{
		{Method: "POST", Path: "/login", Needs: "open", Serve: serve},
		{Method: "POST", Path: "/users", Needs: "manage", Serve: serve},
	}), web.Options{Bodies: limits, MaxBody: 1 << 20})
}

func post(path, address string, body io.Reader, authenticated bool) *http.Request {
	r := httptest.NewRequest("POST", path, body)
	r.RemoteAddr = address
	r.Header.Set("Content-Type", "application/json")
	if authenticated {
		r.Header.Set("Authorization", "1")
	}
	return r
}

func TestBodiesOfPublicRoutesAreLimited(t *testing.T) {
	t.Parallel()
	h := reading(web.BodyLimits{Public: 100})
	of := func(n int) io.Reader { return strings.NewReader(`{"a":"` + strings.Repeat("x", n-8) + `"}`) }
	for _, c := range []struct {
		path          string
		size          int
		authenticated bool
		want          int
	}{
		{"/login", 100, false, http.StatusNoContent},
		{"/login", 101, false, http.StatusRequestEntityTooLarge},
		{"/login", 100_000, false, http.StatusRequestEntityTooLarge},
		{"/users", 101, true, http.StatusNoContent},
		{"/users", 100_000, true, http.StatusNoContent},
		{"/users", 2 << 20, true, http.StatusRequestEntityTooLarge},
		{"/users", 100_000, false, http.StatusUnauthorized},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, post(c.path, home, of(c.size), c.authenticated))
		if w.Code != c.want {
			t.Errorf("%d bytes at %s (authenticated: %t) are answered %d, want %d", c.size, c.path, c.authenticated, w.Code, c.want)
		}
	}
}

// unfinished is a body that stops in the middle until it is released.
type unfinished struct {
	first   io.Reader
	stopped *atomic.Int64
	release chan struct{}
}

func (u *unfinished) Read(p []byte) (int, error) {
	if n, err := u.first.Read(p); err == nil {
		return n, nil
	}
	u.stopped.Add(1)
	<-u.release
	return 0, io.ErrUnexpectedEOF
}

func TestUnfinishedBodiesStayWithinTheBudget(t *testing.T) {
	t.Parallel()
	const size, budget, requests = 1000, 100_000, 1000
	h := reading(web.BodyLimits{All: budget})
	var stopped, refused atomic.Int64
	release := make(chan struct{})
	var all sync.WaitGroup
	for i := range requests {
		all.Go(func() {
			body := &unfinished{bytes.NewReader(make([]byte, size)), &stopped, release}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, post("/login", fmt.Sprintf("192.0.2.%d:1", i%4), body, false))
			if w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") != "" && w.Header().Get("Connection") == "close" {
				refused.Add(1)
			}
		})
	}
	for stopped.Load()+refused.Load() < requests {
		time.Sleep(time.Millisecond)
	}
	if held := stopped.Load() * size; held > budget || held == 0 {
		t.Errorf("%d unfinished bodies hold %d bytes, want at most %d", stopped.Load(), held, budget)
	}
	close(release)
	all.Wait()
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, post("/login", home, strings.NewReader("{}"), false)); w.Code != http.StatusNoContent {
		t.Errorf("after all bodies ended a login is answered %d", w.Code)
	}
}

// late is a body after the deadline of its connection.
type late struct{}

func (late) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

func TestSlowBodiesAreAnswered408(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	reading(web.BodyLimits{Time: time.Second}).ServeHTTP(w, post("/login", home, late{}, false))
	if w.Code != http.StatusRequestTimeout || w.Header().Get("Connection") != "close" {
		t.Errorf("a body past its deadline is answered %d", w.Code)
	}
}
