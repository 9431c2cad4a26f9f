package console

import (
	"context"
	"net/http"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/unitext"
	"roster.example/roster/internal/web"
)

func usernameField(m *ui.Messages, value string) ui.Field {
	return ui.Field{Name: "username", Label: m.Text("form.username"), Type: "text", Autocomplete: "username", Value: value,
		Hint: m.Text("form.username_hint")}
}

func (p *pages) newPasswordField(m *ui.Messages) ui.Field {
	minimum := p.directory.MinimumPasswordLength(context.Background(), model.AnonymousActor(model.Console, "", ""))
	return ui.Field{Name: "password", Label: m.Text("form.new_password"), Type: "password", Autocomplete: "new-password",
		Hint: m.Count("form.new_password_hint", minimum)}
}

// linkForm returns a form of a page that an emailed link leads to. The token of the link is a hidden
// field.
func linkForm(action, submit string, token secret.Text, fields ...ui.Field) *ui.Form {
	return &ui.Form{Action: action + "/", Submit: submit, Hidden: map[string]string{"token": token.Reveal()}, Fields: fields}
}

// rejected adds the faults of err to the form and returns the status of the response. ok is false
// for errors that a change of the form cannot resolve.
func rejected(m *ui.Messages, f *ui.Form, err error) (status int, ok bool) {
	status, ok = map[fault.Kind]int{
		fault.Invalid:         http.StatusUnprocessableEntity,
		fault.Unauthenticated: http.StatusUnprocessableEntity, // 401 would require a WWW-Authenticate header
		fault.Forbidden:       http.StatusForbidden,
		fault.Conflict:        http.StatusConflict,
	}[fault.KindOf(err)]
	if !ok {
		return 0, false
	}
	for _, s := range sentences(m, err) {
		f.Reject(s.field, s.text)
	}
	return status, true
}

// showFaults shows a page again after its form was rejected, or returns err if the form cannot
// resolve it.
func (p *pages) showFaults(w http.ResponseWriter, r *http.Request, name string, content ui.Page, err error) error {
	status, ok := rejected(p.ui.MessagesFor(r), content.Form, err)
	if !ok {
		return err
	}
	return p.ui.Write(w, r, status, name, content)
}

// inputs are the fields of a form that was sent. err is the error of the first field that cannot be
// read; handlers check it once.
type inputs struct {
	params web.Params
	err    error
}

func (p *pages) read(r *http.Request) (*inputs, error) {
	params, err := web.ReadForm(r, p.MaxBody)
	return &inputs{params: params}, err
}

// readWithToken reads a form and the token of its link.
func (p *pages) readWithToken(r *http.Request) (*inputs, secret.Text, error) {
	in, err := p.read(r)
	if err != nil {
		return nil, "", err
	}
	token := in.token()
	return in, token, in.err
}

// line returns a field of one line without the blanks that keyboards of phones add at its ends.
func (in *inputs) line(name string) string { return unitext.Trim(in.text(name)) }

// secret returns a field as it was typed.
func (in *inputs) secret(name string) secret.Text { return secret.Text(in.text(name)) }

func (in *inputs) text(name string) string {
	text, _, err := in.params.Text(name)
	if err != nil && in.err == nil {
		in.err = err
	}
	return text
}

// unchecked reports whether the form had a checkbox that was not checked. A request without the
// form's hidden field does not uncheck it.
func (in *inputs) unchecked(name string) bool {
	return in.text(name+"_shown") != "" && in.text(name) == ""
}

// token returns the one-time token that the form carried.
func (in *inputs) token() secret.Text {
	token := in.text("token")
	if !isToken(token) && in.err == nil {
		in.err = incompleteLink()
	}
	return secret.Text(token)
}

// tokenOf returns the one-time token in the query of a link.
func tokenOf(r *http.Request) (secret.Text, error) {
	params, err := web.ReadParams(r, web.ParamOptions{IgnoreBody: true})
	if err != nil {
		return "", err
	}
	in := inputs{params: params}
	token := in.token()
	return token, in.err
}

// longestToken is well above the 43 characters that the directory makes.
const longestToken = 128

// isToken reports whether text has the characters of a token. A link that an email program has cut
// gets another page than a link that has expired.
func isToken(text string) bool {
	return text != "" && len(text) <= longestToken && strings.Trim(text, secret.URLSafe) == ""
}

func incompleteLink() error {
	return &web.Error{Status: http.StatusBadRequest, Code: web.Malformed, Field: "token", Msg: "the link is not complete"}
}
