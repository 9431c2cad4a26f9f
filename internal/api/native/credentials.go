package native

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
)

// ownerPath is one of the two paths below which the objects of a user are served: /users/{id}, and /me for the caller.
type ownerPath struct {
	path  string
	infix string // in operation ids: list + User + Keys
	owner string // the end of summaries
	self  bool   // {id} is the caller's
}

func ownerPaths() []ownerPath {
	return []ownerPath{{"/users/{id}", "User", " for a user", false}, {"/me", "My", " for the authenticated user", true}}
}

// ByUserAndNumber is the input of operations on one object of a user.
type ByUserAndNumber struct {
	ByUserID
	Number int64 `path:"number" minimum:"1" doc:"The id of the object." example:"3"`
}

// listResponse returns the complete list, or err.
func listResponse[T, U any](all []T, shape func(T) U, err error) (*body[list[U]], error) {
	if err != nil {
		return nil, err
	}
	return bodyOf(completeList(all, shape)), nil
}

func (a api) addEmailOperations(h huma.API, p ownerPath) {
	const tag = "email addresses"
	add(h, operation{id: "list" + p.infix + "Emails", method: "GET", path: p.path + "/emails", permission: directory.SelfRead, tag: tag, self: p.self,
		summary: "List email addresses" + p.owner}, a.listEmails)
	addKeyed(h, operation{id: "add" + p.infix + "Email", method: "POST", path: p.path + "/emails", permission: directory.SelfWrite, tag: tag, self: p.self,
		summary: "Add an email address" + p.owner, description: "Emails a link to the address that verifies it.", status: http.StatusCreated}, a.addEmail, createdEmail)
	add(h, operation{id: "send" + p.infix + "VerificationEmail", method: "POST", path: p.path + "/emails/{number}/verification", permission: directory.SelfWrite, tag: tag, self: p.self,
		summary:     "Send a verification email" + p.owner,
		description: "Emails another link. Previous links stay valid until they expire. The answer is 409 if the address is verified, and 429 after too many emails to it.", status: http.StatusNoContent}, a.sendVerificationEmail)
	add(h, operation{id: "delete" + p.infix + "Email", method: "DELETE", path: p.path + "/emails/{number}", permission: directory.SelfWrite, tag: tag, self: p.self,
		summary: "Delete an email address" + p.owner, description: "The primary address cannot be deleted.", status: http.StatusNoContent}, a.deleteEmail)
}

func (a api) listEmails(ctx context.Context, actor directory.Actor, in *ByUserID) (*body[list[email]], error) {
	all, err := a.directory.Emails(ctx, actor, in.user())
	return listResponse(all, newEmail, err)
}

func (a api) addEmail(ctx context.Context, actor directory.Actor, in *struct {
	ByUserID
	Keyed
	Body addEmailRequest
}) (directory.Email, error) {
	added, err := a.directory.AddEmail(ctx, actor, in.user(), in.Body.Address)
	return added, renameFields(err, map[string]string{"email": "address"})
}

func createdEmail(e directory.Email) *body[email] { return bodyOf(newEmail(e)) }

func (a api) sendVerificationEmail(ctx context.Context, actor directory.Actor, in *ByUserAndNumber) (*noContent, error) {
	_, err := a.directory.SendVerification(ctx, actor, in.user(), directory.EmailID(in.Number))
	return nil, err
}

func (a api) deleteEmail(ctx context.Context, actor directory.Actor, in *ByUserAndNumber) (*noContent, error) {
	_, err := a.directory.RemoveEmail(ctx, actor, in.user(), directory.EmailID(in.Number))
	return nil, err
}

func (a api) addKeyOperations(h huma.API, p ownerPath) {
	const tag = "SSH keys"
	add(h, operation{id: "list" + p.infix + "Keys", method: "GET", path: p.path + "/keys", permission: directory.SelfRead, tag: tag, self: p.self,
		summary: "List SSH keys" + p.owner, description: "Public keys are visible to everyone who can see the user."}, a.listKeys)
	addKeyed(h, operation{id: "add" + p.infix + "Key", method: "POST", path: p.path + "/keys", permission: directory.SelfWrite, tag: tag, self: p.self,
		summary: "Add an SSH key" + p.owner, description: "A key can belong to one user only.", status: http.StatusCreated}, a.addKey, createdKey)
	add(h, operation{id: "delete" + p.infix + "Key", method: "DELETE", path: p.path + "/keys/{number}", permission: directory.SelfWrite, tag: tag, self: p.self,
		summary: "Delete an SSH key" + p.owner, status: http.StatusNoContent}, a.deleteKey)
}

func (a api) listKeys(ctx context.Context, actor directory.Actor, in *ByUserID) (*body[list[sshKey]], error) {
	all, err := a.directory.Keys(ctx, actor, in.user())
	return listResponse(all, newSSHKey, err)
}

func (a api) addKey(ctx context.Context, actor directory.Actor, in *struct {
	ByUserID
	Keyed
	Body addKeyRequest
}) (directory.SSHKey, error) {
	key, err := a.directory.AddKey(ctx, actor, in.user(), in.Body.newKey())
	return key, renameFields(err, map[string]string{"usage_type": "usage"})
}

func createdKey(k directory.SSHKey) *body[sshKey] { return bodyOf(newSSHKey(k)) }

