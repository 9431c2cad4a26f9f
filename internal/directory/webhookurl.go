package directory

import (
	"net/netip"
	"net/url"
	"slices"

	"roster.example/roster/internal/fault"
)

const maxWebhookURL = 2048

// checkWebhookURL wants an address that the worker may come to like: https, and
// http only where private addresses are allowed, for it is not said who listens on
// the way. What a name resolves to shows only when it is called; see
// [WebhookQueue.MayCall].
func (d *Directory) checkWebhookURL(f *fault.List, text string) {
	if text == "" {
		f.Add("url", fault.Blank, 0)
		return
	}
	if len(text) > maxWebhookURL {
		f.Add("url", fault.TooLong, maxWebhookURL)
		return
	}
	u, err := url.Parse(text)
	if wrong := webhookURLFlaw(u, err); wrong != "" {
		f.AddMalformed("url", wrong)
		return
	}
	plain := u.Scheme == "http"
	literal, err := netip.ParseAddr(u.Hostname())
	if err != nil && plain && len(d.options.WebhookPrivate) == 0 || err == nil && !d.mayCall(literal, plain) {
		f.AddDetail("url", fault.Closed, closedURL(plain))
	}
}

// webhookURLFlaw says what is wrong with the form of an address; "" if nothing is.
func webhookURLFlaw(u *url.URL, err error) string {
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

// mayCall reports whether a webhook may be at this address. Without encryption it
// must be one that the operator named.
func (d *Directory) mayCall(to netip.Addr, plain bool) bool {
	to = to.Unmap().WithZone("")
	named := slices.ContainsFunc(d.options.WebhookPrivate, func(p netip.Prefix) bool { return p.Contains(to) })
	return named || !plain && public(to)
}

// public reports whether an address belongs to the internet, and not to the network
// that the server stands in: whoever may make webhooks shall not reach what only
// the server can. The list is IANA's of special-purpose addresses (RFC 6890), with
// those IPv6 addresses that carry an IPv4 address within.
func public(a netip.Addr) bool {
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	return !slices.ContainsFunc(special(), func(p netip.Prefix) bool { return p.Contains(a) })
}

func special() []netip.Prefix {
	var all []netip.Prefix
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4",
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}
