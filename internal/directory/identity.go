package directory

import (
	"cmp"
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// completeIdentity fills in the missing half of an identity from the visible one.
func completeIdentity(u model.User, id model.Identity) model.Identity {
	shown := u.VisibleIdentity()
	return model.Identity{User: u.ID, Provider: cmp.Or(id.Provider, shown.Provider), ExternalUID: cmp.Or(id.ExternalUID, shown.ExternalUID)}
}

// changeIdentity writes id, completed from the visible identity, and reports whether it
// differs from that. A new provider alone moves the visible identity to it.
func changeIdentity(tx model.Writer, u *model.User, id model.Identity) (bool, error) {
	shown, wanted := u.VisibleIdentity(), completeIdentity(*u, id)
	if wanted == shown {
		return false, nil
	}
	if id.ExternalUID == "" && shown.IsComplete() {
		if err := tx.DropIdentity(u.ID, shown.Provider); err != nil {
			return false, err
		}
		u.Identities = withoutIdentity(u.Identities, shown.Provider)
	}
	u.LastIdentity = lastIdentity(wanted)
	return true, setIdentity(tx, u, wanted)
}

// lastIdentity returns what to store of an identity that is written now.
func lastIdentity(id model.Identity) model.LastIdentity {
	if id.Provider != "" {
		return model.LastIdentity{Provider: id.Provider}
	}
	return model.LastIdentity{ExternalUID: id.ExternalUID}
}

func withoutIdentity(held []model.Identity, provider string) []model.Identity {
	return slices.DeleteFunc(slices.Clone(held), func(i model.Identity) bool { return i.Provider == provider })
}

// RemoveIdentity removes the identity of a user at a provider, by its exact name, and returns
// the changed user. It requires users.manage. ifVersion is the expected version (see
// [model.User.Version]); "" is any.
func (d *Directory) RemoveIdentity(ctx context.Context, actor model.Actor, id model.UserID, provider, ifVersion string) (model.User, error) {
	var changed model.User
	err := d.ops.Update(ctx, actor, model.UsersManage, 0, func(tx model.Writer, _ model.User) error {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		if err := requireUserVersion(u, ifVersion); err != nil {
			return err
		}
		if u.IdentityIndex(provider) < 0 {
			return fault.Missing("identity")
		}
		if err := tx.DropIdentity(id, provider); err != nil {
			return err
		}
		u.Identities, u.UpdatedAt = withoutIdentity(u.Identities, provider), d.ops.Now()
		if u.LastIdentity.Provider == provider {
			u.LastIdentity = model.LastIdentity{}
		}
		if err := tx.ChangeUser(u); err != nil {
			return err
		}
		changed = u
		return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.IdentityRemove, Target: "user", ID: int64(id), User: id})
	})
	return changed, err
}
