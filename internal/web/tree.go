package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A tree finds the row of a table by method and path, segment by segment, as
// net/http.ServeMux does: a literal segment wins over a wildcard, and what leads
// nowhere behind a literal is tried as a wildcard. It stands in for ServeMux
// because at the shared root every API is asked about every path, and ServeMux
// allocates for each question.
type tree struct {
	literal []branch // few, so looking through them is faster than a map
	wild    *tree
	rows    []*row // that end here
}

// A branch is what is below one literal segment.
type branch struct {
	segment string
	tree    *tree
}

// A row is one endpoint as the router keeps it.
type row struct {
	method, path string
	names        []string // of the wildcards, from left to right
	serve        http.HandlerFunc
}

func newRow(method, path string, serve http.HandlerFunc) *row {
	r := &row{method: method, path: path, serve: serve}
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

// takes reports whether the row answers method, which is "" for any. GET answers
// HEAD too (RFC 9110, 9.3.2).
func (r *row) takes(method string) bool {
	return method == "" || r.method == method || r.method == http.MethodGet && method == http.MethodHead
}

// add hangs r at its path.
func (t *tree) add(r *row) {
	at := t
	for rest := r.path[1:]; rest != ""; {
		var segment string
		segment, rest, _ = strings.Cut(rest, "/")
		at = at.child(segment)
	}
	// Where a table has GET and HEAD, HEAD must find its own.
	at.rows = append(at.rows, r)
	slices.SortFunc(at.rows, func(a, b *row) int { return strings.Compare(b.method, a.method) })
}

func (t *tree) child(segment string) *tree {
	if _, ok := wildcard(segment); ok {
		if t.wild == nil {
			t.wild = &tree{}
		}
		return t.wild
	}
	if next := t.below(segment); next != nil {
		return next
	}
	next := &tree{}
	t.literal = append(t.literal, branch{segment, next})
	return next
}

// below is the branch of a literal segment, or nil.
func (t *tree) below(segment string) *tree {
	for i := range t.literal {
		if t.literal[i].segment == segment {
			return t.literal[i].tree
		}
	}
	return nil
}

// find returns the row for method ("" for any) at path, which is escaped and
// without its first slash, and values with those of its wildcards appended.
func (t *tree) find(method, path string, values []string) (*row, []string) {
	if path == "" {
		for _, r := range t.rows {
			if r.takes(method) {
				return r, values
			}
		}
		return nil, nil
	}
	segment, rest, more := strings.Cut(path, "/")
	if more && rest == "" {
		return nil, nil // a slash at the end is a path of its own, and no row has it
	}
	segment = unescaped(segment)
	if next := t.below(segment); next != nil {
		if r, found := next.find(method, rest, values); r != nil {
			return r, found
		}
	}
	if t.wild == nil {
		return nil, nil
	}
	return t.wild.find(method, rest, append(values, segment))
}

// unescaped decodes one segment; one that cannot be decoded stays as it is.
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
