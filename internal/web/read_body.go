package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// DefaultBody is how many bytes of a body are read where no limit is given.
const DefaultBody = 1 << 20

// ReadObject reads the body of r as one JSON object of at most limit bytes
// (zero means DefaultBody), whatever its Content-Type says. Numbers are
// json.Number, an empty body is an empty object. Errors are *Error.
func ReadObject(r *http.Request, limit int64) (map[string]any, error) {
	body, err := readAll(r, limit)
	if err != nil {
		return nil, err
	}
	return decodeObject(body)
}

// ReadForm reads the body of r as an urlencoded or multipart form into the
// same shape as ReadObject: "a[b]=c" is an object in an object, "a[]=c" a
// list, and all values are text. Errors are *Error.
func ReadForm(r *http.Request, limit int64) (map[string]any, error) {
	body, err := readAll(r, limit)
	if err != nil {
		return nil, err
	}
	kind, params, err := mediaType(r)
	if err != nil {
		return nil, err
	}
	return decodeForm(body, kind, params, fieldRules{rule: infoOf(r).rule})
}

// ReadBody reads the body of r as what its Content-Type says: JSON or a form.
// Without a Content-Type a body that begins with "{" is JSON, and any other a
// form. Every other type is an *Error with the code UnsupportedMediaType. A form
// that has one of the plain fields once more than once is malformed, as JSON is
// with any member twice.
func ReadBody(r *http.Request, limit int64, once ...string) (map[string]any, error) {
	body, err := readAll(r, limit)
	if err != nil || len(body) == 0 {
		return map[string]any{}, err
	}
	kind, params, err := mediaType(r)
	if err != nil {
		return nil, err
	}
	object := bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{"))
	if kind == "" && object {
		kind = jsonType
	}
	switch {
	case !isJSON(kind):
		return decodeForm(body, kind, params, fieldRules{infoOf(r).rule, once})
	case !object && ignoresBody(r.Method) && json.Valid(body):
		return map[string]any{}, nil // null or [], sent by habit: nothing in it has a name
	}
	return decodeObject(body)
}

// ofParams reports whether the body of r says that it is a form or JSON. A body
// without a type does so too: ReadBody looks at it.
func hasParamType(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Header.Get("Content-Type") == "":
		return true
	case err != nil:
		return false
	}
	return kind == formType || kind == multipartType || isJSON(kind)
}

func isJSON(kind string) bool { return kind == jsonType || strings.HasSuffix(kind, "+json") }

// readsOnly reports whether method is one that only reads.
func isSafeMethod(method string) bool { return method == http.MethodGet || method == http.MethodHead }

const (
	jsonType      = "application/json"
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data"
)

func decodeObject(body []byte) (map[string]any, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return map[string]any{}, nil
	}
	return parseObject(body)
}

func decodeForm(body []byte, kind string, params map[string]string, how fieldRules) (form map[string]any, err error) {
	switch kind {
	case formType, "":
		form, err = parseForm(string(body), how)
	case multipartType:
		if params["boundary"] == "" {
			return nil, malformed("the form has no boundary", nil)
		}
		form, err = parseMultipart(bytes.NewReader(body), params["boundary"], how)
	default:
		return nil, unsupportedMediaType("the content type of the body is not supported here")
	}
	if err != nil {
		return nil, formError("the form cannot be read", err)
	}
	return form, nil
}

// mediaType returns the type of the body, "" if there is none. Texts in any
// other character set than UTF-8 are refused rather than misread.
func mediaType(r *http.Request) (kind string, params map[string]string, err error) {
	header := r.Header.Get("Content-Type")
	if header == "" {
		return "", nil, nil
	}
	kind, params, err = mime.ParseMediaType(header)
	if err != nil {
		return "", nil, unsupportedMediaType("the content type of the body cannot be read")
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return "", nil, unsupportedMediaType("the body must be UTF-8")
	}
	return kind, params, nil
}

func unsupportedMediaType(msg string) *Error {
	return &Error{Status: http.StatusUnsupportedMediaType, Code: UnsupportedMediaType, Msg: msg}
}

// readAll returns the whole body.
func readAll(r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	if limit <= 0 {
		limit = DefaultBody
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	if err == nil {
		return TrimBOM(body), nil
	}
	if long, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, bodyTooLarge(long)
	}
	if known, ok := errors.AsType[*Error](err); ok {
		return nil, known
	}
	return nil, malformed("the body could not be read", err)
}
