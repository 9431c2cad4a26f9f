package native

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
)

// addAccountOperations registers the operations for sign-up, password resets, invitations and sessions. Their answers do
// not reveal whether an email address has an account. They do reveal whether the name of a user or of an organization is
// taken.
func (a api) addAccountOperations(h huma.API) {
	const tag = "accounts"
	open := model.Public
	add(h, operation{id: "createAccount", method: "POST", path: "/sign-up", permission: open, tag: tag, status: http.StatusAccepted,
		summary: "Create an account",
		description: "Signs up and emails a link that activates the account. The answer does not reveal whether the address already has an account; in " +
			"that case its owner receives an email. The username and the organization are created when the link is followed. If a name has been " +
			"taken by then, a number is appended."}, a.createAccount)
	add(h, operation{id: "verifyEmail", method: "POST", path: "/verification", permission: open, tag: tag,
		summary: "Verify an email address", description: "Requires the token of an emailed link."}, a.verifyEmail)
	add(h, operation{id: "requestPasswordReset", method: "POST", path: "/password-resets", permission: open, tag: tag, status: http.StatusAccepted,
		summary:     "Request a password reset",
		description: "Emails a link if the address belongs to an account. The answer does not reveal whether it does."}, a.requestPasswordReset)
	add(h, operation{id: "resetPassword", method: "PUT", path: "/password-resets", permission: open, tag: tag,
		summary: "Reset a password",
		description: "Requires the token of an emailed link. All sessions end. The API key and the access tokens are revoked too, unless " +
			"keep_credentials is true. SSH keys are kept."}, a.resetPassword)
	add(h, operation{id: "getInvitationByToken", method: "POST", path: "/invitations/show", permission: open, tag: tag,
		summary: "Get an invitation by its token", description: "Requires the token of an emailed link. The token stays valid."}, a.getInvitationByToken)
	add(h, operation{id: "acceptInvitation", method: "POST", path: "/invitations/accept", permission: open, tag: tag, status: http.StatusCreated,
		summary:     "Accept an invitation",
		description: "Requires the token of an emailed link, which can be used once. The API key is only in this answer."}, a.acceptInvitation)
	add(h, operation{id: "createSession", method: "POST", path: "/sessions", permission: open, tag: "sessions", status: http.StatusCreated,
		summary: "Create a session",
		description: "Signs in with a username or email address and a password, and with a code or a passkey if the account has a second factor; or with a passkey " +
			"alone. If the second factor is missing, the answer is 401 with the code second_factor_required. The token of the answer is a credential until the session ends. After " +
			"too many failures, further attempts are delayed (429)."}, a.createSession)
	add(h, operation{id: "reauthenticateSession", method: "POST", path: "/me/reauthenticate", permission: model.SelfAuthenticators, tag: "sessions",
		summary: "Confirm your password",
		description: "A session may read, create or change keys, tokens, email addresses and passwords only for a limited time after the password was " +
			"given. An account with a second factor confirms it as well; a passkey alone is enough. The session ends, and the token in the answer replaces it. Access tokens and API keys need no confirmation."}, a.reauthenticateSession)
	add(h, operation{id: "revokeCurrentSession", method: "DELETE", path: "/sessions/current", permission: model.SelfAuthenticators, tag: "sessions", status: http.StatusNoContent,
		summary: "Revoke the current session", description: "Signs out: ends the session whose token the request was sent with."}, a.revokeCurrentSession)
}

type createAccountRequest struct {
	Username     string `json:"username,omitempty" maxLength:"255" doc:"If absent, it is derived from the email address." example:"barbara"`
	Email        string `json:"email" minLength:"3" maxLength:"254" example:"barbara@example.org"`
	Password     string `json:"password" minLength:"1" maxLength:"1024" example:"correct horse battery staple"`
	GivenName    string `json:"given_name,omitempty" maxLength:"255"`
	FamilyName   string `json:"family_name,omitempty" maxLength:"255"`
	Organization string `json:"organization,omitempty" maxLength:"255" doc:"Create an organization with this name."`
	Invitation   string `json:"invitation,omitempty" maxLength:"255" doc:"The token of an invitation. It is accepted even if sign-up is disabled."`
	Language     string `json:"language,omitempty" enum:"en,de" doc:"The language of the account, and of the email with the link. If absent, that of the settings and of the browser." example:"de"`
}

func (a api) createAccount(ctx context.Context, actor model.Actor, in *struct{ Body createAccountRequest }) (*noContent, error) {
	b := in.Body
	_, err := a.directory.Register(ctx, actor, registration.Input{
		Username: b.Username, Email: b.Email, Password: secretText(b.Password), GivenName: b.GivenName, FamilyName: b.FamilyName,
		Organization: b.Organization, Invitation: secretText(b.Invitation),
		Language: b.Language,
	})
	return nil, err
}

