package app

import (
	"net/url"
	"slices"
	"strings"

	"roster.example/roster/internal/web"
)

// prefixIndex tell which doors can have a path at the shared root, by its first two
// segments, so that a request does not ask all of them.
type prefixIndex map[string][]mount

// newPrefixIndex gathers the doors below each beginning that stands in a route as it is.
// A door whose routes have a wildcard there is a neighbour of every beginning that
// the wildcard takes.
func newPrefixIndex(doors []mount) prefixIndex {
	near, rows := prefixIndex{}, make([][]string, len(doors))
	for i, d := range doors {
		rows[i] = mountPrefixes(d)
		for _, head := range rows[i] {
			if !strings.ContainsAny(head, "{.") { // a dot may be that of an ending, which a router leaves away
				near[head] = nil
			}
		}
	}
	for head := range near {
		for i, d := range doors {
			if slices.ContainsFunc(rows[i], func(row string) bool { return matchesPrefix(row, head) }) {
				near[head] = append(near[head], d)
			}
		}
	}
	return near
}

// lookup gives the doors that can have the path of u; nil when any could.
func (b prefixIndex) lookup(u *url.URL) []mount {
	if u.RawPath != "" {
		return nil // spelled in a way of its own
	}
	return b[pathPrefix(u.Path)]
}

// pathPrefix is the beginning of a path: all of it, where it has no third segment.
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

// mountPrefixes are the beginnings of a door's routes at the root.
func mountPrefixes(d mount) []string {
	if d.root == nil {
		return nil
	}
	if l, ok := d.root.(lazyRouter); ok {
		return l.prefixes
	}
	return routePrefixes(d.root.Routes())
}

// matchesPrefix reports whether the beginning of a row, which may have wildcards, is that
// of a path.
func matchesPrefix(row, path string) bool {
	rows, paths := strings.Split(row, "/"), strings.Split(path, "/")
	return slices.EqualFunc(rows, paths, func(of, in string) bool { return of == in || strings.HasPrefix(of, "{") && in != "" })
}

func routePrefixes(routes []web.RouteInfo) []string {
	var all []string
	for _, r := range routes {
		all = append(all, pathPrefix(r.Path))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
