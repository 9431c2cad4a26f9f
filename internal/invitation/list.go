package invitation

import (
	"context"

	"roster.example/roster/internal/model"
)

// setUndelivered sets Undelivered of invitations, which must be sorted by id.
func setUndelivered(tx model.Reader, org model.OrgID, invitations []model.Invitation) error {
	if len(invitations) == 0 {
		return nil
	}
	reasons, err := tx.UndeliveredInvitations(org, invitations[0].ID, invitations[len(invitations)-1].ID)
	if err != nil {
		return err
	}
	for n := range invitations {
		invitations[n].Undelivered = reasons[invitations[n].ID]
	}
	return nil
}

// Invitations lists the invitations of an organization.
func (invites *Invites) Invitations(ctx context.Context, actor model.Actor, org model.OrgID) ([]model.Invitation, error) {
	var all []model.Invitation
	err := invites.EachInvitation(ctx, actor, org, func(batch []model.Invitation) error {
		all = append(all, batch...)
		return nil
	})
	return all, err
}

// EachInvitation calls each with the invitations of an organization, in batches by id.
func (invites *Invites) EachInvitation(ctx context.Context, actor model.Actor, org model.OrgID, each func([]model.Invitation) error) error {
	return model.InBatches(func(after model.InvitationID, limit int) (list []model.Invitation, err error) {
		err = invites.ops.ReadBatch(ctx, actor, model.UsersInvite, org, func(tx model.Reader, _ model.User) error {
			found, err := tx.Invitations(org, after, limit)
			if err != nil {
				return err
			}
			list = WithStatuses(invites, found)
			return setUndelivered(tx, org, list)
		})
		return list, err
	}, func(i model.Invitation) model.InvitationID { return i.ID }, each)
}

// withStatus sets the status of an invitation, for results.
func (invites *Invites) withStatus(i model.Invitation) model.Invitation {
	i.Status = i.StateAt(invites.ops.Now())
	return i
}

func WithStatuses(invites *Invites, found []model.Invitation) []model.Invitation {
	all := make([]model.Invitation, len(found))
	for n, i := range found {
		all[n] = invites.withStatus(i)
	}
	return all
}
