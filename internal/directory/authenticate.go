package directory

import (
	"context"
	"strings"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secondfactor"
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
func (d *Directory) Authenticate(ctx context.Context, actor model.Actor, p Credential) (model.Actor, error) {
	if p.Secret == "" || len(p.Secret) > maxCredential {
		return actor, operation.Unauthenticated()
	}
	j := &authQuery{directory: d, actor: actor, credential: p}
	unitext.TrimAll(&j.credential.Username, &j.credential.Account)
	if err := d.store.ReadCached(ctx, j.read); err != nil {
		return model.AnonymousActor(actor.API(), actor.Address(), actor.Agent()), err
	}
	d.lastUsed.record(j.actor, j.actor.AuthenticatedAt())
	return j.actor, nil
}

// authQuery is the state of one Authenticate call. As one value it is one allocation per
// request, where a closure would be one for each captured variable.
type authQuery struct {
	directory  *Directory
	actor      model.Actor
	credential Credential
}

func (j *authQuery) read(tx model.Reader) error {
	found, err := j.directory.authenticationBy(tx, j.credential.Secret.Reveal())
	if err != nil {
		return err
	}
	found.AuthenticatedAt = j.directory.ops.Now()
	if err := j.directory.checkOwner(tx, &found, j.credential); err != nil {
		return err
	}
	j.actor = j.actor.WithAuthentication(found)
	return nil
}

// maxCredential is the maximum length of a credential; every credential of this server is
// shorter.
const maxCredential = 1024

func (d *Directory) authenticationBy(tx model.Reader, text string) (model.Authentication, error) {
	if strings.HasPrefix(text, credential.TokenPrefix) {
		return d.authenticationByToken(tx, text)
	}
	first, second := d.authenticationBySession, d.authenticationByAPIKey
	if len(text) == credential.APIKeyLength { // no session token has this length
		first, second = second, first
	}
	found, err := first(tx, text)
	if fault.KindOf(err) == fault.Unauthenticated {
		return second(tx, text)
	}
	return found, err
}

func (d *Directory) authenticationByToken(tx model.Reader, text string) (model.Authentication, error) {
	token, err := tx.TokenByHash(secret.Fingerprint(text))
	switch {
	case err != nil:
		return model.Authentication{}, operation.HideCredential(err)
	case !token.RevokedAt.IsZero():
		return model.Authentication{}, operation.Unauthenticated()
	case !token.ExpiresAt.IsZero() && !token.ExpiresAt.After(d.ops.Now()):
		return model.Authentication{}, &fault.Error{Kind: fault.Unauthenticated, Msg: "this access token has expired; create a new one",
			Fields: []fault.Field{{Name: "expires_at", Code: fault.Inactive}}}
	}
	return model.Authentication{
		User: token.Owner, Credential: model.ByAccessToken, CredentialID: int64(token.ID), Scopes: token.Scopes, ExpiresAt: token.ExpiresAt,
	}, nil
}

func (d *Directory) authenticationBySession(tx model.Reader, text string) (model.Authentication, error) {
	session, err := tx.SessionByHash(secret.Fingerprint(text))
	if err != nil {
		return model.Authentication{}, operation.HideCredential(err)
	}
	if !d.ops.IsLive(session) {
		return model.Authentication{}, operation.Unauthenticated()
	}
	return d.authenticationOf(session), nil
}

// authenticationOf returns the authentication by a session.
func (d *Directory) authenticationOf(session model.Session) model.Authentication {
	found := model.Authentication{
		User: session.User, Credential: model.BySession, CredentialID: int64(session.ID), Session: session.Kind, Org: session.Org, Scopes: d.full,
		SessionCreatedAt: session.CreatedAt, PasswordVerifiedAt: session.PasswordVerifiedAt, SecondFactorAt: session.SecondFactorAt, Exempt: session.Exempt,
	}
	if session.InheritsExpiry {
		found.ExpiresAt = session.ExpiresAt
	}
	return found
}

func (d *Directory) authenticationByAPIKey(tx model.Reader, text string) (model.Authentication, error) {
	key, err := credential.FindAPIKey(tx, d.Credentials, text)
	if err != nil {
		return model.Authentication{}, operation.HideCredential(err)
	}
	return model.Authentication{
		User: key.Owner, Credential: model.ByAPIKey, CredentialID: int64(key.Owner), Scopes: d.full, APIKeyCreatedAt: key.CreatedAt,
	}, nil
}

// checkOwner returns Unauthenticated unless the owner of the credential is active and matches
// the username and account of the request. It selects the organization.
func (d *Directory) checkOwner(tx model.Reader, found *model.Authentication, p Credential) error {
	found.Impersonator = found.User
	self, err := tx.User(found.User)
	if err != nil {
		return operation.HideCredential(err)
	}
	if self.State != model.Active || d.ops.Denied.Contains(self.ID) {
		return &fault.Error{Kind: fault.Unauthenticated, Msg: "this account is not active; ask an administrator",
			Fields: []fault.Field{{Name: "state", Code: fault.Inactive}}}
	}
	if p.Username != "" && unitext.Fold(p.Username) != unitext.Fold(self.Username) {
		return operation.Unauthenticated()
	}
	if p.Account == "" && found.Session != model.PM415Login {
		return d.selectFirstMembership(tx, found, self)
	}
	if p.Account != "" {
		err = selectAccount(tx, found, p.Account)
	} else {
		keepOrganization(tx, found)
	}
	if err == nil && secondfactor.Lacks(found) {
		err = secondfactor.LimitToEnrolment(tx, d.Factors, found, self)
	}
	return err
}

// selectAccount selects the organization that the request names.
func selectAccount(tx model.Reader, found *model.Authentication, account string) error {
	org, err := tx.OrganizationBySlug(account)
	if err != nil {
		return operation.HideCredential(err)
	}
	if _, err := tx.Member(org.ID, found.User); err != nil {
		return operation.HideCredential(err)
	}
	found.Org = org.ID
	return nil
}

// keepOrganization keeps the organization of a pm415 session while its user is a member
// (docs/products/pm415.md, 2).
func keepOrganization(tx model.Reader, found *model.Authentication) {
	if _, err := tx.Member(found.Org, found.User); err != nil {
		found.Org = 0
	}
}

// selectFirstMembership selects the user's first organization, as all other credentials do. It limits
// a session with the same memberships, without another query.
func (d *Directory) selectFirstMembership(tx model.Reader, found *model.Authentication, self model.User) error {
	memberships, err := tx.Memberships(found.User)
	if err != nil {
		return err
	}
	if len(memberships) > 0 {
		found.Org = memberships[0].Organization.ID
	}
	if secondfactor.Lacks(found) && (secondfactor.NeededBySettings(d.Factors, self) || secondfactor.NeededByMemberships(self, memberships)) {
		found.Scopes = model.Scopes{model.ScopeEnrol}
	}
	return nil
}

// ActAs returns an actor by which an administrator acts as the user with this id or username
// (GitLab's sudo). Events record both. Every actor may act as itself.
//
// For the GitLab API digits are always an id, as in GitLab. For the others, digits that are
// the id of one user and the username of another are an error.
//
// With an error it returns the actor unchanged.
func (d *Directory) ActAs(ctx context.Context, actor model.Actor, name string) (model.Actor, error) {
	as := actor
	err := d.store.ReadCached(ctx, func(tx model.Reader) error {
		self, err := operation.RequireActive(tx, actor, model.SelfRead)
		if err != nil {
			return err
		}
		target, lookup := sudoTarget(tx, actor, name)
		if lookup == nil && target.ID == self.ID {
			return nil
		}
		if _, err := operation.Authorize(tx, actor, model.ActAsOthers, 0); err != nil {
			return err
		}
		if lookup != nil {
			return lookup
		}
		if target.State != model.Active || d.ops.Denied.Contains(target.ID) {
			return fault.Missing("user")
		}
		a := actor.Authentication()
		a.User = target.ID
		as = actor.WithAuthentication(a)
		return nil
	})
	return as, err
}

func sudoTarget(tx model.Reader, actor model.Actor, name string) (model.User, error) {
	if actor.API() == model.GitLab && isDecimal(name) {
		return userByDecimal(tx, strings.TrimLeft(name, "0"))
	}
	return userNamed(tx, actor, name, byID, byUsername)
}
