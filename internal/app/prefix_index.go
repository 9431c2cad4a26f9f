package app

import (
	"net/url"
	"slices"
	"strings"

	"roster.example/roster/internal/web"
)

// prefixIndex returns the mounts that may have a path at the shared root, by its first two segments,
// so that a request is not checked against all mounts.
type prefixIndex map[string][]mount

// newPrefixIndex indexes the mounts by all literal prefixes of their routes. A mount with a wildcard
// in a prefix is indexed under every prefix that the wildcard matches.
func newPrefixIndex(mounts []mount) prefixIndex {
	index, prefixes := prefixIndex{}, make([][]string, len(mounts))
	for i, m := range mounts {
		prefixes[i] = mountPrefixes(m)
		for _, prefix := range prefixes[i] {
			if !strings.ContainsAny(prefix, "{.") { // a dot may begin a suffix, which a router ignores
				index[prefix] = nil
			}
		}
	}
	for prefix := range index {
		for i, m := range mounts {
			if slices.ContainsFunc(prefixes[i], func(route string) bool { return matchesPrefix(route, prefix) }) {
				index[prefix] = append(index[prefix], m)
			}
		}
	}
	return index
}

// lookup returns the mounts that may have the path of u, or nil for all.
func (x prefixIndex) lookup(u *url.URL) []mount {
	if u.RawPath != "" {
		return nil // an unusual escaping
	}
	return x[pathPrefix(u.Path)]
}

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

// mountPrefixes returns the prefixes of the routes of a mount at the root.
func mountPrefixes(m mount) []string {
	if m.root == nil {
		return nil
	}
	if l, ok := m.root.(lazyRouter); ok {
		return l.prefixes
	}
	return routePrefixes(m.root.Routes())
}

// matchesPrefix reports whether the prefix of a route, which may have wildcards, matches the prefix
// of a path.
func matchesPrefix(route, path string) bool {
	segments, paths := strings.Split(route, "/"), strings.Split(path, "/")
	return slices.EqualFunc(segments, paths, func(of, in string) bool { return of == in || strings.HasPrefix(of, "{") && in != "" })
}

func routePrefixes(routes []web.RouteInfo) []string {
	var all []string
	for _, r := range routes {
		all = append(all, pathPrefix(r.Path))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
