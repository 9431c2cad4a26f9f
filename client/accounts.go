package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Accounts is what people do before they are known. It needs no credential: the
// token of the client may be empty. Nobody learns whether an address or a name has
// an account.
type Accounts struct{ c *Client }

// SignUp is an account to be made for oneself.
type NewAccount struct {
	Username     string `json:"username,omitempty"` // empty takes one from the address
	Email        string `json:"email"`
	Password     string `json:"password"`
	GivenName    string `json:"given_name,omitempty"`
	FamilyName   string `json:"family_name,omitempty"`
	Organization string `json:"organization,omitempty"` // found one of this name
	Invitation   string `json:"invitation,omitempty"`   // the token of an invitation: good even where sign-up is off
}

// SignUp makes an account. A link is mailed, by which the person comes in. Whether
// the address had an account before, its owner alone is told, by mail.
func (s Accounts) Create(ctx context.Context, n NewAccount) error {
	return s.c.doOnce(ctx, http.MethodPost, "/sign-up", n)
}

// told makes a request that is tried once and answered with nothing.
func (c *Client) doOnce(ctx context.Context, method, where string, body any) error {
	_, err := c.do(ctx, request{method: method, path: where, body: body, noRetry: true}, nil)
	return err
}

// Account is what the holder of a mailed link may know of an account.
type Account struct {
	Username string `json:"username"`
	Name     string `json:"name"`
	State    State  `json:"state"`
}

// linked is the token of a mailed link.
type tokenRequest struct {
	Token string `json:"token"`
}

// Verify confirms an address with the token of the mailed link.
func (s Accounts) VerifyEmail(ctx context.Context, token string) (Account, error) {
	return post[Account](ctx, s.c, "/verification", tokenRequest{token})
}

// forgotten is an address whose owner has forgotten the password.
type passwordResetRequest struct {
	Email string `json:"email"`
}

// ForgotPassword mails a link if the address has an account; the answer does not tell.
func (s Accounts) RequestPasswordReset(ctx context.Context, email string) error {
	return s.c.doOnce(ctx, http.MethodPost, "/password-resets", passwordResetRequest{email})
}

// PasswordReset is a new password for the holder of a link.
type PasswordReset struct {
	Token           string `json:"token"`
	Password        string `json:"password"`
	KeepCredentials bool   `json:"keep_credentials,omitempty"` // the API key and the access tokens stay valid
}

// ResetPassword sets a new password with the token of the mailed link. All sessions
// end, and so do the API key and the access tokens, unless KeepCredentials is set. It is
// tried once, because the link is good once.
func (s Accounts) ResetPassword(ctx context.Context, r PasswordReset) (Account, error) {
	var shown Account
	_, err := s.c.do(ctx, request{method: http.MethodPut, path: "/password-resets", body: r, noRetry: true}, &shown)
	return shown, err
}

// Welcome is what one is invited to.
type InvitationPreview struct {
	Organization string    `json:"organization"`
	Email        string    `json:"email"`
	Registered   bool      `json:"registered"` // the address has an account: log in with the invitation instead
	ExpiresAt    time.Time `json:"expires_at"`
}

// Invitation shows what one is invited to, with the token of the mailed link, which
// stays good.
func (s Accounts) GetInvitation(ctx context.Context, token string) (InvitationPreview, error) {
	return post[InvitationPreview](ctx, s.c, "/invitations/show", tokenRequest{token})
}

// Acceptance accepts an invitation.
type Acceptance struct {
	Token      string `json:"token"` // from the mailed link, which is used up
	Username   string `json:"username"`
	Password   string `json:"password"`
	GivenName  string `json:"given_name,omitempty"` // empty keeps what the inviter wrote
	FamilyName string `json:"family_name,omitempty"`
}

// Accepted is somebody who accepted an invitation. The API key is shown this once.
type AcceptedInvitation struct {
	User   User   `json:"user"`
	APIKey string `json:"api_key"`
}

// AcceptInvitation accepts an invitation.
func (s Accounts) AcceptInvitation(ctx context.Context, a Acceptance) (AcceptedInvitation, error) {
	return post[AcceptedInvitation](ctx, s.c, "/invitations/accept", a)
}

// Login is a name with its password.
type NewSession struct {
	Login      string `json:"login"` // username or address
	Password   string `json:"password"`
	Invitation string `json:"invitation,omitempty"` // the token of an invitation, to join with the same call
}

// LoggedIn is a login that was opened. Its token is a credential until it ends: see
// [Client.WithToken].
type CreatedSession struct {
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expires_at"`
	User      User      `json:"user"`
}

// LogIn opens a login. Too many failures make the next try wait.
func (s Sessions) Create(ctx context.Context, n NewSession) (CreatedSession, error) {
	return post[CreatedSession](ctx, s.c, "/sessions", n)
}

// EndCurrent ends the login that the client came with.
func (s Sessions) RevokeCurrent(ctx context.Context) error {
	return s.c.delete(ctx, "/sessions/current")
}

// shownPassword is one's password again.
type reauthenticateRequest struct {
	Password string `json:"password"`
}

// proven is until when that counts.
type reauthentication struct {
	Until time.Time `json:"until"`
}

// Reauthenticate shows the password of a login again, and says until when it may add
// keys, tokens and addresses. Tokens and API keys need not.
func (s Sessions) Reauthenticate(ctx context.Context, password string) (time.Time, error) {
	shown, err := post[reauthentication](ctx, s.c, "/me/reauthenticate", reauthenticateRequest{password})
	return shown.Until, err
}

// Authorized gives the keys by which somebody may log in over SSH now, a line for
// each in the form of authorized_keys. Of people who are not there, not active or not
// seen by the caller there are none.
func (s Keys) GetAuthorized(ctx context.Context, username string) (string, error) {
	var text []byte
	k := request{method: http.MethodGet, path: "/ssh-keys/" + url.PathEscape(username)}
	err := s.c.retry(ctx, k, func(ctx context.Context) error {
		ctx, cancel := s.c.withTimeout(ctx)
		defer cancel()
		answer, err := s.c.send(ctx, k, nil, "")
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }() // read to its end, or given up
		text, err = io.ReadAll(answer.Body)
		return asConnectionError(k, err)
	})
	return string(text), err
}
