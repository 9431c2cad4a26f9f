package invitation

import (
	"cmp"
	"context"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// Mine is an invitation to an address of the actor's user.
type Mine struct {
	Invitation   model.Invitation
	Organization model.Organization
	Role         model.Role
}

// MyInvitations lists the open invitations to verified addresses of the actor's user.
func (invites *Invites) MyInvitations(ctx context.Context, actor model.Actor) ([]Mine, error) {
	var mine []Mine
	err := invites.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		mine = nil
		for _, e := range self.VerifiedEmails() {
			sent, err := tx.InvitationsFor(e.Address)
			if err != nil {
				return err
			}
			for _, i := range sent {
				if mine, err = invites.appendMyInvitation(tx, mine, self, i); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return mine, err
}

// appendMyInvitation appends an invitation that the user can accept.
func (invites *Invites) appendMyInvitation(tx model.Reader, mine []Mine, self model.User, i model.Invitation) ([]Mine, error) {
	err := invites.requireMine(tx, self, i)
	if kind := fault.KindOf(err); err != nil && (kind == fault.Expired || kind == fault.NotFound) {
		return mine, nil
	}
	if err != nil {
		return mine, err
	}
	one := Mine{Invitation: i}
	one.Invitation.Status = i.StateAt(invites.ops.Now())
	if one.Organization, err = tx.Organization(i.Org); err != nil {
		return mine, err
	}
	if one.Role, err = tx.Role(i.Role); err != nil {
		return mine, err
	}
	return append(mine, one), nil
}

// requireMine returns an error unless the invitation is open and addressed to a verified address of the
// user. Only then the user may accept it without the mailed token: the address proves what the token
// would.
func (invites *Invites) requireMine(tx model.Reader, self model.User, i model.Invitation) error {
	e, held := self.EmailAt(i.Email)
	if !held || !e.Verified || !emailaddress.SameMailbox(e.Address, i.Email) {
		return fault.Missing("invitation")
	}
	if i.StateAt(invites.ops.Now()) != model.InvitationOpen {
		return unusable()
	}
	return requireInviterCanInvite(tx, i)
}

// AcceptMyInvitation makes the actor's user a member by an invitation to a verified address.
func (invites *Invites) AcceptMyInvitation(ctx context.Context, actor model.Actor, id model.InvitationID) error {
	return invites.withMyInvitation(ctx, actor, id, func(tx model.Writer, self model.User, i model.Invitation) error {
		if _, err := InvitedUser(tx, i); err != nil {
			return err
		}
		member, err := tx.Member(i.Org, self.ID)
		if fault.KindOf(err) != fault.NotFound && (err != nil || member.Role != model.RolePending) {
			return cmp.Or[error](err, fault.TakenField("member"))
		}
		return Finish(tx, invites, actor, i, self, true)
	})
}

// DeclineMyInvitation revokes an invitation to a verified address of the actor's user.
func (invites *Invites) DeclineMyInvitation(ctx context.Context, actor model.Actor, id model.InvitationID) error {
	return invites.withMyInvitation(ctx, actor, id, func(tx model.Writer, _ model.User, i model.Invitation) error {
		return Revoke(tx, invites, actor, i)
	})
}

func (invites *Invites) withMyInvitation(ctx context.Context, actor model.Actor, id model.InvitationID, change func(model.Writer, model.User, model.Invitation) error) error {
	return invites.ops.Update(ctx, actor, model.SelfWrite, 0, func(tx model.Writer, self model.User) error {
		if err := operation.RequireFullScope(actor); err != nil {
			return err
		}
		i, err := tx.Invitation(id)
		if err != nil {
			return err
		}
		if err := invites.requireMine(tx, self, i); err != nil {
			return err
		}
		return change(tx, self, i)
	})
}
