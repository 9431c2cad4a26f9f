package web

import (
	"container/list"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"time"
)

// BodyLimits bound the request bodies that handlers read, beside
// Options.MaxBody. Bodies of [Unlimited] requests have rules of their own.
type BodyLimits struct {
	Public int64         // bytes of one body until its caller is authenticated; 0 means MaxBody
	All    int64         // bytes of all bodies that were read by requests under way, see budget; 0 means no limit
	Time   time.Duration // for a body to arrive, for each bodyStep bytes or part of it; 0 means no limit
}

// bodyStep is how many bytes have to arrive in BodyLimits.Time.
const bodyStep = 64 << 10

// limitedBody is the body of one request. Its errors are *[Error].
type limitedBody struct {
	io.ReadCloser
	w             http.ResponseWriter
	budget        *bodyBudget
	addr          netip.Addr // of the client
	length        int64      // as the request declares it; -1 for unknown
	started       time.Time  // of the first read
	deadline      time.Time  // of the request; zero for none
	read          int64
	authenticated bool // the caller was authenticated

	// Of the budget, under its lock.
	shares                    []share
	commonBytes, reserveBytes int64
	element, callerElement    *list.Element // nil unless the budget may cut this body

	mu       sync.Mutex
	finished bool // nothing of the body is awaited any more
	aborted  bool
}

// Read reads at most as much as the budget of all bodies has room for.
func (b *limitedBody) Read(p []byte) (int, error) {
	room := int64(bodyStep)
	if limit := b.budget.Public; limit > 0 && !b.authenticated {
		// One byte more tells a body that ends at the limit from a longer one.
		if room = limit + 1 - b.read; room <= 0 {
			return 0, b.reject(bodyTooLarge(nil))
		}
	}
	p = p[:min(int64(len(p)), room)]
	if err := b.extendDeadline(); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	if n > 0 && !b.budget.allocate(b, int64(n)) {
		return 0, b.reject(bodyBudgetExhausted())
	}
	b.read += int64(n)
	if limit := b.budget.Public; limit > 0 && !b.authenticated && b.read > limit {
		return 0, b.reject(bodyTooLarge(nil))
	}
	if err != nil {
		err = b.readError(err)
	}
	return n, err
}

// await gives the body its time for what was read and one step more, within the time
// of the request.
func (b *limitedBody) extendDeadline() error {
	if b.started.IsZero() {
		b.started = time.Now()
	}
	at := b.deadline
	if b.budget.Time > 0 {
		at = b.started.Add(b.budget.Time * time.Duration(1+b.read/bodyStep))
		if !b.deadline.IsZero() && b.deadline.Before(at) {
			at = b.deadline
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.aborted {
		return b.reject(bodyBudgetExhausted())
	}
	if b.budget.Time <= 0 {
		return nil
	}
	return b.setDeadline(at)
}

func (b *limitedBody) setDeadline(at time.Time) error {
	err := http.NewResponseController(b.w).SetReadDeadline(at)
	if errors.Is(err, http.ErrNotSupported) {
		return nil // connections of tests
	}
	return err
}

// ended makes err, with which reading ended, an error of this package.
func (b *limitedBody) readError(err error) error {
	cut := b.finish()
	switch {
	case err == io.EOF:
	case !errors.Is(err, os.ErrDeadlineExceeded):
	case cut:
		return b.reject(bodyBudgetExhausted())
	default:
		return b.reject(&Error{
			Status: http.StatusRequestTimeout, Code: TimedOut, Err: err,
			Msg: "the body arrived too slowly; send it again",
		})
	}
	return err
}

// finish says that nothing of the body is awaited any more, and reports whether the
// budget had cut it. From then on the connection has the time of the request: net/http
// reads on to notice a client that disconnects, and would take the end of the body's
// time for that.
func (b *limitedBody) finish() (cut bool) {
	b.budget.finish(b)
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.finished && b.budget.Time > 0 {
		_ = b.setDeadline(b.deadline) // a connection that is broken says so when it is written to
	}
	b.finished = true
	return b.aborted
}

// cut ends the wait for the rest of the body. It reports false where the body has
// arrived or the connection has no deadlines.
func (b *limitedBody) abort() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.finished || b.aborted {
		return false
	}
	b.aborted = http.NewResponseController(b.w).SetReadDeadline(time.Unix(1, 0)) == nil
	return b.aborted
}

// release gives back what the body holds, at the end of its request.
func (b *limitedBody) release() {
	b.mu.Lock()
	b.finished = true
	b.mu.Unlock()
	b.budget.release(b)
}

// refuse closes the connection after the answer, so that the server does not read
// the rest of the body.
func (b *limitedBody) reject(err *Error) error {
	b.w.Header().Set("Connection", "close")
	return err
}

func bodyBudgetExhausted() *Error {
	return &Error{
		Status: http.StatusServiceUnavailable, Code: Unavailable, RetryAfter: time.Second,
		Msg: "the server holds too many request bodies at the moment; try again",
	}
}

func bodyTooLarge(err error) *Error {
	return &Error{Status: http.StatusRequestEntityTooLarge, Code: TooLarge, Msg: "the body is too large", Err: err}
}

// TrustBody lets the body of r be as large as the server takes it, because its
// caller was authenticated as this user; 0 stands for none, and the body then counts
// for its address. The router calls it after Admit; an API whose credential may stand
// in the body calls it earlier for a credential in a header.
func LiftPublicLimit(r *http.Request, user int64) {
	b := infoOf(r).body
	if b == nil {
		return
	}
	b.authenticated = true
	if user != 0 {
		b.budget.setUser(b, user)
	}
}

// LargeBody reports whether the body of r may be larger than what is read before
// its caller is authenticated.
func ExceedsPublicLimit(r *http.Request) bool {
	b := infoOf(r).body
	return b != nil && !b.authenticated && b.budget.Public > 0 && (r.ContentLength < 0 || r.ContentLength > b.budget.Public)
}
