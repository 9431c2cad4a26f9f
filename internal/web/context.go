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
// What else Outermost needs for a request lies in it too, so that all of it is
// allocated at once.
type exchange struct {
	context.Context // of the connection
	facts           facts
	until           time.Time // zero for no deadline
	tally           tally
	values          [commonHeaders]string

	mu    sync.Mutex
	timed context.Context // made for those who wait; nil before
	stop  context.CancelFunc
	over  bool
}

// commonHeaders is how many headers most answers have: those of Outermost, the
// kind and length of the body, and one or two of the API.
const commonHeaders = 9

// Deadline is that of Outermost, or of the connection if it is earlier.
func (x *exchange) Deadline() (time.Time, bool) {
	at, ok := x.Context.Deadline()
	if x.until.IsZero() || ok && at.Before(x.until) {
		return at, ok
	}
	return x.until, true
}

// Done is closed when the request is over or its time is up.
func (x *exchange) Done() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.timed == nil {
		x.time()
	}
	return x.timed.Done()
}

// time makes the context with a timer.
func (x *exchange) time() {
	if x.until.IsZero() {
		x.timed, x.stop = context.WithCancel(x.Context)
	} else {
		x.timed, x.stop = context.WithDeadline(x.Context, x.until)
	}
	if x.over {
		x.stop()
	}
}

// Err says why Done is closed. Without a timer it looks at the clock itself.
func (x *exchange) Err() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch err := x.Context.Err(); {
	case x.timed != nil:
		return x.timed.Err()
	case err != nil:
		return err
	case x.over:
		return context.Canceled
	case !x.until.IsZero() && !time.Now().Before(x.until):
		return context.DeadlineExceeded
	}
	return nil
}

// Value finds the facts. Where there is a timer its context answers for the rest,
// so that contexts made of this one sign on there.
func (x *exchange) Value(key any) any {
	if _, ok := key.(factsKey); ok {
		return &x.facts
	}
	x.mu.Lock()
	inner := x.timed
	x.mu.Unlock()
	if inner == nil {
		inner = x.Context
	}
	return inner.Value(key)
}

// end tells everybody who still waits that the request is over.
func (x *exchange) end() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.over = true
	if x.stop != nil {
		x.stop()
	}
}

// begin gives r a context of its own, with a deadline unless until is zero.
func begin(r *http.Request, until time.Time) (*http.Request, *exchange) {
	x := &exchange{Context: r.Context(), until: until}
	return r.WithContext(x), x
}
