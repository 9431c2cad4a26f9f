package project

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/naming"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/unitext"
)

// NewProject describes a project to be created.
type NewProject struct {
	Org    model.OrgID
	Name   string
	Group  string
	Status model.ProjectStatus // empty is active
}

// CreateProject creates a project of an organization. Its permalink is derived from the name.
func (c *Catalog) CreateProject(ctx context.Context, actor model.Actor, n NewProject) (model.Project, error) {
	var made model.Project
	if err := c.ops.Can(ctx, actor, model.ProjectsManage, n.Org); err != nil {
		return made, err
	}
	var f fault.List
	if check(&f, n); f.Err() != nil {
		return made, f.Err()
	}
	err := c.ops.Update(ctx, actor, model.ProjectsManage, n.Org, func(tx model.Writer, _ model.User) error {
		made = model.Project{
			Org: n.Org, Name: strings.TrimSpace(n.Name), Group: n.Group, Icon: 1, StartPage: "overview",
			Status: cmp.Or(n.Status, model.ProjectActive), CreatedAt: c.ops.Now(),
		}
		if err := requireRoom(tx, n.Org); err != nil {
			return err
		}
		permalink, err := naming.AvailableSlug(model.Slug(made.Name), func(s string) error {
			_, err := tx.ProjectByPermalink(n.Org, s)
			return err
		})
		if err != nil {
			return err
		}
		made.Permalink = permalink
		if err := tx.AddProject(&made); err != nil {
			return err
		}
		if err := c.ops.Record(tx, actor, operation.EventSpec{Verb: model.ProjectCreate, Target: "project", ID: int64(made.ID), Org: n.Org}); err != nil {
			return err
		}
		return c.ops.StoreResult(ctx, tx, actor, made)
	})
	return made, err
}

// maxName is the maximum length of the name of a project or group in characters.
const maxName = model.MaxLine

// maxProjects is the maximum number of projects of an organization. Lists of projects have no
// pages and are read as a whole.
const maxProjects = 10_000

func requireRoom(tx model.Reader, org model.OrgID) error {
	n, err := tx.ProjectCount(org)
	if err == nil && n >= maxProjects {
		err = fault.NewText(fault.Invalid, fault.Textf("the organization has {n} projects; delete one before you create another", "n", maxProjects),
			fault.Field{Name: "project", Code: fault.TooMany, Limit: maxProjects})
	}
	return err
}

func check(f *fault.List, n NewProject) {
	unitext.CheckRequired(f, "name", n.Name, maxName)
	unitext.CheckOptional(f, "group", n.Group, maxName)
	if n.Status != "" && !slices.Contains(model.ProjectStatuses(), n.Status) {
		f.AddUnknown("status", fault.OneOf(model.ProjectStatuses()))
	}
}

// Change is a change of a project. Fields that are nil stay unchanged.
type Change struct {
	Name     *string
	Group    *string // empty removes it from its group
	Status   *model.ProjectStatus
	Overview *string

	IfVersion string // the expected version; "" is any
}

// maxOverview is the maximum length of an overview in characters.
const maxOverview = 10_000

// ChangeProject changes a project, given by its permalink. The permalink stays, because
// scripts use it.
func (c *Catalog) ChangeProject(ctx context.Context, actor model.Actor, org model.OrgID, permalink string, change Change) (model.Project, error) {
	var changed model.Project
	err := c.ops.Update(ctx, actor, model.ProjectsManage, org, func(tx model.Writer, _ model.User) (err error) {
		if changed, err = tx.ProjectByPermalink(org, permalink); err != nil {
			return err
		}
		if err := operation.RequireVersion(changed.Version(), change.IfVersion); err != nil {
			return err
		}
		fields := changeFields(&changed, change)
		if err := checkChanged(changed); err != nil || len(fields) == 0 {
			return err
		}
		if err := tx.ChangeProject(changed); err != nil {
			return err
		}
		return c.ops.Record(tx, actor, operation.EventSpec{
			Verb: model.ProjectChanged, Target: "project", ID: int64(changed.ID), Org: org, Detail: strings.Join(fields, ","),
		})
	})
	return changed, err
}

// DeleteProject deletes a project, given by its permalink, with its assignments, also those in
// open invitations. ifVersion is the expected version (see [model.Project.Version]); "" is any. The
// permalink is free again.
func (c *Catalog) DeleteProject(ctx context.Context, actor model.Actor, org model.OrgID, permalink, ifVersion string) error {
	return c.ops.Update(ctx, actor, model.ProjectsManage, org, func(tx model.Writer, _ model.User) error {
		project, err := tx.ProjectByPermalink(org, permalink)
		if err != nil {
			return err
		}
		if err := operation.RequireVersion(project.Version(), ifVersion); err != nil {
			return err
		}
		if err := tx.DropProject(project.ID); err != nil {
			return err
		}
		return c.ops.Record(tx, actor, operation.EventSpec{Verb: model.ProjectDelete, Target: "project", ID: int64(project.ID), Org: org})
	})
}

// changeFields sets the fields that differ and returns their names.
func changeFields(p *model.Project, change Change) []string {
	var fields []string
	if change.Name != nil {
		name := strings.TrimSpace(*change.Name)
		operation.SetField(&fields, "name", &p.Name, &name)
	}
	operation.SetField(&fields, "group", &p.Group, change.Group)
	operation.SetField(&fields, "status", &p.Status, change.Status)
	operation.SetField(&fields, "overview", &p.Overview, change.Overview)
	return fields
}

func checkChanged(p model.Project) error {
	var f fault.List
	check(&f, NewProject{Name: p.Name, Group: p.Group, Status: p.Status})
	if p.Status == "" {
		f.Add("status", fault.Blank, 0)
	}
	unitext.CheckMultiline(&f, "overview", p.Overview, maxOverview)
	return f.Err()
}
