package ui

import (
	"maps"
	"net/http"
	"slices"

	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
	"roster.example/roster/internal/web"
)

// Input holds the fields of a form or a query that was sent. Handlers read all fields, then check Err
// once.
type Input struct {
	params web.Params
	err    error // of the first field that cannot be read
}

// ReadInput reads the form of a request. maxBody is its maximum size in bytes; zero is no limit besides
// that of the middleware.
func ReadInput(r *http.Request, maxBody int64) (*Input, error) {
	params, err := web.ReadForm(r, maxBody)
	return &Input{params: params}, err
}

// ReadQuery reads the query of a request.
func ReadQuery(r *http.Request) (*Input, error) {
	params, err := web.ReadParams(r, web.ParamOptions{IgnoreBody: true})
	return &Input{params: params}, err
}

// Err returns the error of the first field that could not be read.
func (in *Input) Err() error { return in.err }

// Reject makes err the error of the input, unless there is one already.
func (in *Input) Reject(err error) {
	if in.err == nil {
		in.err = err
	}
}

// Has reports whether the field was sent.
func (in *Input) Has(name string) bool {
	_, has, err := in.params.Text(name)
	return has && err == nil
}

// Text returns a field as it was typed.
func (in *Input) Text(name string) string {
	text, _, err := in.params.Text(name)
	if err != nil {
		in.Reject(err)
	}
	return text
}

// Line returns a field of one line without the blanks that keyboards of phones add at its ends.
func (in *Input) Line(name string) string { return unitext.Trim(in.Text(name)) }

// Secret returns a field as it was typed.
func (in *Input) Secret(name string) secret.Text { return secret.Text(in.Text(name)) }

// Unchecked reports whether the form had a checkbox that was not checked. A request without the
// form's hidden field does not uncheck it.
func (in *Input) Unchecked(name string) bool {
	return in.Text(name+"_shown") != "" && in.Text(name) == ""
}

// List returns the values of a field that is sent under its name with "[]", such as those of checkboxes.
func (in *Input) List(name string) []string {
	all, _ := in.params[name].([]any)
	list := make([]string, 0, len(all))
	for _, value := range all {
		if text, ok := value.(string); ok {
			list = append(list, text)
		}
	}
	return list
}

// Sent returns the text fields and the lists, ordered by name, for a page that sends them again. It leaves
// out the fields in without.
func (in *Input) Sent(without ...string) []SentField {
	var sent []SentField
	for _, name := range slices.Sorted(maps.Keys(in.params)) {
		if slices.Contains(without, name) {
			continue
		}
		if text, ok := in.params[name].(string); ok {
			sent = append(sent, SentField{name, text})
		}
		for _, text := range in.List(name) {
			sent = append(sent, SentField{name + "[]", text})
		}
	}
	return sent
}

// SentField is one field of a form that was sent.
type SentField struct{ Name, Value string }
