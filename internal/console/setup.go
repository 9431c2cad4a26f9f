package console

import (
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

// setupForm is what the first administrator fills in.
type setupForm struct {
	Token    secret.Text
	Username string
	Email    string
	Password secret.Text
}

func (p *pages) readSetup(r *http.Request) (setupForm, error) {
	in, err := p.read(r)
	if err != nil {
		return setupForm{}, err
	}
	sent := setupForm{
		Token: in.token(), Username: in.line("username"), Email: in.line("email"), Password: in.secret("password"),
	}
	return sent, in.err
}

func (s setupForm) page() page {
	return page{Title: "Make the first administrator", Form: &form{
		Action: setupPath + "/", Button: "Make this account", token: s.Token,
		Fields: []field{
			usernameField(s.Username),
			{Name: "email", Label: "E-mail address", Type: "email", Autocomplete: "email", Value: s.Email},
			newPasswordField(),
		},
	}}
}

func (p *pages) showSetup(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	token, err := tokenOf(r)
	if err != nil {
		return err
	}
	if err := p.directory.CheckSetupLink(r.Context(), who, token); err != nil {
		return err
	}
	return p.layout.write(w, http.StatusOK, "setup", setupForm{Token: token}.page())
}

func (p *pages) completeSetup(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	sent, err := p.readSetup(r)
	if err != nil {
		return err
	}
	user, key, err := p.directory.CompleteSetup(r.Context(), who, sent.Token, directory.Administrator{
		Username: sent.Username, Email: sent.Email, Password: sent.Password,
	})
	if err != nil {
		return p.showFaults(w, "setup", sent.page(), err)
	}
	return p.welcome(w, "This server has its administrator", newAccount{
		User: user, Key: key, Account: p.account(r.Context(), who, key), Admin: true,
	})
}
