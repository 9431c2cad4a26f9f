// Package endpoint has the rules for the URLs of webhooks, and the form of their signing secrets.
package endpoint

import (
	"net/netip"
	"net/url"
	"slices"

	"roster.example/roster/internal/fault"
)

// MaxURL is the maximum length of the URL of a webhook, in bytes.
const MaxURL = 2048

// CheckURL adds a fault to field "url" unless text is a URL that the worker may call: https, or
// http where private names addresses, because a plain message can be read on its way. What a host
// name resolves to is known only when it is called; see [Allowed].
func CheckURL(f *fault.List, text string, private []netip.Prefix) {
	if text == "" {
		f.Add("url", fault.Blank, 0)
		return
	}
	if len(text) > MaxURL {
		f.Add("url", fault.TooLong, MaxURL)
		return
	}
	u, err := url.Parse(text)
	if wrong := urlFlaw(u, err); wrong != "" {
		f.AddMalformed("url", wrong)
		return
	}
	plain := u.Scheme == "http"
	literal, err := netip.ParseAddr(u.Hostname())
	if err != nil && plain && len(private) == 0 || err == nil && !Allowed(literal, plain, private) {
		f.AddDetail("url", fault.Closed, closedURL(plain))
	}
}

// urlFlaw says what is wrong with the form of a URL, "" if nothing is.
func urlFlaw(u *url.URL, err error) string {
	switch {
	case err != nil:
		return "it is not a URL, as in https://receiver.example/hook"
	case u.Scheme != "https" && u.Scheme != "http":
		return "it must start with https://, as in https://receiver.example/hook"
	case u.Hostname() == "":
		return "it names no host, as in https://receiver.example/hook"
	case u.User != nil:
		return "it contains a username or password; remove them and check the signature of the deliveries instead"
	case u.Fragment != "":
		return "it contains a fragment, which is not sent; remove the '#' and what follows"
	}
	return ""
}

// closedURL says why an address may not be called.
func closedURL(plain bool) string {
	if plain {
		return "it must start with https://; http:// is allowed for the addresses of the setting webhooks.allow_private alone"
	}
	return "it is a private address; the setting webhooks.allow_private can allow it"
}

// Allowed reports whether a webhook may call an address. A message without encryption may go to
// the addresses in private alone.
func Allowed(to netip.Addr, plain bool, private []netip.Prefix) bool {
	to = to.Unmap().WithZone("")
	named := slices.ContainsFunc(private, func(p netip.Prefix) bool { return p.Contains(to) })
	return named || !plain && isPublic(to)
}

// isPublic reports whether an address belongs to the internet, and not to the network of the
// server: an administrator of webhooks must not reach what only the server can. The lists are IANA's
// of special-purpose addresses (RFC 6890), with the IPv6 addresses that contain an IPv4 address.
func isPublic(a netip.Addr) bool {
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Is6() && (!globalIPv6.Contains(a) || isISATAP(a)) {
		return false
	}
	return !slices.ContainsFunc(specialPrefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}

// globalIPv6 contains the IPv6 addresses that IANA has allocated for global unicast. Outside of it are
// among others ::/96 and ::ffff:0:0:0/96 (RFC 2765), 64:ff9b::/96 and 64:ff9b:1::/48 (translators),
// 100::/64, 5f00::/16, fc00::/7 and fec0::/10.
var globalIPv6 = netip.MustParsePrefix("2000::/3")

var specialPrefixes = parsePrefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
	"192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
)

func parsePrefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// isISATAP reports whether the interface identifier of an IPv6 address contains an IPv4 address to
// which a tunnel leads (RFC 5214, 6.1).
func isISATAP(a netip.Addr) bool {
	b := a.As16()
	return (b[8] == 0 || b[8] == 2) && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe
}
