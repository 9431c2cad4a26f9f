package web

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"roster.example/roster/internal/admission"
)

// Options are the settings of Middleware. The zero value is usable: no log, no trusted proxies, no
// limits.
type Options struct {
	Log            *slog.Logger
	TrustedProxies []netip.Prefix // proxies whose X-Forwarded-For and X-Request-Id are used
	MaxBody        int64          // bytes; zero means no limit
	Timeout        time.Duration  // of the request context; zero means none
	HSTS           time.Duration  // max-age of Strict-Transport-Security (RFC 6797); zero sends no header
	NewID          func() string  // generates request ids; nil means rand.Text
	// Admission limits requests by the class of their route; nil means no limits.
	Admission *admission.Controller
	Bodies    BodyLimits
}

// noStore is the Cache-Control directive that forbids storing a response (RFC 9111, 5.2.2.5).
const noStore = "no-store"

// Middleware wraps the handler of a server. It gives each request an id and a client address,
// limits its body and its time, sets the headers that every response has, logs it, and recovers
// panics.
func Middleware(next http.Handler, o Options) http.Handler {
	if o.NewID == nil {
		o.NewID = rand.Text
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	outer := &middleware{next: next, Options: o, bodies: newBodyBudget(o.Bodies)}
	if o.HSTS > 0 {
		outer.hsts = "max-age=" + strconv.FormatInt(int64(o.HSTS/time.Second), 10)
	}
	return outer
}

type middleware struct {
	next http.Handler
	Options
	hsts   string // value of Strict-Transport-Security, or ""
	bodies *bodyBudget
}

func (o *middleware) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start, until := time.Now(), time.Time{}
	if o.Timeout > 0 {
		until = start.Add(o.Timeout)
	}
	inner, reqCtx := withRequestContext(collapseSlashes(r), until)
	defer reqCtx.end()
	x := &reqCtx.info
	x.original, x.admission = r, o.Admission
	x.setClient(clientAddr(r, o.TrustedProxies))
	if x.id = requestID(r, o.TrustedProxies); x.id == "" {
		x.id = o.NewID()
	}
	if r.Body != nil && r.Body != http.NoBody {
		inner.Body = o.limitBody(w, r, x, until)
		defer x.body.release()
	}
	t := &reqCtx.recorder
	t.ResponseWriter, t.info, t.headerValues = w, x, reqCtx.headerValues[:]
	// Responses contain personal data and credentials, so nothing may cache them by
	// default. Handlers of public files override it.
	SetHeaders(t, "X-Request-Id", x.id, "X-Content-Type-Options", "nosniff",
		"Referrer-Policy", "no-referrer", "Cache-Control", noStore)
	if o.hsts != "" {
		SetHeaders(t, "Strict-Transport-Security", o.hsts)
	}
	o.serveRecovered(t, inner, x)
	o.logRequest(r, x, t, start)
	if t.broken {
		// The response had begun: only a closed connection tells the client that the
		// rest is missing. net/http does not log this panic.
		panic(http.ErrAbortHandler)
	}
}

// limitBody returns the body of r with the limits of the server.
func (o *middleware) limitBody(w http.ResponseWriter, r *http.Request, x *requestInfo, until time.Time) io.ReadCloser {
	body := r.Body
	if o.MaxBody > 0 {
		body = http.MaxBytesReader(w, body, o.MaxBody)
	}
	x.body = &limitedBody{
		ReadCloser: body, w: w, budget: o.bodies, addr: x.client, length: r.ContentLength, deadline: until, shares: sharesFor(0, x.client),
	}
	return x.body
}

// serveRecovered runs the next handler and converts a panic to a response.
func (o *middleware) serveRecovered(t *responseRecorder, r *http.Request, x *requestInfo) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if p == http.ErrAbortHandler {
			t.broken = true
			return
		}
		o.Log.LogAttrs(r.Context(), slog.LevelError, "panic", slog.String("id", x.id),
			slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		if t.status != 0 {
			t.broken = true
			return
		}
		o.writeInternalError(t, r, x)
	}()
	o.next.ServeHTTP(t, r)
}

// writeInternalError writes a 500 response for a handler that panicked. It removes headers that the
// handler had set for another response.
func (o *middleware) writeInternalError(t *responseRecorder, r *http.Request, x *requestInfo) {
	for _, name := range []string{"Content-Length", "Content-Type", "Content-Encoding", "Etag", "Set-Cookie"} {
		t.Header().Del(name)
	}
	t.Header().Set("Cache-Control", noStore)
	if x.panicResponse != nil {
		x.panicResponse(t, r)
		return
	}
	answer := struct {
		Error     string `json:"error"`
		RequestID string `json:"request_id"`
	}{"internal error", x.id}
	if err := WriteJSON(t, http.StatusInternalServerError, answer); err != nil {
		t.WriteHeader(http.StatusInternalServerError)
	}
}

// ResponseTime is how long a connection stays open after the deadline of its request, so that the
// response about the timeout is sent. After the body, net/http reads on to notice a client that
// disconnects, and takes a read deadline that a handler has set for one: it would cancel the context of
// the request, as if the client had left.
const ResponseTime = 10 * time.Second

