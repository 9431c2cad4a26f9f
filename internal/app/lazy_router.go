package app

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"roster.example/roster/internal/web"
)

// lazyRouter builds an API at its first request. The native API generates its description, which
// takes longer than the rest of the start and needs memory. An error in its routes would be found
// only at that request, so tests build it.
type lazyRouter struct {
	prefixes []string // prefixes of all paths; see pathPrefix
	build    func() guarded
}

func newLazyRouter(build func() *web.Router, prefixes ...string) lazyRouter {
	return lazyRouter{prefixes, sync.OnceValue(func() guarded { return guard(build()) })}
}

// HasRoute builds the API only for paths with one of the prefixes, in any escaped form.
func (l lazyRouter) HasRoute(path string) bool {
	plain, err := url.PathUnescape(path)
	if len(plain) > 1 {
		plain = strings.TrimSuffix(plain, "/")
	}
	return err == nil && slices.Contains(l.prefixes, pathPrefix(plain)) && l.build().HasRoute(path)
}

// Routes implements router.
func (l lazyRouter) Routes() []web.RouteInfo { return l.build().Routes() }

// ServeHTTP implements [http.Handler].
func (l lazyRouter) ServeHTTP(w http.ResponseWriter, r *http.Request) { l.build().ServeHTTP(w, r) }

// pathPrefix returns the first two segments of a path.
func pathPrefix(path string) string {
	second := strings.IndexByte(path[min(1, len(path)):], '/')
	if second < 0 {
		return path
	}
	if third := strings.IndexByte(path[second+2:], '/'); third >= 0 {
		return path[:second+2+third]
	}
	return path
}
