package web

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// BodyLimits bound the request bodies that handlers read, beside
// Options.MaxBody. Bodies of [Unlimited] requests have rules of their own.
type BodyLimits struct {
	Public int64         // bytes of one body until its caller is authenticated; 0 means MaxBody
	All    int64         // bytes of all bodies that were read by requests under way; 0 means no limit
	Time   time.Duration // for a body to arrive, for each bodyStep bytes or part of it; 0 means no limit
}

// bodyStep is how many bytes have to arrive in BodyLimits.Time.
const bodyStep = 64 << 10

// bodies counts the bytes of bodies that requests under way have read, in all and
// for each network. One network may hold half of them, so that it cannot keep the
// bodies of all others out.
type bodies struct {
	BodyLimits
	mu   sync.Mutex
	used int64
	held map[string]int64
}

func newBodies(l BodyLimits) *bodies { return &bodies{BodyLimits: l, held: map[string]int64{}} }

// reserve reports whether n more bytes may be held for network.
func (b *bodies) reserve(network string, n int64) bool {
	if b.All <= 0 {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.used+n > b.All || b.held[network]+n > b.All/2 {
		return false
	}
	b.used += n
	b.held[network] += n
	return true
}

func (b *bodies) release(network string, n int64) {
	if b.All <= 0 || n == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
	if b.held[network] -= n; b.held[network] <= 0 {
		delete(b.held, network)
	}
}

// limitedBody is the body of one request. Its errors are *[Error].
type limitedBody struct {
	io.ReadCloser
	w       http.ResponseWriter
	all     *bodies
	network string
	begun   time.Time // of the first read
	end     time.Time // of the request; zero for none
	read    int64
	trusted bool // the caller was authenticated
}

// Read reads at most as much as the budget of all bodies has room for.
func (b *limitedBody) Read(p []byte) (int, error) {
	room := int64(bodyStep)
	if limit := b.all.Public; limit > 0 && !b.trusted {
		// One byte more tells a body that ends at the limit from a longer one.
		if room = limit + 1 - b.read; room <= 0 {
			return 0, b.refuse(tooLarge(nil))
		}
	}
	p = p[:min(int64(len(p)), room)]
	if err := b.setDeadline(); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	if n > 0 && !b.all.reserve(b.network, int64(n)) {
		return 0, b.refuse(&Error{
			Status: http.StatusServiceUnavailable, Code: Unavailable, RetryAfter: time.Second,
			Msg: "the server holds too many request bodies at the moment; try again",
		})
	}
	b.read += int64(n)
	if limit := b.all.Public; limit > 0 && !b.trusted && b.read > limit {
		return 0, b.refuse(tooLarge(nil))
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = b.refuse(&Error{
			Status: http.StatusRequestTimeout, Code: TimedOut, Err: err,
			Msg: "the body arrived too slowly; send it again",
		})
	}
	return n, err
}

// setDeadline gives the body its time for what was read and one step more, within
// the time of the request.
func (b *limitedBody) setDeadline() error {
	if b.all.Time <= 0 {
		return nil
	}
	if b.begun.IsZero() {
		b.begun = time.Now()
	}
	at := b.begun.Add(b.all.Time * time.Duration(1+b.read/bodyStep))
	if !b.end.IsZero() && b.end.Before(at) {
		at = b.end
	}
	err := http.NewResponseController(b.w).SetReadDeadline(at)
	if errors.Is(err, http.ErrNotSupported) {
		return nil // connections of tests
	}
	return err
}

// refuse closes the connection after the answer, so that the server does not read
// the rest of the body.
func (b *limitedBody) refuse(err *Error) error {
	b.w.Header().Set("Connection", "close")
	return err
}

func tooLarge(err error) *Error {
	return &Error{Status: http.StatusRequestEntityTooLarge, Code: TooLarge, Msg: "the body is too large", Err: err}
}

// TrustBody lets the body of r be as large as the server takes it, because its
// caller was authenticated. The router calls it after Admit; an API whose
// credential may stand in the body calls it earlier for a credential in a header.
func TrustBody(r *http.Request) {
	if b := factsOf(r).body; b != nil {
		b.trusted = true
	}
}

// LargeBody reports whether the body of r may be larger than what is read before
// its caller is authenticated.
func LargeBody(r *http.Request) bool {
	b := factsOf(r).body
	return b != nil && !b.trusted && b.all.Public > 0 && (r.ContentLength < 0 || r.ContentLength > b.all.Public)
}
