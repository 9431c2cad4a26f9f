package web

import (
	"net/http"
	"strings"
)

// Condition is a parsed If-Match header (RFC 9110, 13.1.1).
type Condition struct {
	Any  bool     // "*": any version
	Tags []string // the strong entity tags, without quotes
}

// ParseIfMatch parses the lines of an If-Match header. If-Match uses strong comparison, so weak
// tags match nothing and are dropped; a header with weak tags only gives a condition that no
// version meets, not an absent one. An empty line or a line that is no list of entity tags is an
// *Error.
func ParseIfMatch(lines []string) (Condition, error) {
	rest := strings.Trim(strings.Join(lines, ","), " \t")
	if rest == "*" {
		return Condition{Any: true}, nil
	}
	c, count := Condition{}, 0
	for {
		rest = strings.TrimLeft(rest, " \t,") // empty elements are ignored (5.6.1)
		if rest == "" {
			break
		}
		tag, weak, after, ok := entityTag(rest)
		if !ok {
			return Condition{}, invalidIfMatch()
		}
		if count++; !weak {
			c.Tags = append(c.Tags, tag)
		}
		rest = after
	}
	if count == 0 {
		return Condition{}, invalidIfMatch()
	}
	return c, nil
}

// entityTag parses one entity tag (8.8.3) at the start of text; rest begins at the comma behind it.
func entityTag(text string) (tag string, weak bool, rest string, ok bool) {
	text, weak = strings.CutPrefix(text, "W/")
	text, opened := strings.CutPrefix(text, `"`)
	tag, rest, closed := strings.Cut(text, `"`)
	rest = strings.TrimLeft(rest, " \t")
	if !opened || !closed || rest != "" && rest[0] != ',' {
		return "", false, "", false
	}
	for _, c := range []byte(tag) {
		if c <= ' ' || c == 0x7f {
			return "", false, "", false
		}
	}
	return tag, weak, rest, true
}

func invalidIfMatch() *Error {
	return &Error{Status: http.StatusBadRequest, Code: Invalid, Field: "If-Match",
		Msg: `If-Match must be an ETag in its quotes, a list of them, or *`}
}
