package web

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// A place is a path in both of its forms.
type place struct{ plain, escaped string }

func placeOf(u *url.URL) place { return place{u.Path, u.EscapedPath()} }

// clean reports whether the path means itself and text that a name can hold:
// ServeMux would redirect from any other.
func (at place) clean() bool {
	return clean(at.plain) && (at.escaped == at.plain || clean(at.escaped))
}

// trim returns the place that endpoints are looked up by: at without trailing
// slash and suffix, where the router leaves them away.
func (rt *Router) trim(at place) (_ place, suffix string) {
	if rt.slash && at.plain != "/" {
		at, _ = at.without("/")
	}
	for _, s := range rt.suffixes {
		if shorter, found := at.without(s); found {
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
func (at place) without(end string) (place, bool) {
	escaped, ok := strings.CutSuffix(at.escaped, end)
	if !ok || escaped == "" || strings.HasSuffix(escaped, "/") {
		return at, false
	}
	plain, ok := strings.CutSuffix(at.plain, end)
	if !ok {
		return at, false
	}
	return place{plain, escaped}, true
}

// withPath returns a copy of u with another path.
func withPath(u *url.URL, at place) *url.URL {
	c := *u
	c.Path, c.RawPath = at.plain, ""
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

// Prefixed hands requests below prefix, such as "/gitlab", to next as if they
// had been made without it. Everything else is 404: a prefix is whole path
// segments, and it has to arrive literally, not percent-encoded.
func Prefixed(prefix string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		plain, ok := below(r.URL.Path, prefix)
		escaped, literal := below(r.URL.EscapedPath(), prefix)
		if !ok || !literal {
			http.NotFound(w, r)
			return
		}
		r, x := withFacts(r)
		x.prefix += prefix
		next.ServeHTTP(w, withURL(r, withPath(r.URL, place{plain, escaped})))
	})
}

func below(p, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(p, prefix)
	if !ok {
		return "", false
	}
	if rest == "" {
		return "/", true
	}
	return rest, rest[0] == '/'
}
