package project

import (
	"context"
	"slices"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/unitext"
)

// Filter selects projects for a list by name.
type Filter struct {
	Search     string // part of the name, the group or the permalink, without regard to case; "" is any
	After      string // the [Key] of the project before the first one; "" is none
	Descending bool
	Limit      int // maximum rows; 0 is all
}

// Key is the position of a project in a list by name.
func Key(p model.Project) string { return unitext.Fold(p.Name) + "\t" + p.Permalink }

// ProjectRows returns those of [Catalog.Projects] that a filter selects, ordered by name.
func (c *Catalog) ProjectRows(ctx context.Context, actor model.Actor, org model.OrgID, f Filter) ([]model.Project, error) {
	all, err := c.Projects(ctx, actor, org)
	if err != nil {
		return nil, err
	}
	search := unitext.Fold(f.Search)
	var rows []model.Project
	for _, p := range all {
		order := strings.Compare(Key(p), f.After)
		if f.After != "" && (order == 0 || order > 0 == f.Descending) {
			continue
		}
		if strings.Contains(unitext.Fold(p.Name), search) || strings.Contains(unitext.Fold(p.Group), search) || strings.Contains(p.Permalink, search) {
			rows = append(rows, p)
		}
	}
	slices.SortFunc(rows, func(a, b model.Project) int {
		order := strings.Compare(Key(a), Key(b))
		if f.Descending {
			return -order
		}
		return order
	})
	if f.Limit > 0 && len(rows) > f.Limit {
		rows = rows[:f.Limit]
	}
	return rows, nil
}

// ChangeAssigned assigns the users in add to a project and ends the assignments of the users in remove; others
// stay. All in add must be members of its organization.
func (c *Catalog) ChangeAssigned(ctx context.Context, actor model.Actor, org model.OrgID, permalink string, add, remove []model.UserID) error {
	return c.ops.Update(ctx, actor, model.ProjectsManage, org, func(tx model.Writer, _ model.User) error {
		project, err := tx.ProjectByPermalink(org, permalink)
		if err != nil {
			return err
		}
		for _, id := range add {
			if _, err := tx.Member(org, id); fault.KindOf(err) == fault.NotFound {
				return fault.InvalidField("user", fault.Unknown, 0)
			} else if err != nil {
				return err
			}
		}
		before, err := tx.Assigned(project.ID, 0, 0)
		if err != nil {
			return err
		}
		var after []model.UserID
		for _, u := range before {
			if !slices.Contains(remove, u.ID) {
				after = append(after, u.ID)
			}
		}
		kept := len(after)
		for _, id := range add {
			if !slices.Contains(after, id) {
				after = append(after, id)
			}
		}
		if kept == len(before) && len(after) == kept {
			return nil
		}
		if err := tx.PutAssigned(project.ID, after); err != nil {
			return err
		}
		return c.ops.Record(tx, actor, operation.EventSpec{Verb: model.ProjectAssign, Target: "project", ID: int64(project.ID), Org: org})
	})
}
