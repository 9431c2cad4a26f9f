package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"

	"roster.example/roster/internal/web"
)

// net/http takes a read deadline that passes during a request for a client that has left. The deadline
// of a request must not look like that: its response would be 500 and the log line 499.
func TestDeadlineOfARequestIsNoDisconnection(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, map[string]string{"request_timeout": "1s"})
	ended := make(chan error, 1)
	server := h.httpServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := web.ReadBody(r, 0)
		<-r.Context().Done()
		ended <- errors.Join(err, r.Context().Err())
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	for name, body := range map[string]string{"without a body": "", "with a body": "{}"} {
		a, err := http.Post("http://"+l.Addr().String()+"/", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Body.Close()
		if err := <-ended; !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			t.Errorf("%s: the request ended with %v", name, err)
		}
		if a.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("%s: status %d", name, a.StatusCode)
		}
	}
	if got := h.log.String(); strings.Contains(got, "499") || strings.Count(got, "status=503")+strings.Count(got, `"status":503`) != 2 {
		t.Errorf("the log says:\n%s", got)
	}
}
