package project

import (
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// Projects lists the projects of an organization that the actor can see: all with
// projects.read_all, otherwise the ones that the actor is assigned to.
func (c *Catalog) Projects(ctx context.Context, actor model.Actor, org model.OrgID) ([]model.Project, error) {
	var list []model.Project
	err := c.ops.Read(ctx, actor, model.SelfRead, org, func(tx model.Reader, self model.User) (err error) {
		list, err = visible(tx, actor, self, org)
		return err
	})
	return list, err
}

func visible(tx model.Reader, actor model.Actor, self model.User, org model.OrgID) ([]model.Project, error) {
	_, err := operation.Authorize(tx, actor, model.ProjectsReadAll, org)
	if err == nil {
		return tx.Projects(org)
	}
	if fault.KindOf(err) != fault.Forbidden {
		return nil, err
	}
	own, err := tx.Assignments(org, []model.UserID{self.ID})
	return own[self.ID], err
}

// Project returns one project that the actor can see.
func (c *Catalog) Project(ctx context.Context, actor model.Actor, org model.OrgID, permalink string) (model.Project, error) {
	var found model.Project
	err := c.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) (err error) {
		found, err = find(tx, actor, self, org, permalink)
		return err
	})
	return found, err
}

func find(tx model.Reader, actor model.Actor, self model.User, org model.OrgID, permalink string) (model.Project, error) {
	visible, err := visible(tx, actor, self, org)
	if err != nil {
		return model.Project{}, err
	}
	i := slices.IndexFunc(visible, func(p model.Project) bool { return p.Permalink == permalink })
	if i < 0 {
		return model.Project{}, fault.Missing("project")
	}
	return visible[i], nil
}

// OfSelf returns the projects of the user in the organization that the credential
// selects.
func OfSelf(tx model.Reader, actor model.Actor, self model.User) ([]model.Project, error) {
	visible, err := visible(tx, actor, self, actor.OrgID())
	if err != nil || len(visible) == 0 {
		return nil, err
	}
	all, err := tx.Assignments(actor.OrgID(), []model.UserID{self.ID})
	return filter(idsOf(visible), all[self.ID]), err
}
