package project

import (
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// Assigned lists the users assigned to a project, given by its permalink.
func (c *Catalog) Assigned(ctx context.Context, actor model.Actor, org model.OrgID, permalink string) ([]model.User, error) {
	var all []model.User
	err := c.EachAssigned(ctx, actor, org, permalink, func(batch []model.User) error {
		all = append(all, batch...)
		return nil
	})
	return all, err
}

// EachAssigned calls each with the users assigned to a project that the actor can see, and with the
// fields that the actor may see, in batches by id.
func (c *Catalog) EachAssigned(ctx context.Context, actor model.Actor, org model.OrgID, permalink string, each func([]model.User) error) error {
	return model.InBatches(func(after model.UserID, limit int) (users []model.User, err error) {
		err = c.ops.ReadBatch(ctx, actor, model.SelfRead, org, func(tx model.Reader, self model.User) error {
			project, err := find(tx, actor, self, org, permalink)
			if err != nil {
				return err
			}
			users, err = assigned(tx, actor, self, project, after, limit)
			c.ops.RedactUsers(actor, self, users)
			return err
		})
		return users, err
	}, func(u model.User) model.UserID { return u.ID }, each)
}

// assigned returns the users of a project that the actor can see: all, or the actor's own
// user.
func assigned(tx model.Reader, actor model.Actor, self model.User, project model.Project, after model.UserID, limit int) ([]model.User, error) {
	visibility, err := operation.VisibilityFor(tx, actor, self)
	if err != nil {
		return nil, err
	}
	if visibility.All || slices.Contains(visibility.Orgs, project.Org) {
		return tx.Assigned(project.ID, after, limit)
	}
	if self.ID <= after {
		return nil, nil
	}
	users, err := tx.Assigned(project.ID, self.ID-1, 1)
	return slices.DeleteFunc(users, func(u model.User) bool { return u.ID != self.ID }), err
}

// Assign replaces the users assigned to a project. All must be members of its organization.
func (c *Catalog) Assign(ctx context.Context, actor model.Actor, org model.OrgID, permalink string, users []model.UserID) error {
	return c.ops.Update(ctx, actor, model.ProjectsManage, org, func(tx model.Writer, _ model.User) error {
		project, err := tx.ProjectByPermalink(org, permalink)
		if err != nil {
			return err
		}
		for _, id := range users {
			if _, err := tx.Member(org, id); fault.KindOf(err) == fault.NotFound {
				return fault.InvalidField("user", fault.Unknown, 0)
			} else if err != nil {
				return err
			}
		}
		if err := tx.PutAssigned(project.ID, users); err != nil {
			return err
		}
		return c.ops.Record(tx, actor, operation.EventSpec{Verb: model.ProjectAssign, Target: "project", ID: int64(project.ID), Org: org})
	})
}

// SetAssigned assigns a user to a project, or ends the assignment, and reports whether that changed
// anything. An assigned user must be a member of the organization.
func (c *Catalog) SetAssigned(ctx context.Context, actor model.Actor, org model.OrgID, permalink string, user model.UserID, assigned bool) (bool, error) {
	changed := false
	err := c.ops.Update(ctx, actor, model.ProjectsManage, org, func(tx model.Writer, _ model.User) error {
		project, err := tx.ProjectByPermalink(org, permalink)
		if err != nil {
			return err
		}
		now, err := tx.Assigned(project.ID, user-1, 1)
		if err != nil {
			return err
		}
		is := len(now) > 0 && now[0].ID == user
		if changed = is != assigned; !changed {
			return nil
		}
		if err := put(tx, project, user, assigned); err != nil {
			return err
		}
		spec := operation.EventSpec{Verb: model.ProjectAssign, Target: "project", ID: int64(project.ID), User: user, Org: org}
		if !assigned {
			spec.Detail = "removed"
		}
		return c.ops.Record(tx, actor, spec)
	})
	return changed, err
}

// Add assigns a user to a project, unless the user is assigned.
func Add(ops *operation.Runner, tx model.Writer, actor model.Actor, p model.Project, user model.UserID) error {
	now, err := tx.Assigned(p.ID, user-1, 1)
	if err != nil || len(now) > 0 && now[0].ID == user {
		return err
	}
	if err := put(tx, p, user, true); err != nil {
		return err
	}
	return ops.Record(tx, actor, operation.EventSpec{Verb: model.ProjectAssign, Target: "project", ID: int64(p.ID), User: user, Org: p.Org})
}

func put(tx model.Writer, project model.Project, user model.UserID, assigned bool) error {
	if !assigned {
		return tx.DropAssigned(project.ID, user)
	}
	if _, err := tx.Member(project.Org, user); fault.KindOf(err) == fault.NotFound {
		return fault.New(fault.Invalid, "this user is not a member of the organization of the project", fault.Field{Name: "user", Code: fault.Unknown})
	} else if err != nil {
		return err
	}
	return tx.AddAssigned(project.ID, user)
}

// Assignments lists the projects of users in one organization, limited to those that the actor
// can see.
func (c *Catalog) Assignments(ctx context.Context, actor model.Actor, org model.OrgID, users []model.UserID) (map[model.UserID][]model.Project, error) {
	assigned := map[model.UserID][]model.Project{}
	err := c.ops.Read(ctx, actor, model.SelfRead, org, func(tx model.Reader, self model.User) error {
		visible, err := visible(tx, actor, self, org)
		if err != nil || len(visible) == 0 {
			return err
		}
		all, err := tx.Assignments(org, users)
		shown := idsOf(visible)
		for id, projects := range all {
			assigned[id] = filter(shown, projects)
		}
		return err
	})
	return assigned, err
}

// idsOf returns the ids of projects as a set.
func idsOf(projects []model.Project) map[model.ProjectID]bool {
	ids := make(map[model.ProjectID]bool, len(projects))
	for _, p := range projects {
		ids[p.ID] = true
	}
	return ids
}

// filter returns the projects with an id in ids, in their order.
func filter(ids map[model.ProjectID]bool, projects []model.Project) []model.Project {
	return slices.DeleteFunc(slices.Clone(projects), func(p model.Project) bool { return !ids[p.ID] })
}