// The limits of unknown paths in the log, in segments and bytes.
const (
	maxLoggedSegments = 2
	maxLoggedSegment  = 32
	maxLoggedNumber   = 8 // of a segment with digits, such as v1
)

// loggedPath returns the beginning of an unknown path with "…" for each segment that may be a
// secret: a link or a client with a wrong prefix sends tokens in its path.
func loggedPath(path string) string {
	segments := strings.SplitN(path, "/", maxLoggedSegments+2)
	for i, segment := range segments {
		if i > maxLoggedSegments && segment != "" || !isWord(segment) {
			segments[i] = "…"
		}
	}
	return strings.Join(segments, "/")
}

// isWord reports whether a segment looks like a word of a path and not like a token: lower-case
// letters, with digits only in a short one.
func isWord(segment string) bool {
	if len(segment) > maxLoggedSegment {
		return false
	}
	for i := range len(segment) {
		c := segment[i]
		digit := c >= '0' && c <= '9'
		if digit && len(segment) > maxLoggedNumber || !digit && (c < 'a' || c > 'z') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// statusClientClosed is the logged status of a request whose client closed the connection before
// the response. It is never sent; nginx logs the same.
const statusClientClosed = 499

// ClientClosed reports whether the client of r has closed the connection. It returns false if the
// deadline of Middleware has passed.
func ClientClosed(r *http.Request) bool {
	if x := infoOf(r); x.original != nil {
		r = x.original
	}
	return errors.Is(r.Context().Err(), context.Canceled)
}

// logRequest logs a finished request. It logs the path pattern in place of the path if it is known,
// since paths contain names and tokens; of other paths it logs what [loggedPath] keeps. It never logs
// query, headers or body.
func (o *middleware) logRequest(r *http.Request, x *requestInfo, t *responseRecorder, start time.Time) {
	level, status := slog.LevelInfo, t.status
	if status == 0 {
		status = http.StatusOK
	}
	failed := status >= 500
	switch {
	case (failed || t.status == 0 || t.broken) && ClientClosed(r):
		status = statusClientClosed
	case failed:
		level = slog.LevelError
	}
	if !o.Log.Enabled(r.Context(), level) {
		return
	}
	route := x.prefix + x.route
	if x.route == "" {
		route = x.prefix + loggedPath(strings.TrimPrefix(r.URL.Path, x.prefix))
	}
	now := time.Now()
	// slog.Logger would determine the source line of the call, which is the same for all requests.
	line := slog.NewRecord(now, level, "request", 0)
	line.AddAttrs(
		slog.String("method", r.Method), slog.String("route", route),
		slog.Int("status", status), slog.Int64("bytes", t.bytes), slog.Duration("duration", now.Sub(start)),
		slog.String("id", x.id), slog.String("address", x.clientText), slog.String("api", x.api),
	)
	switch {
	case x.err != nil && failed:
		line.AddAttrs(slog.String("error", x.err.Error()))
	case x.reason != "" && status < 500:
		line.AddAttrs(slog.String("reason", x.reason))
	}
	// There is nowhere to report that the log cannot be written.
	_ = o.Log.Handler().Handle(r.Context(), line)
}

// defaultRetryAfter is the Retry-After, in seconds, of a 503 without one.
const defaultRetryAfter = "5"

// responseRecorder records status and length of a response. It releases the slot of the admission
// class before the first byte is written, because the client may never read the response. A handler
// that does more work after a write acquires the slot again ([admission.Ticket.Resume]).
type responseRecorder struct {
	http.ResponseWriter
	info         *requestInfo
	status       int // 0 until the header was written
	bytes        int64
	broken       bool     // the response cannot be completed
	headerValues []string // room for values of headers, see SetHeaders
}

// takeHeaderValues returns room for n header values.
func (t *responseRecorder) takeHeaderValues(n int) []string {
	if n > len(t.headerValues) {
		return make([]string, n)
	}
	given := t.headerValues[:n:n]
	t.headerValues = t.headerValues[n:]
	return given
}

func (t *responseRecorder) WriteHeader(status int) {
	if t.status == 0 && status >= 200 {
		t.status = status
	}
	// Each API maps its own errors; this applies to all of them.
	if h := t.Header(); status == http.StatusServiceUnavailable && h.Get("Retry-After") == "" {
		h.Set("Retry-After", defaultRetryAfter)
	}
	t.ResponseWriter.WriteHeader(status)
}

func (t *responseRecorder) Write(b []byte) (int, error) {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	t.info.ticket.Pause()
	n, err := t.ResponseWriter.Write(b)
	t.bytes += int64(n)
	return n, err
}

// FlushError implements the flusher of http.ResponseController.
func (t *responseRecorder) FlushError() error {
	t.info.ticket.Pause()
	return http.NewResponseController(t.ResponseWriter).Flush()
}

// Unwrap gives http.ResponseController access to the connection.
func (t *responseRecorder) Unwrap() http.ResponseWriter { return t.ResponseWriter }
