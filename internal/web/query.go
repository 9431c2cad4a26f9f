package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// QueryRule says what a parameter means that a query or form has more than once.
type QueryRule int

const (
	// LastWins keeps the last value, as Rack does (docs/products/gitlab.md, Parameters).
	LastWins QueryRule = iota
	// Rack is LastWins with a semicolon as separator too, as in Rack 1.
	Rack
	// CollectAll makes a list of the values, as the qs parser of Express does.
	CollectAll
	// RejectRepeated rejects a repeated parameter, and a semicolon that is not encoded. Brackets in
	// names have no meaning.
	RejectRepeated
)

// ReadQuery returns the parameters in the query of r. A Router parses the query before it calls
// Authenticate, by the rule of its APIConfig, and writes the error itself; endpoints get none. The
// result must not be modified, and is nil if there is no query. Errors are *Error.
//
// Queries are parsed by this package only: url.URL.Query drops what it cannot parse, and a dropped
// condition is one that always holds.
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

// QueryText returns the query parameter name of r, or "" if it is not given. A list or an object is
// an *Error.
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

// parseUnique parses a query that every parser reads alike.
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

// isText reports whether text is UTF-8 without NUL.
func isText(text string) bool {
	return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0
}

// parseRequestQuery parses the query of r. Under RejectRepeated it also rewrites the query to the
// one form that all parsers read alike.
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
		text, _, _ := query.Text(name) // parseUnique gives text only
		plain.Set(name, text)
	}
	u := *r.URL
	u.RawQuery = plain.Encode()
	return withURL(r, &u), nil
}
