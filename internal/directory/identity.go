package directory

import (
	"context"
	"slices"
)

// Identity ties a person to an account elsewhere: GitLab's provider and
// extern_uid. An external uid is unique within its provider, and a person has at
// most one at each provider.
type Identity struct {
	User        UserID
	Provider    string
	ExternalUID string
}

func checkIdentity(f *faults, id Identity) {
	if id.Provider == "" && id.ExternalUID == "" {
		return
	}
	checkText(f, "provider", id.Provider, 255)
	checkText(f, "extern_uid", id.ExternalUID, 255)
}

// RemoveIdentity takes a person's identity at a provider away, found by its exact
// name, and gives the person as they are then. Only administrators may, who also give
// identities. ifVersion changes only this version of the person (see [User.Version]),
// "" any.
func (d *Directory) RemoveIdentity(ctx context.Context, who Actor, id UserID, provider, ifVersion string) (User, error) {
	var changed User
	err := d.update(ctx, who, UsersManage, 0, func(tx Writer, _ User) error {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		if err := u.unchanged(ifVersion); err != nil {
			return err
		}
		i := slices.IndexFunc(u.Identities, func(i Identity) bool { return i.Provider == provider })
		if i < 0 {
			return notFound("identity")
		}
		if err := tx.DropIdentity(id, provider); err != nil {
			return err
		}
		u.Identities, u.UpdatedAt = slices.Concat(u.Identities[:i], u.Identities[i+1:]), d.now()
		if err := tx.ChangeUser(u); err != nil {
			return err
		}
		changed = u
		return d.record(tx, who, deed{verb: IdentityRemove, target: "user", id: int64(id), user: id})
	})
	return changed, err
}
