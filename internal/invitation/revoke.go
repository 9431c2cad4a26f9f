package invitation

import (
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/role"
)

// RevokeInvitation revokes an invitation and deletes its invited user. An invitation that was
// accepted or revoked is a Conflict.
func (invites *Invites) RevokeInvitation(ctx context.Context, actor model.Actor, org model.OrgID, id model.InvitationID) error {
	return invites.ops.Update(ctx, actor, model.UsersInvite, org, func(tx model.Writer, self model.User) error {
		i, err := pendingInvitation(tx, actor, self, org, id)
		if err != nil {
			return err
		}
		return Revoke(tx, invites, actor, i)
	})
}

// pendingInvitation returns an invitation of org if the actor may grant its roles. One that was
// accepted or revoked is a Conflict; an expired one is returned.
func pendingInvitation(tx model.Reader, actor model.Actor, self model.User, org model.OrgID, id model.InvitationID) (model.Invitation, error) {
	i, err := tx.Invitation(id)
	if err != nil {
		return i, err
	}
	if i.Org != org {
		return i, fault.Missing("invitation")
	}
	if err := closedInvitationError(i); err != nil {
		return i, err
	}
	return i, requireCanGrantRolesOf(tx, actor, self, i)
}

// requireCanGrantRolesOf returns Forbidden if the actor may not grant the role of an invitation, or
// the current role of its invited user.
func requireCanGrantRolesOf(tx model.Reader, actor model.Actor, self model.User, i model.Invitation) error {
	if err := role.RequireCanGrant(tx, actor, self, i.Org, i.Role); err != nil {
		return err
	}
	return requireCanGrantRoleOfInvited(tx, actor, self, i)
}

// requireCanGrantRoleOfInvited returns Forbidden if the actor may not grant the current role of the
// invited user of an invitation, which may have changed since the invitation was sent.
func requireCanGrantRoleOfInvited(tx model.Reader, actor model.Actor, self model.User, i model.Invitation) error {
	if i.User == 0 {
		return nil
	}
	member, err := tx.Member(i.Org, i.User)
	if err != nil {
		return fault.IgnoreNotFound(err)
	}
	return role.RequireCanGrant(tx, actor, self, i.Org, member.Role)
}

// closedInvitationError returns an error for an invitation that was accepted or revoked.
func closedInvitationError(i model.Invitation) error {
	inactive := fault.Field{Name: "invitation", Code: fault.Inactive}
	switch {
	case !i.AcceptedAt.IsZero():
		return fault.New(fault.Conflict, "this invitation was accepted; remove the member instead", inactive)
	case !i.RevokedAt.IsZero():
		return fault.New(fault.Conflict, "this invitation was revoked; send a new one", inactive)
	}
	return nil
}

func Revoke(tx model.Writer, invites *Invites, actor model.Actor, i model.Invitation) error {
	if err := invites.markRevoked(tx, actor, i, ""); err != nil {
		return err
	}
	return DeleteInvitedUser(tx, invites, actor, i)
}

// markRevoked revokes an invitation and keeps its invited user.
func (invites *Invites) markRevoked(tx model.Writer, actor model.Actor, i model.Invitation, why string) error {
	i.RevokedAt = invites.ops.Now()
	if err := tx.ChangeInvitation(i); err != nil {
		return err
	}
	if err := tx.DropInvitationMails(i.ID); err != nil {
		return err
	}
	return invites.ops.Record(tx, actor, operation.EventSpec{
		Verb: model.InvitationRevoke, Target: "invitation", ID: int64(i.ID), User: i.User, Org: i.Org, Detail: why,
	})
}

// DeleteInvitedUser deletes the invited user of an invitation, unless it is invited to other
// organizations as well.
func DeleteInvitedUser(tx model.Writer, invites *Invites, actor model.Actor, i model.Invitation) error {
	if i.User == 0 {
		return nil
	}
	u, err := tx.User(i.User)
	if err != nil || !u.AwaitsInvitation() {
		return err
	}
	memberships, err := tx.Memberships(u.ID)
	if err != nil || slices.ContainsFunc(memberships, func(m model.Membership) bool { return m.Organization.ID != i.Org }) {
		return err
	}
	if err := invites.users.DropAndReserve(tx, u); err != nil {
		return err
	}
	return invites.ops.RecordUser(tx, actor, model.UserDelete, u.ID, "invitation closed")
}

// RevokeFor revokes the invitations of an invited user in org, so that a removed
// user cannot join by them.
func RevokeFor(tx model.Writer, invites *Invites, actor model.Actor, org model.OrgID, u model.User) error {
	if !u.IsInvited() {
		return nil
	}
	invitations, err := tx.InvitationsOf(u.ID)
	if err != nil {
		return err
	}
	for _, i := range invitations {
		if i.Org != org || !i.IsPending() {
			continue
		}
		if err := Revoke(tx, invites, actor, i); err != nil {
			return err
		}
	}
	return nil
}
