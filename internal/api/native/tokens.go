package native

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/idempotency"
	"roster.example/roster/internal/model"
)

func (a api) addTokenOperations(h huma.API, p ownerPath) {
	const tag = "access tokens"
	add(h, operation{id: "list" + p.infix + "Tokens", class: expensive(), method: "GET", path: p.path + "/tokens", permission: model.SelfCredentials, tag: tag, self: p.self,
		summary: "List access tokens" + p.owner, description: "Includes revoked and expired tokens, by default for 90 days after their end (security.ended_retention). The tokens themselves are not shown."}, a.listTokens)
	addKeyed(h, operation{id: "create" + p.infix + "Token", method: "POST", path: p.path + "/tokens", permission: model.SelfCredentials, tag: tag, self: p.self,
		summary: "Create an access token" + p.owner, description: "The token is only in this answer. Its scopes must be within those of the credential of the request.", status: http.StatusCreated}, a.createToken, createdToken)
	add(h, operation{id: "rotate" + p.infix + "Token", method: "POST", path: p.path + "/tokens/{number}/rotate", permission: model.SelfCredentials, tag: tag, self: p.self,
		summary: "Rotate an access token" + p.owner, description: "Creates a new token with a new id, which is only in this answer, and revokes the previous token immediately."}, a.rotateToken)
	add(h, operation{id: "revoke" + p.infix + "Token", method: "DELETE", path: p.path + "/tokens/{number}", permission: model.SelfCredentials, tag: tag, self: p.self,
		summary: "Revoke an access token" + p.owner, status: http.StatusNoContent}, a.revokeToken)
}

func (a api) listTokens(ctx context.Context, actor model.Actor, in *ByUserID) (*body[list[Token]], error) {
	all, err := a.directory.Tokens(ctx, actor, in.user())
	return listResponse(all, newToken, err)
}

func (a api) createToken(ctx context.Context, actor model.Actor, in *struct {
	ByUserID
	Keyed
	Body createTokenRequest
}) (idempotency.SecretResult[model.AccessToken], error) {
	t, text, err := a.directory.CreateToken(ctx, actor, in.Body.newToken(in.user()))
	return idempotency.SecretResult[model.AccessToken]{Value: t, Secret: text}, err
}

func createdToken(t idempotency.SecretResult[model.AccessToken]) *body[tokenWithSecret] {
	return bodyOf(tokenWithSecret{newToken(t.Value), t.Secret.Reveal()})
}

func (a api) rotateToken(ctx context.Context, actor model.Actor, in *ByUserAndNumber) (*body[tokenWithSecret], error) {
	t, text, err := a.directory.RotateToken(ctx, actor, in.user(), model.TokenID(in.Number))
	if err != nil {
		return nil, err
	}
	return bodyOf(tokenWithSecret{newToken(t), text.Reveal()}), nil
}

func (a api) revokeToken(ctx context.Context, actor model.Actor, in *ByUserAndNumber) (*noContent, error) {
	return nil, a.directory.RevokeToken(ctx, actor, in.user(), model.TokenID(in.Number))
}

// Token is an access token without its secret.
type Token struct {
	ID         int64      `json:"id" example:"11"`
	Owner      int64      `json:"user_id" example:"42"`
	Name       string     `json:"name" example:"provisioning"`
	Scopes     []string   `json:"scopes" example:"[\"api\"]"`
	CreatedAt  time.Time  `json:"created_at" example:"2026-01-02T15:04:05Z"`
	ExpiresAt  *time.Time `json:"expires_at,omitempty" doc:"Absent if never."`
	LastUsedAt *time.Time `json:"last_used_at,omitempty" doc:"With a precision of one minute. Absent if never."`
	RevokedAt  *time.Time `json:"revoked_at,omitempty" doc:"Absent if the token was not revoked."`
}

func newToken(t model.AccessToken) Token {
	return Token{
		int64(t.ID), int64(t.Owner), t.Name, mapSlice(t.Scopes, asText[model.Scope]), t.CreatedAt,
		timeOrNil(t.ExpiresAt), timeOrNil(t.LastUsedAt), timeOrNil(t.RevokedAt),
	}
}

// tokenWithSecret is an access token with its secret, which is returned only when the token is created.
type tokenWithSecret struct {
	Token
	Text string `json:"token" doc:"The token. It is only in this answer." example:"rst_…"`
}

type createTokenRequest struct {
	Name      string     `json:"name" minLength:"1" maxLength:"255" example:"backup script"`
	Scopes    []string   `json:"scopes" minItems:"1" maxItems:"4" enum:"api,read_api,read_user,sudo" doc:"Must be within the scopes of the credential of the request." example:"[\"read_user\"]"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Absent if never." example:"2036-01-02T15:04:05Z"`
}

func (n createTokenRequest) newToken(owner model.UserID) credential.NewToken {
	input := credential.NewToken{Owner: owner, Name: n.Name, Scopes: mapSlice(n.Scopes, fromText[model.Scope])}
	if n.ExpiresAt != nil {
		input.ExpiresAt = n.ExpiresAt.UTC()
	}
	return input
}
