package directory

import (
	"cmp"
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/unitext"
)

// Identity ties a person to an account elsewhere: GitLab's provider and
// extern_uid. An external uid is unique within its provider, and a person has at
// most one at each provider.
type Identity struct {
	User        UserID
	Provider    string
	ExternalUID string
}

// WrittenIdentity names what was written last of an identity: the provider of one of
// the user's identities, or one half without the other. A half is no
// identity: no look-up finds it, and any number of users may have the same.
type LastIdentity struct {
	Provider    string
	ExternalUID string // only without a provider
}

// complete reports whether both halves are given.
func (id Identity) isComplete() bool { return id.Provider != "" && id.ExternalUID != "" }

// ShownIdentity is the one pair that GitLab's API v3 shows of a user: what was written
// last, else the first identity. One half is empty where it was never given.
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

// identityAt is the place of the identity at a provider, -1 for none.
func (u User) identityIndex(provider string) int {
	return slices.IndexFunc(u.Identities, func(i Identity) bool { return i.Provider == provider })
}

// completed adds to an identity the half that was not given, from the shown pair.
func (u User) completeIdentity(id Identity) Identity {
	shown := u.VisibleIdentity()
	return Identity{User: u.ID, Provider: cmp.Or(id.Provider, shown.Provider), ExternalUID: cmp.Or(id.ExternalUID, shown.ExternalUID)}
}

// changeIdentity writes id, completed from the shown pair, and reports whether it
// differs from what was shown. Another provider alone moves the shown identity there.
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

// written is what to keep of an identity that is written now.
func lastIdentity(id Identity) LastIdentity {
	if id.Provider != "" {
		return LastIdentity{Provider: id.Provider}
	}
	return LastIdentity{ExternalUID: id.ExternalUID}
}

func withoutIdentity(held []Identity, provider string) []Identity {
	return slices.DeleteFunc(slices.Clone(held), func(i Identity) bool { return i.Provider == provider })
}

// checkIdentity requires both halves, except at an API that lets clients write each alone.
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

// RemoveIdentity takes a person's identity at a provider away, found by its exact
// name, and gives the person as they are then. Only administrators may, who also give
// identities. ifVersion changes only this version of the person (see [User.Version]),
// "" any.
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
