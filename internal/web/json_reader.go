package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"roster.example/roster/internal/unitext"
)

// maxDepth is the maximum nesting depth of objects and lists.
const maxDepth = 32

// maxValues is the maximum number of values in one body. A value of a few bytes takes about a
// hundred in memory, and bodies are read before the caller is authenticated.
const maxValues = 10_000

var (
	errTooMany   = errors.New("there are too many values")
	errTooDeep   = errors.New("values are nested too deep")
	errNUL       = errors.New("text holds a NUL character")
	errSurrogate = errors.New("text holds half of a surrogate pair, such as \\ud800")
	errDuplicate = errors.New("member occurs twice")
)

// parseObject parses one JSON object. Numbers stay json.Number, so that large ids keep their
// digits. It is stricter than encoding/json: it rejects a repeated member (parsers disagree about
// which one counts), invalid UTF-8, half of a surrogate pair, NUL, and text after the object.
func parseObject(body []byte) (map[string]any, error) {
	body = TrimBOM(body)
	if !utf8.Valid(body) {
		return nil, malformed("the body is not valid UTF-8", nil)
	}
	// Valid checks the whole body without recursion; after it the tokens below are
	// known to be well-formed.
	if !json.Valid(body) {
		return nil, malformed("the body is not valid JSON", nil)
	}
	if unitext.HasLoneSurrogate(body) {
		return nil, unreadable(errSurrogate)
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	v, err := (&jsonReader{Decoder: dec}).value(0)
	if err != nil {
		return nil, unreadable(err)
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, malformed("the body must be a JSON object", nil)
	}
	return object, nil
}

func unreadable(err error) *Error {
	return malformed("the body cannot be read: "+err.Error(), nil)
}

// TrimBOM removes a byte order mark at the start of body. A parser may ignore it (RFC 8259, 8.1),
// and some clients on Windows send it.
func TrimBOM(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\uFEFF")) }

// jsonReader limits the number of values that it reads.
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

// object reads the members of an object after its opening brace.
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

// array reads the elements of an array after its opening bracket.
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

// CheckObject returns an *Error unless body is one JSON object that parseObject accepts. It is for
// endpoints that decode the body themselves.
func CheckObject(body []byte) error {
	_, err := parseObject(body)
	return err
}
