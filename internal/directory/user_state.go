package directory

import (
	"context"
	"slices"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
)

// BlockUser blocks a user and revokes all credentials, in one transaction. Unblocking does not
// restore them. A blocked user stays unchanged.
func (d *Directory) BlockUser(ctx context.Context, actor model.Actor, id model.UserID) (model.User, error) {
	return d.setState(ctx, actor, id, func(tx model.Writer, u *model.User) (model.Verb, error) { return d.block(tx, actor, u) })
}

// block returns no verb for a user that is blocked.
func (d *Directory) block(tx model.Writer, actor model.Actor, u *model.User) (model.Verb, error) {
	if u.State == model.Blocked && !u.Deactivated {
		return "", nil
	}
	if err := d.requireCanEnd(tx, actor, *u, false); err != nil {
		return "", err
	}
	if err := requireAnotherAdmin(tx, *u); err != nil {
		return "", err
	}
	u.State, u.Deactivated = model.Blocked, false
	return model.UserBlock, d.revokeCredentials(tx, u.ID)
}

// UnblockUser unblocks a user. A user that was never active becomes invited again. The user
// regains access by password and SSH keys, so it requires what a change of these requires.
func (d *Directory) UnblockUser(ctx context.Context, actor model.Actor, id model.UserID) (model.User, error) {
	u, err := d.setState(ctx, actor, id, func(tx model.Writer, u *model.User) (model.Verb, error) {
		if u.State != model.Blocked {
			return "", nil
		}
		if err := d.requireCanRestoreAccess(tx, actor, *u); err != nil {
			return "", err
		}
		reactivate(u, d.ops.Now())
		return model.UserUnblock, nil
	})
	if err == nil {
		d.endDenial(ctx, id)
	}
	return u, err
}

// reactivate sets the user active, or invited if it was never active. It counts as activity
// for the deactivation of dormant users.
func reactivate(u *model.User, now time.Time) {
	u.State, u.Deactivated = model.Active, false
	if u.ActivatedAt.IsZero() {
		u.State = model.Invited
		return
	}
	u.ActivatedAt = now
}

func (d *Directory) setState(ctx context.Context, actor model.Actor, id model.UserID, apply func(model.Writer, *model.User) (model.Verb, error)) (model.User, error) {
	var changed model.User
	err := d.ops.Update(ctx, actor, model.UsersManage, 0, func(tx model.Writer, _ model.User) error {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		changed, err = d.saveState(tx, actor, &u, func() (model.Verb, error) { return apply(tx, &u) })
		return err
	})
	return changed, err
}

// saveState stores a user after a change of the state, and records it. A change without a verb stores nothing.
func (d *Directory) saveState(tx model.Writer, actor model.Actor, u *model.User, change func() (model.Verb, error)) (model.User, error) {
	verb, err := change()
	if err != nil || verb == "" {
		return *u, err
	}
	u.UpdatedAt = d.ops.Now()
	if err := tx.ChangeUser(*u); err != nil {
		return *u, err
	}
	return *u, d.ops.RecordUser(tx, actor, verb, u.ID, "")
}

// revokeCredentials deletes or revokes sessions, tokens, API key and links. SSH keys stay, but
// are not returned for login while the user is not active.
func (d *Directory) revokeCredentials(tx model.Writer, id model.UserID) error {
	if err := tx.DropSessions(id); err != nil {
		return err
	}
	if err := tx.RevokeTokens(id, d.ops.Now()); err != nil {
		return err
	}
	if err := tx.DropAPIKey(id); err != nil {
		return err
	}
	return tx.DropLinks(id)
}

// DeleteUser deletes a user with all data except events, which contain its id. The last
// administrator cannot be deleted, nor the last Admin of an organization with other members.
func (d *Directory) DeleteUser(ctx context.Context, actor model.Actor, id model.UserID) (model.User, error) {
	var deleted model.User
	err := d.ops.Update(ctx, actor, model.UsersManage, 0, func(tx model.Writer, _ model.User) (err error) {
		if deleted, err = tx.User(id); err != nil {
			return err
		}
		return d.deleteUser(tx, actor, deleted, "")
	})
	return deleted, err
}

func (d *Directory) deleteUser(tx model.Writer, actor model.Actor, deleted model.User, why string) error {
	if err := d.requireCanEnd(tx, actor, deleted, true); err != nil {
		return err
	}
	if err := requireAnotherAdmin(tx, deleted); err != nil {
		return err
	}
	if err := requireOrgAdminsRemain(tx, deleted.ID); err != nil {
		return err
	}
	if err := d.revokeInvitationsOf(tx, actor, deleted); err != nil {
		return err
	}
	if err := d.users.DropAndReserve(tx, deleted); err != nil {
		return err
	}
	return d.ops.RecordUser(tx, actor, model.UserDelete, deleted.ID, why)
}

// requireOrgAdminsRemain returns an error if an organization with other members would be left
// without an Admin when the user is deleted or deactivated.
func requireOrgAdminsRemain(tx model.Reader, id model.UserID) error {
	memberships, err := tx.Memberships(id)
	if err != nil {
		return err
	}
	for _, m := range memberships {
		if m.Role.ID != model.RoleAdmin {
			continue
		}
		if err := requireAnotherOrgAdmin(tx, m.Organization, []model.UserID{id}, true); err != nil {
			return err
		}
	}
	return nil
}

// requireAnotherOrgAdmin returns an error if no Admin would be left after the leavers. If one
// of the leavers can log in, an Admin that can must be left. If users are deleted, an
// organization may lose all members, and the home organization its Admins: administrators of
// the server manage it.
func requireAnotherOrgAdmin(tx model.Reader, org model.Organization, leavers []model.UserID, deleting bool) error {
	if org.Home && deleting {
		return nil
	}
	admins, err := tx.OrgAdmins(org.ID, len(leavers)+1)
	if err != nil || adminRemains(admins, leavers) {
		return err
	}
	if n, err := tx.MemberCount(org.ID); err != nil || deleting && n <= len(leavers) {
		return err
	}
	return lastAdminError(fault.Textf("an organization needs at least one Admin; make another member Admin of {organization} first", "organization", org.Name))
}

// adminRemains reports whether one of admins is not a leaver. If one of the leavers can log
// in, the remaining Admin must be able to. admins lists those able to log in first.
func adminRemains(admins []model.OrgAdmin, leavers []model.UserID) bool {
	lost := false // a leaver can log in
	for _, a := range admins {
		leaves := slices.Contains(leavers, a.ID)
		if !leaves && (a.CanLogIn || !lost) {
			return true
		}
		lost = lost || leaves && a.CanLogIn
	}
	return false
}

// revokeInvitationsOf revokes the open invitations that a leaving user has sent, in all
// organizations: without its inviter, an invitation would count as the operator's.
func (d *Directory) revokeInvitationsOf(tx model.Writer, actor model.Actor, deleted model.User) error {
	sent, err := tx.InvitationsBy(deleted.ID)
	if err != nil {
		return err
	}
	for _, i := range sent {
		if i.StateAt(d.ops.Now()) != model.InvitationOpen {
			continue
		}
		if err := invitation.Revoke(tx, d.Invites, actor, i); err != nil {
			return err
		}
	}
	return nil
}
