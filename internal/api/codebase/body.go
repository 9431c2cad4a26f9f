package codebase

import (
	"errors"
	"net/http"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/web"
)

// readBody reads the body of r, in any format, into the shape of JSON. Without a Content-Type it is
// XML (docs/products/codebase.md, 2). Errors are *web.Error.
func (a *api) readBody(r *http.Request) (map[string]any, error) {
	kind, _, err := web.ContentType(r)
	switch bad, _ := errors.AsType[*web.Error](err); {
	case bad != nil:
		return nil, malformed(bad.Msg, bad)
	case kind == "", kind == xmlType, kind == "text/xml", strings.HasSuffix(kind, "+xml"):
		return readXML(r, a.maxBody)
	case kind == jsonType, strings.HasSuffix(kind, "+json"):
		return web.ReadObject(r, a.maxBody)
	}
	return web.ReadForm(r, a.maxBody)
}

func malformed(msg string, err error) *web.Error {
	return &web.Error{Status: http.StatusBadRequest, Code: web.Malformed, Msg: msg, Err: err}
}

// form is one object of a request body.
type form struct {
	params web.Params
	faults []fault.Field
}

// readForm reads the object called root. Any other value counts as an empty object, so that the
// client gets an error for each missing field.
func (a *api) readForm(r *http.Request, root string) (*form, error) {
	body, err := a.readBody(r)
	if err != nil {
		return nil, err
	}
	object, _ := body[root].(map[string]any)
	return &form{params: object}, nil
}

// text returns a field. A list or an object in its place is a fault of field, the name of it in the
// directory.
func (f *form) text(name, field string) string {
	text, _, err := f.params.Text(name)
	if err != nil {
		f.faults = append(f.faults, fault.Field{Name: field, Code: fault.Malformed, Detail: "it must be one text, and no list or object"})
	}
	return text
}

// err returns all faults, or nil.
func (f *form) err() error {
	if len(f.faults) == 0 {
		return nil
	}
	return invalidError(f.faults...)
}
