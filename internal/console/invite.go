package console

import (
	"net/http"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
)

// invitationBody is the content of the pages of an invitation.
type invitationBody struct {
	Organization string
	Address      string
	Name         string // as the inviter entered it; may be empty
	HasAccount   bool   // whether an account may have the address; the page then offers to sign in
}

// acceptForm is the input for a new account.
type acceptForm struct {
	Username   string
	Password   secret.Text
	GivenName  string
	FamilyName string
}

// joinForm is the input for an existing account.
type joinForm struct {
	Password secret.Text
}

func (p *pages) showInvitation(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	token, err := tokenOf(r)
	if err != nil {
		return err
	}
	shown, err := p.Directory.InvitationByToken(r.Context(), actor, token)
	if err != nil {
		return err
	}
	if !shown.CanRegister {
		return p.UI.Write(w, r, http.StatusOK, "join", joinPage(p.UI.MessagesFor(r), shown, token))
	}
	return p.UI.Write(w, r, http.StatusOK, "invite", p.acceptPage(p.UI.MessagesFor(r), shown, token, acceptForm{}))
}

func (p *pages) answerInvitation(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	in, token, err := p.readWithToken(r)
	if err != nil {
		return err
	}
	shown, err := p.Directory.InvitationByToken(r.Context(), actor, token)
	if err != nil {
		return err
	}
	// The fields that were sent decide only if both forms are possible.
	named := in.Has("username")
	switch {
	case shown.CanLogIn && in.Text("step") == logInStep:
		return p.UI.Write(w, r, http.StatusOK, "join", joinPage(p.UI.MessagesFor(r), shown, token))
	case shown.CanLogIn && (!shown.CanRegister || !named):
		return p.join(w, r, actor, shown, token, in)
	}
	return p.accept(w, r, actor, shown, token, in)
}

// logInStep is the value of "step" that requests the form for an existing account.
const logInStep = "log_in"

func (p *pages) accept(w http.ResponseWriter, r *http.Request, actor model.Actor, shown invitation.Preview, token secret.Text, in *ui.Input) error {
	sent := acceptForm{Username: in.Line("username"), Password: in.Secret("password")}
	if shown.User.ID == 0 {
		sent.GivenName, sent.FamilyName = in.Line("given_name"), in.Line("family_name")
	}
	if in.Err() != nil {
		return in.Err()
	}
	user, key, err := p.Directory.AcceptInvitation(r.Context(), actor, token, invitation.Acceptance(sent))
	if err != nil {
		return p.UI.WriteRejected(w, r, "invite", p.acceptPage(p.UI.MessagesFor(r), shown, token, sent), err)
	}
	p.signIn(w, r, user, sent.Password)
	title := p.UI.MessagesFor(r).Text("invite.done", "organization", shown.Organization.Name)
	return p.welcome(w, r, title, newAccount{User: user, Key: key, Account: shown.Organization.Slug})
}

func (p *pages) acceptPage(m *ui.Messages, shown invitation.Preview, token secret.Text, sent acceptForm) ui.Page {
	f := linkForm(invitePath, m.Text("invite.submit"), token, usernameField(m, sent.Username), p.newPasswordField(m))
	if shown.User.ID == 0 {
		f.Fields = append(f.Fields,
			ui.Field{Name: "given_name", Label: m.Text("form.given_name"), Type: "text", Autocomplete: "given-name", Value: sent.GivenName, Optional: true},
			ui.Field{Name: "family_name", Label: m.Text("form.family_name"), Type: "text", Autocomplete: "family-name", Value: sent.FamilyName, Optional: true})
	}
	return ui.Page{Title: m.Text("invite.title", "organization", shown.Organization.Name), Form: f, Body: invitationBody{
		Organization: shown.Organization.Name, Address: shown.Invitation.Email, Name: shown.User.Name, HasAccount: shown.CanLogIn,
	}}
}

// join signs an existing account in with the invitation, which adds it to the organization.
func (p *pages) join(w http.ResponseWriter, r *http.Request, actor model.Actor, shown invitation.Preview, token secret.Text, in *ui.Input) error {
	sent := joinForm{Password: in.Secret("password")}
	if in.Err() != nil {
		return in.Err()
	}
	attempt := login.Attempt{Email: shown.Invitation.Email, Password: sent.Password, Invitation: token}
	made, err := p.Directory.LogIn(r.Context(), actor, attempt, model.ConsoleLogin)
	if fault.Has(err, "second_factor", fault.Required) {
		return p.AskCode(w, r, attempt, "/account/organizations")
	}
	if err != nil {
		return p.UI.WriteRejected(w, r, "join", joinPage(p.UI.MessagesFor(r), shown, token), hideAccount(shown, err))
	}
	p.Start(w, r, made)
	m := p.UI.MessagesFor(r)
	return p.UI.WriteNotice(w, r, accountNotice(m, m.Text("join.done", "organization", shown.Organization.Name), m.Text("join.done_text")))
}

// hideAccount replaces an error that reveals whether the address has an account by that of a wrong
// password, unless the page of the invitation reveals it anyway.
func hideAccount(shown invitation.Preview, err error) error {
	reveals := fault.Has(err, "user", fault.Unknown) || fault.Has(err, "state", fault.Inactive)
	if !shown.CanRegister || !reveals {
		return err
	}
	return &fault.Error{Kind: fault.Unauthenticated, Msg: "name or password are wrong",
		Fields: []fault.Field{{Name: "password", Code: fault.WrongPassword}}}
}

func joinPage(m *ui.Messages, shown invitation.Preview, token secret.Text) ui.Page {
	return ui.Page{
		Title: m.Text("invite.title", "organization", shown.Organization.Name),
		Body:  invitationBody{Organization: shown.Organization.Name, Address: shown.Invitation.Email},
		Form: linkForm(invitePath, m.Text("join.submit"), token,
			ui.Field{Name: "password", Label: m.Text("form.password"), Type: "password", Autocomplete: "current-password",
				Hint: m.Text("join.password_hint")}),
	}
}
