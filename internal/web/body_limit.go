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

// BodyLimits limit the request bodies that handlers read, in addition to Options.MaxBody. They do
// not apply to [Unlimited] requests.
type BodyLimits struct {
	Public int64         // bytes of one body while its caller is not authenticated; 0 means MaxBody
	All    int64         // bytes of the bodies of all requests in progress, see bodyBudget; 0 means no limit
	Time   time.Duration // for every bodyStep bytes to arrive; 0 means no limit
}

// bodyStep is the number of bytes that must arrive within BodyLimits.Time.
const bodyStep = 64 << 10

// limitedBody is the body of one request. Its errors are *[Error].
type limitedBody struct {
	io.ReadCloser
	w             http.ResponseWriter
	budget        *bodyBudget
	addr          netip.Addr // of the client
	length        int64      // Content-Length; -1 if unknown
	started       time.Time  // of the first read
	deadline      time.Time  // of the request; zero for none
	read          int64
	authenticated bool // see LiftPublicLimit

	// These belong to the budget and are guarded by its lock.
	shares                    []share
	commonBytes, reserveBytes int64
	element, callerElement    *list.Element // nil unless the budget may abort this body

	mu       sync.Mutex
	finished bool // the body has arrived or reading it has failed
	aborted  bool
}

// Read implements [io.Reader]. It reads no more than the budget of all bodies allows.
func (b *limitedBody) Read(p []byte) (int, error) {
	room := int64(bodyStep)
	if limit := b.budget.Public; limit > 0 && !b.authenticated {
		// One more byte distinguishes a body that ends at the limit from a longer one.
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

// extendDeadline sets the read deadline for the bytes read so far and one more step, not later than
// the deadline of the request.
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
		return nil // connections in tests
	}
	return err
}

// readError converts err, which ended reading, to an error of this package.
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

// finish marks the body as complete and reports whether the budget had aborted it. It moves the read
// deadline behind that of the request: see [ResponseTime].
func (b *limitedBody) finish() (cut bool) {
	b.budget.finish(b)
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.finished && b.budget.Time > 0 {
		at := b.deadline
		if !at.IsZero() {
			at = at.Add(ResponseTime)
		}
		_ = b.setDeadline(at) // the next write notices a broken connection
	}
	b.finished = true
	return b.aborted
}

// abort ends the wait for the rest of the body. It returns false if the body has arrived or the
// connection has no deadlines.
func (b *limitedBody) abort() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.finished || b.aborted {
		return false
	}
	b.aborted = http.NewResponseController(b.w).SetReadDeadline(time.Unix(1, 0)) == nil
	return b.aborted
}

// release frees the bytes that the body holds, at the end of its request.
func (b *limitedBody) release() {
	b.mu.Lock()
	b.finished = true
	b.mu.Unlock()
	b.budget.release(b)
}

// reject closes the connection after the response, so that the server does not read the rest of the
// body.
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

// LiftPublicLimit removes BodyLimits.Public from the body of r, because its caller was
// authenticated as user. With user 0 the body keeps counting for the address of the client. The
// router calls it after Authenticate; an API that accepts a credential in the body calls it earlier
// if a header has a valid one.
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

// ExceedsPublicLimit reports whether the body of r may be larger than what is read before its
// caller is authenticated.
func ExceedsPublicLimit(r *http.Request) bool {
	b := infoOf(r).body
	return b != nil && !b.authenticated && b.budget.Public > 0 && (r.ContentLength < 0 || r.ContentLength > b.budget.Public)
}
