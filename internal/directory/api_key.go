package directory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
)

const apiKeyPurpose = "api key"

// apiKeyLength is Codebase's: 40 of a-z0-9, which clients of the other products accept as well
// (docs/products/codebase.md, 1).
const apiKeyLength = 40

// APIKey returns the API key of the actor's user; empty if there is none. It requires a
// credential of full scope that does not expire, and for a session a recent password check,
// because the key is a credential. An impersonating administrator gets it only if
// Options.DiscloseAPIKeys is set.
func (d *Directory) APIKey(ctx context.Context, actor model.Actor) (secret.Text, error) {
	var key secret.Text
	err := d.ops.Read(ctx, actor, model.SelfCredentials, 0, func(tx model.Reader, self model.User) (err error) {
		if err := operation.RequireFullScope(actor); err != nil {
			return err
		}
		if err := d.requireCanHoldAPIKey(tx, actor); err != nil {
			return err
		}
		if actor.Impersonates() && !d.options.DiscloseAPIKeys {
			return nil
		}
		key, err = d.apiKey(tx, self.ID)
		return err
	})
	return key, err
}

// APIKeys returns the API keys of users that the actor may read: the own one, and for
// administrators all if Options.DiscloseAPIKeys is set. Other users are absent. For a
// credential that [Directory.APIKey] would refuse, the map is empty.
func (d *Directory) APIKeys(ctx context.Context, actor model.Actor, users []model.UserID) (map[model.UserID]secret.Text, error) {
	shown := map[model.UserID]secret.Text{}
	if !d.canShowAPIKeys(actor) {
		return shown, nil
	}
	err := d.ops.Read(ctx, actor, model.SelfCredentials, 0, func(tx model.Reader, self model.User) error {
		if stale, err := d.ops.NeedsReauthentication(tx, actor, self); err != nil || stale {
			return err
		}
		readable := slices.DeleteFunc(slices.Clone(users), func(id model.UserID) bool { return !d.canShowAPIKeyOf(id, actor, self) })
		return d.openAPIKeys(tx, readable, shown)
	})
	return shown, err
}

// canShowAPIKeys reports whether the credential may read API keys. The comparison is for the
// common case of all scopes.
func (d *Directory) canShowAPIKeys(actor model.Actor) bool {
	if !actor.ExpiresAt().IsZero() {
		return false
	}
	return slices.Equal(actor.Scopes(), d.full) || actor.Permits(model.SelfCredentials) && operation.RequireFullScope(actor) == nil
}

// canShowAPIKeyOf reports whether the actor may read the API key of the user with this id.
func (d *Directory) canShowAPIKeyOf(id model.UserID, actor model.Actor, self model.User) bool {
	own := id == self.ID && !actor.Impersonates()
	return own || self.Admin && d.options.DiscloseAPIKeys
}

func (d *Directory) apiKey(tx model.Reader, owner model.UserID) (secret.Text, error) {
	stored, err := tx.APIKeyOf(owner)
	if fault.KindOf(err) == fault.NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return d.openAPIKey(stored)
}

// openAPIKeys adds the API keys of users to shown. Most calls are for one user.
func (d *Directory) openAPIKeys(tx model.Reader, users []model.UserID, shown map[model.UserID]secret.Text) error {
	if len(users) == 1 {
		key, err := d.apiKey(tx, users[0])
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
		if shown[k.Owner], err = d.openAPIKey(k); err != nil {
			return err
		}
	}
	return nil
}

func (d *Directory) openAPIKey(stored model.APIKey) (secret.Text, error) {
	key, err := d.keyring.OpenText(apiKeyPurpose, int64(stored.Owner), stored.Sealed)
	if err != nil {
		return "", fmt.Errorf("api key of user %d: %w", stored.Owner, err)
	}
	return key, nil
}

