package invitation

import (
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// invitedUserIn returns the invited user of org with this address; a zero User if there is
// none.
func invitedUserIn(tx model.Reader, org model.OrgID, address string) (model.User, error) {
	key := emailaddress.Key(address)
	at, err := tx.InvitedUsersAt([]string{key})
	if err != nil {
		return model.User{}, err
	}
	for _, id := range at[key] {
		_, err := tx.Member(org, id)
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return model.User{}, err
		}
		return tx.User(id)
	}
	return model.User{}, nil
}

// InvitedUser returns the invited user of an invitation; a zero User if there is none. If
// that user is blocked, has another address, or has become an account, the invitation is
// unusable.
func InvitedUser(tx model.Reader, i model.Invitation) (model.User, error) {
	if i.User == 0 {
		return model.User{}, nil
	}
	u, err := tx.User(i.User)
	if err != nil {
		return u, err
	}
	if !u.AwaitsInvitation() || !emailaddress.SameMailbox(u.Primary().Address, i.Email) {
		return u, unusable()
	}
	return u, nil
}

// mergeInvitedUser gives the account u the memberships and assignments of an invited user, and
// deletes the invited user. Roles of u other than Pending stay.
func (invites *Invites) mergeInvitedUser(tx model.Writer, actor model.Actor, invited, u model.User) error {
	memberships, err := tx.Memberships(invited.ID)
	if err != nil {
		return err
	}
	for _, m := range memberships {
		if err := invites.users.GrantRole(tx, actor, m.Organization.ID, u.ID, m.Role.ID); err != nil {
			return err
		}
		assigned, err := tx.Assignments(m.Organization.ID, []model.UserID{invited.ID})
		if err != nil {
			return err
		}
		for _, p := range assigned[invited.ID] {
			if err := invites.assignUser(tx, actor, p, u.ID); err != nil {
				return err
			}
		}
	}
	return invites.users.DeleteInvited(tx, actor, invited.ID, "joined as another user")
}
