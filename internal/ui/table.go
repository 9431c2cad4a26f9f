package ui

import (
	"net/url"
	"strings"
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

// Encode returns the query without its path.
func (q Query) Encode() string {
	_, query, _ := strings.Cut(q.With(), "?")
	return query
}
