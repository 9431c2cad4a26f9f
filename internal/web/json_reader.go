package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep objects and lists may be nested. Deeper ones cost more
// to read than any client of a users' API can mean.
const maxDepth = 32

// maxValues is how many values one body may hold. A value of a few bytes costs
// a hundred in memory, and bodies are read before anybody is known.
const maxValues = 10_000

var (
	errTooMany   = errors.New("there are too many values")
	errTooDeep   = errors.New("values are nested too deep")
	errNUL       = errors.New("text holds a NUL character")
	errDuplicate = errors.New("member occurs twice")
)

// parseObject reads one JSON object. Numbers stay json.Number, so that large
// ids keep their digits. It is stricter than encoding/json: a repeated member,
// for which readers disagree about the winner, invalid UTF-8, NUL and text
// behind the object are refused.
func parseObject(body []byte) (map[string]any, error) {
	body = TrimBOM(body)
	if !utf8.Valid(body) {
		return nil, malformed("the body is not valid UTF-8", nil)
	}
	// Valid looks at the whole body without recursion; after it the tokens
	// below are known to be in order.
	if !json.Valid(body) {
		return nil, malformed("the body is not valid JSON", nil)
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	v, err := (&jsonReader{Decoder: dec}).value(0)
	if err != nil {
		return nil, malformed("the body cannot be read: "+err.Error(), nil)
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, malformed("the body must be a JSON object", nil)
	}
	return object, nil
}

// WithoutMark returns body without a byte order mark at its start. A parser may
// ignore it (RFC 8259, 8.1), and some clients on Windows write it.
func TrimBOM(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\uFEFF")) }

// jsonReader counts what it reads.
type jsonReader struct {
	*json.Decoder
	values int
}

func (dec *jsonReader) value(depth int) (any, error) {
	if dec.values++; dec.values > maxValues {
		return nil, errTooMany
	}
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if depth == maxDepth {
			return nil, errTooDeep
		}
		if token == '{' {
			return dec.object(depth + 1)
		}
		return dec.array(depth + 1)
	case string:
		return token, noNUL(token)
	default:
		return token, nil
	}
}

// object reads the members of an object whose brace was read already.
func (dec *jsonReader) object(depth int) (map[string]any, error) {
	object := map[string]any{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, ok := token.(string)
		if !ok {
			return nil, fmt.Errorf("member name is a %T", token)
		}
		if err := noNUL(name); err != nil {
			return nil, err
		}
		if _, twice := object[name]; twice {
			return nil, errDuplicate
		}
		if object[name], err = dec.value(depth); err != nil {
			return nil, err
		}
	}
	_, err := dec.Token()
	return object, err
}

// array reads the elements of an array whose bracket was read already.
func (dec *jsonReader) array(depth int) ([]any, error) {
	array := []any{}
	for dec.More() {
		v, err := dec.value(depth)
		if err != nil {
			return nil, err
		}
		array = append(array, v)
	}
	_, err := dec.Token()
	return array, err
}

func noNUL(text string) error {
	if strings.IndexByte(text, 0) >= 0 {
		return errNUL
	}
	return nil
}

// CheckObject reports whether body is one JSON object that all readers take for
// the same: UTF-8, no member twice, no NUL, not nested too deep and not of too many
// values. The error is an *Error. It is for those who decode the body themselves.
func CheckObject(body []byte) error {
	_, err := parseObject(body)
	return err
}
