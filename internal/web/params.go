package web

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"roster.example/roster/internal/decimal"
)

// Params are the parameters of a request, from the query, a form, or JSON. Values are string,
// json.Number, bool, nil, []any or map[string]any. The getters convert between text, numbers and
// booleans as the products do: "true" is true, and 7 is "7".
//
// Each getter returns the value, whether it was given, and an *Error with the code Invalid if it
// cannot be converted. JSON null counts as not given.
type Params map[string]any

// ParamOptions are the options of ReadParams.
type ParamOptions struct {
	MaxBody int64 // bytes; zero means no limit besides that of the middleware
	// IgnoreBody skips the bodies of GET, HEAD and DELETE, which some clients send without a
	// purpose.
	IgnoreBody bool
	// Rack reads parameters as Rails and Grape do (docs/products/gitlab.md, Parameters): from the
	// body of every method, and from the query with semicolons as separators too. The body of a GET
	// or HEAD counts only if it is a form or a JSON object.
	Rack bool
	// Once names plain parameters that are rejected if the query or the body has them twice, or if
	// the two have different values.
	Once []string
}

// ReadParams merges query and body of r, as GitLab does (docs/products/gitlab.md, Parameters). The
// body takes precedence. The result must not be modified, and is nil if there are no parameters.
// Errors are *Error.
func ReadParams(r *http.Request, limit ParamOptions) (Params, error) {
	ignored := !limit.hasBody(r)
	if ignored && r.URL.RawQuery == "" {
		return nil, nil // most requests have no parameters
	}
	params, err := limit.query(r)
	if err != nil || ignored {
		return params, err
	}
	body, err := ReadBody(r, limit.MaxBody, limit.Once...)
	if err != nil {
		return nil, err
	}
	if len(params) == 0 {
		return body, nil
	}
	return limit.merge(params, body)
}

func (l ParamOptions) merge(query, body Params) (Params, error) {
	merged := maps.Clone(query) // the parsed query is shared
	for name, value := range body {
		if value == nil && query[name] != nil {
			continue // null does not override a value
		}
		if slices.Contains(l.Once, name) && query[name] != nil && !sameText(query[name], value) {
			return nil, formError("", repeatedField(name))
		}
		merged[name] = value
	}
	return merged, nil
}

// sameText reports whether two parameters are the same text, such as 7 and "7".
func sameText(a, b any) bool {
	first, ok := scalar(a)
	second, also := scalar(b)
	return ok && also && first == second
}

// query returns the parameters in the query of r.
func (l ParamOptions) query(r *http.Request) (Params, error) {
	if !l.Rack && len(l.Once) == 0 {
		return ReadQuery(r)
	}
	rule := infoOf(r).rule
	if l.Rack {
		rule = Rack
	}
	return parseQuery(r.URL.RawQuery, fieldRules{rule, l.Once})
}

// hasBody reports whether r has a body that is read for parameters.
func (l ParamOptions) hasBody(r *http.Request) bool {
	switch {
	case r.Body == nil || r.Body == http.NoBody:
		return false
	case l.IgnoreBody:
		return !ignoresBody(r.Method)
	case l.Rack && isSafeMethod(r.Method):
		return hasParamType(r)
	}
	return true
}

func ignoresBody(method string) bool {
	return isSafeMethod(method) || method == http.MethodDelete
}

// Present reports whether the parameter has a value: not null, not blank text, not an empty list or
// object. false and 0 are values (docs/products/gitlab.md, Parameters).
func (p Params) Present(name string) bool {
	switch v := p[name].(type) {
	case nil:
		return false
	case string:
		return strings.TrimSpace(v) != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	default:
		return true
	}
}

// Text returns a scalar as text. Lists and objects are invalid: a list of addresses in place of one
// has let attackers reset passwords (CVE-2023-7028).
func (p Params) Text(name string) (text string, ok bool, err error) {
	v := p[name]
	if v == nil {
		return "", false, nil
	}
	if text, ok = scalar(v); !ok {
		return "", false, invalid(name, "must be a single value")
	}
	return text, true, nil
}

func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	default:
		return "", false
	}
}

// Int returns an integer. Blank text counts as not given. A JSON number may have any notation, such as
// 2.0 or 1e2; text has only digits.
func (p Params) Int(name string) (n int64, ok bool, err error) {
	if number, given := p[name].(json.Number); given {
		if n, err = decimal.ParseWhole(number.String()); err != nil {
			return 0, false, invalid(name, NumberFault(err))
		}
		return n, true, nil
	}
	text, ok, err := p.Text(name)
	text = strings.TrimSpace(text)
	if err != nil || !ok || text == "" {
		return 0, false, err
	}
	n, err = strconv.ParseInt(text, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		err = decimal.ErrRange
	}
	if err != nil {
		return 0, false, invalid(name, NumberFault(err))
	}
	return n, true, nil
}

// NumberFault returns the end of a sentence about a number for which [decimal.ParseWhole] returned
// err.
func NumberFault(err error) string {
	switch {
	case errors.Is(err, decimal.ErrRange):
		return "is out of range"
	case errors.Is(err, decimal.ErrFraction):
		return "must be a whole number without a fraction"
	}
	return "must be a whole number"
}

// Bool returns a boolean: true, 1, "true", "t", "1", "on", "yes" and their opposites, in any case.
// Blank text counts as not given.
func (p Params) Bool(name string) (value, ok bool, err error) {
	text, ok, err := p.Text(name)
	if err != nil || !ok {
		return false, false, err
	}
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "":
		return false, false, nil
	case "true", "t", "1", "on", "yes":
		return true, true, nil
	case "false", "f", "0", "off", "no":
		return false, true, nil
	}
	return false, false, invalid(name, "must be true or false")
}
