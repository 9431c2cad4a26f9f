package native

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/web"
)

// checkQuery rejects unknown parameters, empty values and numbers in a non-canonical form, in the query and the path of r.
// An operation that ignored a condition would return or change more than the client meant. The router has already rejected
// malformed queries and repeated parameters (web.RejectRepeated).
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

// allowsEmpty reports whether the schema allows the empty text. It does for search and cursor, which clients send empty for
// all results and for the first page.
func allowsEmpty(s *huma.Schema) bool {
	return s.Type == huma.TypeString && len(s.Enum) == 0 && s.Format == "" && (s.MinLength == nil || *s.MinLength == 0)
}

// isCanonicalNumber reports whether text is an integer in its shortest form, so that each object has one URL. Negative
// numbers are left to the minimum of the schema.
func isCanonicalNumber(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	return text == "0" || digits[0] != '0'
}

// parameterProblem returns the error about a query or path parameter.
func parameterProblem(name, code, detail string) *problem {
	p := newProblem(http.StatusBadRequest, "invalid", name+": "+detail)
	p.Faults = []fieldError{{Field: name, Code: code, Detail: p.Detail}}
	return p
}