// RotateAPIKey replaces the API key of the actor's user; the former one is invalid
// immediately.
func (d *Directory) RotateAPIKey(ctx context.Context, actor model.Actor) (secret.Text, error) {
	var key secret.Text
	err := d.ops.Update(ctx, actor, model.SelfCredentials, 0, func(tx model.Writer, self model.User) (err error) {
		if err := operation.RequireFullScope(actor); err != nil {
			return err
		}
		if actor.Impersonates() {
			return fault.New(fault.Forbidden, "an API key cannot be created by impersonating its owner")
		}
		if err := d.requireCanHoldAPIKey(tx, actor); err != nil {
			return err
		}
		if key, err = d.createAPIKey(tx, actor, self.ID); err != nil {
			return err
		}
		if err := d.notices.Owner(tx, actor, self, model.APIKeyRotated, ""); err != nil {
			return err
		}
		return d.ops.StoreResult(ctx, tx, actor, key)
	})
	return key, err
}

// RotateAPIKeyOf replaces the API key of a user, for the operator.
func (d *Directory) RotateAPIKeyOf(ctx context.Context, actor model.Actor, user model.UserID) (secret.Text, error) {
	var key secret.Text
	err := d.ops.Update(ctx, actor, model.ServerManage, 0, func(tx model.Writer, _ model.User) error {
		if !actor.IsOperator() {
			return fault.New(fault.Forbidden, "only the operator may create API keys of other users")
		}
		if err := operation.RequireActiveUser(tx, user); err != nil {
			return err
		}
		made, err := d.createAPIKey(tx, actor, user)
		key = made
		if err != nil {
			return err
		}
		return d.notices.OwnerID(tx, actor, user, model.APIKeyRotated, "")
	})
	return key, err
}

func (d *Directory) createAPIKey(tx model.Writer, actor model.Actor, owner model.UserID) (secret.Text, error) {
	if err := d.ops.UseCurrentKey(tx); err != nil {
		return "", err
	}
	key := secret.NewOpaque(apiKeyLength, secret.LowerAlnum)
	if err := d.sealAPIKey(tx, model.APIKey{Owner: owner, CreatedAt: d.ops.Now()}, key); err != nil {
		return "", err
	}
	return key, d.ops.Record(tx, actor, operation.EventSpec{Verb: model.APIKeyCreate, Target: "api_key", ID: int64(owner), User: owner})
}

func (d *Directory) sealAPIKey(tx model.Writer, k model.APIKey, key secret.Text) error {
	k.Sealed, k.KeyID = d.keyring.Seal(apiKeyPurpose, int64(k.Owner), []byte(key.Reveal()))
	k.Lookup = d.keyring.Lookup(apiKeyPurpose, key.Reveal())
	return tx.PutAPIKey(k)
}

// firstAPIKey is ensureAPIKey for a new account. It returns no key if the user must have a second factor:
// the user creates the key after adding one.
func (d *Directory) firstAPIKey(tx model.Writer, actor model.Actor, owner model.UserID) (secret.Text, error) {
	u, err := tx.User(owner)
	if err != nil {
		return "", err
	}
	if needs, err := secondfactor.Needed(tx, d.Factors, u); err != nil || needs {
		return "", err
	}
	return d.ensureAPIKey(tx, actor, owner)
}

// ensureAPIKey returns the API key of a user, and creates it if there is none.
func (d *Directory) ensureAPIKey(tx model.Writer, actor model.Actor, owner model.UserID) (secret.Text, error) {
	key, err := d.apiKey(tx, owner)
	if err != nil || key != "" {
		return key, err
	}
	return d.createAPIKey(tx, actor, owner)
}

// A credential that expires creates none that is valid for longer: an access token passes its
// expiry on to the tokens and sessions that it creates, and those do the same.

// requireCanHoldAPIKey returns an error for a credential that expires, because the API key
// does not, and for a session without a recent password check.
func (d *Directory) requireCanHoldAPIKey(tx model.Reader, actor model.Actor) error {
	if err := operation.RequireExpiryWithin(actor, time.Time{}); err != nil {
		return err
	}
	return d.ops.RequireRecentAuthentication(tx, actor)
}