// tokenRequest is the body of operations that need only the token of an emailed link.
type tokenRequest struct {
	Token string `json:"token" minLength:"1" maxLength:"255" doc:"From the emailed link." example:"2XdEyPq0tq0pC1cZ3RiXkWBYEwQyXqXJ3mOq6yW1f0M"`
}

// account is the part of a user that the holder of an emailed link may see.
type account struct {
	Username string `json:"username" example:"barbara"`
	Name     string `json:"name" example:"Barbara Liskov"`
	State    string `json:"state" enum:"active,blocked,invited,deactivated" example:"active"`
}

func newAccount(u model.User, err error) (*body[account], error) {
	if err != nil {
		return nil, err
	}
	return bodyOf(account{u.Username, u.Name, string(u.Shown())}), nil
}

func (a api) verifyEmail(ctx context.Context, actor model.Actor, in *struct{ Body tokenRequest }) (*body[account], error) {
	return newAccount(a.directory.VerifyEmail(ctx, actor, secretText(in.Body.Token)))
}

type passwordResetRequest struct {
	Email string `json:"email" minLength:"3" maxLength:"254" example:"barbara@example.org"`
}

func (a api) requestPasswordReset(ctx context.Context, actor model.Actor, in *struct{ Body passwordResetRequest }) (*noContent, error) {
	_, err := a.directory.ForgotPassword(ctx, actor, in.Body.Email)
	return nil, err
}

type newPasswordRequest struct {
	Token    string `json:"token" minLength:"1" maxLength:"255" doc:"From the emailed link." example:"2XdEyPq0tq0pC1cZ3RiXkWBYEwQyXqXJ3mOq6yW1f0M"`
	Password string `json:"password" minLength:"1" maxLength:"1024" example:"correct horse battery staple"`
	Keep     bool   `json:"keep_credentials,omitempty" doc:"Keep the API key and the access tokens. It has no effect if the address was not verified before."`
}

func (a api) resetPassword(ctx context.Context, actor model.Actor, in *struct{ Body newPasswordRequest }) (*body[account], error) {
	return newAccount(a.directory.ResetPassword(ctx, actor, directory.Reset{
		Token: secretText(in.Body.Token), Password: secretText(in.Body.Password), KeepCredentials: in.Body.Keep,
	}))
}

type invitationPreview struct {
	Organization string    `json:"organization" example:"Analytical Engines"`
	Email        string    `json:"email" example:"barbara@example.org"`
	Registered   bool      `json:"registered" doc:"Whether the address has an account. Then sign in with the invitation instead. Always false for a link that was shown to the inviter."`
	ExpiresAt    time.Time `json:"expires_at" example:"2026-01-09T15:04:05Z"`
}

func (a api) getInvitationByToken(ctx context.Context, actor model.Actor, in *struct{ Body tokenRequest }) (*body[invitationPreview], error) {
	preview, err := a.directory.InvitationByToken(ctx, actor, secretText(in.Body.Token))
	if err != nil {
		return nil, err
	}
	return bodyOf(invitationPreview{preview.Organization.Name, preview.Invitation.Email, !preview.CanRegister, preview.Invitation.ExpiresAt}), nil
}

type acceptInvitationRequest struct {
	Token      string `json:"token" minLength:"1" maxLength:"255" doc:"From the emailed link." example:"2XdEyPq0tq0pC1cZ3RiXkWBYEwQyXqXJ3mOq6yW1f0M"`
	Username   string `json:"username" minLength:"1" maxLength:"255" example:"barbara"`
	Password   string `json:"password" minLength:"1" maxLength:"1024" example:"correct horse battery staple"`
	GivenName  string `json:"given_name,omitempty" maxLength:"255" doc:"If absent, the name from the invitation is kept."`
	FamilyName string `json:"family_name,omitempty" maxLength:"255"`
}

type acceptedInvitation struct {
	User   user   `json:"user"`
	APIKey string `json:"api_key" doc:"A credential for scripts. It is only in this answer." example:"…"`
}

func (a api) acceptInvitation(ctx context.Context, actor model.Actor, in *struct{ Body acceptInvitationRequest }) (*body[acceptedInvitation], error) {
	b := in.Body
	u, key, err := a.directory.AcceptInvitation(ctx, actor, secretText(b.Token), invitation.Acceptance{
		Username: b.Username, Password: secretText(b.Password), GivenName: b.GivenName, FamilyName: b.FamilyName,
	})
	if err != nil {
		return nil, err
	}
	return bodyOf(acceptedInvitation{newUser(u), key.Reveal()}), nil
}
