package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/priority"
)

// Always returns an [Endpoint.Class] function that assigns class to every request.
func Always(class admission.Class) func(*http.Request) admission.Class {
	return func(*http.Request) admission.Class { return class }
}

// WithQuery returns an [Endpoint.Class] function that assigns class to requests with a value for
// one of these query parameters. APIs parse queries by different rules, and some read parameters
// from the body of a GET, so a request counts if it could have such a parameter by any rule.
func WithQuery(class admission.Class, names ...string) func(*http.Request) admission.Class {
	return func(r *http.Request) admission.Class {
		if r.ContentLength != 0 || hasValue(r.URL.RawQuery, names) {
			return class
		}
		return admission.Ordinary
	}
}

// hasValue reports whether the query raw has a value for a parameter that has one of names in its
// name.
func hasValue(raw string, names []string) bool {
	for pair := range strings.FieldsFuncSeq(raw, func(c rune) bool { return c == '&' || c == ';' }) {
		key, value, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(key); err == nil {
			key = plain
		}
		contained := func(name string) bool { return strings.Contains(key, name) }
		if value != "" && slices.ContainsFunc(names, contained) {
			return true
		}
	}
	return false
}

// serveAdmitted runs the endpoint within the limits of its admission class. A request holds a slot
// only while the server works, never while it waits for the client: the body is read before, and
// [responseRecorder] releases the slot before it writes the response. The thread has a low priority, so
// that other requests do not wait for the processor.
func serveAdmitted[A any](d APIConfig[A], e Endpoint[A], w http.ResponseWriter, r *http.Request, caller A) error {
	if e.Class == nil {
		return e.Serve(w, r, caller)
	}
	class := e.Class(r)
	if class == admission.Ordinary {
		return e.Serve(w, r, caller)
	}
	return serveInClass(d, e, w, r, caller, class)
}

// serveInClass is the part of serveAdmitted for all classes but the ordinary one. It is apart because
// its closure moves the caller to the heap.
func serveInClass[A any](d APIConfig[A], e Endpoint[A], w http.ResponseWriter, r *http.Request, caller A, class admission.Class) error {
	x := infoOf(r)
	bufferBody(r)
	ticket, err := x.admission.Enter(r.Context(), class, callerKey(d, r, caller))
	if err != nil {
		return admissionError(err)
	}
	defer ticket.Leave()
	if ticket != nil {
		x.ticket = ticket
		r = r.WithContext(ticket.With(r.Context()))
	}
	return atLowPriority(func() error { return e.Serve(w, r, caller) })
}

// atLowPriority is [priority.Run] for handlers, which panic with http.ErrAbortHandler itself.
func atLowPriority(serve func() error) error {
	defer func() {
		p := recover()
		if moved, ok := p.(*priority.Panic); ok && moved.Value == http.ErrAbortHandler {
			panic(http.ErrAbortHandler)
		}
		if p != nil {
			panic(p)
		}
	}()
	return priority.Run(serve)
}

// bufferBody reads the body of r into memory, within the body limits. A read error is returned to
// the handler when it reads the body.
func bufferBody(r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	text, err := io.ReadAll(r.Body)
	r.Body = &bufferedBody{Closer: r.Body, text: bytes.NewReader(text), err: err}
}

// bufferedBody is a body in memory. err is the error that ended reading it, or nil.
type bufferedBody struct {
	io.Closer
	text *bytes.Reader
	err  error
}

// Read implements [io.Reader].
func (b *bufferedBody) Read(p []byte) (int, error) {
	n, err := b.text.Read(p)
	if err == io.EOF && b.err != nil {
		err = b.err
	}
	return n, err
}

// callerKey returns the key of the per-caller limit: the user, or the network of an anonymous
// caller.
func callerKey[A any](d APIConfig[A], r *http.Request, caller A) string {
	if id := userID(d, caller); id != 0 {
		return "user " + strconv.FormatInt(id, 10)
	}
	return networkOf(ClientAddr(r))
}

// userID returns the id of the user behind caller, 0 for an anonymous one.
func userID[A any](d APIConfig[A], caller A) int64 {
	if d.UserID == nil {
		return 0
	}
	return d.UserID(caller)
}

// networkOf returns the network of one client: the address itself for IPv4, the first 64 bits for
// IPv6 (RFC 6177).
func networkOf(addr netip.Addr) string { return networkPrefix(addr, 32, 64).String() }

// admissionError converts an error of package admission to an [Error].
func admissionError(err error) error {
	rejected, ok := errors.AsType[*admission.Rejected](err)
	switch {
	case !ok:
		return &Error{Status: http.StatusServiceUnavailable, Code: Unavailable, Msg: "the request ended before its turn came; try again", Err: err}
	case rejected.ByCaller:
		return &Error{
			Status: http.StatusTooManyRequests, Code: Limited, RetryAfter: rejected.RetryAfter, Err: rejected,
			Msg: "too many searches, lists or exports of yours are under way; wait until one has ended",
		}
	}
	return &Error{
		Status: http.StatusServiceUnavailable, Code: Unavailable, RetryAfter: rejected.RetryAfter, Err: rejected,
		Msg: "the server is busy with other searches, lists and exports; try again in a moment",
	}
}

// setErrorRetryAfter sets Retry-After for an [Error], so that no API has to.
func setErrorRetryAfter(w http.ResponseWriter, err error) {
	if e, ok := errors.AsType[*Error](err); ok {
		SetRetryAfter(w, e.RetryAfter)
	}
}
