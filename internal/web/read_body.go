package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// ReadObject reads the body of r as one JSON object of at most limit bytes (zero means no limit
// besides that of the middleware), regardless of its Content-Type. Numbers are json.Number; an empty body is an empty
// object. Errors are *Error.
func ReadObject(r *http.Request, limit int64) (map[string]any, error) {
	body, err := readAll(r, limit)
	if err != nil {
		return nil, err
	}
	return decodeObject(body)
}

// ReadForm reads the body of r as an urlencoded or multipart form, in the shape of ReadObject:
// "a[b]=c" becomes a nested object, "a[]=c" a list, and all values are strings. Errors are *Error.
func ReadForm(r *http.Request, limit int64) (map[string]any, error) {
	kind, params, unsupported := ContentType(r)
	body, err := readAll(r, limit)
	if err = cmp.Or(err, unsupported); err != nil {
		return nil, err
	}
	return decodeForm(body, kind, params, fieldRules{rule: infoOf(r).rule})
}

// ReadBody reads the body of r as its Content-Type says: JSON or a form. Without a Content-Type, a
// body that begins with "{" is JSON and any other is a form. Other types are an *Error with the
// code UnsupportedMediaType. once names fields that are not lists: a form that repeats one of them is
// malformed, like JSON that repeats a member.
func ReadBody(r *http.Request, limit int64, once ...string) (map[string]any, error) {
	kind, params, unsupported := ContentType(r)
	body, err := readAll(r, limit)
	if err != nil || len(body) == 0 {
		return map[string]any{}, err
	}
	if unsupported != nil {
		return nil, unsupported
	}
	object := bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{"))
	if kind == "" && object {
		kind = jsonType
	}
	switch {
	case !isJSON(kind):
		return decodeForm(body, kind, params, fieldRules{infoOf(r).rule, once})
	case !object && ignoresBody(r.Method) && json.Valid(body):
		return map[string]any{}, nil // some clients send null or [] with every GET
	}
	return decodeObject(body)
}

// hasParamType reports whether the Content-Type of r is a form, JSON, or missing.
func hasParamType(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Header.Get("Content-Type") == "" || IsRepeatedHeader(r, "Content-Type"):
		return true // ReadBody rejects a repeated one
	case err != nil:
		return false
	}
	return kind == formType || kind == multipartType || isJSON(kind)
}

func isJSON(kind string) bool { return kind == jsonType || strings.HasSuffix(kind, "+json") }

// isSafeMethod reports whether method is GET or HEAD.
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

// readAll returns the whole body.
func readAll(r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	source := io.Reader(r.Body)
	if limit > 0 {
		source = http.MaxBytesReader(nil, r.Body, limit)
	}
	body, err := io.ReadAll(source)
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
