package signin

import (
	"net/http"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// sentBody is the content of a page about an email that may have been sent.
type sentBody struct{ Email string }

func forgotPage(m *ui.Messages, email string) ui.Page {
	return ui.Page{Title: m.Text("forgot.title"), Form: &ui.Form{
		Action: browser.ForgotPath, Submit: m.Text("forgot.submit"),
		Fields: []ui.Field{{Name: "email", Label: m.Text("form.email"), Type: "email", Autocomplete: "email", Value: email, Focus: true}},
	}}
}

func (p pages) showForgot(w http.ResponseWriter, r *http.Request, _ model.Actor) error {
	return p.UI.Write(w, r, http.StatusOK, "forgot", forgotPage(p.UI.MessagesFor(r), ""))
}

// requestReset queues the email with a link for a new password. The response is the same whether or
// not an account has the address.
func (p pages) requestReset(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	in, err := p.ReadForm(r)
	if err != nil {
		return err
	}
	email := in.Line("email")
	if err := in.Err(); err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	if err := p.Directory.RequestRecovery(r.Context(), actor, email); err != nil {
		return p.UI.WriteRejected(w, r, "forgot", forgotPage(m, email), err)
	}
	return p.UI.Write(w, r, http.StatusOK, "reset-sent", ui.Page{Title: m.Text("forgot.sent"), Body: sentBody{email}})
}
