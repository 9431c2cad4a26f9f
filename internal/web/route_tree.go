package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// routeTree finds a route by method and path, segment by segment, as net/http.ServeMux does: a
// literal segment has precedence over a wildcard, and if there is no match behind a literal, the
// wildcard is tried (FuzzRoutes compares both).
//
// It stays because ServeMux cannot serve all of this: it has no lookup for any method, which the
// shared root needs to find the API of a path; it redirects paths that are not clean; and it
// rejects overlapping patterns, which [Endpoint.First] allows. Two lookups take 130 ns without an
// allocation, and in ServeMux 290 ns with two (BenchmarkRoutes).
type routeTree struct {
	literal  []literalBranch // few, so that a linear search is faster than a map
	wildcard *routeTree
	routes   []*tableRoute // that end here
}

// literalBranch is the subtree of one literal segment.
type literalBranch struct {
	segment string
	tree    *routeTree
}

// tableRoute is one endpoint in the tree.
type tableRoute struct {
	method, path string
	names        []string // of the wildcards, from left to right
	serve        http.HandlerFunc
}

func newTableRoute(method, path string, serve http.HandlerFunc) *tableRoute {
	r := &tableRoute{method: method, path: path, serve: serve}
	for rest := path[1:]; rest != ""; {
		var segment string
		segment, rest, _ = strings.Cut(rest, "/")
		if name, ok := wildcard(segment); ok {
			r.names = append(r.names, name)
		}
	}
	return r
}

// wildcard returns the name in a segment such as "{id}".
func wildcard(segment string) (string, bool) {
	if !strings.HasPrefix(segment, "{") {
		return "", false
	}
	return strings.TrimSuffix(segment[1:], "}"), true
}

// matches reports whether the route serves method, "" for any. GET serves HEAD too (RFC 9110,
// 9.3.2).
func (r *tableRoute) matches(method string) bool {
	return method == "" || r.method == method || r.method == http.MethodGet && method == http.MethodHead
}

// add inserts r at its path.
func (t *routeTree) add(r *tableRoute) {
	at := t
	for rest := r.path[1:]; rest != ""; {
		var segment string
		segment, rest, _ = strings.Cut(rest, "/")
		at = at.child(segment)
	}
	// HEAD sorts before GET, so that a route for HEAD is found first.
	at.routes = append(at.routes, r)
	slices.SortFunc(at.routes, func(a, b *tableRoute) int { return strings.Compare(b.method, a.method) })
}

func (t *routeTree) child(segment string) *routeTree {
	if _, ok := wildcard(segment); ok {
		if t.wildcard == nil {
			t.wildcard = &routeTree{}
		}
		return t.wildcard
	}
	if next := t.literalChild(segment); next != nil {
		return next
	}
	next := &routeTree{}
	t.literal = append(t.literal, literalBranch{segment, next})
	return next
}

// literalChild returns the subtree of a literal segment, or nil.
func (t *routeTree) literalChild(segment string) *routeTree {
	for i := range t.literal {
		if t.literal[i].segment == segment {
			return t.literal[i].tree
		}
	}
	return nil
}

// find returns the route for method ("" for any) at path, which is escaped and without its leading
// slash, and values with those of its wildcards appended.
func (t *routeTree) find(method, path string, values []string) (*tableRoute, []string) {
	if path == "" {
		for _, r := range t.routes {
			if r.matches(method) {
				return r, values
			}
		}
		return nil, nil
	}
	segment, rest, more := strings.Cut(path, "/")
	if more && rest == "" {
		return nil, nil // no route ends with a slash
	}
	segment = unescaped(segment)
	if next := t.literalChild(segment); next != nil {
		if r, found := next.find(method, rest, values); r != nil {
			return r, found
		}
	}
	if t.wildcard == nil {
		return nil, nil
	}
	return t.wildcard.find(method, rest, append(values, segment))
}

// unescaped decodes one segment. It returns a segment that cannot be decoded as it is.
func unescaped(segment string) string {
	if !strings.Contains(segment, "%") {
		return segment
	}
	plain, err := url.PathUnescape(segment)
	if err != nil {
		return segment
	}
	return plain
}
