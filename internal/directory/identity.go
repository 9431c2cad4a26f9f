package directory

import (
	"cmp"
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/unitext"
)

// Identity links a user to an account at another service: GitLab's provider and extern_uid. An
// external uid is unique within its provider, and a user has at most one per provider.
type Identity struct {
	User        UserID
	Provider    string
	ExternalUID string
}

// LastIdentity is what was written last of an identity: the provider of one of the user's
// identities, or one half without the other. A half is not an identity: lookups do not find
// it, and several users may have the same.
type LastIdentity struct {
	Provider    string
	ExternalUID string // only set without a provider
}

// isComplete reports whether both halves are set.
func (id Identity) isComplete() bool { return id.Provider != "" && id.ExternalUID != "" }

// VisibleIdentity returns the one identity that GitLab's API v3 shows of a user: what was
// written last, else the first identity. One half may be empty.
func (u User) VisibleIdentity() Identity {
	written := Identity{User: u.ID, Provider: u.LastIdentity.Provider, ExternalUID: u.LastIdentity.ExternalUID}
	switch i := u.identityIndex(written.Provider); {
	case i >= 0:
		return u.Identities[i]
	case u.LastIdentity == LastIdentity{} && len(u.Identities) > 0:
		return u.Identities[0]
	}
	return written
}

// identityIndex returns the index of the identity at a provider; -1 if there is none.
func (u User) identityIndex(provider string) int {
	return slices.IndexFunc(u.Identities, func(i Identity) bool { return i.Provider == provider })
}

// completeIdentity fills in the missing half of an identity from the visible one.
func (u User) completeIdentity(id Identity) Identity {
	shown := u.VisibleIdentity()
	return Identity{User: u.ID, Provider: cmp.Or(id.Provider, shown.Provider), ExternalUID: cmp.Or(id.ExternalUID, shown.ExternalUID)}
}

// changeIdentity writes id, completed from the visible identity, and reports whether it
// differs from that. A new provider alone moves the visible identity to it.
func changeIdentity(tx Writer, u *User, id Identity) (bool, error) {
	shown, wanted := u.VisibleIdentity(), u.completeIdentity(id)
	if wanted == shown {
		return false, nil
	}
	if id.ExternalUID == "" && shown.isComplete() {
		if err := tx.DropIdentity(u.ID, shown.Provider); err != nil {
			return false, err
		}
		u.Identities = withoutIdentity(u.Identities, shown.Provider)
	}
	u.LastIdentity = lastIdentity(wanted)
	return true, setIdentity(tx, u, wanted)
}

// lastIdentity returns what to store of an identity that is written now.
func lastIdentity(id Identity) LastIdentity {
	if id.Provider != "" {
		return LastIdentity{Provider: id.Provider}
	}
	return LastIdentity{ExternalUID: id.ExternalUID}
}

func withoutIdentity(held []Identity, provider string) []Identity {
	return slices.DeleteFunc(slices.Clone(held), func(i Identity) bool { return i.Provider == provider })
}

// checkIdentity requires both halves, except for an API that allows to write each alone.
func checkIdentity(f *fault.List, api API, id Identity) {
	if id.Provider == "" && id.ExternalUID == "" {
		return
	}
	if inputPolicyOf(api).partialIdentities && !id.isComplete() {
		unitext.CheckOptional(f, "provider", id.Provider, 255)
		unitext.CheckOptional(f, "extern_uid", id.ExternalUID, 255)
		return
	}
	unitext.CheckRequired(f, "provider", id.Provider, 255)
	unitext.CheckRequired(f, "extern_uid", id.ExternalUID, 255)
}

// RemoveIdentity removes the identity of a user at a provider, by its exact name, and returns
// the changed user. It requires users.manage. ifVersion is the expected version (see
// [User.Version]); "" is any.
func (d *Directory) RemoveIdentity(ctx context.Context, actor Actor, id UserID, provider, ifVersion string) (User, error) {
	var changed User
	err := d.update(ctx, actor, UsersManage, 0, func(tx Writer, _ User) error {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		if err := u.requireVersion(ifVersion); err != nil {
			return err
		}
		if u.identityIndex(provider) < 0 {
			return fault.Missing("identity")
		}
		if err := tx.DropIdentity(id, provider); err != nil {
			return err
		}
		u.Identities, u.UpdatedAt = withoutIdentity(u.Identities, provider), d.now()
		if u.LastIdentity.Provider == provider {
			u.LastIdentity = LastIdentity{}
		}
		if err := tx.ChangeUser(u); err != nil {
			return err
		}
		changed = u
		return d.record(tx, actor, eventSpec{verb: IdentityRemove, target: "user", id: int64(id), user: id})
	})
	return changed, err
}
