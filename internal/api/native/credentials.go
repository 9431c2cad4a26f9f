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
type place struct {
	path, suffix, whose string
	mine                bool
}

func places() []place {
	return []place{{"/users/{id}", "OfUser", " of a person", false}, {"/me", "OfMe", " of oneself", true}}
}

// Numbered is the input of what belongs to a person and has an id of its own.
type Numbered struct {
	ByUser
	Number int64 `path:"number" minimum:"1" doc:"Its id." example:"3"`
}

// listed answers with a short list.
func listed[T, U any](all []T, shape func(T) U, err error) (*body[list[U]], error) {
	if err != nil {
		return nil, err
	}
	return bodyOf(whole(all, shape)), nil
}

func (a api) addresses(h huma.API, p place) {
	const tag = "addresses"
	add(h, operation{id: "listEmails" + p.suffix, method: "GET", path: p.path + "/emails", needs: directory.SelfRead, tag: tag, mine: p.mine,
		summary: "List the addresses" + p.whose}, a.listEmails)
	addKeyed(h, operation{id: "addEmail" + p.suffix, method: "POST", path: p.path + "/emails", needs: directory.SelfWrite, tag: tag, mine: p.mine,
		summary: "Add an address" + p.whose, about: "A link is mailed to it, by which its holder proves it.", status: http.StatusCreated}, a.addEmail, createdEmail)
	add(h, operation{id: "sendVerification" + p.suffix, method: "POST", path: p.path + "/emails/{number}/verification", needs: directory.SelfWrite, tag: tag, mine: p.mine,
		summary: "Send the verification of an address" + p.whose + " again",
		about:   "Mails another link; those before stay valid until they expire. A verified address is a conflict (409). Emails to one address are bounded (429).", status: http.StatusNoContent}, a.sendVerification)
	add(h, operation{id: "removeEmail" + p.suffix, method: "DELETE", path: p.path + "/emails/{number}", needs: directory.SelfWrite, tag: tag, mine: p.mine,
		summary: "Remove an address" + p.whose, about: "The primary one stays.", status: http.StatusNoContent}, a.removeEmail)
}

func (a api) listEmails(ctx context.Context, who directory.Actor, in *ByUser) (*body[list[email]], error) {
	all, err := a.directory.Emails(ctx, who, in.user())
	return listed(all, newEmail, err)
}

func (a api) addEmail(ctx context.Context, who directory.Actor, in *struct {
	ByUser
	Keyed
	Body newEmailIn
}) (directory.Email, error) {
	added, err := a.directory.AddEmail(ctx, who, in.user(), in.Body.Address)
	return added, asSent(err, map[string]string{"email": "address"})
}

func createdEmail(e directory.Email) *body[email] { return bodyOf(newEmail(e)) }

func (a api) sendVerification(ctx context.Context, who directory.Actor, in *Numbered) (*nothing, error) {
	_, err := a.directory.SendVerification(ctx, who, in.user(), directory.EmailID(in.Number))
	return nil, err
}

func (a api) removeEmail(ctx context.Context, who directory.Actor, in *Numbered) (*nothing, error) {
	_, err := a.directory.RemoveEmail(ctx, who, in.user(), directory.EmailID(in.Number))
	return nil, err
}

func (a api) sshKeys(h huma.API, p place) {
	const tag = "SSH keys"
	add(h, operation{id: "listKeys" + p.suffix, method: "GET", path: p.path + "/keys", needs: directory.SelfRead, tag: tag, mine: p.mine,
		summary: "List the SSH keys" + p.whose, about: "Public halves: whoever sees the person sees them."}, a.listKeys)
	addKeyed(h, operation{id: "addKey" + p.suffix, method: "POST", path: p.path + "/keys", needs: directory.SelfWrite, tag: tag, mine: p.mine,
		summary: "Add an SSH key" + p.whose, about: "Nobody else may have it.", status: http.StatusCreated}, a.addKey, createdKey)
	add(h, operation{id: "removeKey" + p.suffix, method: "DELETE", path: p.path + "/keys/{number}", needs: directory.SelfWrite, tag: tag, mine: p.mine,
		summary: "Remove an SSH key" + p.whose, status: http.StatusNoContent}, a.removeKey)
}

func (a api) listKeys(ctx context.Context, who directory.Actor, in *ByUser) (*body[list[sshKey]], error) {
	all, err := a.directory.Keys(ctx, who, in.user())
	return listed(all, newSSHKey, err)
}

func (a api) addKey(ctx context.Context, who directory.Actor, in *struct {
	ByUser
	Keyed
	Body newSSHKeyIn
}) (directory.SSHKey, error) {
	key, err := a.directory.AddKey(ctx, who, in.user(), in.Body.wanted())
	return key, asSent(err, map[string]string{"usage_type": "usage"})
}

func createdKey(k directory.SSHKey) *body[sshKey] { return bodyOf(newSSHKey(k)) }

func (a api) removeKey(ctx context.Context, who directory.Actor, in *Numbered) (*nothing, error) {
	_, err := a.directory.RemoveKey(ctx, who, in.user(), directory.KeyID(in.Number))
	return nil, err
}

