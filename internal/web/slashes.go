package web

import (
	"net/http"
	"net/url"
	"strings"
)

// oneSlash takes repeated slashes in the path of r as one. Clients join a base
// address and a path so. It is done before anything looks at the path: hosts,
// prefixes, routers and permissions all see the same one. A slash that is
// percent-encoded is part of a segment and stays.
func collapseSlashes(r *http.Request) *http.Request {
	if !strings.Contains(r.URL.Path, "//") {
		return r
	}
	escaped := collapseText(r.URL.EscapedPath())
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return r // EscapedPath gives no such path; the routers know none either
	}
	return withURL(r, withPath(r.URL, urlPath{plain, escaped}))
}

// collapse writes each run of slashes as one.
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
