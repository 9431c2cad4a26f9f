package web

import (
	"net/http"
	"strings"
)

// A Condition is what the header If-Match asks for (RFC 9110, 13.1.1).
type Condition struct {
	Any  bool     // "*": whatever version there is
	Tags []string // the strong entity tags, without their quotes
}

// ParseIfMatch reads the lines of an If-Match header. Weak tags are left out:
// the comparison is strong, so they match nothing. Then, as for the tag "" of no
// bytes, there is a condition that no version meets, and never none at all.
// Errors are *Error: a line that is empty, or not a list of entity tags.
func ParseIfMatch(lines []string) (Condition, error) {
	rest := strings.Trim(strings.Join(lines, ","), " \t")
	if rest == "*" {
		return Condition{Any: true}, nil
	}
	c, count := Condition{}, 0
	for {
		rest = strings.TrimLeft(rest, " \t,") // empty elements are passed over (5.6.1)
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

// entityTag cuts one entity tag (8.8.3) off text, up to the comma behind it.
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
