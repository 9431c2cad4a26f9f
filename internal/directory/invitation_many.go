package directory

import (
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/idempotency"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// MaxBulk is the maximum number of operations of one bulk call.
const MaxBulk = 500

// InvitationResult is the result of one of several invitations.
type InvitationResult struct {
	Sent SentInvitation // zero with Err
	Err  error
}

// InviteMany is [Directory.Invite] for several invitations: each is an operation of its own,
// with the same rules and limits, and has a result, in the same order. An error is about the
// whole call, which then sent none.
func (d *Directory) InviteMany(ctx context.Context, actor model.Actor, all []NewInvitation) ([]InvitationResult, error) {
	switch {
	case len(all) == 0:
		return nil, fault.InvalidField("invitations", fault.Blank, 0)
	case len(all) > MaxBulk:
		return nil, fault.InvalidField("invitations", fault.TooMany, MaxBulk)
	}
	for _, org := range organizationsOf(all) {
		if err := d.ops.Can(ctx, actor, model.UsersInvite, org); err != nil {
			return nil, err
		}
	}
	results := make([]InvitationResult, 0, len(all))
	for _, n := range all {
		if err := ctx.Err(); err != nil {
			results = append(results, InvitationResult{Err: err})
			continue
		}
		sent, err := d.Invite(ctx, actor, n)
		if err != nil {
			sent = SentInvitation{}
		} else {
			ctx = idempotency.WithoutKey(ctx) // the key was for the first operation
		}
		results = append(results, InvitationResult{sent, err})
	}
	return results, nil
}

func organizationsOf(all []NewInvitation) []model.OrgID {
	var orgs []model.OrgID
	for _, n := range all {
		if !slices.Contains(orgs, n.Org) {
			orgs = append(orgs, n.Org)
		}
	}
	return orgs
}

// maxInvitedProjects is the maximum number of projects of an invitation.
const maxInvitedProjects = 100

// InvitationProjects lists the projects that a user is assigned to on acceptance.
func (d *Directory) InvitationProjects(ctx context.Context, actor model.Actor, org model.OrgID, id model.InvitationID) ([]model.Project, error) {
	var list []model.Project
	err := d.ops.Read(ctx, actor, model.UsersInvite, org, func(tx model.Reader, _ model.User) error {
		i, err := tx.Invitation(id)
		if err == nil && i.Org != org {
			err = fault.Missing("invitation")
		}
		if err != nil {
			return err
		}
		list, err = invitedProjects(tx, id)
		return err
	})
	return list, err
}

func invitedProjects(tx model.Reader, id model.InvitationID) ([]model.Project, error) {
	ids, err := tx.InvitationProjects(id)
	if err != nil {
		return nil, err
	}
	list := make([]model.Project, 0, len(ids))
	for _, id := range ids {
		p, err := tx.Project(id)
		if fault.KindOf(err) == fault.NotFound {
			continue // deleted since the ids were read: ReadCached is not one snapshot
		}
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// requireCanAssignProjects returns an error unless all projects belong to the organization and
// the actor may assign users to projects.
func requireCanAssignProjects(tx model.Reader, actor model.Actor, n NewInvitation) error {
	if len(n.Projects) == 0 {
		return nil
	}
	if len(n.Projects) > maxInvitedProjects {
		return fault.InvalidField("projects", fault.TooMany, maxInvitedProjects)
	}
	if _, err := operation.Authorize(tx, actor, model.ProjectsManage, n.Org); err != nil {
		return err
	}
	for _, id := range n.Projects {
		p, err := tx.Project(id)
		if fault.KindOf(err) == fault.NotFound || err == nil && p.Org != n.Org {
			return fault.InvalidField("projects", fault.Unknown, 0)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// assignInvitedProjects assigns a user to the projects of an invitation that still exist, if
// the inviter still has projects.manage.
func (d *Directory) assignInvitedProjects(tx model.Writer, actor model.Actor, i model.Invitation, u model.User) error {
	projects, err := invitedProjects(tx, i.ID)
	if err != nil || len(projects) == 0 {
		return err
	}
	if ok, err := inviterCanAssign(tx, i); err != nil || !ok {
		return err
	}
	for _, p := range projects {
		if err := d.assignUser(tx, actor, p, u.ID); err != nil {
			return err
		}
	}
	return nil
}

func inviterCanAssign(tx model.Reader, i model.Invitation) (bool, error) {
	if i.Inviter == 0 {
		return true, nil // the operator
	}
	inviter, err := tx.User(i.Inviter)
	if err != nil || inviter.Admin {
		return err == nil, err
	}
	err = operation.AuthorizeMember(tx, inviter.ID, model.ProjectsManage, i.Org)
	if kind := fault.KindOf(err); kind == fault.NotFound || kind == fault.Forbidden {
		return false, nil
	}
	return err == nil, err
}

func (d *Directory) assignUser(tx model.Writer, actor model.Actor, p model.Project, id model.UserID) error {
	assigned, err := tx.Assigned(p.ID, 0, 0)
	if err != nil {
		return err
	}
	ids := make([]model.UserID, 0, len(assigned)+1)
	for _, u := range assigned {
		ids = append(ids, u.ID)
	}
	if slices.Contains(ids, id) {
		return nil
	}
	if err := tx.PutAssigned(p.ID, append(ids, id)); err != nil {
		return err
	}
	return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.ProjectAssign, Target: "project", ID: int64(p.ID), User: id, Org: p.Org})
}
