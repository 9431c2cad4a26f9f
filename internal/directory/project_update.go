package directory

import (
	"context"
	"fmt"
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
func (d *Directory) CreateProject(ctx context.Context, actor model.Actor, n NewProject) (model.Project, error) {
	var made model.Project
	if err := d.ops.Can(ctx, actor, model.ProjectsManage, n.Org); err != nil {
		return made, err
	}
	var f fault.List
	if checkProject(&f, n); f.Err() != nil {
		return made, f.Err()
	}
	err := d.ops.Update(ctx, actor, model.ProjectsManage, n.Org, func(tx model.Writer, _ model.User) error {
		made = model.Project{
			Org: n.Org, Name: strings.TrimSpace(n.Name), Group: n.Group, Icon: 1, StartPage: "overview",
			Status: orDefault(n.Status, model.ProjectActive), CreatedAt: d.ops.Now(),
		}
		if err := requireRoomForProject(tx, n.Org); err != nil {
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
		if err := d.ops.Record(tx, actor, operation.EventSpec{Verb: model.ProjectCreate, Target: "project", ID: int64(made.ID), Org: n.Org}); err != nil {
			return err
		}
		return d.ops.StoreResult(ctx, tx, actor, made)
	})
	return made, err
}

// maxProjects is the maximum number of projects of an organization. Lists of projects have no
// pages and are read as a whole.
const maxProjects = 10_000

func requireRoomForProject(tx model.Reader, org model.OrgID) error {
	n, err := tx.ProjectCount(org)
	if err == nil && n >= maxProjects {
		err = &fault.Error{
			Kind: fault.Invalid, Fields: []fault.Field{{Name: "project", Code: fault.TooMany, Limit: maxProjects}},
			Msg: fmt.Sprintf("the organization has %d projects; delete one before you create another", maxProjects),
		}
	}
	return err
}

func checkProject(f *fault.List, n NewProject) {
	unitext.CheckRequired(f, "name", n.Name, nameLimit)
	unitext.CheckOptional(f, "group", n.Group, nameLimit)
	if n.Status != "" && !slices.Contains(model.ProjectStatuses(), n.Status) {
		f.AddDetail("status", fault.Unknown, "write "+fault.OneOf(model.ProjectStatuses()))
	}
}

// ProjectChange is a change of a project. Fields that are nil stay unchanged.
type ProjectChange struct {
	Name     *string
	Group    *string // empty removes it from its group
	Status   *model.ProjectStatus
	Overview *string

	IfVersion string // the expected version; "" is any
}

// overviewLimit is the maximum length of an overview in characters.
const overviewLimit = 10_000

// ChangeProject changes a project, given by its permalink. The permalink stays, because
// scripts use it.
func (d *Directory) ChangeProject(ctx context.Context, actor model.Actor, org model.OrgID, permalink string, c ProjectChange) (model.Project, error) {
	var changed model.Project
	err := d.ops.Update(ctx, actor, model.ProjectsManage, org, func(tx model.Writer, _ model.User) (err error) {
		if changed, err = tx.ProjectByPermalink(org, permalink); err != nil {
			return err
		}
		if err := requireVersion(changed.Version(), c.IfVersion); err != nil {
			return err
		}
		fields := changeProjectFields(&changed, c)
		if err := checkChangedProject(changed); err != nil || len(fields) == 0 {
			return err
		}
		if err := tx.ChangeProject(changed); err != nil {
			return err
		}
		return d.ops.Record(tx, actor, operation.EventSpec{
			Verb: model.ProjectChanged, Target: "project", ID: int64(changed.ID), Org: org, Detail: strings.Join(fields, ","),
		})
	})
	return changed, err
}

// DeleteProject deletes a project, given by its permalink, with its assignments, also those in
// open invitations. ifVersion is the expected version (see [model.Project.Version]); "" is any. The
// permalink is free again.
func (d *Directory) DeleteProject(ctx context.Context, actor model.Actor, org model.OrgID, permalink, ifVersion string) error {
	return d.ops.Update(ctx, actor, model.ProjectsManage, org, func(tx model.Writer, _ model.User) error {
		project, err := tx.ProjectByPermalink(org, permalink)
		if err != nil {
			return err
		}
		if err := requireVersion(project.Version(), ifVersion); err != nil {
			return err
		}
		if err := tx.DropProject(project.ID); err != nil {
			return err
		}
		return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.ProjectDelete, Target: "project", ID: int64(project.ID), Org: org})
	})
}

// changeProjectFields sets the fields that differ and returns their names.
func changeProjectFields(p *model.Project, c ProjectChange) []string {
	var fields []string
	if c.Name != nil {
		name := strings.TrimSpace(*c.Name)
		operation.SetField(&fields, "name", &p.Name, &name)
	}
	operation.SetField(&fields, "group", &p.Group, c.Group)
	operation.SetField(&fields, "status", &p.Status, c.Status)
	operation.SetField(&fields, "overview", &p.Overview, c.Overview)
	return fields
}

