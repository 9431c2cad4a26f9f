package native

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/totp"
)

const tagFactors = "second factors"

// addAuthenticatorOperations registers the operations on second factors. Only sessions of the user
// change them.
func (a api) addAuthenticatorOperations(h huma.API) {
	own := model.SelfAuthenticators
	for _, p := range ownerPaths() {
		add(h, operation{id: "list" + p.infix + "Authenticators", method: "GET", path: p.path + "/authenticators", permission: own, tag: tagFactors, self: p.self,
			summary: "List second factors" + p.owner, description: "Returns the authenticator apps and passkeys, and the number of unused recovery codes."}, a.listAuthenticators)
	}
	add(h, operation{id: "resetUserAuthenticators", method: "DELETE", path: "/users/{id}/authenticators", permission: model.UsersManage, tag: tagFactors, status: http.StatusNoContent,
		summary: "Remove all second factors of a user", description: "For a user that lost them. All sessions of the user end, and the user receives an email. The password is kept."}, a.resetAuthenticators)
	add(h, operation{id: "beginTOTP", method: "POST", path: "/me/authenticators/totp", permission: own, tag: tagFactors, status: http.StatusCreated,
		summary: "Begin to add an authenticator app", description: "Returns a secret for an app that shows time-based codes (RFC 6238). The app is added when a code is confirmed. " + sessionOnly}, a.beginTOTP)
	add(h, operation{id: "confirmTOTP", method: "POST", path: "/me/authenticators/totp/confirm", permission: own, tag: tagFactors, status: http.StatusCreated,
		summary: "Add an authenticator app", description: "Requires a code that the app shows. " + firstFactor + sessionOnly}, a.confirmTOTP)
	add(h, operation{id: "beginPasskey", method: "POST", path: "/me/authenticators/passkeys", permission: own, tag: tagFactors, status: http.StatusCreated,
		summary: "Begin to add a passkey", description: "Returns the options for navigator.credentials.create. " + sessionOnly}, a.beginPasskey)
	add(h, operation{id: "confirmPasskey", method: "POST", path: "/me/authenticators/passkeys/confirm", permission: own, tag: tagFactors, status: http.StatusCreated,
		summary: "Add a passkey", description: "Requires the answer of the browser. " + firstFactor + sessionOnly}, a.confirmPasskey)
	add(h, operation{id: "renameAuthenticator", method: "PATCH", path: "/me/authenticators/{number}", permission: own, tag: tagFactors,
		summary: "Rename an authenticator", description: sessionOnly}, a.renameAuthenticator)
	add(h, operation{id: "removeAuthenticator", method: "DELETE", path: "/me/authenticators/{number}", permission: own, tag: tagFactors, status: http.StatusNoContent,
		summary: "Remove an authenticator", description: "With the last authenticator the recovery codes end. The last one cannot be removed if the user must have one. " + sessionOnly}, a.removeAuthenticator)
	add(h, operation{id: "createRecoveryCodes", method: "POST", path: "/me/recovery-codes", permission: own, tag: tagFactors, status: http.StatusCreated,
		summary: "Create new recovery codes", description: "Returns ten codes, each of which replaces an authenticator once. The previous codes end. " + sessionOnly}, a.createRecoveryCodes)
	add(h, operation{id: "beginPasskeyLogin", method: "POST", path: "/sessions/passkey", permission: model.Public, tag: "sessions", status: http.StatusCreated,
		summary: "Begin to sign in with a passkey", description: "Returns the options for navigator.credentials.get. They do not depend on a user."}, a.beginPasskeyLogin)
}

const (
	sessionOnly = "Requires a session whose password or second factor was given recently; access tokens and API keys are refused."
	firstFactor = "With the first authenticator the answer has recovery codes, and all other sessions of the user end. "
)

// Authenticator is a second factor without its secret.
type Authenticator struct {
	ID         int64      `json:"id" example:"5"`
	Kind       string     `json:"kind" enum:"totp,passkey" doc:"An app with time-based codes, or a passkey."`
	Name       string     `json:"name" example:"Phone"`
	CreatedAt  time.Time  `json:"created_at" example:"2026-01-02T15:04:05Z"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty" doc:"Absent if never."`
}

func newAuthenticator(a model.Authenticator) Authenticator {
	return Authenticator{int64(a.ID), string(a.Kind), a.Name, a.CreatedAt, timeOrNil(a.LastUsedAt)}
}

type secondFactors struct {
	Authenticators []Authenticator `json:"authenticators"`
	RecoveryCodes  int             `json:"recovery_codes" doc:"The number of recovery codes that were not used." example:"10"`
	Required       bool            `json:"required" doc:"Whether the settings or an organization require a second factor of the user."`
}

func (a api) listAuthenticators(ctx context.Context, actor model.Actor, in *ByUserID) (*body[secondFactors], error) {
	all, err := a.directory.SecondFactors(ctx, actor, in.user())
	if err != nil {
		return nil, err
	}
	return bodyOf(secondFactors{mapSlice(all.Authenticators, newAuthenticator), all.RecoveryCodes, all.Required}), nil
}

func (a api) resetAuthenticators(ctx context.Context, actor model.Actor, in *ByUserID) (*noContent, error) {
	_, _, err := a.directory.ResetSecondFactor(ctx, actor, in.user())
	return nil, err
}

type totpEnrolment struct {
	Ceremony  string    `json:"ceremony" doc:"Send it with the code." example:"…"`
	Secret    string    `json:"secret" doc:"To be typed into the app." example:"JBSWY3DPEHPK3PXP"`
	URL       string    `json:"url" doc:"The same as an otpauth URL." example:"otpauth://totp/…"`
	QR        string    `json:"qr_svg" doc:"The URL as a QR code, an SVG picture." example:"<svg…"`
	ExpiresAt time.Time `json:"expires_at" example:"2026-01-02T15:14:05Z"`
}

