package console

import (
	"context"
	"net/http"
	"strings"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/web"
)

func usernameField(m *ui.Messages, value string) ui.Field {
	return ui.Field{Name: "username", Label: m.Text("form.username"), Type: "text", Autocomplete: "username", Value: value,
		Hint: m.Text("form.username_hint")}
}

func (p *pages) newPasswordField(m *ui.Messages) ui.Field {
	minimum := p.Directory.MinimumPasswordLength(context.Background(), model.AnonymousActor(model.Console, "", ""))
	return ui.Field{Name: "password", Label: m.Text("form.new_password"), Type: "password", Autocomplete: "new-password",
		Hint: m.Count("form.new_password_hint", minimum)}
}

// linkForm returns a form of a page that an emailed link leads to. The token of the link is a hidden
// field.
func linkForm(action, submit string, token secret.Text, fields ...ui.Field) *ui.Form {
	return &ui.Form{Action: action + "/", Submit: submit, Hidden: map[string]string{"token": token.Reveal()}, Fields: fields}
}

// readWithToken reads a form and the token of its link.
func (p *pages) readWithToken(r *http.Request) (*ui.Input, secret.Text, error) {
	in, err := p.ReadForm(r)
	if err != nil {
		return nil, "", err
	}
	token := tokenIn(in)
	return in, token, in.Err()
}

// tokenIn returns the one-time token of a form or a query.
func tokenIn(in *ui.Input) secret.Text {
	token := in.Secret("token")
	if !isToken(token.Reveal()) {
		in.Reject(incompleteLink())
	}
	return token
}

// tokenOf returns the one-time token in the query of a link.
func tokenOf(r *http.Request) (secret.Text, error) {
	in, err := ui.ReadQuery(r)
	if err != nil {
		return "", err
	}
	token := tokenIn(in)
	return token, in.Err()
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