func checkChangedProject(p model.Project) error {
	var f fault.List
	checkProject(&f, NewProject{Name: p.Name, Group: p.Group, Status: p.Status})
	if p.Status == "" {
		f.Add("status", fault.Blank, 0)
	}
	unitext.CheckMultiline(&f, "overview", p.Overview, overviewLimit)
	return f.Err()
}

// Projects lists the projects of an organization that the actor can see: all with
// projects.read_all, otherwise the ones that the actor is assigned to.
func (d *Directory) Projects(ctx context.Context, actor model.Actor, org model.OrgID) ([]model.Project, error) {
	var list []model.Project
	err := d.ops.Read(ctx, actor, model.SelfRead, org, func(tx model.Reader, self model.User) (err error) {
		list, err = visibleProjects(tx, actor, self, org)
		return err
	})
	return list, err
}

func visibleProjects(tx model.Reader, actor model.Actor, self model.User, org model.OrgID) ([]model.Project, error) {
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

// Assignments lists the projects of users in one organization, limited to those that the actor
// can see.
func (d *Directory) Assignments(ctx context.Context, actor model.Actor, org model.OrgID, users []model.UserID) (map[model.UserID][]model.Project, error) {
	assigned := map[model.UserID][]model.Project{}
	err := d.ops.Read(ctx, actor, model.SelfRead, org, func(tx model.Reader, self model.User) error {
		visible, err := visibleProjects(tx, actor, self, org)
		if err != nil || len(visible) == 0 {
			return err
		}
		all, err := tx.Assignments(org, users)
		shown := projectIDs(visible)
		for id, projects := range all {
			assigned[id] = filterProjects(shown, projects)
		}
		return err
	})
	return assigned, err
}

// projectIDs returns the ids of projects as a set.
func projectIDs(projects []model.Project) map[model.ProjectID]bool {
	ids := make(map[model.ProjectID]bool, len(projects))
	for _, p := range projects {
		ids[p.ID] = true
	}
	return ids
}

// filterProjects returns the projects with an id in ids, in their order.
func filterProjects(ids map[model.ProjectID]bool, projects []model.Project) []model.Project {
	return slices.DeleteFunc(slices.Clone(projects), func(p model.Project) bool { return !ids[p.ID] })
}

// Project returns one project that the actor can see.
func (d *Directory) Project(ctx context.Context, actor model.Actor, org model.OrgID, permalink string) (model.Project, error) {
	var found model.Project
	err := d.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) (err error) {
		found, err = visibleProject(tx, actor, self, org, permalink)
		return err
	})
	return found, err
}

// Assigned lists the users assigned to a project, given by its permalink.
func (d *Directory) Assigned(ctx context.Context, actor model.Actor, org model.OrgID, permalink string) ([]model.User, error) {
	var all []model.User
	err := d.EachAssigned(ctx, actor, org, permalink, func(batch []model.User) error {
		all = append(all, batch...)
		return nil
	})
	return all, err
}

// EachAssigned calls each with the users assigned to a project that the actor can see, in
// batches by id.
func (d *Directory) EachAssigned(ctx context.Context, actor model.Actor, org model.OrgID, permalink string, each func([]model.User) error) error {
	return model.InBatches(func(after model.UserID, limit int) (users []model.User, err error) {
		err = d.ops.ReadBatch(ctx, actor, model.SelfRead, org, func(tx model.Reader, self model.User) error {
			project, err := visibleProject(tx, actor, self, org, permalink)
			if err != nil {
				return err
			}
			users, err = assigned(tx, actor, self, project, after, limit)
			return err
		})
		return users, err
	}, func(u model.User) model.UserID { return u.ID }, each)
}

func visibleProject(tx model.Reader, actor model.Actor, self model.User, org model.OrgID, permalink string) (model.Project, error) {
	visible, err := visibleProjects(tx, actor, self, org)
	if err != nil {
		return model.Project{}, err
	}
	i := slices.IndexFunc(visible, func(p model.Project) bool { return p.Permalink == permalink })
	if i < 0 {
		return model.Project{}, fault.Missing("project")
	}
	return visible[i], nil
}

// assigned returns the users of a project that the actor can see: all, or the actor's own
// user.
func assigned(tx model.Reader, actor model.Actor, self model.User, project model.Project, after model.UserID, limit int) ([]model.User, error) {
	visibility, err := visibilityFor(tx, actor, self)
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
func (d *Directory) Assign(ctx context.Context, actor model.Actor, org model.OrgID, permalink string, users []model.UserID) error {
	return d.ops.Update(ctx, actor, model.ProjectsManage, org, func(tx model.Writer, _ model.User) error {
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
		return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.ProjectAssign, Target: "project", ID: int64(project.ID), Org: org})
	})
}
