package web

import (
	"net/http"
	"net/url"
	"strings"
)

// collapseSlashes replaces repeated slashes in the path of r by one; some clients join a base
// address and a path so. It runs before the path is used, so that hosts, prefixes, routers and
// permissions all see the same one. A percent-encoded slash is part of a segment and stays.
func collapseSlashes(r *http.Request) *http.Request {
	if !strings.Contains(r.URL.Path, "//") {
		return r
	}
	escaped := collapseText(r.URL.EscapedPath())
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return r // cannot happen: EscapedPath is always valid
	}
	return withURL(r, withPath(r.URL, urlPath{plain, escaped}))
}

// collapseText replaces each run of slashes by one.
func collapseText(path string) string {
	if !strings.Contains(path, "//") {
		return path
	}
	short := make([]byte, 0, len(path))
	for i := range len(path) {
		if path[i] != '/' || i == 0 || path[i-1] != '/' {
			short = append(short, path[i])
		}
	}
	return string(short)
}
