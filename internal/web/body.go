package web

import (
	"bytes"
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
	return objectOrEmpty(body)
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
	return decodeForm(body, kind, params)
}

// ReadBody reads the body of r as what its Content-Type says: JSON or a form.
// Without a Content-Type a body that begins with "{" is JSON, and any other a
// form. Every other type is an *Error with the code UnsupportedMediaType.
func ReadBody(r *http.Request, limit int64) (map[string]any, error) {
	body, err := readAll(r, limit)
	if err != nil || len(body) == 0 {
		return map[string]any{}, err
	}
	kind, params, err := mediaType(r)
	if err != nil {
		return nil, err
	}
	if kind == "" && bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		kind = jsonType
	}
	if kind == jsonType || strings.HasSuffix(kind, "+json") {
		return objectOrEmpty(body)
	}
	return decodeForm(body, kind, params)
}

const (
	jsonType      = "application/json"
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data"
)

func objectOrEmpty(body []byte) (map[string]any, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return map[string]any{}, nil
	}
	return parseObject(body)
}

func decodeForm(body []byte, kind string, params map[string]string) (form map[string]any, err error) {
	switch kind {
	case formType, "":
		form, err = parseForm(string(body))
	case multipartType:
		if params["boundary"] == "" {
			return nil, malformed("the form has no boundary", nil)
		}
		form, err = parseMultipart(bytes.NewReader(body), params["boundary"])
	default:
		return nil, unsupported("the content type of the body is not supported here")
	}
	if err != nil {
		return nil, malformed("the form cannot be read", err)
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
		return "", nil, unsupported("the content type of the body cannot be read")
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return "", nil, unsupported("the body must be UTF-8")
	}
	return kind, params, nil
}

func unsupported(msg string) *Error {
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
		return body, nil
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &Error{Status: http.StatusRequestEntityTooLarge, Code: TooLarge, Msg: "the body is too large", Err: tooLarge}
	}
	return nil, malformed("the body could not be read", err)
}
