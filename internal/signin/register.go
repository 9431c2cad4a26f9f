package signin

import (
	"context"
	"net/http"
	"strings"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
)

// registerForm is the input of the sign-up page.
type registerForm struct {
	Username, Email       string
	Password              secret.Text
	GivenName, FamilyName string
}

// registerPage returns the page with the form. It says which domains of addresses may sign up, if not
// all may.
func (p pages) registerPage(ctx context.Context, m *ui.Messages, sent registerForm) ui.Page {
	actor := model.AnonymousActor(model.Console, "", "")
	email := ui.Field{Name: "email", Label: m.Text("form.email"), Type: "email", Autocomplete: "email", Value: sent.Email, Hint: m.Text("register.email_hint")}
	if domains := p.Directory.SignUpOffer(ctx, actor).Domains; len(domains) > 0 {
		email.Hint = m.Text("register.domains_hint", "domains", strings.Join(domains, ", "))
	}
	return ui.Page{Title: m.Text("register.title", "site", p.Name), Form: &ui.Form{
		Action: browser.RegisterPath, Submit: m.Text("register.submit"),
		Fields: []ui.Field{
			{Name: "username", Label: m.Text("form.username"), Type: "text", Autocomplete: "username", Value: sent.Username,
				Hint: m.Text("form.username_hint"), Focus: true},
			email,
			{Name: "password", Label: m.Text("form.new_password"), Type: "password", Autocomplete: "new-password",
				Hint: m.Count("form.new_password_hint", p.Directory.MinimumPasswordLength(ctx, actor))},
			{Name: "given_name", Label: m.Text("form.given_name"), Type: "text", Autocomplete: "given-name", Value: sent.GivenName, Optional: true},
			{Name: "family_name", Label: m.Text("form.family_name"), Type: "text", Autocomplete: "family-name", Value: sent.FamilyName, Optional: true},
		},
	}}
}

// showRegister shows the form, or how to get an account where sign-up is closed.
func (p pages) showRegister(w http.ResponseWriter, r *http.Request, _ model.Actor) error {
	m := p.UI.MessagesFor(r)
	if !p.signUpOpen(r.Context()) {
		return p.UI.WriteNotice(w, r, ui.Notice{
			Title: m.Text("register.closed"), Text: m.Text("register.closed_text"), Path: browser.LoginPath, Link: m.Text("signin.submit"),
		})
	}
	return p.UI.Write(w, r, http.StatusOK, "register", p.registerPage(r.Context(), m, registerForm{}))
}

// register signs up a user, whose account exists once the mailed link is opened. The response is the
// same whether or not an account has the address.
func (p pages) register(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	in, err := p.ReadForm(r)
	if err != nil {
		return err
	}
	sent := registerForm{
		Username: in.Line("username"), Email: in.Line("email"), Password: in.Secret("password"),
		GivenName: in.Line("given_name"), FamilyName: in.Line("family_name"),
	}
	if err := in.Err(); err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	_, err = p.Directory.Register(r.Context(), actor, registration.Input{
		Username: sent.Username, Email: sent.Email, Password: sent.Password, GivenName: sent.GivenName, FamilyName: sent.FamilyName,
		Language: m.Language.Code,
	})
	if err != nil {
		return p.UI.WriteRejected(w, r, "register", p.registerPage(r.Context(), m, sent), err)
	}
	return p.UI.Write(w, r, http.StatusOK, "register-sent", ui.Page{Title: m.Text("forgot.sent"), Body: sentBody{sent.Email}})
}