func (a api) keyByFingerprint(ctx context.Context, who directory.Actor, in *struct {
	Fingerprint string `query:"fingerprint" required:"true" minLength:"1" maxLength:"100" doc:"As ssh-keygen -l shows it." example:"SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"`
}) (*body[sshKey], error) {
	// It may hold a +, which stands for a blank in a query, and no blank.
	k, err := a.directory.KeyByFingerprint(ctx, who, strings.ReplaceAll(in.Fingerprint, " ", "+"))
	if err != nil {
		return nil, err
	}
	return bodyOf(newSSHKey(k)), nil
}

func (a api) tokens(h huma.API, p place) {
	const tag = "access tokens"
	add(h, operation{id: "listTokens" + p.suffix, class: expensive(), method: "GET", path: p.path + "/tokens", needs: directory.SelfCredentials, tag: tag, mine: p.mine,
		summary: "List the access tokens" + p.whose, about: "Without their texts; revoked ones, too."}, a.listTokens)
	addKeyed(h, operation{id: "createToken" + p.suffix, method: "POST", path: p.path + "/tokens", needs: directory.SelfCredentials, tag: tag, mine: p.mine,
		summary: "Make an access token" + p.whose, about: "Its text is shown this once. No credential makes one stronger than itself.", status: http.StatusCreated}, a.createToken, createdToken)
	add(h, operation{id: "rotateToken" + p.suffix, method: "POST", path: p.path + "/tokens/{number}/rotate", needs: directory.SelfCredentials, tag: tag, mine: p.mine,
		summary: "Replace an access token" + p.whose, about: "A new text, shown this once, with a new id; the one before is dead at once."}, a.rotateToken)
	add(h, operation{id: "revokeToken" + p.suffix, method: "DELETE", path: p.path + "/tokens/{number}", needs: directory.SelfCredentials, tag: tag, mine: p.mine,
		summary: "Revoke an access token" + p.whose, status: http.StatusNoContent}, a.revokeToken)
}

func (a api) listTokens(ctx context.Context, who directory.Actor, in *ByUser) (*body[list[Token]], error) {
	all, err := a.directory.Tokens(ctx, who, in.user())
	return listed(all, newToken, err)
}

func (a api) createToken(ctx context.Context, who directory.Actor, in *struct {
	ByUser
	Keyed
	Body newTokenIn
}) (directory.Shown[directory.AccessToken], error) {
	t, text, err := a.directory.CreateToken(ctx, who, in.Body.wanted(in.user()))
	return directory.Shown[directory.AccessToken]{Value: t, Secret: text}, err
}

func createdToken(t directory.Shown[directory.AccessToken]) *body[shownToken] {
	return bodyOf(shownToken{newToken(t.Value), t.Secret.Reveal()})
}

func (a api) rotateToken(ctx context.Context, who directory.Actor, in *Numbered) (*body[shownToken], error) {
	t, text, err := a.directory.RotateToken(ctx, who, in.user(), directory.TokenID(in.Number))
	if err != nil {
		return nil, err
	}
	return bodyOf(shownToken{newToken(t), text.Reveal()}), nil
}

func (a api) revokeToken(ctx context.Context, who directory.Actor, in *Numbered) (*nothing, error) {
	return nil, a.directory.RevokeToken(ctx, who, in.user(), directory.TokenID(in.Number))
}

func (a api) sessions(h huma.API, p place) {
	const tag = "sessions"
	add(h, operation{id: "listSessions" + p.suffix, method: "GET", path: p.path + "/sessions", needs: directory.SelfCredentials, tag: tag, mine: p.mine,
		summary: "List the logins" + p.whose}, a.listSessions)
	add(h, operation{id: "endSession" + p.suffix, method: "DELETE", path: p.path + "/sessions/{number}", needs: directory.SelfCredentials, tag: tag, mine: p.mine,
		summary: "End a login" + p.whose, status: http.StatusNoContent}, a.endSession)
	add(h, operation{id: "endOtherSessions" + p.suffix, method: "DELETE", path: p.path + "/sessions", needs: directory.SelfCredentials, tag: tag, mine: p.mine,
		summary: "End all logins" + p.whose, about: "But for the one that this request came with.", status: http.StatusNoContent}, a.endOtherSessions)
}

func (a api) listSessions(ctx context.Context, who directory.Actor, in *ByUser) (*body[list[session]], error) {
	all, err := a.directory.SessionsOf(ctx, who, in.user())
	return listed(all, func(s directory.Session) session { return newSession(s, who) }, err)
}

func (a api) endSession(ctx context.Context, who directory.Actor, in *Numbered) (*nothing, error) {
	return nil, a.directory.EndSession(ctx, who, in.user(), directory.SessionID(in.Number))
}

func (a api) endOtherSessions(ctx context.Context, who directory.Actor, in *ByUser) (*nothing, error) {
	return nil, a.directory.EndOtherSessions(ctx, who, in.user())
}
