package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"roster.example/roster/internal/web"
)

// during calls fn with the context of a request with a deadline of one minute, and returns that
// context after the end of the request.
func during(t *testing.T, parent context.Context, fn func(ctx context.Context)) context.Context {
	t.Helper()
	var ctx context.Context
	h := web.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ctx = r.Context()
		fn(ctx)
	}), web.Options{Timeout: time.Minute})
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(parent, "GET", "/", nil))
	return ctx
}

func TestDoneIsClosedAtTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		during(t, t.Context(), func(ctx context.Context) {
			child, stop := context.WithCancel(ctx)
			defer stop()
			<-child.Done()
			if took := time.Since(start); took != time.Minute {
				t.Errorf("waited %v", took)
			}
			for _, c := range []context.Context{ctx, child} {
				if !errors.Is(c.Err(), context.DeadlineExceeded) || web.RequestID(c) == "" {
					t.Errorf("%v, request %q", c.Err(), web.RequestID(c))
				}
			}
		})
	})
}

func TestErrReportsTheDeadlineWithoutDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		during(t, t.Context(), func(ctx context.Context) {
			if until, ok := ctx.Deadline(); !ok || time.Until(until) != time.Minute || ctx.Err() != nil {
				t.Errorf("deadline %v, %v", until, ctx.Err())
			}
			time.Sleep(time.Minute)
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				t.Errorf("after it: %v", ctx.Err())
			}
			<-ctx.Done()
		})
		early, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		during(t, early, func(ctx context.Context) {
			if until, ok := ctx.Deadline(); !ok || time.Until(until) != time.Second {
				t.Errorf("deadline %v, want that of the connection", until)
			}
		})
	})
}

func TestClosedConnectionCancelsTheRequest(t *testing.T) {
	t.Parallel()
	for name, waits := range map[string]bool{"nobody waits": false, "somebody waits": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connection, cut := context.WithCancel(t.Context())
			defer cut()
			during(t, connection, func(ctx context.Context) {
				if waits {
					go cut()
					<-ctx.Done()
				}
				cut()
				if !errors.Is(ctx.Err(), context.Canceled) {
					t.Errorf("got %v", ctx.Err())
				}
			})
		})
	}
}

func TestEndOfTheRequestCancelsItsContext(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(context.Context){
		"waited for before": func(ctx context.Context) { ctx.Done() },
		"only now":          func(context.Context) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := during(t, t.Context(), before)
			if !errors.Is(ctx.Err(), context.Canceled) {
				t.Errorf("got %v", ctx.Err())
			}
			<-ctx.Done()
			if !errors.Is(ctx.Err(), context.Canceled) {
				t.Errorf("then %v", ctx.Err())
			}
		})
	}
}
