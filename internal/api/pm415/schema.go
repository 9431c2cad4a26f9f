package pm415

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"roster.example/roster/internal/decimal"
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
	"roster.example/roster/internal/web"
)

// pm415 validates request bodies with Joi, whose messages are part of the API: fields are
// checked in the order of the schema, only the first fault is reported, and unknown fields are
// checked last (docs/products/pm415.md, 5).

// body is the body of a request, from JSON or a form.
type body map[string]any

// readBody reads the body. Unsupported content types count as an empty body, as in pm415, and so
// does any body of GET and DELETE.
func (a *api) readBody(r *http.Request) (body, error) {
	if r.Method != http.MethodPost && r.Method != http.MethodPut {
		return body{}, nil
	}
	read, err := web.ReadBody(r, a.maxBody)
	if e, ok := errors.AsType[*web.Error](err); ok && e.Code == web.UnsupportedMediaType {
		return body{}, nil
	}
	return read, err
}

// text returns a field that a schema has checked to be text; "" if it is missing.
func (b body) text(key string) string {
	text, _ := b[key].(string)
	return text
}

// optional returns a text field, or nil if it is missing.
func (b body) optional(key string) *string {
	text, ok := b[key].(string)
	if !ok {
		return nil
	}
	return &text
}

// schema lists the fields of one body.
type schema []field

type field struct {
	key      string
	label    string // in messages; "" means key
	core     string // name in the directory; "" means key
	required bool
	rules    []rule
}

// rule returns what is wrong with a value, as the rest of a sentence after the label, or "".
type rule func(value any, all body) string

func (f field) name() string { return cmp.Or(f.label, f.key) }

// check returns the first fault as 400.
func (s schema) check(b body) error {
	for _, f := range s {
		value, given := b[f.key]
		if !given && f.required {
			return f.newError("is required")
		}
		for _, wrong := range f.rules {
			if !given {
				break
			}
			if what := wrong(value, b); what != "" {
				return f.newError(what)
			}
		}
	}
	return s.unknownFields(b)
}

// unknownFields rejects fields that are not in the schema. It reports the first by name, because
// their order in the body is lost.
func (s schema) unknownFields(b body) error {
	for _, key := range slices.Sorted(maps.Keys(b)) {
		known := func(f field) bool { return f.key == key }
		if !slices.ContainsFunc(s, known) {
			return field{key: key}.newError("is not allowed")
		}
	}
	return nil
}

func (f field) newError(what string) error {
	return newError(http.StatusBadRequest, `"%s" %s`, f.name(), what)
}

// mapError reports a validation error of the directory in the same format.
func (s schema) mapError(err error) error {
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Kind == fault.Invalid && len(e.Fields) > 0 {
		return newError(http.StatusBadRequest, "%s", s.faultMessage(e))
	}
	return err
}

func (s schema) faultMessage(e *fault.Error) string {
	if len(e.Fields) == 0 {
		return cmp.Or(e.Msg, "Bad data")
	}
	wrong := e.Fields[0]
	name := wrong.Name
	for _, f := range s {
		if cmp.Or(f.core, f.key) == wrong.Name {
			name = f.name()
		}
	}
	return fmt.Sprintf(`"%s" %s`, name, faultText(wrong))
}

func faultText(f fault.Field) string {
	switch {
	case f.Code == fault.Blank:
		return "is not allowed to be empty"
	case f.Code == fault.TooShort:
		return tooShort(f.Limit)
	case f.Code == fault.TooLong:
		return fmt.Sprintf("length must be less than or equal to %d characters long", f.Limit)
	case f.Code == fault.Common:
		return "is too common"
	case f.Code == fault.Malformed && f.Name == "email":
		return "must be a valid email"
	}
	return "contains characters that are not allowed"
}

func tooShort(limit int) string {
	return fmt.Sprintf("length must be at least %d characters long", limit)
}

// isString requires a string.
func isString(value any, _ body) string {
	if _, ok := value.(string); !ok {
		return "must be a string"
	}
	return ""
}

// isNonEmpty requires a string that is not empty.
func isNonEmpty(value any, all body) string {
	if wrong := isString(value, all); wrong != "" {
		return wrong
	}
	if value == "" {
		return "is not allowed to be empty"
	}
	return ""
}

// isEmail requires one email address. PUT /api/user of pm415 accepts any text, to which no email
// could be sent.
func isEmail(value any, all body) string {
	if wrong := isNonEmpty(value, all); wrong != "" {
		return wrong
	}
	if !emailaddress.Valid(unitext.Trim(all.text("email"))) {
		return "must be a valid email"
	}
	return ""
}

// minLength requires a string of at least n characters.
func minLength(n int) rule {
	return func(value any, all body) string {
		if wrong := isNonEmpty(value, all); wrong != "" {
			return wrong
		}
		if text, _ := value.(string); utf8.RuneCountInString(text) < n {
			return tooShort(n)
		}
		return ""
	}
}

// matchesPassword requires the value of the field password.
func matchesPassword(value any, all body) string {
	if value != all["password"] {
		return "must match password"
	}
	return ""
}

// isAcceptedTerms requires "Y". The messages for other values are those of pm415
// (docs/products/pm415.md, 5).
func isAcceptedTerms(value any, _ body) string {
	switch v := value.(type) {
	case bool:
		return "must be accepted"
	case string:
		if v == "Y" {
			return ""
		}
		if isBooleanText(v) {
			return "must be accepted"
		}
	}
	return "must be a boolean"
}

// isBoolean requires a boolean; forms send it as text.
func isBoolean(value any, _ body) string {
	if _, ok := value.(bool); ok {
		return ""
	}
	if text, ok := value.(string); ok && isBooleanText(text) {
		return ""
	}
	return "must be a boolean"
}

func isBooleanText(text string) bool {
	return strings.EqualFold(text, "true") || strings.EqualFold(text, "false")
}

// maxIDs is the maximum number of users in one request.
const maxIDs = 1000

// isIDList requires a list of user ids, as numbers or as text.
func isIDList(value any, _ body) string {
	list, ok := value.([]any)
	if !ok {
		return "must be an array"
	}
	if len(list) > maxIDs {
		return fmt.Sprintf("must contain less than or equal to %d items", maxIDs)
	}
	for _, id := range list {
		switch id.(type) {
		case string, json.Number:
		default:
			return "must be an array of ids"
		}
	}
	return ""
}

// userIDs returns the distinct ids of a list that isIDList accepts. It skips elements that are not
// ids, like unknown ids.
func (b body) userIDs(key string) []model.UserID {
	list, _ := b[key].([]any)
	found := []model.UserID{}
	for _, element := range list {
		id, ok := userID(element)
		if ok && !slices.Contains(found, id) {
			found = append(found, id)
		}
	}
	return found
}

// userID reads an id that is a number in any notation or text of digits.
func userID(element any) (model.UserID, bool) {
	if number, ok := element.(json.Number); ok {
		id, err := decimal.ParseWhole(number.String())
		return model.UserID(id), err == nil
	}
	text, _ := element.(string)
	id, ok := decimal.ParseID(strings.TrimSpace(text))
	return model.UserID(id), ok
}
