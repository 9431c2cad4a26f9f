package ui

import (
	"maps"
	"net/url"
	"slices"
)

// Pager is the line below a table.
type Pager struct {
	Count          string // of the rows of all pages, such as "1,204 users"
	Previous, Next string // paths of the other pages, below the root of the server; "" for none
}

// Empty is what a page shows in place of a table without rows.
type Empty struct {
	Icon, Title string
	Text        string // what to do next
	Link        Link   // where to do it; the zero link for none
}

// Badge is a word with the color of its meaning.
type Badge struct {
	Text string
	Tone string // "ok", "warn", "bad", "accent", or "" for none
}

// Query is the query of a page, from which it makes the links to its other views.
type Query struct {
	path   string
	values url.Values
}

// NewQuery returns the query of a page with the values that are not empty. Links begin with path, which is
// below the root of the server.
func NewQuery(path string, values url.Values) Query {
	q := Query{path, url.Values{}}
	for name, list := range values {
		for _, value := range list {
			if value != "" {
				q.values.Add(name, value)
			}
		}
	}
	return q
}

// ReadQueryOf returns the query of a page from the fields in names, which may be lists. Before the names, the
// input has prefix.
func ReadQueryOf(path string, in *Input, prefix string, names ...string) Query {
	q := NewQuery(path, nil)
	for _, name := range names {
		if list := in.List(prefix + name); len(list) > 0 {
			q.values[name+"[]"] = list
		} else if text := in.Line(prefix + name); text != "" {
			q.values.Set(name, text)
		}
	}
	return q
}

// Fields returns the query as fields of a form, with prefix before their names.
func (q Query) Fields(prefix string) []SentField {
	var fields []SentField
	for _, name := range slices.Sorted(maps.Keys(q.values)) {
		for _, value := range q.values[name] {
			fields = append(fields, SentField{prefix + name, value})
		}
	}
	return fields
}

// With returns the path of the page after a change of its query: pairs of a name and a value. A value that
// is empty removes the name.
func (q Query) With(pairs ...string) string {
	values := url.Values{}
	for name, list := range q.values {
		values[name] = list
	}
	for i := 0; i < len(pairs); i += 2 {
		values.Del(pairs[i])
		if pairs[i+1] != "" {
			values.Set(pairs[i], pairs[i+1])
		}
	}
	if len(values) == 0 {
		return q.path
	}
	return q.path + "?" + values.Encode()
}

// Get returns a value; "" if there is none.
func (q Query) Get(name string) string { return q.values.Get(name) }

// List returns the values of a list.
func (q Query) List(name string) []string { return q.values[name+"[]"] }

// Set changes the query.
func (q Query) Set(name, value string) { q.values.Set(name, value) }

// Encode returns the query without its path.
func (q Query) Encode() string { return q.values.Encode() }