func (a api) beginTOTP(ctx context.Context, actor model.Actor, _ *struct{}) (*body[totpEnrolment], error) {
	e, err := a.directory.BeginTOTP(ctx, actor)
	if err != nil {
		return nil, err
	}
	picture, err := totp.QR(e.URL.Reveal())
	return bodyOf(totpEnrolment{e.Ceremony.Reveal(), e.Secret.Reveal(), e.URL.Reveal(), picture, e.ExpiresAt}), err
}

type confirmTOTPRequest struct {
	Ceremony string `json:"ceremony" minLength:"1" maxLength:"255" example:"…"`
	Name     string `json:"name,omitempty" maxLength:"100" example:"Phone"`
	Code     string `json:"code" minLength:"1" maxLength:"100" doc:"The code that the app shows." example:"123456"`
}

func (a api) confirmTOTP(ctx context.Context, actor model.Actor, in *struct{ Body confirmTOTPRequest }) (*body[addedAuthenticator], error) {
	b := in.Body
	return newAddedAuthenticator(a.directory.ConfirmTOTP(ctx, actor, secretText(b.Ceremony), b.Name, secretText(b.Code)))
}

type addedAuthenticator struct {
	Authenticator
	RecoveryCodes []string `json:"recovery_codes,omitempty" doc:"With the first authenticator: codes that replace it once each. They are only in this answer."`
	Session       string   `json:"session_token,omitempty" doc:"With the first authenticator: the session of the request has ended, and this token replaces it."`
}

func newAddedAuthenticator(added secondfactor.AddedAuthenticator, err error) (*body[addedAuthenticator], error) {
	if err != nil {
		return nil, err
	}
	return bodyOf(addedAuthenticator{newAuthenticator(added.Authenticator), mapSlice(added.RecoveryCodes, secret.Text.Reveal), added.Session.Reveal()}), nil
}

type passkeyCeremony struct {
	Ceremony  string          `json:"ceremony" doc:"Send it with the answer of the browser." example:"…"`
	Options   json.RawMessage `json:"options" doc:"For navigator.credentials, as JSON (WebAuthn, level 3)."`
	ExpiresAt time.Time       `json:"expires_at" example:"2026-01-02T15:14:05Z"`
}

func newPasskeyCeremony(c secondfactor.PasskeyCeremony, err error) (*body[passkeyCeremony], error) {
	if err != nil {
		return nil, err
	}
	return bodyOf(passkeyCeremony{c.Ceremony.Reveal(), c.Options, c.ExpiresAt}), nil
}

func (a api) beginPasskey(ctx context.Context, actor model.Actor, _ *struct{}) (*body[passkeyCeremony], error) {
	return newPasskeyCeremony(a.directory.BeginPasskey(ctx, actor))
}

func (a api) beginPasskeyLogin(ctx context.Context, actor model.Actor, _ *struct{}) (*body[passkeyCeremony], error) {
	return newPasskeyCeremony(a.directory.BeginPasskeyLogin(ctx, actor))
}

// PasskeyProof is the answer of a browser to the options of a ceremony.
type PasskeyProof struct {
	Ceremony string          `json:"ceremony" minLength:"1" maxLength:"255" example:"…"`
	Response json.RawMessage `json:"response" doc:"The PublicKeyCredential of the browser, as JSON."`
}

func (p *PasskeyProof) proof() secondfactor.PasskeyProof {
	if p == nil {
		return secondfactor.PasskeyProof{}
	}
	return secondfactor.PasskeyProof{Ceremony: secretText(p.Ceremony), Response: secretText(string(p.Response))}
}

type confirmPasskeyRequest struct {
	PasskeyProof
	Name string `json:"name,omitempty" maxLength:"100" example:"Laptop"`
}

func (a api) confirmPasskey(ctx context.Context, actor model.Actor, in *struct{ Body confirmPasskeyRequest }) (*body[addedAuthenticator], error) {
	p := in.Body.proof()
	return newAddedAuthenticator(a.directory.ConfirmPasskey(ctx, actor, p.Ceremony, in.Body.Name, p.Response))
}

type renameAuthenticatorRequest struct {
	Name string `json:"name" minLength:"1" maxLength:"100" example:"Phone"`
}

// ByAuthenticator is the input of operations on one authenticator of the caller.
type ByAuthenticator struct {
	Number int64 `path:"number" minimum:"1" doc:"The id of the authenticator." example:"5"`
}

func (a api) renameAuthenticator(ctx context.Context, actor model.Actor, in *struct {
	ByAuthenticator
	Body renameAuthenticatorRequest
}) (*body[Authenticator], error) {
	renamed, err := a.directory.RenameAuthenticator(ctx, actor, model.AuthenticatorID(in.Number), in.Body.Name)
	if err != nil {
		return nil, err
	}
	return bodyOf(newAuthenticator(renamed)), nil
}

func (a api) removeAuthenticator(ctx context.Context, actor model.Actor, in *ByAuthenticator) (*noContent, error) {
	return nil, a.directory.RemoveAuthenticator(ctx, actor, model.AuthenticatorID(in.Number))
}

type recoveryCodes struct {
	Codes []string `json:"codes" doc:"They are only in this answer." example:"[\"k7xm-29qd-0v3f-h8np\"]"`
}

func (a api) createRecoveryCodes(ctx context.Context, actor model.Actor, _ *struct{}) (*body[recoveryCodes], error) {
	codes, err := a.directory.CreateRecoveryCodes(ctx, actor)
	if err != nil {
		return nil, err
	}
	return bodyOf(recoveryCodes{mapSlice(codes, secret.Text.Reveal)}), nil
}
