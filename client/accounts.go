package client

import (
	"context"
	"net/http"
	"time"
)

// Accounts contains the operations that need no credential: the token of the client may be empty. Their answers do not
// reveal whether an email address has an account.
type Accounts struct{ c *Client }

// NewAccount is the input of a sign-up.
type NewAccount struct {
	Username     string `json:"username,omitempty"` // empty derives it from the email address
	Email        string `json:"email"`
	Password     string `json:"password"`
	GivenName    string `json:"given_name,omitempty"`
	FamilyName   string `json:"family_name,omitempty"`
	Organization string `json:"organization,omitempty"` // create an organization with this name
	Invitation   string `json:"invitation,omitempty"`   // the token of an invitation, valid even if sign-up is disabled
	Language     string `json:"language,omitempty"`     // of the account and of the email: "en" or "de"
}

// Create signs up and emails a link that activates the account. The answer does not reveal whether the address already has
// an account; in that case its owner receives an email.
func (s Accounts) Create(ctx context.Context, n NewAccount) error {
	return s.c.doOnce(ctx, http.MethodPost, "/sign-up", n)
}

// Account is the part of a user that the holder of an emailed link may see.
type Account struct {
	Username string `json:"username"`
	Name     string `json:"name"`
	State    State  `json:"state"`
}

// tokenRequest holds the token of an emailed link.
type tokenRequest struct {
	Token string `json:"token"`
}

// VerifyEmail verifies an email address with the token of the emailed link.
func (s Accounts) VerifyEmail(ctx context.Context, token string) (Account, error) {
	return post[Account](ctx, s.c, "/verification", tokenRequest{token})
}

// passwordResetRequest holds the email address of the account.
type passwordResetRequest struct {
	Email string `json:"email"`
}

// RequestPasswordReset emails a link if the address belongs to an account. The answer does not reveal whether it does.
func (s Accounts) RequestPasswordReset(ctx context.Context, email string) error {
	return s.c.doOnce(ctx, http.MethodPost, "/password-resets", passwordResetRequest{email})
}

// PasswordReset sets a new password with the token of an emailed link.
type PasswordReset struct {
	Token           string `json:"token"`
	Password        string `json:"password"`
	KeepCredentials bool   `json:"keep_credentials,omitempty"` // keep the API key and the access tokens
}

// ResetPassword sets a new password. All sessions end. The API key and the access tokens are revoked too, unless
// KeepCredentials is set. The request is not retried, because the link can be used once.
func (s Accounts) ResetPassword(ctx context.Context, r PasswordReset) (Account, error) {
	var shown Account
	_, err := s.c.do(ctx, request{method: http.MethodPut, path: "/password-resets", body: r, noRetry: true}, &shown)
	return shown, err
}

// InvitationPreview is what the holder of an invitation link may see.
type InvitationPreview struct {
	Organization string    `json:"organization"`
	Email        string    `json:"email"`
	Registered   bool      `json:"registered"` // the address has an account: sign in with the invitation instead
	ExpiresAt    time.Time `json:"expires_at"`
}

// GetInvitation returns an invitation by the token of the emailed link. The token stays valid.
func (s Accounts) GetInvitation(ctx context.Context, token string) (InvitationPreview, error) {
	return post[InvitationPreview](ctx, s.c, "/invitations/show", tokenRequest{token})
}

// Acceptance is the input for accepting an invitation.
type Acceptance struct {
	Token      string `json:"token"` // of the emailed link, valid once
	Username   string `json:"username"`
	Password   string `json:"password"`
	GivenName  string `json:"given_name,omitempty"` // empty keeps the name of the invitation
	FamilyName string `json:"family_name,omitempty"`
}

// AcceptedInvitation is the new user with an API key, which is returned only once.
type AcceptedInvitation struct {
	User   User   `json:"user"`
	APIKey string `json:"api_key"`
}

// AcceptInvitation accepts an invitation.
func (s Accounts) AcceptInvitation(ctx context.Context, a Acceptance) (AcceptedInvitation, error) {
	return post[AcceptedInvitation](ctx, s.c, "/invitations/accept", a)
}
