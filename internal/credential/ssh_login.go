package credential

import (
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// AuthorizedKeys lists the keys by which a user may log in over SSH now: the user is active,
// and the key has not expired and is not for signing only.
//
// username must be equal to the user's username, including case: sshd passes the name of a
// machine's account, which is case-sensitive. The user must have a role beyond Pending, in the
// organization with the slug org, or anywhere if org is empty: users that sign up choose any
// free username.
//
// For every other username (blocked, invited, unknown, reserved, or not visible to the actor)
// the result is empty without an error, so that the response reveals nothing.
func (c *Credentials) AuthorizedKeys(ctx context.Context, actor model.Actor, username, org string) ([]model.SSHKey, error) {
	var keys []model.SSHKey
	err := c.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		owner, err := keyOwner(tx, username, org)
		if err == nil {
			owner, err = operation.VisibleUser(tx, actor, self, owner.ID)
		}
		if err == nil {
			keys, err = c.loginKeys(tx, owner)
		}
		if fault.KindOf(err) == fault.NotFound {
			return nil
		}
		return err
	})
	return keys, err
}

// PublicKeys is AuthorizedKeys without a credential, as GitHub and GitLab publish keys. An
// unknown username, a user that is not active, and one without a role beyond Pending are
// NotFound. A setting controls whether keys are published.
func (c *Credentials) PublicKeys(ctx context.Context, _ model.Actor, username string) ([]model.SSHKey, error) {
	var keys []model.SSHKey
	err := c.store.ReadCached(ctx, func(tx model.Reader) error {
		owner, err := keyOwner(tx, username, "")
		if err != nil {
			return err
		}
		if owner.State != model.Active || c.ops.Denied.Contains(owner.ID) {
			return fault.Missing("user")
		}
		keys, err = c.loginKeys(tx, owner)
		return err
	})
	return keys, err
}

// keyOwner returns the user with exactly this username that has a role beyond Pending in org,
// or in any organization if org is empty; NotFound otherwise.
func keyOwner(tx model.Reader, username, org string) (model.User, error) {
	owner, err := tx.UserByUsername(username)
	if err != nil {
		return model.User{}, err
	}
	if owner.Username != username {
		return model.User{}, fault.Missing("user")
	}
	memberships, err := tx.Memberships(owner.ID)
	if err != nil {
		return model.User{}, err
	}
	asked := slices.DeleteFunc(slices.Clone(memberships), func(m model.Membership) bool { return org != "" && m.Organization.Slug != org })
	if !operation.HasRoleBeyondPending(asked) {
		return model.User{}, fault.Missing("user")
	}
	return owner, nil
}

func (c *Credentials) loginKeys(tx model.Reader, owner model.User) ([]model.SSHKey, error) {
	if owner.State != model.Active || c.ops.Denied.Contains(owner.ID) {
		return nil, nil
	}
	held, err := tx.Keys(owner.ID)
	now := c.ops.Now()
	return slices.DeleteFunc(slices.Clone(held), func(k model.SSHKey) bool { return !k.OpensAt(now) }), err
}
