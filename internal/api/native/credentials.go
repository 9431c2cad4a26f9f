package native

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
)

// A place is where what belongs to people stands: below /users/{id}, and below /me
// for the caller, whose id stands in for the one of the path.
type ownerPath struct {
	path, infix, whose string
	self               bool
}

func ownerPaths() []ownerPath {
	return []ownerPath{{"/users/{id}", "OfUser", " of a person", false}, {"/me", "OfMe", " of oneself", true}}
}

// Numbered is the input of what belongs to a person and has an id of its own.
type ByUserAndNumber struct {
	ByUserID
	Number int64 `path:"number" minimum:"1" doc:"Its id." example:"3"`
}

// listed answers with a short list.
func listResponse[T, U any](all []T, shape func(T) U, err error) (*body[list[U]], error) {
	if err != nil {
		return nil, err
	}
	return bodyOf(completeList(all, shape)), nil
}

func (a api) addEmailOperations(h huma.API, p ownerPath) {
	const tag = "addresses"
	add(h, operation{id: "listEmails" + p.infix, method: "GET", path: p.path + "/emails", permission: directory.SelfRead, tag: tag, self: p.self,
		summary: "List the addresses" + p.whose}, a.listEmails)
	addKeyed(h, operation{id: "addEmail" + p.infix, method: "POST", path: p.path + "/emails", permission: directory.SelfWrite, tag: tag, self: p.self,
		summary: "Add an address" + p.whose, description: "A link is mailed to it, by which its holder proves it.", status: http.StatusCreated}, a.addEmail, createdEmail)
	add(h, operation{id: "sendVerification" + p.infix, method: "POST", path: p.path + "/emails/{number}/verification", permission: directory.SelfWrite, tag: tag, self: p.self,
		summary:     "Send the verification of an address" + p.whose + " again",
		description: "Mails another link; those before stay valid until they expire. A verified address is a conflict (409). Emails to one address are bounded (429).", status: http.StatusNoContent}, a.sendVerificationEmail)
	add(h, operation{id: "removeEmail" + p.infix, method: "DELETE", path: p.path + "/emails/{number}", permission: directory.SelfWrite, tag: tag, self: p.self,
		summary: "Remove an address" + p.whose, description: "The primary one stays.", status: http.StatusNoContent}, a.deleteEmail)
}

func (a api) listEmails(ctx context.Context, who directory.Actor, in *ByUserID) (*body[list[email]], error) {
	all, err := a.directory.Emails(ctx, who, in.user())
	return listResponse(all, newEmail, err)
}

func (a api) addEmail(ctx context.Context, who directory.Actor, in *struct {
	ByUserID
	Keyed
	Body addEmailRequest
}) (directory.Email, error) {
	added, err := a.directory.AddEmail(ctx, who, in.user(), in.Body.Address)
	return added, renameFields(err, map[string]string{"email": "address"})
}

func createdEmail(e directory.Email) *body[email] { return bodyOf(newEmail(e)) }

func (a api) sendVerificationEmail(ctx context.Context, who directory.Actor, in *ByUserAndNumber) (*noContent, error) {
	_, err := a.directory.SendVerification(ctx, who, in.user(), directory.EmailID(in.Number))
	return nil, err
}

func (a api) deleteEmail(ctx context.Context, who directory.Actor, in *ByUserAndNumber) (*noContent, error) {
	_, err := a.directory.RemoveEmail(ctx, who, in.user(), directory.EmailID(in.Number))
	return nil, err
}

func (a api) addKeyOperations(h huma.API, p ownerPath) {
	const tag = "SSH keys"
	add(h, operation{id: "listKeys" + p.infix, method: "GET", path: p.path + "/keys", permission: directory.SelfRead, tag: tag, self: p.self,
		summary: "List the SSH keys" + p.whose, description: "Public halves: whoever sees the person sees them."}, a.listKeys)
	addKeyed(h, operation{id: "addKey" + p.infix, method: "POST", path: p.path + "/keys", permission: directory.SelfWrite, tag: tag, self: p.self,
		summary: "Add an SSH key" + p.whose, description: "Nobody else may have it.", status: http.StatusCreated}, a.addKey, createdKey)
	add(h, operation{id: "removeKey" + p.infix, method: "DELETE", path: p.path + "/keys/{number}", permission: directory.SelfWrite, tag: tag, self: p.self,
		summary: "Remove an SSH key" + p.whose, status: http.StatusNoContent}, a.deleteKey)
}

func (a api) listKeys(ctx context.Context, who directory.Actor, in *ByUserID) (*body[list[sshKey]], error) {
	all, err := a.directory.Keys(ctx, who, in.user())
	return listResponse(all, newSSHKey, err)
}

func (a api) addKey(ctx context.Context, who directory.Actor, in *struct {
	ByUserID
	Keyed
	Body addKeyRequest
}) (directory.SSHKey, error) {
	key, err := a.directory.AddKey(ctx, who, in.user(), in.Body.newKey())
	return key, renameFields(err, map[string]string{"usage_type": "usage"})
}

func createdKey(k directory.SSHKey) *body[sshKey] { return bodyOf(newSSHKey(k)) }

