package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"
)

// maxFields is the maximum number of fields in a form or a query.
const maxFields = 1000

var (
	errTooManyFields = errors.New("too many fields")
	errFieldName     = errors.New("field name cannot be read")
	errFieldClash    = errors.New("field is used in two ways")
	errFieldText     = errors.New("field is not valid UTF-8 text")
)

// fieldRules say what a repeated field means that is not a list. A field that once names is rejected;
// rule decides about the others.
type fieldRules struct {
	rule QueryRule
	once []string
}

// repeatedField is the error of a field in fieldRules.once that was given twice.
type repeatedField string

func (f repeatedField) Error() string { return string(f) + " was given more than once" }

// formError wraps err in an *Error with the message msg, except for a repeatedField, which has its
// own message.
func formError(msg string, err error) *Error {
	if twice, ok := errors.AsType[repeatedField](err); ok {
		e := malformed(twice.Error(), err)
		e.Field = string(twice)
		return e
	}
	return malformed(msg, err)
}

// parseForm parses "a=1&b[c]=2&d[]=3", of a query or a form body, into nested maps and lists of
// strings. Unlike net/url it treats a semicolon as a plain character.
func parseForm(text string, how fieldRules) (map[string]any, error) {
	form, fields := map[string]any{}, 0
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		if fields++; fields > maxFields {
			return nil, errTooManyFields
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, err
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return nil, err
		}
		if err := setField(form, name, value, how); err != nil {
			return nil, err
		}
	}
	return form, nil
}

// setField stores value under a name such as "a", "a[b]" or "a[]".
func setField(form map[string]any, name, value string, how fieldRules) error {
	if _, given := form[name]; given && slices.Contains(how.once, name) {
		return repeatedField(name)
	}
	if !isText(name) || !isText(value) {
		return errFieldText
	}
	keys, list, err := fieldKeys(name)
	if err != nil {
		return err
	}
	at := form
	for _, key := range keys[:len(keys)-1] {
		if _, ok := at[key]; !ok {
			at[key] = map[string]any{}
		}
		inner, ok := at[key].(map[string]any)
		if !ok {
			return errFieldClash
		}
		at = inner
	}
	return setLeaf(at, keys[len(keys)-1], value, list, how.rule)
}

func setLeaf(at map[string]any, key, value string, list bool, rule QueryRule) error {
	switch old := at[key].(type) {
	case nil:
		if list {
			at[key] = []any{value}
			return nil
		}
	case string:
		if list {
			return errFieldClash
		}
		if rule == CollectAll {
			at[key] = []any{old, value}
			return nil
		}
	case []any:
		if !list && rule != CollectAll {
			return errFieldClash
		}
		at[key] = append(old, value)
		return nil
	default:
		return errFieldClash
	}
	at[key] = value
	return nil
}

// fieldKeys splits "a[b][]" into its keys and reports whether it ends in "[]". Empty brackets
// elsewhere are rejected.
func fieldKeys(name string) (keys []string, list bool, err error) {
	name, list = strings.CutSuffix(name, "[]")
	head, rest, nested := strings.Cut(name, "[")
	if head == "" {
		return nil, false, errFieldName
	}
	keys = []string{head}
	if !nested {
		return keys, list, nil
	}
	rest, ok := strings.CutSuffix(rest, "]")
	if !ok {
		return nil, false, errFieldName
	}
	for key := range strings.SplitSeq(rest, "][") {
		if key == "" || strings.ContainsAny(key, "[]") {
			return nil, false, errFieldName
		}
		keys = append(keys, key)
	}
	// A list is one more level. Forms and JSON have the same limit.
	if len(keys) >= maxDepth {
		return nil, false, errTooDeep
	}
	return keys, list, nil
}

// parseMultipart parses the text fields of a multipart/form-data body. It skips files, because no
// route accepts one.
func parseMultipart(body io.Reader, boundary string, how fieldRules) (map[string]any, error) {
	form, reader := map[string]any{}, multipart.NewReader(body, boundary)
	for fields := 0; ; fields++ {
		part, err := reader.NextPart()
		if err == io.EOF {
			return form, nil
		}
		if err != nil {
			return nil, err
		}
		if fields == maxFields {
			return nil, errTooManyFields
		}
		if part.FileName() != "" {
			continue
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		if err := setField(form, part.FormName(), string(value), how); err != nil {
			return nil, err
		}
	}
}
