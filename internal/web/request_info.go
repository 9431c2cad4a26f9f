package web

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"roster.example/roster/internal/admission"
)

// facts is what is known about one request. It is written by the handlers that
// the request passes, on one goroutine, and read by the log line at the end.
type requestInfo struct {
	id         string
	client     netip.Addr
	clientText string        // client as text
	api        string        // name of the dialect
	prefix     string        // what StripPrefix took off the path
	route      string        // path pattern of the endpoint, "" while unknown
	suffix     string        // what the router took off the end of the path
	rule       QueryRule     // of the API
	query      Params        // by that rule; nil while nothing read it
	err        error         // what the endpoint returned
	reason     string        // what SetReason was told
	identity   any           // what SetIdentity was told
	original   *http.Request // before it was limited; nil outside of Middleware

	admission *admission.Controller // nil for no limits
	ticket    *admission.Ticket     // of the class of the endpoint; nil for ordinary requests
	body      *limitedBody          // nil for requests without a body
}

type requestInfoKey struct{}

// withFacts returns the facts of r, and adds them where Middleware did not.
func withInfo(r *http.Request) (*http.Request, *requestInfo) {
	if x, ok := r.Context().Value(requestInfoKey{}).(*requestInfo); ok {
		return r, x
	}
	r, x := withRequestContext(r, time.Time{})
	x.info.setClient(peer(r), r.RemoteAddr)
	return r, &x.info
}

// factsOf returns the facts of r; those of an unknown request can be written
// to, but are lost.
func infoOf(r *http.Request) *requestInfo {
	_, x := withInfo(r)
	return x
}

// RequestID returns the identifier of the request that ctx belongs to, or ""
// outside of Middleware.
func RequestID(ctx context.Context) string {
	if x, ok := ctx.Value(requestInfoKey{}).(*requestInfo); ok {
		return x.id
	}
	return ""
}

// setClient keeps the address, and its text: mostly it stands in that of the peer,
// which then need not be made again.
func (x *requestInfo) setClient(addr netip.Addr, peer string) {
	var room [64]byte
	x.client = addr
	text := addr.AppendTo(room[:0])
	if host := strings.TrimPrefix(peer, "["); addr.IsValid() && strings.HasPrefix(host, string(text)) {
		x.clientText = host[:len(text)]
		return
	}
	x.clientText = addr.String()
}

// ClientAddr returns the address of the client, as far as trusted proxies tell
// it. It is the zero Addr when the connection has no address.
func ClientAddr(r *http.Request) netip.Addr { return infoOf(r).client }

// Client is ClientAddr as text.
func Client(r *http.Request) string { return infoOf(r).clientText }

// Suffix returns the ending, such as ".json", that the router cut off the path
// of r, or "".
func Suffix(r *http.Request) string { return infoOf(r).suffix }

// SetIdentity keeps who makes the request, for whoever had to find that out before
// the endpoint was known. Identity gives it back, so that nobody asks twice. It
// is lost outside of Middleware.
func SetIdentity(r *http.Request, caller any) { infoOf(r).identity = caller }

// Identity returns what SetIdentity was told about r, if it is an A.
func Identity[A any](r *http.Request) (A, bool) {
	caller, ok := infoOf(r).identity.(A)
	return caller, ok
}

// SetError keeps what went wrong with r for the log line, for endpoints that answer
// their errors themselves. The log tells of it when the answer is our fault. It is
// lost outside of Middleware.
func SetError(r *http.Request, err error) { infoOf(r).err = err }

// SetReason keeps why r was refused, for the log line of an answer below 500 whose
// body does not say it. reason must hold nothing of the input. It is lost outside of
// Middleware.
func SetReason(r *http.Request, reason string) { infoOf(r).reason = reason }
