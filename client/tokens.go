package client

import (
	"context"
	"time"
)

// Token is an access token without its secret.
type Token struct {
	ID         int64      `json:"id"`
	UserID     int64      `json:"user_id"`
	Name       string     `json:"name"`
	Scopes     []string   `json:"scopes"` // api, read_api, read_user, sudo
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at"`   // nil if never
	LastUsedAt *time.Time `json:"last_used_at"` // with a precision of one minute; nil if never
	RevokedAt  *time.Time `json:"revoked_at"`   // nil unless it was revoked
}

// TokenWithSecret is a new access token with its secret, which is returned only once.
type TokenWithSecret struct {
	Token
	Text string `json:"token"`
}

// NewToken is the input that creates an access token.
type NewToken struct {
	Name      string     `json:"name"`
	Scopes    []string   `json:"scopes"`               // within the scopes of the credential of the client
	ExpiresAt *time.Time `json:"expires_at,omitempty"` // nil if never
}

// Tokens contains operations on access tokens.
type Tokens struct{ c *Client }

// List returns the access tokens of a user, including revoked ones, without their secrets.
func (s Tokens) List(ctx context.Context, owner Owner) ([]Token, error) {
	return listAll[Token](ctx, s.c, owner.pathOf("/tokens"))
}

// Create creates an access token. Its secret is returned only once.
func (s Tokens) Create(ctx context.Context, owner Owner, n NewToken) (TokenWithSecret, error) {
	return create[TokenWithSecret](ctx, s.c, owner.pathOf("/tokens"), n)
}

// Rotate creates a new token with a new id and revokes the previous one immediately. The secret is returned only once. The
// request is not retried.
func (s Tokens) Rotate(ctx context.Context, owner Owner, id int64) (TokenWithSecret, error) {
	return post[TokenWithSecret](ctx, s.c, owner.pathOf("/tokens/%d/rotate", id), nil)
}

// Revoke revokes an access token.
func (s Tokens) Revoke(ctx context.Context, owner Owner, id int64) error {
	return s.c.delete(ctx, owner.pathOf("/tokens/%d", id))
}
