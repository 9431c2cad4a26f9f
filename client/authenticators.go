package client

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Authenticator is a second factor of a user: an app with time-based codes ("totp") or a passkey ("passkey").
type Authenticator struct {
	ID         int64      `json:"id"`
	Kind       string     `json:"kind"`
	Name       string     `json:"name"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at"` // nil if never
}

// SecondFactors are the second factors of a user.
type SecondFactors struct {
	Authenticators []Authenticator `json:"authenticators"`
	RecoveryCodes  int             `json:"recovery_codes"` // that were not used
	Required       bool            `json:"required"`       // by the settings or an organization
}

// TOTPEnrolment is an authenticator app that is being added.
type TOTPEnrolment struct {
	Ceremony  string    `json:"ceremony"`
	Secret    string    `json:"secret"` // to be typed into the app
	URL       string    `json:"url"`    // otpauth URL
	QR        string    `json:"qr_svg"` // the URL as a QR code
	ExpiresAt time.Time `json:"expires_at"`
}

// TOTPConfirmation is the input that adds an authenticator app.
type TOTPConfirmation struct {
	Ceremony string `json:"ceremony"`
	Name     string `json:"name,omitempty"`
	Code     string `json:"code"` // that the app shows
}

// PasskeyCeremony is a ceremony of WebAuthn that has begun.
type PasskeyCeremony struct {
	Ceremony  string          `json:"ceremony"`
	Options   json.RawMessage `json:"options"` // for navigator.credentials
	ExpiresAt time.Time       `json:"expires_at"`
}

// PasskeyProof is the answer of a browser to the options of a ceremony.
type PasskeyProof struct {
	Ceremony string          `json:"ceremony"`
	Response json.RawMessage `json:"response"`
}

// PasskeyConfirmation is the input that adds a passkey.
type PasskeyConfirmation struct {
	PasskeyProof
	Name string `json:"name,omitempty"`
}

// AddedAuthenticator is a new authenticator.
type AddedAuthenticator struct {
	Authenticator
	RecoveryCodes []string `json:"recovery_codes"` // with the first authenticator; returned only once
	Session       string   `json:"session_token"`  // with the first one: replaces the token of the session, which has ended
}

// recoveryCodes are new recovery codes.
type recoveryCodes struct {
	Codes []string `json:"codes"`
}

// renameRequest holds a new name.
type renameRequest struct {
	Name string `json:"name"`
}

// Authenticators contains operations on second factors. Only a session of the user changes them, soon after the password or
// a second factor was given.
type Authenticators struct{ c *Client }

// List returns the second factors of a user.
func (s Authenticators) List(ctx context.Context, owner Owner) (SecondFactors, error) {
	return get[SecondFactors](ctx, s.c, owner.pathOf("/authenticators"), nil)
}

// Reset removes all second factors of another user and ends all sessions of that user.
func (s Authenticators) Reset(ctx context.Context, user int64) error {
	return s.c.delete(ctx, UserID(user).pathOf("/authenticators"))
}

// BeginTOTP begins to add an authenticator app.
func (s Authenticators) BeginTOTP(ctx context.Context) (TOTPEnrolment, error) {
	return post[TOTPEnrolment](ctx, s.c, "/me/authenticators/totp", nil)
}

// ConfirmTOTP adds an authenticator app.
func (s Authenticators) ConfirmTOTP(ctx context.Context, n TOTPConfirmation) (AddedAuthenticator, error) {
	return post[AddedAuthenticator](ctx, s.c, "/me/authenticators/totp/confirm", n)
}

// BeginPasskey begins to add a passkey.
func (s Authenticators) BeginPasskey(ctx context.Context) (PasskeyCeremony, error) {
	return post[PasskeyCeremony](ctx, s.c, "/me/authenticators/passkeys", nil)
}

// ConfirmPasskey adds a passkey.
func (s Authenticators) ConfirmPasskey(ctx context.Context, n PasskeyConfirmation) (AddedAuthenticator, error) {
	return post[AddedAuthenticator](ctx, s.c, "/me/authenticators/passkeys/confirm", n)
}

// Rename gives an authenticator of the caller another name.
func (s Authenticators) Rename(ctx context.Context, id int64, name string) (Authenticator, error) {
	var renamed Authenticator
	_, err := s.c.do(ctx, request{method: http.MethodPatch, path: path("/me/authenticators/%d", id), body: renameRequest{name}}, &renamed)
	return renamed, err
}

// Remove removes an authenticator of the caller.
func (s Authenticators) Remove(ctx context.Context, id int64) error {
	return s.c.delete(ctx, path("/me/authenticators/%d", id))
}

// CreateRecoveryCodes replaces the recovery codes of the caller. They are returned only once.
func (s Authenticators) CreateRecoveryCodes(ctx context.Context) ([]string, error) {
	made, err := post[recoveryCodes](ctx, s.c, "/me/recovery-codes", nil)
	return made.Codes, err
}
