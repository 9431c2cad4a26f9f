package web

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"
)

// locate returns the address that endpoints are looked up by: u itself, or a
// copy without trailing slash and suffix. It refuses paths that ServeMux would
// clean and redirect, and text that no name can hold.
func (rt *Router) locate(u *url.URL) (_ *url.URL, suffix string, ok bool) {
	if !clean(u.Path) || !clean(u.EscapedPath()) {
		return nil, "", false
	}
	if rt.slash && u.Path != "/" {
		u, _ = cut(u, "/")
	}
	for _, s := range rt.suffixes {
		if shorter, found := cut(u, s); found {
			return shorter, s, true
		}
	}
	return u, "", true
}

// clean reports whether p is a rooted path that means itself: no empty, "." or
// ".." segments, valid UTF-8, no NUL.
func clean(p string) bool {
	if !strings.HasPrefix(p, "/") || strings.HasSuffix(p, "//") {
		return false
	}
	if !utf8.ValidString(p) || strings.IndexByte(p, 0) >= 0 {
		return false
	}
	return p == "/" || path.Clean(p) == strings.TrimSuffix(p, "/")
}

// cut returns u without end, unless nothing of the last segment would remain.
// The encoded form must end the same way: "%2F" is part of a value, not a
// slash.
func cut(u *url.URL, end string) (*url.URL, bool) {
	escaped, ok := strings.CutSuffix(u.EscapedPath(), end)
	if !ok || escaped == "" || strings.HasSuffix(escaped, "/") {
		return u, false
	}
	plain, ok := strings.CutSuffix(u.Path, end)
	if !ok {
		return u, false
	}
	return withPath(u, plain, escaped), true
}

// withPath returns a copy of u with another path in both of its forms.
func withPath(u *url.URL, plain, escaped string) *url.URL {
	c := *u
	c.Path, c.RawPath = plain, ""
	if c.EscapedPath() != escaped {
		c.RawPath = escaped
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
		next.ServeHTTP(w, withURL(r, withPath(r.URL, plain, escaped)))
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
