package invitation

import (
	"context"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// MaxProjects is the maximum number of projects of an invitation.
const MaxProjects = 100

// InvitationProjects lists the projects that a user is assigned to on acceptance.
func (invites *Invites) InvitationProjects(ctx context.Context, actor model.Actor, org model.OrgID, id model.InvitationID) ([]model.Project, error) {
	var list []model.Project
	err := invites.ops.Read(ctx, actor, model.UsersInvite, org, func(tx model.Reader, _ model.User) error {
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
			continue // deleted since the ids were read: cached reads are not one snapshot
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
	if len(n.Projects) > MaxProjects {
		return fault.InvalidField("projects", fault.TooMany, MaxProjects)
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
func (invites *Invites) assignInvitedProjects(tx model.Writer, actor model.Actor, i model.Invitation, u model.User) error {
	projects, err := invitedProjects(tx, i.ID)
	if err != nil || len(projects) == 0 {
		return err
	}
	if ok, err := inviterCanAssign(tx, i); err != nil || !ok {
		return err
	}
	for _, p := range projects {
		if err := invites.assignUser(tx, actor, p, u.ID); err != nil {
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

func (invites *Invites) assignUser(tx model.Writer, actor model.Actor, p model.Project, id model.UserID) error {
	now, err := tx.Assigned(p.ID, id-1, 1)
	if err != nil || len(now) > 0 && now[0].ID == id {
		return err
	}
	if err := tx.AddAssigned(p.ID, id); err != nil {
		return err
	}
	return invites.ops.Record(tx, actor, operation.EventSpec{Verb: model.ProjectAssign, Target: "project", ID: int64(p.ID), User: id, Org: p.Org})
}
