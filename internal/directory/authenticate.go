package directory

import (
	"context"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// Credential is a credential as an API found it in a request.
type Credential struct {
	Secret secret.Text // an access token, API key or session token
	// Username and Account restrict it, where an API carries them (Codebase's
	// account/username): the secret must belong to this user, and the user to this
	// organization.
	Username, Account string
}

// Authenticate returns the actor of a credential. All APIs use it, and each accepts every kind
// of credential.
//
// Unknown, expired and revoked credentials, credentials of users that are not active, and ones
// that do not match the username or account are Unauthenticated. That an access token has
// expired is revealed only for its complete text.
func (d *Directory) Authenticate(ctx context.Context, actor Actor, p Credential) (Actor, error) {
	if p.Secret == "" || len(p.Secret) > maxCredential {
		return actor, unauthenticated()
	}
	j := &authQuery{directory: d, actor: actor, credential: p}
	unitext.TrimAll(&j.credential.Username, &j.credential.Account)
	if err := d.store.ReadCached(ctx, j.read); err != nil {
		return AnonymousActor(actor.api, actor.address, actor.agent), err
	}
	d.lastUsed.record(j.actor, j.actor.authenticatedAt)
	return j.actor, nil
}

// authQuery is the state of one Authenticate call. As one value it is one allocation per
// request, where a closure would be one for each captured variable.
type authQuery struct {
	directory  *Directory
	actor      Actor
	credential Credential
}

func (j *authQuery) read(tx Reader) error {
	found, err := j.directory.actorByCredential(tx, j.actor, j.credential.Secret.Reveal())
	if err != nil {
		return err
	}
	found.authenticatedAt = j.directory.now()
	j.actor, err = j.directory.checkOwner(tx, found, j.credential)
	return err
}

// maxCredential is the maximum length of a credential; every credential of this server is
// shorter.
const maxCredential = 1024

// TokenPrefix is the prefix of access tokens, by which scanners find leaked ones.
const TokenPrefix = "rst_"

func (d *Directory) actorByCredential(tx Reader, actor Actor, text string) (Actor, error) {
	if strings.HasPrefix(text, TokenPrefix) {
		return d.actorByToken(tx, actor, text)
	}
	first, second := d.actorBySession, d.actorByAPIKey
	if len(text) == apiKeyLength { // no session token has this length
		first, second = second, first
	}
	found, err := first(tx, actor, text)
	if fault.KindOf(err) == fault.Unauthenticated {
		return second(tx, actor, text)
	}
	return found, err
}

func (d *Directory) actorByToken(tx Reader, actor Actor, text string) (Actor, error) {
	token, err := tx.TokenByHash(secret.Fingerprint(text))
	switch {
	case err != nil:
		return actor, hideCredential(err)
	case !token.RevokedAt.IsZero():
		return actor, unauthenticated()
	case !token.ExpiresAt.IsZero() && !token.ExpiresAt.After(d.now()):
		return actor, &fault.Error{Kind: fault.Unauthenticated, Msg: "this access token has expired; create a new one",
			Fields: []fault.Field{{Name: "expires_at", Code: fault.Inactive}}}
	}
	actor.user, actor.credential, actor.credentialID, actor.scopes = token.Owner, ByAccessToken, int64(token.ID), token.Scopes
	actor.expiresAt = token.ExpiresAt
	return actor, nil
}

func (d *Directory) actorBySession(tx Reader, actor Actor, text string) (Actor, error) {
	session, err := tx.SessionByHash(secret.Fingerprint(text))
	if err != nil {
		return actor, hideCredential(err)
	}
	if !session.ExpiresAt.After(d.now()) {
		return actor, unauthenticated()
	}
	actor.user, actor.credential, actor.credentialID = session.User, BySession, int64(session.ID)
	actor.session, actor.org, actor.scopes = session.Kind, session.Org, d.full
	actor.sessionCreatedAt, actor.passwordVerifiedAt = session.CreatedAt, session.PasswordVerifiedAt
	if session.InheritsExpiry {
		actor.expiresAt = session.ExpiresAt
	}
	return actor, nil
}

func (d *Directory) actorByAPIKey(tx Reader, actor Actor, text string) (Actor, error) {
	key, err := tx.APIKeyByLookup(d.keyring.Lookups(apiKeyPurpose, text))
	if err != nil {
		return actor, hideCredential(err)
	}
	actor.user, actor.credential, actor.credentialID, actor.scopes = key.Owner, ByAPIKey, int64(key.Owner), d.full
	actor.apiKeyCreatedAt = key.CreatedAt
	return actor, nil
}

// revalidateCredential returns Unauthenticated if the actor's credential was revoked or has
// expired since the request was authenticated: the body of a request may arrive much later. Every
// transaction that writes for an actor calls it, and so do reads in several transactions. That the
// user is still active is checked by [requireActive].
func (d *Directory) revalidateCredential(tx Reader, actor Actor) error {
	if d.denied.containsActor(actor) {
		return unauthenticated()
	}
	good, err := true, error(nil)
	switch actor.credential {
	case ByAccessToken:
		var token AccessToken
		token, err = tx.Token(TokenID(actor.credentialID))
		good = token.RevokedAt.IsZero() && (token.ExpiresAt.IsZero() || token.ExpiresAt.After(d.now()))
	case BySession:
		var session Session
		session, err = tx.Session(actor.impersonator, SessionID(actor.credentialID))
		good = session.ExpiresAt.After(d.now())
	case ByAPIKey:
		var key APIKey
		key, err = tx.APIKeyOf(actor.impersonator)
		good = key.CreatedAt.Equal(actor.apiKeyCreatedAt)
	case NoCredential, ByOperator, ByLink: // cannot be revoked
	}
	if err == nil && !good {
		return unauthenticated()
	}
	return hideCredential(err)
}

func hideCredential(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return unauthenticated()
	}
	return err
}

