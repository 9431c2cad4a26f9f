package web

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// urlPath is a path in decoded and in escaped form.
type urlPath struct{ decoded, escaped string }

func pathOf(u *url.URL) urlPath { return urlPath{u.Path, u.EscapedPath()} }

// clean reports whether both forms are clean. ServeMux would redirect from any other path.
func (at urlPath) clean() bool {
	return clean(at.decoded) && (at.escaped == at.decoded || clean(at.escaped))
}

// trim removes a trailing slash and a suffix, as far as the router ignores them, and returns the
// suffix.
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

// clean reports whether p is a rooted path without empty, "." or ".." segments, in valid UTF-8,
// without NUL. It may end with a slash.
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

// trimSuffix removes end, unless nothing of the last segment would remain. The escaped form must
// end the same way: "%2F" is part of a value, not a slash.
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

// withPath returns a copy of u with the path at.
func withPath(u *url.URL, at urlPath) *url.URL {
	c := *u
	c.Path, c.RawPath = at.decoded, ""
	if c.EscapedPath() != at.escaped {
		c.RawPath = at.escaped
	}
	return &c
}

// withURL returns a shallow copy of r with the URL u.
func withURL(r *http.Request, u *url.URL) *http.Request {
	c := *r
	c.URL = u
	return &c
}

// StripPrefix is [http.StripPrefix] for whole path segments: it passes requests below prefix, such
// as "/gitlab", to next without the prefix, and answers all others with 404. A percent-encoded
// prefix does not match. The request log keeps the prefix.
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
