package load_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"roster.example/roster/bench/load"
)

// serve starts a server and returns its address.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func TestResponsesAreReadCompletely(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("users ", 100_000)
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("X-Sent", strings.TrimSpace(r.Method+" "+r.Header.Get("X-Token")+" "+string(sent)))
		if r.URL.Path == "/chunked" { // no length, and more than fits a buffer
			w.WriteHeader(http.StatusCreated)
		} else {
			w.Header().Set("Content-Length", fmt.Sprint(len(long)))
		}
		if _, err := io.WriteString(w, long); err != nil {
			t.Error(err)
		}
	})
	for _, c := range []struct {
		request load.Request
		status  int
		sent    string
	}{
		{load.Get("/", "X-Token: t"), http.StatusOK, "GET t"},
		{load.Post("/chunked", "text/plain", "body", "X-Token: t"), http.StatusCreated, "POST t body"},
	} {
		a, err := load.One(t.Context(), at, c.request)
		if err != nil {
			t.Fatal(err)
		}
		if a.Status != c.status || string(a.Body) != long || a.Get("x-sent") != c.sent {
			t.Errorf("got %d, %q and %d bytes, want %d, %q and %d", a.Status, a.Get("X-Sent"), len(a.Body), c.status, c.sent, len(long))
		}
	}
}

func TestEveryResponseIsCounted(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	at := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1)%2 == 0 {
			w.WriteHeader(http.StatusTeapot)
		}
	})
	next := func() load.Request { return load.Get("/") }
	o, err := load.Load{Addresses: []string{at}, Conns: 3, For: 50 * time.Millisecond, Next: next}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(o.Took)) != asked.Load() || int64(o.Refused) != asked.Load()/2 {
		t.Errorf("counted %d, %d of them refused; %d were asked for", len(o.Took), o.Refused, asked.Load())
	}
	if o.Percentile(50) > o.Percentile(99) || o.Percentile(99) > o.Took[len(o.Took)-1] {
		t.Errorf("half within %s, 99 %% within %s, all within %s", o.Percentile(50), o.Percentile(99), o.Took[len(o.Took)-1])
	}
}

func TestRateIsNotExceeded(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	at := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	l := load.Load{Addresses: []string{at}, Conns: 4, For: 100 * time.Millisecond, Next: func() load.Request { return load.Get("/") }, Rate: 100}
	if _, err := l.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := asked.Load(); n > 12 || n == 0 {
		t.Errorf("%d requests in a tenth of a second, want about ten", n)
	}
}

func TestLoadIsSharedByServers(t *testing.T) {
	t.Parallel()
	var one, other atomic.Int64
	l := load.Load{
		Addresses: []string{
			serve(t, func(http.ResponseWriter, *http.Request) { one.Add(1) }),
			serve(t, func(http.ResponseWriter, *http.Request) { other.Add(1) }),
		},
		Conns: 2, For: 20 * time.Millisecond, Next: func() load.Request { return load.Get("/") },
	}
	if _, err := l.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if one.Load() == 0 || other.Load() == 0 {
		t.Errorf("one was asked %d times, the other %d", one.Load(), other.Load())
	}
}

func TestEndOfContextEndsTheLoad(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	at := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done() // never answers
	})
	l := load.Load{Addresses: []string{at}, Conns: 2, For: time.Hour, Next: func() load.Request { return load.Get("/") }}
	if _, err := l.Run(ctx); err == nil {
		t.Error("a load that was cut off reports no error")
	}
}
