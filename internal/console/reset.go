package console

import (
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
)

// resetForm is the input of the page that sets a new password.
type resetForm struct {
	Token           secret.Text
	Address         string // primary email of the account, as the page shows it
	Password        secret.Text
	KeepCredentials bool // keeps the API key and the access tokens
}

func (p *pages) readReset(r *http.Request) (resetForm, error) {
	in, err := p.ReadForm(r)
	if err != nil {
		return resetForm{}, err
	}
	sent := resetForm{Token: tokenIn(in), Password: in.Secret("password"), KeepCredentials: in.Unchecked(endCredentials)}
	return sent, in.Err()
}

// endCredentials is the name of the checkbox.
const endCredentials = "end_credentials"

func (p *pages) resetPage(m *ui.Messages, sent resetForm) ui.Page {
	end := ui.Field{Name: endCredentials, Label: m.Text("reset.end_credentials"), Type: "checkbox", Autocomplete: "off",
		Optional: true, Checked: !sent.KeepCredentials, Hint: m.Text("reset.end_credentials_hint")}
	return ui.Page{Title: m.Text("reset.title"), Body: addressBody{Address: sent.Address},
		Form: linkForm(resetPath, m.Text("reset.submit"), sent.Token, p.newPasswordField(m), end)}
}

func (p *pages) showReset(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	token, err := tokenOf(r)
	if err != nil {
		return err
	}
	shown, err := p.Directory.LinkByToken(r.Context(), actor, model.ResetPassword, token)
	if err != nil {
		return err
	}
	return p.UI.Write(w, r, http.StatusOK, "reset", p.resetPage(p.UI.MessagesFor(r), resetForm{Token: token, Address: shown.Address}))
}

func (p *pages) resetPassword(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	sent, err := p.readReset(r)
	if err != nil {
		return err
	}
	shown, err := p.Directory.LinkByToken(r.Context(), actor, model.ResetPassword, sent.Token)
	if err != nil {
		return err
	}
	sent.Address = shown.Address
	reset := directory.Reset{Token: sent.Token, Password: sent.Password, KeepCredentials: sent.KeepCredentials}
	m := p.UI.MessagesFor(r)
	user, err := p.Directory.ResetPassword(r.Context(), actor, reset)
	if err != nil {
		return p.UI.WriteRejected(w, r, "reset", p.resetPage(m, sent), err)
	}
	text := m.Text("reset.done_text")
	if sent.KeepCredentials {
		text = m.Text("reset.done_kept_text")
	}
	return p.noticeAfterPassword(w, r, user, sent.Password, m.Text("reset.done"), text)
}