func (a api) deleteKey(ctx context.Context, who directory.Actor, in *ByUserAndNumber) (*noContent, error) {
	_, err := a.directory.RemoveKey(ctx, who, in.user(), directory.KeyID(in.Number))
	return nil, err
}

func (a api) getKeyByFingerprint(ctx context.Context, who directory.Actor, in *struct {
	Fingerprint string `query:"fingerprint" required:"true" minLength:"1" maxLength:"100" doc:"As ssh-keygen -l shows it." example:"SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"`
}) (*body[sshKey], error) {
	// It may hold a +, which stands for a blank in a query, and no blank.
	k, err := a.directory.KeyByFingerprint(ctx, who, strings.ReplaceAll(in.Fingerprint, " ", "+"))
	if err != nil {
		return nil, err
	}
	return bodyOf(newSSHKey(k)), nil
}

func (a api) addTokenOperations(h huma.API, p ownerPath) {
	const tag = "access tokens"
	add(h, operation{id: "listTokens" + p.infix, class: expensive(), method: "GET", path: p.path + "/tokens", permission: directory.SelfCredentials, tag: tag, self: p.self,
		summary: "List the access tokens" + p.whose, description: "Without their texts; revoked ones, too."}, a.listTokens)
	addKeyed(h, operation{id: "createToken" + p.infix, method: "POST", path: p.path + "/tokens", permission: directory.SelfCredentials, tag: tag, self: p.self,
		summary: "Make an access token" + p.whose, description: "Its text is shown this once. No credential makes one stronger than itself.", status: http.StatusCreated}, a.createToken, createdToken)
	add(h, operation{id: "rotateToken" + p.infix, method: "POST", path: p.path + "/tokens/{number}/rotate", permission: directory.SelfCredentials, tag: tag, self: p.self,
		summary: "Replace an access token" + p.whose, description: "A new text, shown this once, with a new id; the one before is dead at once."}, a.rotateToken)
	add(h, operation{id: "revokeToken" + p.infix, method: "DELETE", path: p.path + "/tokens/{number}", permission: directory.SelfCredentials, tag: tag, self: p.self,
		summary: "Revoke an access token" + p.whose, status: http.StatusNoContent}, a.revokeToken)
}

func (a api) listTokens(ctx context.Context, who directory.Actor, in *ByUserID) (*body[list[Token]], error) {
	all, err := a.directory.Tokens(ctx, who, in.user())
	return listResponse(all, newToken, err)
}

func (a api) createToken(ctx context.Context, who directory.Actor, in *struct {
	ByUserID
	Keyed
	Body createTokenRequest
}) (directory.SecretResult[directory.AccessToken], error) {
	t, text, err := a.directory.CreateToken(ctx, who, in.Body.newToken(in.user()))
	return directory.SecretResult[directory.AccessToken]{Value: t, Secret: text}, err
}

func createdToken(t directory.SecretResult[directory.AccessToken]) *body[tokenWithSecret] {
	return bodyOf(tokenWithSecret{newToken(t.Value), t.Secret.Reveal()})
}

func (a api) rotateToken(ctx context.Context, who directory.Actor, in *ByUserAndNumber) (*body[tokenWithSecret], error) {
	t, text, err := a.directory.RotateToken(ctx, who, in.user(), directory.TokenID(in.Number))
	if err != nil {
		return nil, err
	}
	return bodyOf(tokenWithSecret{newToken(t), text.Reveal()}), nil
}

func (a api) revokeToken(ctx context.Context, who directory.Actor, in *ByUserAndNumber) (*noContent, error) {
	return nil, a.directory.RevokeToken(ctx, who, in.user(), directory.TokenID(in.Number))
}

func (a api) addSessionOperations(h huma.API, p ownerPath) {
	const tag = "sessions"
	add(h, operation{id: "listSessions" + p.infix, method: "GET", path: p.path + "/sessions", permission: directory.SelfCredentials, tag: tag, self: p.self,
		summary: "List the logins" + p.whose}, a.listSessions)
	add(h, operation{id: "endSession" + p.infix, method: "DELETE", path: p.path + "/sessions/{number}", permission: directory.SelfCredentials, tag: tag, self: p.self,
		summary: "End a login" + p.whose, status: http.StatusNoContent}, a.revokeSession)
	add(h, operation{id: "endOtherSessions" + p.infix, method: "DELETE", path: p.path + "/sessions", permission: directory.SelfCredentials, tag: tag, self: p.self,
		summary: "End all logins" + p.whose, description: "But for the one that this request came with.", status: http.StatusNoContent}, a.revokeSessions)
}

func (a api) listSessions(ctx context.Context, who directory.Actor, in *ByUserID) (*body[list[session]], error) {
	all, err := a.directory.SessionsOf(ctx, who, in.user())
	return listResponse(all, func(s directory.Session) session { return newSession(s, who) }, err)
}

func (a api) revokeSession(ctx context.Context, who directory.Actor, in *ByUserAndNumber) (*noContent, error) {
	return nil, a.directory.RevokeSession(ctx, who, in.user(), directory.SessionID(in.Number))
}

func (a api) revokeSessions(ctx context.Context, who directory.Actor, in *ByUserID) (*noContent, error) {
	return nil, a.directory.RevokeOtherSessions(ctx, who, in.user())
}
