package client

import (
	"context"
	"time"
)

// Session is a session of a user.
type Session struct {
	ID         int64     `json:"id"`
	Kind       string    `json:"kind"`    // what created it: wekan, pm415, console
	Current    bool      `json:"current"` // the session that the client uses
	Address    string    `json:"address"` // the network address that created it
	UserAgent  string    `json:"user_agent"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at"` // with a precision of one minute
	ExpiresAt  time.Time `json:"expires_at"`
}

// Sessions contains operations on sessions.
type Sessions struct{ c *Client }

// List returns the sessions of a user.
func (s Sessions) List(ctx context.Context, owner Owner) ([]Session, error) {
	return listAll[Session](ctx, s.c, owner.pathOf("/sessions"))
}

// Revoke ends a session.
func (s Sessions) Revoke(ctx context.Context, owner Owner, id int64) error {
	return s.c.delete(ctx, owner.pathOf("/sessions/%d", id))
}

// RevokeOthers ends all sessions except the one that the client uses.
func (s Sessions) RevokeOthers(ctx context.Context, owner Owner) error {
	return s.c.delete(ctx, owner.pathOf("/sessions"))
}

// FactorProof is a second factor. At most one field is set.
type FactorProof struct {
	Code    string        `json:"code,omitempty"` // of an authenticator app, or a recovery code
	Passkey *PasskeyProof `json:"passkey,omitempty"`
}

// NewSession is the input of a sign-in: Login and Password, with a FactorProof if the account has a second factor; or a
// passkey alone.
type NewSession struct {
	Login    string `json:"login,omitempty"` // username or email address
	Password string `json:"password,omitempty"`
	FactorProof
	Invitation string `json:"invitation,omitempty"` // the token of an invitation, to accept it with the same request
}

// CreatedSession is a new session. Its token is a credential until the session ends: see [Client.WithToken].
type CreatedSession struct {
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expires_at"`
	User      User      `json:"user"`
	MustEnrol bool      `json:"must_add_second_factor"` // the session can only add a second factor
}

// Create signs in. After too many failures, further attempts are delayed. The error has the code second_factor_required if
// the account has a second factor and n has none.
func (s Sessions) Create(ctx context.Context, n NewSession) (CreatedSession, error) {
	return post[CreatedSession](ctx, s.c, "/sessions", n)
}

// RevokeCurrent ends the current session of the client.
func (s Sessions) RevokeCurrent(ctx context.Context) error {
	return s.c.delete(ctx, "/sessions/current")
}

// reauthenticateRequest holds what the caller proves.
type reauthenticateRequest struct {
	Password string `json:"password,omitempty"`
	FactorProof
}

// Reauthentication is the result of a confirmed password.
type Reauthentication struct {
	Until time.Time `json:"until"`         // until then the session may manage keys, tokens and email addresses
	Token string    `json:"session_token"` // of the session that replaces the one of the client: see [Client.WithToken]
}

// Reauthenticate confirms the password of the session. The session ends, and a new one replaces it. Access tokens and API
// keys need no confirmation.
func (s Sessions) Reauthenticate(ctx context.Context, password string) (Reauthentication, error) {
	return s.ReauthenticateWith(ctx, password, FactorProof{})
}

// ReauthenticateWith is Reauthenticate for an account with a second factor. A passkey needs no password.
func (s Sessions) ReauthenticateWith(ctx context.Context, password string, factor FactorProof) (Reauthentication, error) {
	return post[Reauthentication](ctx, s.c, "/me/reauthenticate", reauthenticateRequest{password, factor})
}

// BeginPasskey begins to sign in with a passkey, or to confirm one.
func (s Sessions) BeginPasskey(ctx context.Context) (PasskeyCeremony, error) {
	return post[PasskeyCeremony](ctx, s.c, "/sessions/passkey", nil)
}
