package native

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/web"
)

// checkQuery rejects what an operation would misread in the query or path of r:
// parameters it does not have, conditions without a value, and numbers in a
// second spelling. A condition that is dropped in silence is one that always
// holds. That the query can be parsed, and that no parameter is repeated, was
// checked by the router (web.OnceOnly).
func checkQuery(r *http.Request, known []*huma.Param) error {
	query, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	if err := rejectUnknown(query, known); err != nil {
		return err
	}
	for _, p := range known {
		value, given := r.PathValue(p.Name), p.In == "path"
		if p.In == "query" {
			if value, given, err = query.Text(p.Name); err != nil {
				return err
			}
		}
		if !given {
			continue
		}
		if value == "" && !allowsEmpty(p.Schema) {
			return parameterProblem(p.Name, "blank", "expected a value")
		}
		if p.Schema.Type == huma.TypeInteger && !isCanonicalNumber(value) {
			return parameterProblem(p.Name, "malformed", "expected a whole number in digits, without a plus sign or leading zeros")
		}
	}
	return nil
}

func rejectUnknown(query web.Params, known []*huma.Param) error {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.ContainsFunc(known, func(p *huma.Param) bool { return p.In == "query" && p.Name == name }) {
			return parameterProblem(name, "unknown", "unknown query parameter")
		}
	}
	return nil
}

// mayBeEmpty reports whether the empty text is a value of the schema: it is for
// search and cursor, which clients send empty for all and for the first page.
func allowsEmpty(s *huma.Schema) bool {
	return s.Type == huma.TypeString && len(s.Enum) == 0 && s.Format == "" && (s.MinLength == nil || *s.MinLength == 0)
}

// canonical reports whether text is a whole number in its shortest form, so that
// one thing has one address. A negative number is left to the minimum of its
// schema.
func isCanonicalNumber(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	return text == "0" || digits[0] != '0'
}

// unfit is a fault in the query or path that huma did not look for.
func parameterProblem(name, code, detail string) *problem {
	p := newProblem(http.StatusBadRequest, "invalid", name+": "+detail)
	p.Faults = []fieldError{{Field: name, Code: code, Detail: p.Detail}}
	return p
}
