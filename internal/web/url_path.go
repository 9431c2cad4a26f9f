package web

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// A place is a path in both of its forms.
type urlPath struct{ decoded, escaped string }

func pathOf(u *url.URL) urlPath { return urlPath{u.Path, u.EscapedPath()} }

// clean reports whether the path means itself and text that a name can hold:
// ServeMux would redirect from any other.
func (at urlPath) clean() bool {
	return clean(at.decoded) && (at.escaped == at.decoded || clean(at.escaped))
}

// trim returns the place that endpoints are looked up by: at without trailing
// slash and suffix, where the router leaves them away.
func (rt *Router) trim(at urlPath) (_ urlPath, suffix string) {
	if rt.trailingSlash && at.decoded != "/" {
		at, _ = at.trimSuffix("/")
	}
	for _, s := range rt.suffixes {
		if shorter, found := at.trimSuffix(s); found {
			return shorter, s
		}
	}
	return at, ""
}

// clean reports whether p is a rooted path that means itself: no empty, "." or
// ".." segments, valid UTF-8, no NUL. One slash may stand at its end.
func clean(p string) bool {
	if !strings.HasPrefix(p, "/") || !utf8.ValidString(p) || strings.IndexByte(p, 0) >= 0 {
		return false
	}
	for rest := p[1:]; rest != ""; {
		var segment string
		if segment, rest, _ = strings.Cut(rest, "/"); segment == "" || segment == "." || segment == ".." {
			return false
		}
	}
	return true
}

// without returns at without end, unless nothing of the last segment would
// remain. The encoded form must end the same way: "%2F" is part of a value, not
// a slash.
func (at urlPath) trimSuffix(end string) (urlPath, bool) {
	escaped, ok := strings.CutSuffix(at.escaped, end)
	if !ok || escaped == "" || strings.HasSuffix(escaped, "/") {
		return at, false
	}
	plain, ok := strings.CutSuffix(at.decoded, end)
	if !ok {
		return at, false
	}
	return urlPath{plain, escaped}, true
}

// withPath returns a copy of u with another path.
func withPath(u *url.URL, at urlPath) *url.URL {
	c := *u
	c.Path, c.RawPath = at.decoded, ""
	if c.EscapedPath() != at.escaped {
		c.RawPath = at.escaped
	}
	return &c
}

// withURL returns a shallow copy of r with another address.
func withURL(r *http.Request, u *url.URL) *http.Request {
	c := *r
	c.URL = u
	return &c
}

// StripPrefix hands requests below prefix, such as "/gitlab", to next as if they
// had been made without it. Everything else is 404: a prefix is whole path
// segments, and it has to arrive literally, not percent-encoded.
func StripPrefix(prefix string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		plain, ok := trimPrefix(r.URL.Path, prefix)
		escaped, literal := trimPrefix(r.URL.EscapedPath(), prefix)
		if !ok || !literal {
			http.NotFound(w, r)
			return
		}
		r, x := withInfo(r)
		x.prefix += prefix
		next.ServeHTTP(w, withURL(r, withPath(r.URL, urlPath{plain, escaped})))
	})
}

func trimPrefix(p, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(p, prefix)
	if !ok {
		return "", false
	}
	if rest == "" {
		return "/", true
	}
	return rest, rest[0] == '/'
}
