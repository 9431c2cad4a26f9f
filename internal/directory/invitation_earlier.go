package directory

import (
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
)

// supersede revokes earlier invitations of the same address to the same organization,
// so that only the latest link works; expired ones too, for they could be sent again.
// Nobody takes back by an invitation what they could not give: where an open one is to
// such a role, the latest is refused. One that has expired gives nobody anything, and
// they could not send it again, so it stays.
func (d *Directory) revokeEarlierInvitations(tx Writer, actor Actor, self User, latest Invitation) error {
	all, err := tx.InvitationsFor(latest.Email)
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.Org != latest.Org || i.ID == latest.ID || !i.isPending() {
			continue
		}
		same, err := sameInvitee(tx, i, latest)
		if err == nil && same {
			err = d.revokeEarlierInvitation(tx, actor, self, i, latest)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *Directory) revokeEarlierInvitation(tx Writer, actor Actor, self User, i, latest Invitation) error {
	err := requireCanGrantRole(tx, actor, self, i.Org, i.Role)
	switch {
	case fault.KindOf(err) == fault.Forbidden && i.state(d.now()) == InvitationExpired:
		return nil
	case fault.KindOf(err) == fault.Forbidden:
		return fault.New(fault.Forbidden, "an open invitation of this address gives a role that you may not give; ask an administrator to revoke it first")
	case err != nil:
		return err
	}
	if err := d.markRevoked(tx, actor, i, "superseded"); err != nil || i.User == latest.User {
		return err
	}
	return d.deleteInvitedUserOf(tx, actor, i)
}

// samePerson reports whether both are for one person: somebody who waits for an
// invitation may have moved to another address since it was sent.
func sameInvitee(tx Reader, earlier, latest Invitation) (bool, error) {
	if earlier.User == 0 || earlier.User == latest.User {
		return true, nil
	}
	u, err := tx.User(earlier.User)
	return emailaddress.Same(u.Primary().Address, latest.Email), err
}