func (a api) deleteKey(ctx context.Context, actor directory.Actor, in *ByUserAndNumber) (*noContent, error) {
	_, err := a.directory.RemoveKey(ctx, actor, in.user(), directory.KeyID(in.Number))
	return nil, err
}

func (a api) getKeyByFingerprint(ctx context.Context, actor directory.Actor, in *struct {
	Fingerprint string `query:"fingerprint" required:"true" minLength:"1" maxLength:"100" doc:"As printed by ssh-keygen -l." example:"SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"`
}) (*body[sshKey], error) {
	// Fingerprints contain "+", which a query decodes to a space, and never a space.
	k, err := a.directory.KeyByFingerprint(ctx, actor, strings.ReplaceAll(in.Fingerprint, " ", "+"))
	if err != nil {
		return nil, err
	}
	return bodyOf(newSSHKey(k)), nil
}

func (a api) addTokenOperations(h huma.API, p ownerPath) {
	const tag = "access tokens"
	add(h, operation{id: "list" + p.infix + "Tokens", class: expensive(), method: "GET", path: p.path + "/tokens", permission: directory.SelfCredentials, tag: tag, self: p.self,
		summary: "List access tokens" + p.owner, description: "Includes revoked tokens. The tokens themselves are not shown."}, a.listTokens)
	addKeyed(h, operation{id: "create" + p.infix + "Token", method: "POST", path: p.path + "/tokens", permission: directory.SelfCredentials, tag: tag, self: p.self,
		summary: "Create an access token" + p.owner, description: "The token is only in this answer. Its scopes must be within those of the credential of the request.", status: http.StatusCreated}, a.createToken, createdToken)
	add(h, operation{id: "rotate" + p.infix + "Token", method: "POST", path: p.path + "/tokens/{number}/rotate", permission: directory.SelfCredentials, tag: tag, self: p.self,
		summary: "Rotate an access token" + p.owner, description: "Creates a new token with a new id, which is only in this answer, and revokes the previous token immediately."}, a.rotateToken)
	add(h, operation{id: "revoke" + p.infix + "Token", method: "DELETE", path: p.path + "/tokens/{number}", permission: directory.SelfCredentials, tag: tag, self: p.self,
		summary: "Revoke an access token" + p.owner, status: http.StatusNoContent}, a.revokeToken)
}

func (a api) listTokens(ctx context.Context, actor directory.Actor, in *ByUserID) (*body[list[Token]], error) {
	all, err := a.directory.Tokens(ctx, actor, in.user())
	return listResponse(all, newToken, err)
}

func (a api) createToken(ctx context.Context, actor directory.Actor, in *struct {
	ByUserID
	Keyed
	Body createTokenRequest
}) (directory.SecretResult[directory.AccessToken], error) {
	t, text, err := a.directory.CreateToken(ctx, actor, in.Body.newToken(in.user()))
	return directory.SecretResult[directory.AccessToken]{Value: t, Secret: text}, err
}

func createdToken(t directory.SecretResult[directory.AccessToken]) *body[tokenWithSecret] {
	return bodyOf(tokenWithSecret{newToken(t.Value), t.Secret.Reveal()})
}

func (a api) rotateToken(ctx context.Context, actor directory.Actor, in *ByUserAndNumber) (*body[tokenWithSecret], error) {
	t, text, err := a.directory.RotateToken(ctx, actor, in.user(), directory.TokenID(in.Number))
	if err != nil {
		return nil, err
	}
	return bodyOf(tokenWithSecret{newToken(t), text.Reveal()}), nil
}

func (a api) revokeToken(ctx context.Context, actor directory.Actor, in *ByUserAndNumber) (*noContent, error) {
	return nil, a.directory.RevokeToken(ctx, actor, in.user(), directory.TokenID(in.Number))
}

func (a api) addSessionOperations(h huma.API, p ownerPath) {
	const tag = "sessions"
	add(h, operation{id: "list" + p.infix + "Sessions", method: "GET", path: p.path + "/sessions", permission: directory.SelfCredentials, tag: tag, self: p.self,
		summary: "List sessions" + p.owner}, a.listSessions)
	add(h, operation{id: "revoke" + p.infix + "Session", method: "DELETE", path: p.path + "/sessions/{number}", permission: directory.SelfCredentials, tag: tag, self: p.self,
		summary: "Revoke a session" + p.owner, status: http.StatusNoContent}, a.revokeSession)
	add(h, operation{id: "revoke" + p.infix + "Sessions", method: "DELETE", path: p.path + "/sessions", permission: directory.SelfCredentials, tag: tag, self: p.self,
		summary: "Revoke all sessions" + p.owner, description: "The session that the request was sent with is kept.", status: http.StatusNoContent}, a.revokeSessions)
}

func (a api) listSessions(ctx context.Context, actor directory.Actor, in *ByUserID) (*body[list[session]], error) {
	all, err := a.directory.SessionsOf(ctx, actor, in.user())
	return listResponse(all, func(s directory.Session) session { return newSession(s, actor) }, err)
}

func (a api) revokeSession(ctx context.Context, actor directory.Actor, in *ByUserAndNumber) (*noContent, error) {
	return nil, a.directory.RevokeSession(ctx, actor, in.user(), directory.SessionID(in.Number))
}

func (a api) revokeSessions(ctx context.Context, actor directory.Actor, in *ByUserID) (*noContent, error) {
	return nil, a.directory.RevokeOtherSessions(ctx, actor, in.user())
}
