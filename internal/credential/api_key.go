package credential

import (
	"context"
	"slices"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
)

// APIKeyLength is Codebase's: 40 of a-z0-9, which clients of the other products accept as well
// (docs/products/codebase.md, 1).
const APIKeyLength = 40

// APIKey returns the API key of the actor's user; empty if there is none. It requires a
// credential of full scope that does not expire, and for a session a recent password check,
// because the key is a credential. An impersonating administrator gets it only if
// Options.DiscloseAPIKeys is set.
func (c *Credentials) APIKey(ctx context.Context, actor model.Actor) (secret.Text, error) {
	var key secret.Text
	err := c.ops.Read(ctx, actor, model.SelfCredentials, 0, func(tx model.Reader, self model.User) (err error) {
		if err := operation.RequireFullScope(actor); err != nil {
			return err
		}
		if err := c.requireCanHoldAPIKey(tx, actor); err != nil {
			return err
		}
		if actor.Impersonates() && !c.options.DiscloseAPIKeys {
			return nil
		}
		key, err = apiKeyOf(tx, c, self.ID)
		return err
	})
	return key, err
}

// APIKeys returns the API keys of users that the actor may read: the own one, and for
// administrators all if Options.DiscloseAPIKeys is set. Other users are absent. For a
// credential that [Credentials.APIKey] would refuse, the map is empty.
func (c *Credentials) APIKeys(ctx context.Context, actor model.Actor, users []model.UserID) (map[model.UserID]secret.Text, error) {
	shown := map[model.UserID]secret.Text{}
	if !c.canShowAPIKeys(actor) {
		return shown, nil
	}
	err := c.ops.Read(ctx, actor, model.SelfCredentials, 0, func(tx model.Reader, self model.User) error {
		if stale, err := c.ops.NeedsReauthentication(tx, actor, self); err != nil || stale {
			return err
		}
		readable := slices.DeleteFunc(slices.Clone(users), func(id model.UserID) bool { return !c.canShowAPIKeyOf(id, actor, self) })
		return c.openAPIKeys(tx, readable, shown)
	})
	return shown, err
}

// canShowAPIKeys reports whether the credential may read API keys. The comparison is for the
// common case of all scopes.
func (c *Credentials) canShowAPIKeys(actor model.Actor) bool {
	if !actor.ExpiresAt().IsZero() {
		return false
	}
	return slices.Equal(actor.Scopes(), c.full) || actor.Permits(model.SelfCredentials) && operation.RequireFullScope(actor) == nil
}

// canShowAPIKeyOf reports whether the actor may read the API key of the user with this id.
func (c *Credentials) canShowAPIKeyOf(id model.UserID, actor model.Actor, self model.User) bool {
	own := id == self.ID && !actor.Impersonates()
	return own || self.Admin && c.options.DiscloseAPIKeys
}

func apiKeyOf(tx model.Reader, c *Credentials, owner model.UserID) (secret.Text, error) {
	stored, err := tx.APIKeyOf(owner)
	if fault.KindOf(err) == fault.NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return c.openAPIKey(stored)
}

// openAPIKeys adds the API keys of users to shown. Most calls are for one user.
func (c *Credentials) openAPIKeys(tx model.Reader, users []model.UserID, shown map[model.UserID]secret.Text) error {
	if len(users) == 1 {
		key, err := apiKeyOf(tx, c, users[0])
		if key != "" {
			shown[users[0]] = key
		}
		return err
	}
	if len(users) == 0 {
		return nil
	}
	stored, err := tx.APIKeysOf(users)
	if err != nil {
		return err
	}
	for _, k := range stored {
		if shown[k.Owner], err = c.openAPIKey(k); err != nil {
			return err
		}
	}
	return nil
}

// RotateAPIKey replaces the API key of the actor's user; the former one is invalid
// immediately.
func (c *Credentials) RotateAPIKey(ctx context.Context, actor model.Actor) (secret.Text, error) {
	var key secret.Text
	err := c.ops.Update(ctx, actor, model.SelfCredentials, 0, func(tx model.Writer, self model.User) (err error) {
		if err := operation.RequireFullScope(actor); err != nil {
			return err
		}
		if actor.Impersonates() {
			return fault.New(fault.Forbidden, "an API key cannot be created by impersonating its owner")
		}
		if err := c.requireCanHoldAPIKey(tx, actor); err != nil {
			return err
		}
		if key, err = c.createAPIKey(tx, actor, self.ID); err != nil {
			return err
		}
		if err := c.notices.Owner(tx, actor, self, model.APIKeyRotated, ""); err != nil {
			return err
		}
		return c.ops.StoreResult(ctx, tx, actor, key)
	})
	return key, err
}

// RotateAPIKeyOf replaces the API key of a user, for the operator.
func (c *Credentials) RotateAPIKeyOf(ctx context.Context, actor model.Actor, user model.UserID) (secret.Text, error) {
	var key secret.Text
	err := c.ops.Update(ctx, actor, model.ServerManage, 0, func(tx model.Writer, _ model.User) error {
		if !actor.IsOperator() {
			return fault.New(fault.Forbidden, "only the operator may create API keys of other users")
		}
		if err := operation.RequireActiveUser(tx, user); err != nil {
			return err
		}
		made, err := c.createAPIKey(tx, actor, user)
		key = made
		if err != nil {
			return err
		}
		return c.notices.OwnerID(tx, actor, user, model.APIKeyRotated, "")
	})
	return key, err
}

func (c *Credentials) createAPIKey(tx model.Writer, actor model.Actor, owner model.UserID) (secret.Text, error) {
	if err := c.ops.UseCurrentKey(tx); err != nil {
		return "", err
	}
	key := secret.NewOpaque(APIKeyLength, secret.LowerAlnum)
	if err := c.sealAPIKey(tx, model.APIKey{Owner: owner, CreatedAt: c.ops.Now()}, key); err != nil {
		return "", err
	}
	return key, c.ops.Record(tx, actor, operation.EventSpec{Verb: model.APIKeyCreate, Target: "api_key", ID: int64(owner), User: owner})
}

// FirstAPIKey is EnsureAPIKey for a new account. It returns no key if the user must have a second factor:
// the user creates the key after adding one.
func FirstAPIKey(tx model.Writer, c *Credentials, actor model.Actor, owner model.UserID) (secret.Text, error) {
	u, err := tx.User(owner)
	if err != nil {
		return "", err
	}
	if needs, err := secondfactor.Needed(tx, c.factors, u); err != nil || needs {
		return "", err
	}
	return EnsureAPIKey(tx, c, actor, owner)
}

// EnsureAPIKey returns the API key of a user, and creates it if there is none.
func EnsureAPIKey(tx model.Writer, c *Credentials, actor model.Actor, owner model.UserID) (secret.Text, error) {
	key, err := apiKeyOf(tx, c, owner)
	if err != nil || key != "" {
		return key, err
	}
	return c.createAPIKey(tx, actor, owner)
}

// A credential that expires creates none that is valid for longer: an access token passes its
// expiry on to the tokens and sessions that it creates, and those do the same.

// requireCanHoldAPIKey returns an error for a credential that expires, because the API key
// does not, and for a session without a recent password check.
func (c *Credentials) requireCanHoldAPIKey(tx model.Reader, actor model.Actor) error {
	if err := operation.RequireExpiryWithin(actor, time.Time{}); err != nil {
		return err
	}
	return c.ops.RequireRecentAuthentication(tx, actor)
}
