package directory

import (
	"context"
	"slices"
	"time"
)

// AuthorizedKeys lists the keys by which a person may log in over SSH at this
// moment: of somebody active, unexpired, and not for signing alone. For anybody else
// (blocked, invited, unknown, or not seen by the actor) there are none, which is no
// error: whoever asks learns nothing more.
func (d *Directory) AuthorizedKeys(ctx context.Context, who Actor, username string) ([]SSHKey, error) {
	var keys []SSHKey
	err := d.view(ctx, who, SelfRead, 0, func(tx Reader, me User) error {
		owner, err := tx.UserByUsername(username)
		if err == nil {
			owner, err = seen(tx, who, me, owner.ID)
		}
		if err == nil {
			keys, err = d.loginKeys(tx, owner)
		}
		if KindOf(err) == NotFound {
			return nil
		}
		return err
	})
	return keys, err
}

// PublicKeys is AuthorizedKeys for everybody, as GitHub and GitLab publish them.
// NotFound says alike that nobody has the name and that its owner is not active.
// Whether the server publishes keys at all, its settings say.
func (d *Directory) PublicKeys(ctx context.Context, _ Actor, username string) ([]SSHKey, error) {
	var keys []SSHKey
	err := d.store.Glance(ctx, func(tx Reader) error {
		owner, err := tx.UserByUsername(username)
		if err != nil {
			return err
		}
		if owner.State != Active {
			return notFound("user")
		}
		keys, err = d.loginKeys(tx, owner)
		return err
	})
	return keys, err
}

func (d *Directory) loginKeys(tx Reader, owner User) ([]SSHKey, error) {
	if owner.State != Active {
		return nil, nil
	}
	held, err := tx.Keys(owner.ID)
	now := d.now()
	return slices.DeleteFunc(slices.Clone(held), func(k SSHKey) bool { return !k.opens(now) }), err
}

// opens reports whether the key lets its owner in at that moment.
func (k SSHKey) opens(now time.Time) bool {
	return k.Usage != SigningOnly && (k.ExpiresAt.IsZero() || k.ExpiresAt.After(now))
}