// checkOwner returns Unauthenticated unless the owner of the credential is active and matches
// the username and account of the request.
func (d *Directory) checkOwner(tx Reader, actor Actor, p Credential) (Actor, error) {
	actor.impersonator = actor.user
	self, err := tx.User(actor.user)
	if err != nil {
		return actor, hideCredential(err)
	}
	if self.State != Active || d.denied.contains(self.ID) {
		return actor, &fault.Error{Kind: fault.Unauthenticated, Msg: "this account is not active; ask an administrator",
			Fields: []fault.Field{{Name: "state", Code: fault.Inactive}}}
	}
	if p.Username != "" && unitext.Fold(p.Username) != unitext.Fold(self.Username) {
		return actor, unauthenticated()
	}
	if p.Account != "" {
		return d.selectAccount(tx, actor, p.Account)
	}
	return d.selectOrganization(tx, actor)
}

// selectAccount selects the organization that the request names.
func (d *Directory) selectAccount(tx Reader, actor Actor, account string) (Actor, error) {
	org, err := tx.OrganizationBySlug(account)
	if err != nil {
		return actor, hideCredential(err)
	}
	if _, err := tx.Member(org.ID, actor.user); err != nil {
		return actor, hideCredential(err)
	}
	actor.org = org.ID
	return actor, nil
}

// selectOrganization keeps the organization of a pm415 session while its user is a member;
// other credentials select the user's first organization (docs/products/pm415.md, 2).
func (d *Directory) selectOrganization(tx Reader, actor Actor) (Actor, error) {
	if actor.session == PM415Login {
		if _, err := tx.Member(actor.org, actor.user); err != nil {
			actor.org = 0
		}
		return actor, nil
	}
	memberships, err := tx.Memberships(actor.user)
	if err == nil && len(memberships) > 0 {
		actor.org = memberships[0].Organization.ID
	}
	return actor, err
}

// ActAs returns an actor by which an administrator acts as the user with this id or username
// (GitLab's sudo). Events record both. Every actor may act as itself.
//
// For the GitLab API digits are always an id, as in GitLab. For the others, digits that are
// the id of one user and the username of another are an error.
//
// With an error it returns the actor unchanged.
func (d *Directory) ActAs(ctx context.Context, actor Actor, name string) (Actor, error) {
	as := actor
	err := d.store.ReadCached(ctx, func(tx Reader) error {
		self, err := requireActive(tx, actor, SelfRead)
		if err != nil {
			return err
		}
		target, lookup := sudoTarget(tx, actor, name)
		if lookup == nil && target.ID == self.ID {
			return nil
		}
		if _, err := authorize(tx, actor, ActAsOthers, 0); err != nil {
			return err
		}
		if lookup != nil {
			return lookup
		}
		if target.State != Active || d.denied.contains(target.ID) {
			return fault.Missing("user")
		}
		as.user = target.ID
		return nil
	})
	return as, err
}

func sudoTarget(tx Reader, actor Actor, name string) (User, error) {
	if actor.api == GitLab && isDecimal(name) {
		return userByDecimal(tx, strings.TrimLeft(name, "0"))
	}
	return userNamed(tx, actor, name, byID, byUsername)
}
