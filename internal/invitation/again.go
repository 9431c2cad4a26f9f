package invitation

import (
	"context"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// InviteAgain sends the invitations of an invited user again: those in organizations in which the actor
// has users.invite, open or expired. It returns their number, and a Conflict if there is none.
func (invites *Invites) InviteAgain(ctx context.Context, actor model.Actor, id model.UserID) (int, error) {
	waiting, err := invites.invitationsOf(ctx, actor, id)
	if err != nil {
		return 0, err
	}
	for _, i := range waiting {
		if _, err := invites.ResendInvitation(ctx, actor, i.Org, i.ID); err != nil {
			return 0, err
		}
	}
	if len(waiting) == 0 {
		return 0, fault.New(fault.Conflict, "this user waits for no invitation", fault.Field{Name: "invitation", Code: fault.Inactive})
	}
	return len(waiting), nil
}

// invitationsOf returns the invitations that InviteAgain sends: the latest of each organization.
func (invites *Invites) invitationsOf(ctx context.Context, actor model.Actor, id model.UserID) ([]model.Invitation, error) {
	var waiting []model.Invitation
	err := invites.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		if _, err := operation.VisibleUser(tx, actor, self, id); err != nil {
			return err
		}
		all, err := tx.InvitationsOf(id)
		if err != nil {
			return err
		}
		latest := map[model.OrgID]int{} // index in waiting
		for _, i := range all {
			state := i.StateAt(invites.ops.Now())
			if state != model.InvitationOpen && state != model.InvitationExpired {
				continue
			}
			if _, err := operation.Authorize(tx, actor, model.UsersInvite, i.Org); err != nil {
				continue
			}
			if at, known := latest[i.Org]; known {
				waiting[at] = i
				continue
			}
			latest[i.Org] = len(waiting)
			waiting = append(waiting, i)
		}
		return nil
	})
	return waiting, err
}
