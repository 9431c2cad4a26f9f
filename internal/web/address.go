package web

import (
	"net/http"
	"net/netip"
	"strings"
)

// peer returns the remote address of the connection.
func peer(r *http.Request) netip.Addr {
	addr, _ := parseAddr(r.RemoteAddr)
	return addr
}

// clientAddr returns the address of the client. X-Forwarded-For counts only when a trusted proxy
// sent it, and is read from the right: the last address that is not a trusted proxy is the first
// that a client could have forged, so everything to the left of it is ignored.
func clientAddr(r *http.Request, trusted []netip.Prefix) netip.Addr {
	addr := peer(r)
	if !inPrefixes(addr, trusted) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, ok := parseAddr(strings.TrimSpace(hops[i]))
		if !ok {
			return addr
		}
		addr = hop
		if !inPrefixes(addr, trusted) {
			return addr
		}
	}
	return addr
}

// parseAddr parses an address with or without port. It unmaps IPv4-mapped IPv6 addresses, so that
// each client has one address.
func parseAddr(text string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.Addr{}, false
	}
	return addr.Unmap().WithZone(""), true
}

func inPrefixes(addr netip.Addr, prefixes []netip.Prefix) bool {
	for _, p := range prefixes {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// maxRequestID is the maximum length of a request ID that is accepted from a proxy.
const maxRequestID = 64

// requestID returns the id that a trusted proxy gave the request, or "".
func requestID(r *http.Request, trusted []netip.Prefix) string {
	id := r.Header.Get("X-Request-Id")
	if id == "" || len(id) > maxRequestID || !inPrefixes(peer(r), trusted) {
		return ""
	}
	for _, c := range []byte(id) {
		if !isLetterOrDigit(c) && c != '.' && c != '_' && c != '-' {
			return ""
		}
	}
	return id
}

func isLetterOrDigit(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
