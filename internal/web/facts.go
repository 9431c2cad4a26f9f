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
type facts struct {
	id     string
	client netip.Addr
	told   string        // client as text
	api    string        // name of the dialect
	prefix string        // what Prefixed took off the path
	route  string        // path pattern of the endpoint, "" while unknown
	suffix string        // what the router took off the end of the path
	rule   QueryRule     // of the API
	query  Params        // by that rule; nil while nothing read it
	fault  error         // what the endpoint returned
	reason string        // what SetReason was told
	caller any           // what Recognize was told
	whole  *http.Request // before it was limited; nil outside of Outermost

	admission *admission.Controller // nil for no limits
	ticket    *admission.Ticket     // of the class of the endpoint; nil for ordinary requests
	body      *limitedBody          // nil for requests without a body
}

type factsKey struct{}

// withFacts returns the facts of r, and adds them where Outermost did not.
func withFacts(r *http.Request) (*http.Request, *facts) {
	if x, ok := r.Context().Value(factsKey{}).(*facts); ok {
		return r, x
	}
	r, x := begin(r, time.Time{})
	x.facts.setClient(peer(r), r.RemoteAddr)
	return r, &x.facts
}

// factsOf returns the facts of r; those of an unknown request can be written
// to, but are lost.
func factsOf(r *http.Request) *facts {
	_, x := withFacts(r)
	return x
}

// RequestID returns the identifier of the request that ctx belongs to, or ""
// outside of Outermost.
func RequestID(ctx context.Context) string {
	if x, ok := ctx.Value(factsKey{}).(*facts); ok {
		return x.id
	}
	return ""
}

// setClient keeps the address, and its text: mostly it stands in that of the peer,
// which then need not be made again.
func (x *facts) setClient(addr netip.Addr, peer string) {
	var room [64]byte
	x.client = addr
	text := addr.AppendTo(room[:0])
	if host := strings.TrimPrefix(peer, "["); addr.IsValid() && strings.HasPrefix(host, string(text)) {
		x.told = host[:len(text)]
		return
	}
	x.told = addr.String()
}

// ClientAddr returns the address of the client, as far as trusted proxies tell
// it. It is the zero Addr when the connection has no address.
func ClientAddr(r *http.Request) netip.Addr { return factsOf(r).client }

// Client is ClientAddr as text.
func Client(r *http.Request) string { return factsOf(r).told }

// Suffix returns the ending, such as ".json", that the router cut off the path
// of r, or "".
func Suffix(r *http.Request) string { return factsOf(r).suffix }

// Recognize keeps who makes the request, for whoever had to find that out before
// the endpoint was known. Recognized gives it back, so that nobody asks twice. It
// is lost outside of Outermost.
func Recognize(r *http.Request, caller any) { factsOf(r).caller = caller }

// Recognized returns what Recognize was told about r, if it is an A.
func Recognized[A any](r *http.Request) (A, bool) {
	caller, ok := factsOf(r).caller.(A)
	return caller, ok
}
