package web

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"roster.example/roster/internal/admission"
)

// requestInfo is what the middleware and the handlers record about one request. It is written on
// the goroutine of the request, and read by the request log at the end.
type requestInfo struct {
	id         string
	client     netip.Addr
	clientText string        // text of client
	api        string        // APIConfig.Name
	prefix     string        // what StripPrefix removed from the path
	route      string        // path pattern of the endpoint; "" if unknown
	suffix     string        // what the router removed from the end of the path
	rule       QueryRule     // of the API
	query      Params        // parsed by queryRule; nil if not parsed yet
	err        error         // returned by the endpoint
	reason     string        // see SetReason
	identity   any           // see SetIdentity
	original   *http.Request // the request without limits; nil outside of Middleware
	// panicResponse writes the response after a panic; nil for JSON. See SetPanicResponse.
	panicResponse func(w http.ResponseWriter, r *http.Request)

	admission *admission.Controller // nil: no limits
	ticket    *admission.Ticket     // slot of the admission class; nil for ordinary requests
	body      *limitedBody          // nil for requests without a body
}

type requestInfoKey struct{}

// withInfo returns the info of r, and attaches one if r did not pass Middleware.
func withInfo(r *http.Request) (*http.Request, *requestInfo) {
	if x, ok := r.Context().Value(requestInfoKey{}).(*requestInfo); ok {
		return r, x
	}
	r, x := withRequestContext(r, time.Time{})
	x.info.setClient(peer(r))
	return r, &x.info
}

// infoOf returns the info of r. Without Middleware it returns one that is discarded.
func infoOf(r *http.Request) *requestInfo {
	_, x := withInfo(r)
	return x
}

// RequestID returns the id of the request that ctx belongs to, or "" outside of Middleware.
func RequestID(ctx context.Context) string {
	if x, ok := ctx.Value(requestInfoKey{}).(*requestInfo); ok {
		return x.id
	}
	return ""
}

func (x *requestInfo) setClient(addr netip.Addr) { x.client, x.clientText = addr, addr.String() }

// ClientAddr returns the address of the client, as trusted proxies report it. It returns the zero
// Addr if the connection has no address.
func ClientAddr(r *http.Request) netip.Addr { return infoOf(r).client }

// Client returns ClientAddr as text.
func Client(r *http.Request) string { return infoOf(r).clientText }

// Suffix returns the ending, such as ".json", that the router removed from the path of r, or "".
func Suffix(r *http.Request) string { return infoOf(r).suffix }

// SetIdentity stores the authenticated caller of r, so that a handler that has to authenticate
// before the route is known does it once. It has no effect outside of Middleware.
func SetIdentity(r *http.Request, caller any) { infoOf(r).identity = caller }

// Identity returns the caller that SetIdentity stored, if it has the type A.
func Identity[A any](r *http.Request) (A, bool) {
	caller, ok := infoOf(r).identity.(A)
	return caller, ok
}

// SetError stores the error of r for the request log, for endpoints that write their errors
// themselves. It is logged if the status is 500 or above. It has no effect outside of Middleware.
func SetError(r *http.Request, err error) { infoOf(r).err = err }

// SetReason stores why r was rejected, for the request log of a response below 500 whose body does
// not say it. reason must not contain input. It has no effect outside of Middleware.
func SetReason(r *http.Request, reason string) { infoOf(r).reason = reason }

// SetPanicResponse stores what writes the 500 response if the handler of r panics, in place of JSON. It
// has no effect outside of Middleware.
func SetPanicResponse(r *http.Request, write func(w http.ResponseWriter, r *http.Request)) {
	infoOf(r).panicResponse = write
}
