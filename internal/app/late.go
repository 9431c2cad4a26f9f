package app

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"roster.example/roster/internal/web"
)

// late is an API that is built with the first request for it: our own describes
// itself, which takes longer than all the rest of a start, and memory that many
// servers never need.
type late struct {
	begins []string // the beginnings of all of its paths; see head
	built  func() guarded
}

func lately(build func() *web.Router, begins ...string) late {
	return late{begins, sync.OnceValue(func() guarded { return guard(build()) })}
}

// Knows asks the API only about paths that could be its, or are spelled in a way of
// their own.
func (l late) Knows(path string) bool {
	may := strings.Contains(path, "%") || slices.Contains(l.begins, head(path))
	return may && l.built().Knows(path)
}

// Routes implements router.
func (l late) Routes() []web.RouteInfo { return l.built().Routes() }

// ServeHTTP answers one request.
func (l late) ServeHTTP(w http.ResponseWriter, r *http.Request) { l.built().ServeHTTP(w, r) }
