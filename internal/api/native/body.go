package native

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"roster.example/roster/internal/decimal"
)

// mergePatch marks the bodies of updates, in which null clears a member (RFC 7396). In other bodies null means that a
// member is absent.
type mergePatch interface{ mergePatch() }

func (updateUserRequest) mergePatch()    {}
func (updateMeRequest) mergePatch()      {}
func (updateRoleRequest) mergePatch()    {}
func (updateProjectRequest) mergePatch() {}
func (updateWebhookRequest) mergePatch() {}

// Messages about values of the wrong type. The member is written before them.
const (
	msgNull      = "cannot be null; leave it out to keep it"
	msgRange     = "the number is out of range"
	msgFraction  = "the number must be whole, without a fraction"
	msgWrongType = "the value is of another type than is expected"
)

// valueError returns an error about the value of the member at path.
func valueError(path, what string) error {
	return errors.New(strings.TrimPrefix(path, ".") + ": " + what)
}

// valueErrorMember returns the member in a text from valueError.
func valueErrorMember(text string) (string, bool) {
	for _, what := range []string{msgNull, msgRange, msgFraction, msgWrongType} {
		if member, ok := strings.CutSuffix(text, ": "+what); ok && member != "" {
			return member, true
		}
	}
	return "", false
}

// decodeBody decodes data into v. It replaces the errors of encoding/json, because they contain names of Go types.
func decodeBody(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && strings.HasPrefix(wrong.Value, numberValue) {
		data = writeWholeNumbers(data)
		err = json.Unmarshal(data, v)
	}
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case ok && strings.HasPrefix(wrong.Value, numberValue):
		return valueError(memberOrBody(wrong.Field), numberMessage(strings.TrimPrefix(wrong.Value, numberValue)))
	case ok:
		return valueError(memberOrBody(wrong.Field), msgWrongType)
	case err != nil:
		return valueError("body", msgWrongType)
	}
	return clearNulls(data, reflect.ValueOf(v).Elem(), "")
}

// numberValue begins [json.UnmarshalTypeError.Value] of a number that does not fit the type of its member.
const numberValue = "number "

func numberMessage(number string) string {
	if _, err := decimal.ParseWhole(number); errors.Is(err, decimal.ErrFraction) {
		return msgFraction
	}
	return msgRange
}

// jsonText matches the texts and the numbers in JSON.
var jsonText = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|-?[0-9][-+.0-9eE]*`)

// writeWholeNumbers returns valid JSON with whole numbers such as 2.0 and 1e2 written in digits: JSON Schema counts them as
// integers, and encoding/json does not.
func writeWholeNumbers(data []byte) []byte {
	return jsonText.ReplaceAllFunc(data, func(found []byte) []byte {
		n, err := decimal.ParseWhole(string(found))
		if err != nil {
			return found
		}
		return strconv.AppendInt(nil, n, 10)
	})
}

func memberOrBody(member string) string {
	if member == "" {
		return "body"
	}
	return member
}

// clearNulls sets nullable fields whose member is null to the empty value, in every merge patch inside v.
func clearNulls(data []byte, v reflect.Value, path string) error {
	if !bytes.Contains(data, []byte("null")) {
		return nil
	}
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Slice:
		var parts []json.RawMessage
		if json.Unmarshal(data, &parts) != nil || len(parts) != v.Len() {
			return nil // not a list
		}
		for i, part := range parts {
			if err := clearNulls(part, v.Index(i), path+"["+strconv.Itoa(i)+"]"); err != nil {
				return err
			}
		}
	case reflect.Struct:
		var members map[string]json.RawMessage
		if json.Unmarshal(data, &members) != nil {
			return nil // another JSON type, such as a time
		}
		_, patch := v.Interface().(mergePatch)
		return clearMembers(members, v, path, patch)
	}
	return nil
}

func clearMembers(members map[string]json.RawMessage, v reflect.Value, path string, patch bool) error {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			if err := clearMembers(members, v.Field(i), path, patch); err != nil {
				return err
			}
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		data, given := members[name]
		if !given {
			continue
		}
		switch null := string(data) == "null"; {
		case !null:
			if err := clearNulls(data, v.Field(i), path+"."+name); err != nil {
				return err
			}
		case patch && f.Tag.Get("nullable") == "true":
			v.Field(i).Set(reflect.New(f.Type.Elem()))
		case patch:
			return valueError(path+"."+name, msgNull)
		}
	}
	return nil
}

// checkNumbers returns an error that names the member of a number that does not fit a float64, such as 1e400.
func checkNumbers(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var all any
	if err := dec.Decode(&all); err != nil {
		return valueError("body", msgWrongType)
	}
	return checkNumbersIn(all, "")
}

func checkNumbersIn(v any, path string) error {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Float64(); err != nil || math.IsInf(n, 0) {
			return valueError(memberOrBody(path), msgRange)
		}
	case []any:
		for i, element := range v {
			if err := checkNumbersIn(element, path+"["+strconv.Itoa(i)+"]"); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, name := range sortedNames(v) {
			if err := checkNumbersIn(v[name], path+"."+name); err != nil {
				return err
			}
		}
	}
	return nil
}

func sortedNames(object map[string]any) []string {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
