package web

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// exchange is the context of one request. It carries the facts, and ends at the
// deadline or with the connection, whichever comes first.
//
// context.WithTimeout starts a timer and signs on with its parent for every
// request, and most are answered from memory before anybody looks at it. So that
// is done when somebody first waits, as the database does.
//
// What else Middleware needs for a request lies in it too, so that all of it is
// allocated at once.
type requestContext struct {
	context.Context // of the connection
	info            requestInfo
	deadline        time.Time // zero for no deadline
	recorder        responseRecorder
	headerValues    [commonHeaders]string

	mu         sync.Mutex
	timeoutCtx context.Context // made for those who wait; nil before
	stop       context.CancelFunc
	ended      bool
}

// commonHeaders is how many headers most answers have: those of Middleware, the
// kind and length of the body, and one or two of the API.
const commonHeaders = 9

// Deadline is that of Middleware, or of the connection if it is earlier.
func (x *requestContext) Deadline() (time.Time, bool) {
	at, ok := x.Context.Deadline()
	if x.deadline.IsZero() || ok && at.Before(x.deadline) {
		return at, ok
	}
	return x.deadline, true
}

// Done is closed when the request is over or its time is up.
func (x *requestContext) Done() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.timeoutCtx == nil {
		x.startTimer()
	}
	return x.timeoutCtx.Done()
}

// time makes the context with a timer.
func (x *requestContext) startTimer() {
	if x.deadline.IsZero() {
		x.timeoutCtx, x.stop = context.WithCancel(x.Context)
	} else {
		x.timeoutCtx, x.stop = context.WithDeadline(x.Context, x.deadline)
	}
	if x.ended {
		x.stop()
	}
}

// Err says why Done is closed. Without a timer it looks at the clock itself.
func (x *requestContext) Err() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch err := x.Context.Err(); {
	case x.timeoutCtx != nil:
		return x.timeoutCtx.Err()
	case err != nil:
		return err
	case x.ended:
		return context.Canceled
	case !x.deadline.IsZero() && !time.Now().Before(x.deadline):
		return context.DeadlineExceeded
	}
	return nil
}

// Value finds the facts. Where there is a timer its context answers for the rest,
// so that contexts made of this one sign on there.
func (x *requestContext) Value(key any) any {
	if _, ok := key.(requestInfoKey); ok {
		return &x.info
	}
	x.mu.Lock()
	inner := x.timeoutCtx
	x.mu.Unlock()
	if inner == nil {
		inner = x.Context
	}
	return inner.Value(key)
}

// end tells everybody who still waits that the request is over.
func (x *requestContext) end() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ended = true
	if x.stop != nil {
		x.stop()
	}
}

// begin gives r a context of its own, with a deadline unless until is zero.
func withRequestContext(r *http.Request, until time.Time) (*http.Request, *requestContext) {
	x := &requestContext{Context: r.Context(), deadline: until}
	return r.WithContext(x), x
}
