package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"roster.example/roster/client"
)

// fakeServer is a server on the loopback interface with one handler for each request; the last handler serves all further
// requests.
type fakeServer struct {
	*client.Client

	mu    sync.Mutex
	got   []*http.Request
	steps []http.HandlerFunc
}

func newFakeServer(t *testing.T, steps ...http.HandlerFunc) *fakeServer {
	t.Helper()
	d := &fakeServer{steps: steps}
	s := httptest.NewServer(d)
	t.Cleanup(s.Close)
	c, err := client.New(s.URL, "rst_secret", client.WithRetries(5, time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	d.Client = c
	return d
}

// ServeHTTP implements [http.Handler].
func (d *fakeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	d.got = append(d.got, r)
	step := d.steps[min(len(d.got), len(d.steps))-1]
	d.mu.Unlock()
	step(w, r)
}

func (d *fakeServer) requests() []*http.Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.got
}

// dropConnection reads the request and closes the connection.
func dropConnection(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	panic(http.ErrAbortHandler)
}

// respond sends a status, a body and headers, given in pairs.
func respond(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestReadsAreRetried(t *testing.T) {
	t.Parallel()
	d := newFakeServer(t, dropConnection, respond(503, ""), respond(429, "", "Retry-After", "0"), respond(200, `{"id":7}`, "ETag", `"v1"`))
	u, err := d.Users.Get(t.Context(), 7)
	if err != nil || u.ID != 7 || u.ETag != `"v1"` || len(d.requests()) != 4 {
		t.Errorf("got %+v, %v after %d requests", u, err, len(d.requests()))
	}
}

func TestIncompleteResponseIsRetried(t *testing.T) {
	t.Parallel()
	half := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"id":`)
	}
	d := newFakeServer(t, half, respond(200, `{"id":7}`))
	if u, err := d.Users.Get(t.Context(), 7); err != nil || u.ID != 7 {
		t.Errorf("got %+v, %v", u, err)
	}
}

func TestCreationIsRetriedWithTheSameKey(t *testing.T) {
	t.Parallel()
	busy := respond(409, `{"status":409,"code":"conflict","errors":[{"field":"idempotency_key","code":"taken"}]}`)
	d := newFakeServer(t, dropConnection, busy, respond(201, `{"id":7}`))
	if u, err := d.Users.Create(t.Context(), client.NewUser{Username: "ada"}); err != nil || u.ID != 7 {
		t.Errorf("got %+v, %v", u, err)
	}
	got := d.requests()
	for _, r := range got {
		if key := r.Header.Get("Idempotency-Key"); len(key) < 20 || key != got[0].Header.Get("Idempotency-Key") {
			t.Errorf("the key is %q", key)
		}
	}
	if _, err := d.Users.Create(t.Context(), client.NewUser{Username: "ada"}); err != nil {
		t.Error(err)
	}
	if all := d.requests(); len(all) != 4 || all[3].Header.Get("Idempotency-Key") == got[0].Header.Get("Idempotency-Key") {
		t.Errorf("%d requests, and another creation has the key of the previous one", len(all))
	}
}

func TestOtherRequestsAreNotRetried(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]clientCall{
		"block": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Users.Block(ctx, 7)) },
		"change": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Users.Update(ctx, 7, client.UserUpdate{}))
		},
		"rotate": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Tokens.Rotate(ctx, client.CurrentUser(), 3))
		},
		"password": func(ctx context.Context, c *client.Client) error { return c.Me.ChangePassword(ctx, "a", "b") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newFakeServer(t, dropConnection)
			err := do(t.Context(), d.Client)
			if _, answered := errors.AsType[*client.Error](err); err == nil || answered || len(d.requests()) != 1 {
				t.Errorf("got %v after %d requests", err, len(d.requests()))
			}
		})
	}
}

func TestDeletionWithALostResponseSucceeds(t *testing.T) {
	t.Parallel()
	gone := respond(404, `{"status":404,"code":"not_found","detail":"user not found"}`)
	if err := newFakeServer(t, dropConnection, gone).Users.Delete(t.Context(), 7); err != nil {
		t.Errorf("a deletion that was executed fails: %v", err)
	}
	if err := newFakeServer(t, respond(429, ""), gone).Users.Delete(t.Context(), 7); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("a deletion of an unknown user: %v", err)
	}
}

func TestErrorResponsesAreNotRetried(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 409, 410, 412, 500} {
		d := newFakeServer(t, respond(status, `{"status":0,"code":"x"}`))
		if _, err := d.Users.Get(t.Context(), 7); err == nil || len(d.requests()) != 1 {
			t.Errorf("%d: got %v after %d requests", status, err, len(d.requests()))
		}
	}
}

func TestAttemptsAreLimited(t *testing.T) {
	t.Parallel()
	d := newFakeServer(t, respond(503, ""))
	if _, err := d.Me.Get(t.Context()); !errors.Is(err, client.ErrUnavailable) || len(d.requests()) != 5 {
		t.Errorf("got %v after %d requests", err, len(d.requests()))
	}
}

func TestRetryAfterIsRespected(t *testing.T) {
	t.Parallel()
	d := newFakeServer(t, respond(429, "", "Retry-After", "1"), respond(200, `{"id":7}`))
	begun := time.Now()
	if _, err := d.Me.Get(t.Context()); err != nil || time.Since(begun) < time.Second {
		t.Errorf("got %v after %s", err, time.Since(begun))
	}
}

func TestLongRetryAfterIsReturned(t *testing.T) {
	t.Parallel()
	d := newFakeServer(t, respond(429, "", "Retry-After", "3600"))
	_, err := d.Me.Get(t.Context())
	apiErr, ok := errors.AsType[*client.Error](err)
	if !ok || apiErr.RetryAfter != time.Hour || len(d.requests()) != 1 {
		t.Errorf("got %v after %d requests", err, len(d.requests()))
	}
}

func TestContextEndsThePause(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	d := newFakeServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
		cancel()
	})
	if _, err := d.Me.Get(ctx); err == nil || len(d.requests()) != 1 {
		t.Errorf("got %v after %d requests", err, len(d.requests()))
	}
}

// neverResponds counts requests and does not respond.
type neverResponds struct{ n int }

// RoundTrip implements [http.RoundTripper].
func (s *neverResponds) RoundTrip(r *http.Request) (*http.Response, error) {
	s.n++
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestAttemptHasATimeout(t *testing.T) {
	t.Parallel()
	transport := &neverResponds{}
	c, err := client.New("http://roster.example", "x", client.WithHTTPClient(&http.Client{Transport: transport}),
		client.WithTimeout(time.Millisecond), client.WithRetries(2, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Me.Get(t.Context()); !errors.Is(err, context.DeadlineExceeded) || transport.n != 2 {
		t.Errorf("got %v after %d requests", err, transport.n)
	}
}

func TestRedirectIsAnError(t *testing.T) {
	t.Parallel()
	d := newFakeServer(t, respond(301, "", "Location", "https://other.example/api/v1/users"))
	_, err := d.Users.Create(t.Context(), client.NewUser{Username: "ada"})
	apiErr, ok := errors.AsType[*client.Error](err)
	if !ok || apiErr.Status != 301 || apiErr.Error() != "POST /api/v1/users: the server redirects to https://other.example/api/v1/users; give that address to the client (301)" {
		t.Errorf("got %v", err)
	}
}
