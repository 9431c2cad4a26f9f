package native

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/web"
)

func (a api) addSessionOperations(h huma.API, p ownerPath) {
	const tag = "sessions"
	add(h, operation{id: "list" + p.infix + "Sessions", method: "GET", path: p.path + "/sessions", permission: model.SelfCredentials, tag: tag, self: p.self,
		summary: "List sessions" + p.owner}, a.listSessions)
	add(h, operation{id: "revoke" + p.infix + "Session", method: "DELETE", path: p.path + "/sessions/{number}", permission: model.SelfCredentials, tag: tag, self: p.self,
		summary: "Revoke a session" + p.owner, status: http.StatusNoContent}, a.revokeSession)
	add(h, operation{id: "revoke" + p.infix + "Sessions", method: "DELETE", path: p.path + "/sessions", permission: model.SelfCredentials, tag: tag, self: p.self,
		summary: "Revoke all sessions" + p.owner, description: "The session that the request was sent with is kept.", status: http.StatusNoContent}, a.revokeSessions)
}

func (a api) listSessions(ctx context.Context, actor model.Actor, in *ByUserID) (*body[list[session]], error) {
	all, err := a.directory.SessionsOf(ctx, actor, in.user())
	return listResponse(all, func(s model.Session) session { return newSession(s, actor) }, err)
}

func (a api) revokeSession(ctx context.Context, actor model.Actor, in *ByUserAndNumber) (*noContent, error) {
	return nil, a.directory.RevokeSession(ctx, actor, in.user(), model.SessionID(in.Number))
}

func (a api) revokeSessions(ctx context.Context, actor model.Actor, in *ByUserID) (*noContent, error) {
	return nil, a.directory.RevokeOtherSessions(ctx, actor, in.user())
}

type session struct {
	ID        int64     `json:"id" example:"21"`
	Kind      string    `json:"kind" enum:"wekan,pm415,console" doc:"The API or the pages that created the session."`
	Current   bool      `json:"current" doc:"Whether the request was sent with this session."`
	Address   string    `json:"address" doc:"The network address that created the session." example:"192.0.2.7"`
	Agent     string    `json:"user_agent" example:"Mozilla/5.0"`
	CreatedAt time.Time `json:"created_at" example:"2026-01-02T15:04:05Z"`
	LastSeen  time.Time `json:"last_seen_at" doc:"With a precision of one minute." example:"2026-01-02T15:04:05Z"`
	ExpiresAt time.Time `json:"expires_at" example:"2026-02-02T15:04:05Z"`
}

func newSession(s model.Session, actor model.Actor) session {
	return session{int64(s.ID), string(s.Kind), actor.UsesSession(s.ID), s.Address, s.Agent, s.CreatedAt, s.LastUsedAt, s.ExpiresAt}
}

type createSessionRequest struct {
	Login    string `json:"login,omitempty" maxLength:"255" doc:"Username or email address. Absent with a passkey alone." example:"ada"`
	Password string `json:"password,omitempty" maxLength:"1024" doc:"Absent with a passkey alone." example:"correct horse battery staple"`
	FactorProof
	Invitation string `json:"invitation,omitempty" maxLength:"255" doc:"The token of an invitation, to join its organization with the same request."`
}

// FactorProof is a second factor.
type FactorProof struct {
	Code    string        `json:"code,omitempty" maxLength:"100" doc:"If the account has a second factor: a code of the authenticator app, or a recovery code." example:"123456"`
	Passkey *PasskeyProof `json:"passkey,omitempty" doc:"In place of the code, or alone: the answer to the options of POST /sessions/passkey."`
}

func (p FactorProof) proof() secondfactor.Proof {
	return secondfactor.Proof{Code: secretText(p.Code), Passkey: p.Passkey.proof()}
}

type createdSession struct {
	Token     string    `json:"token" doc:"Send it as a bearer token." example:"…"`
	ExpiresAt time.Time `json:"expires_at" example:"2026-02-02T15:04:05Z"`
	User      user      `json:"user"`
	MustEnrol bool      `json:"must_add_second_factor" doc:"Whether the user must add a second factor before the session can be used for anything else."`
}

func (a api) createSession(ctx context.Context, actor model.Actor, in *struct{ Body createSessionRequest }) (*body[createdSession], error) {
	made, err := a.directory.LogIn(ctx, actor, login.Attempt{
		Name: in.Body.Login, Password: secretText(in.Body.Password), Factor: in.Body.proof(), Invitation: secretText(in.Body.Invitation),
	}, model.ConsoleLogin)
	if err != nil {
		return nil, signInError(err)
	}
	return bodyOf(createdSession{made.Token.Reveal(), made.Session.ExpiresAt, newUser(made.User), made.MustEnrol}), nil
}

// signInError gives a wrong password, an unknown name and an inactive account the same answer. An error
// about the second factor is returned only to a caller with the right password, or a passkey.
func signInError(err error) error {
	if fault.Has(err, "second_factor", fault.Required) || fault.Has(err, "code", fault.WrongCode) || fault.Has(err, "passkey", fault.Mismatch) {
		return err
	}
	unknown := fault.KindOf(err) == fault.Unauthenticated
	if unknown || fault.Has(err, "state", fault.Inactive) {
		return &web.Error{Status: http.StatusUnauthorized, Code: "unauthenticated", Msg: "name or password are wrong, or the account is not active"}
	}
	return err
}

type reauthenticateRequest struct {
	Password string `json:"password,omitempty" maxLength:"1024" doc:"Absent with a passkey alone." example:"correct horse battery staple"`
	FactorProof
}

type reauthentication struct {
	Until   time.Time `json:"until" doc:"Until then the session may read, create and change keys, tokens, email addresses and passwords." example:"2026-01-02T15:19:05Z"`
	Session string    `json:"session_token" doc:"The session of the request has ended; this token replaces it." example:"…"`
}

func (a api) reauthenticateSession(ctx context.Context, actor model.Actor, in *struct{ Body reauthenticateRequest }) (*body[reauthentication], error) {
	again, err := a.directory.ReauthenticateWith(ctx, actor, secretText(in.Body.Password), in.Body.proof())
	if err != nil {
		return nil, renameFields(err, map[string]string{"current_password": "password"})
	}
	return bodyOf(reauthentication{again.Until, again.Session.Reveal()}), nil
}

func (a api) revokeCurrentSession(ctx context.Context, actor model.Actor, _ *struct{}) (*noContent, error) {
	return nil, a.directory.LogOut(ctx, actor, false)
}
