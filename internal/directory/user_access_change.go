package directory

import (
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// accessChange holds which parts of a change of a user add a way to log in to the account, give it
// another name, by which sshd and forward authentication know it, or grant or revoke the
// administration. See docs/adr/0018-recent-authentication.md.
type accessChange struct {
	password, email, username, identity, admin bool
}

func (c UserChange) access(u model.User) accessChange {
	return accessChange{
		password: c.Password != nil, email: changesEmail(c.Email, u), username: c.changesUsername(u),
		identity: c.addsIdentity(u), admin: c.changesAdmin(u),
	}
}

func (c SelfChange) access(u model.User) accessChange {
	return accessChange{password: c.Password != nil, email: changesEmail(c.Email, u)}
}

func changesEmail(to *string, u model.User) bool { return to != nil && *to != u.Primary().Address }

// requireCanChangeAccess returns an error if the credential of the actor may not make the
// change. shown is the current password of u, if it was sent and verified: then nothing more
// is required, unless u has a second factor: see requireMoreThanPassword. Otherwise a change of
// the own account must pass requireCanChangeOwn, whether it is named by id or not; an
// administrator cannot be changed, made or unmade by a credential that expires; and a session
// needs a recent password check.
func (d *Directory) requireCanChangeAccess(tx model.Reader, actor model.Actor, u model.User, c accessChange, shown *model.Password) error {
	switch {
	case c == accessChange{}:
		return nil
	case shown != nil:
		if err := login.RequireSamePassword(tx, d.Logins, u, *shown); err != nil {
			return err
		}
		return d.requireMoreThanPassword(tx, actor, u, c.password)
	case u.ID == actor.Impersonator():
		return d.requireCanChangeOwn(tx, actor, u, c)
	case u.Admin || c.admin:
		if err := operation.RequireLasting(actor); err != nil {
			return err
		}
	}
	return d.ops.RequireRecentAuthentication(tx, actor)
}

// requireCanChangeOwn returns an error for changes without the current password: by an API key
// or a token that sets a password, by every credential that expires, and by a session without
// a recent password check.
func (d *Directory) requireCanChangeOwn(tx model.Reader, actor model.Actor, u model.User, c accessChange) error {
	expires := !actor.ExpiresAt().IsZero()
	switch {
	case d.skipsCurrentPassword(actor):
		return nil
	case c.password && u.HasPassword && actor.Credential() != model.BySession:
		return currentPasswordMissing("a new password requires the current one as well")
	case expires && u.HasPassword:
		return currentPasswordMissing("a credential that expires changes the username, address, password or identity of its own user only with the current password")
	case expires:
		return operation.RequireLasting(actor)
	}
	return d.ops.RequireRecentAuthentication(tx, actor)
}

// requireMoreThanPassword returns an error for a change with the current password of a user that has a
// second factor, because the password alone does not open such an account: a session must be recent, a
// credential that expires gives no lasting access, and none but a session changes the password.
func (d *Directory) requireMoreThanPassword(tx model.Reader, actor model.Actor, u model.User, password bool) error {
	held, err := tx.Authenticators(u.ID)
	if err != nil || len(held) == 0 || d.skipsCurrentPassword(actor) {
		return err
	}
	switch {
	case actor.Credential() == model.BySession:
		return d.ops.RequireRecentAuthentication(tx, actor)
	case password:
		return fault.New(fault.Forbidden, "this account has a second factor; its password is changed by a session that proved it, or by a mailed link", fault.Field{Name: "session", Code: fault.Required})
	}
	return operation.RequireLasting(actor)
}

func currentPasswordMissing(msg string) error {
	return fault.New(fault.Invalid, msg, fault.Field{Name: "current_password", Code: fault.Blank})
}

// skipsCurrentPassword reports whether the settings of an API let its credentials change
// address and password of their own user as the product does.
func (d *Directory) skipsCurrentPassword(actor model.Actor) bool {
	switch actor.API() {
	case model.GitLab:
		return d.options.GitLabOwnPasswordRules && actor.Credential() != model.BySession
	case model.PM415:
		return d.options.PM415OwnPasswordRules && (actor.Credential() != model.BySession || actor.SessionKind() == model.PM415Login)
	}
	return false
}

// requireCanRestoreAccess returns an error if the credential of the actor may not give a blocked
// user its access back: a session needs a recent password check, and an administrator a credential
// of full scope that does not expire.
func (d *Directory) requireCanRestoreAccess(tx model.Reader, actor model.Actor, u model.User) error {
	if u.Admin {
		if err := operation.RequireFullAndLasting(actor); err != nil {
			return err
		}
	}
	return d.ops.RequireRecentAuthentication(tx, actor)
}
