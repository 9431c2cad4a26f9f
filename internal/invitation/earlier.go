package invitation

import (
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// revokeEarlierInvitations revokes earlier invitations of the same address to the same
// organization, including expired ones, which could be sent again, so that only the latest
// link works. An open invitation to a role that the actor may not grant is Forbidden. An
// expired one to such a role stays: the actor could not send it again.
func (invites *Invites) revokeEarlierInvitations(tx model.Writer, actor model.Actor, self model.User, latest model.Invitation) error {
	all, err := tx.InvitationsFor(latest.Email)
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.Org != latest.Org || i.ID == latest.ID || !i.IsPending() {
			continue
		}
		same, err := sameInvitee(tx, i, latest)
		if err == nil && same {
			err = invites.revokeEarlierInvitation(tx, actor, self, i, latest)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (invites *Invites) revokeEarlierInvitation(tx model.Writer, actor model.Actor, self model.User, i, latest model.Invitation) error {
	err := requireCanGrantRolesOf(tx, actor, self, i)
	switch {
	case fault.KindOf(err) == fault.Forbidden && i.StateAt(invites.ops.Now()) == model.InvitationExpired:
		return nil
	case fault.KindOf(err) == fault.Forbidden:
		return fault.New(fault.Forbidden, "an open invitation for this address grants a role that you cannot grant; ask an administrator to revoke it first")
	case err != nil:
		return err
	}
	if err := invites.markRevoked(tx, actor, i, "superseded"); err != nil || i.User == latest.User {
		return err
	}
	return DeleteInvitedUser(tx, invites, actor, i)
}

// sameInvitee reports whether both are for one address: the address of an invited user may
// have changed since the invitation was sent.
func sameInvitee(tx model.Reader, earlier, latest model.Invitation) (bool, error) {
	if earlier.User == 0 || earlier.User == latest.User {
		return true, nil
	}
	u, err := tx.User(earlier.User)
	return emailaddress.Same(u.Primary().Address, latest.Email), err
}
