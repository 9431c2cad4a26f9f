package console

import (
	"context"
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
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
	shown, err := p.directory.InvitationByToken(r.Context(), actor, token)
	if err != nil {
		return err
	}
	if !shown.CanRegister {
		return p.ui.Write(w, r, http.StatusOK, "join", joinPage(p.ui.MessagesFor(r), shown, token))
	}
	return p.ui.Write(w, r, http.StatusOK, "invite", p.acceptPage(p.ui.MessagesFor(r), shown, token, acceptForm{}))
}

func (p *pages) answerInvitation(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	in, token, err := p.readWithToken(r)
	if err != nil {
		return err
	}
	shown, err := p.directory.InvitationByToken(r.Context(), actor, token)
	if err != nil {
		return err
	}
	// The fields that were sent decide only if both forms are possible.
	_, named, _ := in.params.Text("username")
	switch {
	case shown.CanLogIn && in.text("step") == logInStep:
		return p.ui.Write(w, r, http.StatusOK, "join", joinPage(p.ui.MessagesFor(r), shown, token))
	case shown.CanLogIn && (!shown.CanRegister || !named):
		return p.join(w, r, actor, shown, token, in)
	}
	return p.accept(w, r, actor, shown, token, in)
}

// logInStep is the value of "step" that requests the form for an existing account.
const logInStep = "log_in"

func (p *pages) accept(w http.ResponseWriter, r *http.Request, actor model.Actor, shown directory.InvitationPreview, token secret.Text, in *inputs) error {
	sent := acceptForm{Username: in.line("username"), Password: in.secret("password")}
	if shown.User.ID == 0 {
		sent.GivenName, sent.FamilyName = in.line("given_name"), in.line("family_name")
	}
	if in.err != nil {
		return in.err
	}
	user, key, err := p.directory.AcceptInvitation(r.Context(), actor, token, directory.Acceptance(sent))
	if err != nil {
		return p.showFaults(w, r, "invite", p.acceptPage(p.ui.MessagesFor(r), shown, token, sent), err)
	}
	title := p.ui.MessagesFor(r).Text("invite.done", "organization", shown.Organization.Name)
	return p.welcome(w, r, title, newAccount{User: user, Key: key, Account: shown.Organization.Slug})
}

func (p *pages) acceptPage(m *ui.Messages, shown directory.InvitationPreview, token secret.Text, sent acceptForm) ui.Page {
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
func (p *pages) join(w http.ResponseWriter, r *http.Request, actor model.Actor, shown directory.InvitationPreview, token secret.Text, in *inputs) error {
	sent := joinForm{Password: in.secret("password")}
	if in.err != nil {
		return in.err
	}
	made, err := p.directory.LogIn(r.Context(), actor, directory.Login{
		Email: shown.Invitation.Email, Password: sent.Password, Invitation: token,
	}, model.ConsoleLogin)
	if err != nil {
		return p.showFaults(w, r, "join", joinPage(p.ui.MessagesFor(r), shown, token), hideAccount(shown, err))
	}
	p.endSession(context.WithoutCancel(r.Context()), actor, made.Token)
	m := p.ui.MessagesFor(r)
	return p.notice(w, r, m.Text("join.done", "organization", shown.Organization.Name), m.Text("join.done_text"))
}

// hideAccount replaces an error that reveals whether the address has an account by that of a wrong
// password, unless the page of the invitation reveals it anyway.
func hideAccount(shown directory.InvitationPreview, err error) error {
	reveals := fault.Has(err, "user", fault.Unknown) || fault.Has(err, "state", fault.Inactive)
	if !shown.CanRegister || !reveals {
		return err
	}
	return &fault.Error{Kind: fault.Unauthenticated, Msg: "name or password are wrong",
		Fields: []fault.Field{{Name: "password", Code: fault.WrongPassword}}}
}

// endSession revokes the session that join needed. After an error the session stays until it expires;
// its token is not stored anywhere.
func (p *pages) endSession(ctx context.Context, actor model.Actor, session secret.Text) {
	actor, err := p.directory.Authenticate(ctx, actor, directory.Credential{Secret: session})
	if err == nil {
		err = p.directory.LogOut(ctx, actor, false)
	}
	if err != nil {
		p.Log.ErrorContext(ctx, "the session of a member who joined was not revoked and stays until it expires", "error", err)
	}
}

func joinPage(m *ui.Messages, shown directory.InvitationPreview, token secret.Text) ui.Page {
	return ui.Page{
		Title: m.Text("invite.title", "organization", shown.Organization.Name),
		Body:  invitationBody{Organization: shown.Organization.Name, Address: shown.Invitation.Email},
		Form: linkForm(invitePath, m.Text("join.submit"), token,
			ui.Field{Name: "password", Label: m.Text("form.password"), Type: "password", Autocomplete: "current-password",
				Hint: m.Text("join.password_hint")}),
	}
}
