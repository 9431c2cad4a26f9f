package console

import (
	"context"
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

// invitationBody is what the page about an invitation shows.
type invitationBody struct {
	Organization string
	Address      string
	Name         string // what the inviter wrote; empty if nothing
	LogsIn       bool   // an account may have the address: offers to log in instead
}

// acceptForm is what somebody fills in who has no account yet.
type acceptForm struct {
	Username   string
	Password   secret.Text
	GivenName  string
	FamilyName string
}

// joinForm is what somebody fills in whose address has an account.
type joinForm struct {
	Password secret.Text
}

func (p *pages) showInvitation(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	token, err := tokenOf(r)
	if err != nil {
		return err
	}
	shown, err := p.directory.InvitationByToken(r.Context(), who, token)
	if err != nil {
		return err
	}
	if !shown.CanRegister {
		return p.layout.write(w, http.StatusOK, "join", joinPage(shown, token))
	}
	return p.layout.write(w, http.StatusOK, "invite", acceptPage(shown, token, acceptForm{}))
}

func (p *pages) answerInvitation(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	in, token, err := p.readWithToken(r)
	if err != nil {
		return err
	}
	shown, err := p.directory.InvitationByToken(r.Context(), who, token)
	if err != nil {
		return err
	}
	// The fields sent decide only where both forms are possible.
	_, named, _ := in.params.Text("username")
	switch {
	case shown.CanLogIn && in.text("step") == logInStep:
		return p.layout.write(w, http.StatusOK, "join", joinPage(shown, token))
	case shown.CanLogIn && (!shown.CanRegister || !named):
		return p.join(w, r, who, shown, token, in)
	}
	return p.accept(w, r, who, shown, token, in)
}

// logInStep asks for the form that logs in, in place of the one that makes an account.
const logInStep = "log_in"

func (p *pages) accept(w http.ResponseWriter, r *http.Request, who directory.Actor, shown directory.InvitationPreview, token secret.Text, in *inputs) error {
	sent := acceptForm{Username: in.line("username"), Password: in.secret("password")}
	if shown.User.ID == 0 {
		sent.GivenName, sent.FamilyName = in.line("given_name"), in.line("family_name")
	}
	if in.err != nil {
		return in.err
	}
	user, key, err := p.directory.AcceptInvitation(r.Context(), who, token, directory.Acceptance(sent))
	if err != nil {
		return p.showFaults(w, "invite", acceptPage(shown, token, sent), err)
	}
	return p.welcome(w, "Welcome to "+shown.Organization.Name, newAccount{User: user, Key: key, Account: shown.Organization.Slug})
}

func acceptPage(shown directory.InvitationPreview, token secret.Text, sent acceptForm) page {
	f := &form{
		Action: invitePath + "/", Button: "Accept the invitation", token: token,
		Fields: []field{usernameField(sent.Username), newPasswordField()},
	}
	if shown.User.ID == 0 {
		f.Fields = append(f.Fields,
			field{Name: "given_name", Label: "Given name", Type: "text", Autocomplete: "given-name", Value: sent.GivenName, Optional: true},
			field{Name: "family_name", Label: "Family name", Type: "text", Autocomplete: "family-name", Value: sent.FamilyName, Optional: true})
	}
	return page{Title: "Join " + shown.Organization.Name, Form: f, Body: invitationBody{
		Organization: shown.Organization.Name, Address: shown.Invitation.Email, Name: shown.User.Name, LogsIn: shown.CanLogIn,
	}}
}

// join lets somebody in who has an account: logging in with the invitation joins
// the organization.
func (p *pages) join(w http.ResponseWriter, r *http.Request, who directory.Actor, shown directory.InvitationPreview, token secret.Text, in *inputs) error {
	sent := joinForm{Password: in.secret("password")}
	if in.err != nil {
		return in.err
	}
	_, session, _, err := p.directory.LogIn(r.Context(), who, directory.Login{
		Email: shown.Invitation.Email, Password: sent.Password, Invitation: token,
	}, directory.ConsoleLogin)
	if err != nil {
		return p.showFaults(w, "join", joinPage(shown, token), hideAccount(shown, err))
	}
	p.endSession(context.WithoutCancel(r.Context()), who, session)
	return p.layout.write(w, http.StatusOK, "done", page{Title: "You belong to " + shown.Organization.Name, Body: problem{
		Text: "Your username, password and API key stay as they are, and are good there as well.",
	}})
}

// hideAccount turns what would reveal whether the address has an account into a wrong
// password, where the link does not reveal it.
func hideAccount(shown directory.InvitationPreview, err error) error {
	reveals := fault.Has(err, "user", fault.Unknown) || fault.Has(err, "state", fault.Inactive)
	if !shown.CanRegister || !reveals {
		return err
	}
	return &fault.Error{Kind: fault.Unauthenticated, Msg: "name or password are wrong",
		Fields: []fault.Field{{Name: "password", Code: fault.WrongPassword}}}
}

// endSession closes a login that was only needed for one deed. Should that fail, the
// login is of no use to anybody all the same, for its token is forgotten here.
func (p *pages) endSession(ctx context.Context, who directory.Actor, session secret.Text) {
	who, err := p.directory.Authenticate(ctx, who, directory.Credential{Secret: session})
	if err == nil {
		err = p.directory.LogOut(ctx, who, false)
	}
	if err != nil {
		p.Log.ErrorContext(ctx, "a login for joining an organization stays open until it expires", "error", err)
	}
}

func joinPage(shown directory.InvitationPreview, token secret.Text) page {
	return page{
		Title: "Join " + shown.Organization.Name,
		Body:  invitationBody{Organization: shown.Organization.Name, Address: shown.Invitation.Email},
		Form: &form{
			Action: invitePath + "/", Button: "Log in and join", token: token,
			Fields: []field{{Name: "password", Label: "Password", Type: "password", Autocomplete: "current-password",
				Hint: "The password of the account that has this address."}},
		},
	}
}
