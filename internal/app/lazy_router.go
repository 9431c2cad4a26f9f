package app

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"roster.example/roster/internal/web"
)

// lazyRouter is an API that is built with the first request for it: our own describes
// itself, which takes longer than all the rest of a start, and memory that many
// servers never need. That its table is right is shown by the tests, which build it:
// a server would only find out with that request.
type lazyRouter struct {
	prefixes []string // the beginnings of all of its paths; see head
	build    func() guarded
}

func newLazyRouter(build func() *web.Router, begins ...string) lazyRouter {
	return lazyRouter{begins, sync.OnceValue(func() guarded { return guard(build()) })}
}

// Knows asks the API only about paths that could be its, however they are spelled.
func (l lazyRouter) HasRoute(path string) bool {
	plain, err := url.PathUnescape(path)
	if len(plain) > 1 {
		plain = strings.TrimSuffix(plain, "/")
	}
	return err == nil && slices.Contains(l.prefixes, pathPrefix(plain)) && l.build().HasRoute(path)
}

// Routes implements router.
func (l lazyRouter) Routes() []web.RouteInfo { return l.build().Routes() }

// ServeHTTP answers one request.
func (l lazyRouter) ServeHTTP(w http.ResponseWriter, r *http.Request) { l.build().ServeHTTP(w, r) }
