package directory

import (
	"context"
	"slices"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// Presented is a credential as an API found it in a request.
type Credential struct {
	Secret secret.Text // the text of a token, key or session
	// Username and Account narrow it, where an API carries them (Codebase's
	// account/username): the secret must belong to that person, and the person
	// to that organization.
	Username, Account string
}

// Authenticate finds out whom a credential belongs to. It is the one gate for
// all APIs: any valid credential of an active person is good at each of them.
//
// Unknown, expired and revoked credentials, those of blocked people, and ones
// that do not fit the username or account are all Unauthenticated; Expired is
// told only to someone who holds the right text of an access token.
func (d *Directory) Authenticate(ctx context.Context, actor Actor, p Credential) (Actor, error) {
	if p.Secret == "" || len(p.Secret) > maxCredential {
		return actor, unauthenticated()
	}
	j := &authQuery{directory: d, actor: actor, credential: p}
	if err := d.store.ReadCached(ctx, j.read); err != nil {
		return AnonymousActor(actor.api, actor.address, actor.agent), err
	}
	d.lastUsed.record(j.actor, d.now())
	return j.actor, nil
}

// judged is a credential under judgement. As one value it is one allocation, where
// a closure would be one for each variable, in every request.
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
	j.actor, err = j.directory.checkOwner(tx, found, j.credential)
	return err
}

// maxCredential is longer than anything this server hands out.
const maxCredential = 1024

// TokenPrefix starts every access token, so that leaked ones can be searched for.
const TokenPrefix = "rst_"

func (d *Directory) actorByCredential(tx Reader, actor Actor, text string) (Actor, error) {
	if strings.HasPrefix(text, TokenPrefix) {
		return d.actorByToken(tx, actor, text)
	}
	first, second := d.actorBySession, d.actorByAPIKey
	if len(text) == apiKeyLength { // no session's text is as long
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
		return actor, &fault.Error{Kind: fault.Unauthenticated, Msg: "this access token has expired; make a new one",
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

// stands wants that the credential of who is still good, for deeds of many
// transactions: what was shown at their beginning may have been revoked since.
// Whether its owner is still active, [present] decides.
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
		var open []Session
		open, err = tx.Sessions(actor.impersonator)
		good = slices.ContainsFunc(open, func(s Session) bool { return int64(s.ID) == actor.credentialID && s.ExpiresAt.After(d.now()) })
	case ByAPIKey:
		var key APIKey
		key, err = tx.APIKeyOf(actor.impersonator)
		good = key.CreatedAt.Equal(actor.apiKeyCreatedAt)
	case NoCredential, ByOperator, ByLink: // nothing that could be revoked
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

// admit wants the owner to be active, and to be who the request says.
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

// inAccount selects the organization that the request names.
func (d *Directory) selectAccount(tx Reader, actor Actor, account string) (Actor, error) {
	org, err := tx.OrganizationBySlug(strings.ToLower(account))
	if err != nil {
		return actor, hideCredential(err)
	}
	if _, err := tx.Member(org.ID, actor.user); err != nil {
		return actor, hideCredential(err)
	}
	actor.org = org.ID
	return actor, nil
}

// inChosen keeps the organization of the session while its owner belongs to it;
// a credential that chose none gets the first (docs/products/pm415.md, 2).
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

// ActAs lets an administrator act as another user, named by id or username
// (GitLab's sudo). Events keep both. Acting as oneself is always fine.
//
// At GitLab digits are an id and never a username, as in the product. Elsewhere digits
// that are the id of one user and the username of another are refused.
//
// With an error comes the actor as they were.
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
