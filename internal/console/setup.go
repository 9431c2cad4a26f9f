package console

import (
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
)

// setupForm is the input of the setup page.
type setupForm struct {
	Token    secret.Text
	Username string
	Email    string
	Password secret.Text
}

func (p *pages) readSetup(r *http.Request) (setupForm, error) {
	in, err := p.ReadForm(r)
	if err != nil {
		return setupForm{}, err
	}
	sent := setupForm{
		Token: tokenIn(in), Username: in.Line("username"), Email: in.Line("email"), Password: in.Secret("password"),
	}
	return sent, in.Err()
}

func (p *pages) setupPage(m *ui.Messages, sent setupForm) ui.Page {
	return ui.Page{Title: m.Text("setup.title"), Form: linkForm(setupPath, m.Text("setup.submit"), sent.Token,
		usernameField(m, sent.Username),
		ui.Field{Name: "email", Label: m.Text("form.email"), Type: "email", Autocomplete: "email", Value: sent.Email},
		p.newPasswordField(m),
	)}
}

func (p *pages) showSetup(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	token, err := tokenOf(r)
	if err != nil {
		return err
	}
	if err := p.Directory.CheckSetupLink(r.Context(), actor, token); err != nil {
		return err
	}
	return p.UI.Write(w, r, http.StatusOK, "setup", p.setupPage(p.UI.MessagesFor(r), setupForm{Token: token}))
}

func (p *pages) completeSetup(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	sent, err := p.readSetup(r)
	if err != nil {
		return err
	}
	user, key, err := p.Directory.CompleteSetup(r.Context(), actor, sent.Token, directory.Administrator{
		Username: sent.Username, Email: sent.Email, Password: sent.Password,
	})
	if err != nil {
		return p.UI.WriteRejected(w, r, "setup", p.setupPage(p.UI.MessagesFor(r), sent), err)
	}
	p.signIn(w, r, user, sent.Password)
	return p.welcome(w, r, p.UI.MessagesFor(r).Text("setup.done"), newAccount{
		User: user, Key: key, Account: p.account(r.Context(), actor, key), Admin: true,
	})
}
