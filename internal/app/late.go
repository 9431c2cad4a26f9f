package app

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"roster.example/roster/internal/web"
)

// late is an API that is built with the first request for it: our own describes
// itself, which takes longer than all the rest of a start, and memory that many
// servers never need. That its table is right is shown by the tests, which build it:
// a server would only find out with that request.
type late struct {
	begins []string // the beginnings of all of its paths; see head
	built  func() guarded
}

func lately(build func() *web.Router, begins ...string) late {
	return late{begins, sync.OnceValue(func() guarded { return guard(build()) })}
}

// Knows asks the API only about paths that could be its, however they are spelled.
func (l late) HasRoute(path string) bool {
	plain, err := url.PathUnescape(path)
	if len(plain) > 1 {
		plain = strings.TrimSuffix(plain, "/")
	}
	return err == nil && slices.Contains(l.begins, head(plain)) && l.built().HasRoute(path)
}

// Routes implements router.
func (l late) Routes() []web.RouteInfo { return l.built().Routes() }

// ServeHTTP answers one request.
func (l late) ServeHTTP(w http.ResponseWriter, r *http.Request) { l.built().ServeHTTP(w, r) }
