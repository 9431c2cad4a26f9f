package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// A QueryRule says what a parameter means that stands in a query or form more
// than once.
type QueryRule int

const (
	// LastCounts keeps the last value, as Rack does (docs/products/gitlab.md, Parameters).
	LastWins QueryRule = iota
	// Rack is LastCounts, and takes a semicolon in the query as "&", as Rack 1 does.
	Rack
	// AllCount makes a list of the values, as the qs parser of Express does.
	CollectAll
	// OnceOnly refuses a repeated parameter, and a semicolon that is not
	// encoded. Names are taken literally: brackets mean nothing.
	RejectRepeated
)

// ReadQuery returns the parameters in the query of r. A Router reads the query
// before it calls Admit, by the rule of its Dialect, and answers the error
// itself; so endpoints get none. The set is only to be read, and nil if there
// is no query. Errors are *Error.
//
// This package reads queries, and no other: url.URL.Query drops what it cannot
// parse, and a dropped condition is one that always holds.
func ReadQuery(r *http.Request) (Params, error) {
	if r.URL.RawQuery == "" {
		return nil, nil
	}
	x := infoOf(r)
	if x.query != nil {
		return x.query, nil
	}
	query, err := parseQuery(r.URL.RawQuery, fieldRules{rule: x.rule})
	if err == nil {
		x.query = query
	}
	return query, err
}

// QueryText returns the parameter name in the query of r, or "" if it is not
// given. A list or an object is an *Error.
func QueryText(r *http.Request, name string) (string, error) {
	query, err := ReadQuery(r)
	if err != nil {
		return "", err
	}
	text, _, err := query.Text(name)
	return text, err
}

func parseQuery(raw string, how fieldRules) (Params, error) {
	switch how.rule {
	case RejectRepeated:
		return parseUnique(raw)
	case Rack:
		raw = strings.ReplaceAll(raw, ";", "&")
	}
	params, err := parseForm(raw, how)
	if err != nil {
		return nil, formError("the query cannot be read", err)
	}
	return params, nil
}

// parseOnce reads a query of which every reader gets the same.
func parseUnique(raw string) (Params, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, malformed("the query cannot be parsed; percent-encode its values", err)
	}
	params := make(Params, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		given := values[name]
		if !isText(name) || !isText(given[0]) {
			return nil, malformed("the query is not text in UTF-8", errFieldText)
		}
		if len(given) > 1 {
			return nil, invalid(name, "may be given only once")
		}
		params[name] = given[0]
	}
	return params, nil
}

// readable reports whether text is UTF-8 without NUL.
func isText(text string) bool {
	return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0
}

// withQuery reads the query of r before anything else is done. Under OnceOnly it
// also writes the query anew, in the one form that all parsers read alike.
func parseRequestQuery(r *http.Request, rule QueryRule) (*http.Request, error) {
	if r.URL.RawQuery == "" {
		return r, nil
	}
	x := infoOf(r)
	x.rule, x.query = rule, nil
	query, err := ReadQuery(r)
	if err != nil || rule != RejectRepeated {
		return r, err
	}
	plain := url.Values{}
	for name := range query {
		text, _, _ := query.Text(name) // all of them are
		plain.Set(name, text)
	}
	u := *r.URL
	u.RawQuery = plain.Encode()
	return withURL(r, &u), nil
}
