package directory

import (
	"cmp"
	"context"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// MyInvitation is an invitation to an address of the actor's user.
type MyInvitation struct {
	Invitation   model.Invitation
	Organization model.Organization
	Role         model.Role
}

// MyInvitations lists the open invitations to verified addresses of the actor's user.
func (d *Directory) MyInvitations(ctx context.Context, actor model.Actor) ([]MyInvitation, error) {
	var mine []MyInvitation
	err := d.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		mine = nil
		for _, e := range self.VerifiedEmails() {
			sent, err := tx.InvitationsFor(e.Address)
			if err != nil {
				return err
			}
			for _, i := range sent {
				if mine, err = d.appendMyInvitation(tx, mine, self, i); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return mine, err
}

// appendMyInvitation appends an invitation that the user can accept.
func (d *Directory) appendMyInvitation(tx model.Reader, mine []MyInvitation, self model.User, i model.Invitation) ([]MyInvitation, error) {
	err := d.requireMine(tx, self, i)
	if kind := fault.KindOf(err); err != nil && (kind == fault.Expired || kind == fault.NotFound) {
		return mine, nil
	}
	if err != nil {
		return mine, err
	}
	one := MyInvitation{Invitation: i}
	one.Invitation.Status = i.StateAt(d.ops.Now())
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
func (d *Directory) requireMine(tx model.Reader, self model.User, i model.Invitation) error {
	e, held := self.EmailAt(i.Email)
	if !held || !e.Verified || !emailaddress.SameMailbox(e.Address, i.Email) {
		return fault.Missing("invitation")
	}
	if i.StateAt(d.ops.Now()) != model.InvitationOpen {
		return invitationUnusable()
	}
	return requireInviterCanInvite(tx, i)
}

// AcceptMyInvitation makes the actor's user a member by an invitation to a verified address.
func (d *Directory) AcceptMyInvitation(ctx context.Context, actor model.Actor, id model.InvitationID) error {
	return d.withMyInvitation(ctx, actor, id, func(tx model.Writer, self model.User, i model.Invitation) error {
		if _, err := invitedUserOf(tx, i); err != nil {
			return err
		}
		member, err := tx.Member(i.Org, self.ID)
		if fault.KindOf(err) != fault.NotFound && (err != nil || member.Role != model.RolePending) {
			return cmp.Or[error](err, fault.TakenField("member"))
		}
		return d.finishAcceptance(tx, actor, i, self, true)
	})
}

// DeclineMyInvitation revokes an invitation to a verified address of the actor's user.
func (d *Directory) DeclineMyInvitation(ctx context.Context, actor model.Actor, id model.InvitationID) error {
	return d.withMyInvitation(ctx, actor, id, func(tx model.Writer, _ model.User, i model.Invitation) error {
		return d.revokeInvitation(tx, actor, i)
	})
}

func (d *Directory) withMyInvitation(ctx context.Context, actor model.Actor, id model.InvitationID, change func(model.Writer, model.User, model.Invitation) error) error {
	return d.ops.Update(ctx, actor, model.SelfWrite, 0, func(tx model.Writer, self model.User) error {
		if err := operation.RequireFullScope(actor); err != nil {
			return err
		}
		i, err := tx.Invitation(id)
		if err != nil {
			return err
		}
		if err := d.requireMine(tx, self, i); err != nil {
			return err
		}
		return change(tx, self, i)
	})
}
