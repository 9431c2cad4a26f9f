package directory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/unitext"
)

// NewProject describes a project to be created.
type NewProject struct {
	Org    OrgID
	Name   string
	Group  string
	Status ProjectStatus // empty is active
}

// CreateProject creates a project of an organization. Its permalink is derived from the name.
func (d *Directory) CreateProject(ctx context.Context, actor Actor, n NewProject) (Project, error) {
	var made Project
	if err := d.Can(ctx, actor, ProjectsManage, n.Org); err != nil {
		return made, err
	}
	var f fault.List
	if checkProject(&f, n); f.Err() != nil {
		return made, f.Err()
	}
	err := d.update(ctx, actor, ProjectsManage, n.Org, func(tx Writer, _ User) error {
		made = Project{
			Org: n.Org, Name: strings.TrimSpace(n.Name), Group: n.Group, Icon: 1, StartPage: "overview",
			Status: orDefault(n.Status, ProjectActive), CreatedAt: d.now(),
		}
		if err := requireRoomForProject(tx, n.Org); err != nil {
			return err
		}
		permalink, err := availableSlug(Slug(made.Name), func(s string) error {
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
		if err := d.record(tx, actor, eventSpec{verb: ProjectCreate, target: "project", id: int64(made.ID), org: n.Org}); err != nil {
			return err
		}
		return d.storeResponse(ctx, tx, actor, made)
	})
	return made, err
}

// maxProjects is the maximum number of projects of an organization. Lists of projects have no
// pages and are read as a whole.
const maxProjects = 10_000

func requireRoomForProject(tx Reader, org OrgID) error {
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
	if n.Status != "" && !slices.Contains(ProjectStatuses(), n.Status) {
		f.AddDetail("status", fault.Unknown, "write "+fault.OneOf(ProjectStatuses()))
	}
}

// ProjectChange is a change of a project. Fields that are nil stay unchanged.
type ProjectChange struct {
	Name     *string
	Group    *string // empty removes it from its group
	Status   *ProjectStatus
	Overview *string

	IfVersion string // the expected version; "" is any
}

// overviewLimit is the maximum length of an overview in characters.
const overviewLimit = 10_000

// ChangeProject changes a project, given by its permalink. The permalink stays, because
// scripts use it.
func (d *Directory) ChangeProject(ctx context.Context, actor Actor, org OrgID, permalink string, c ProjectChange) (Project, error) {
	var changed Project
	err := d.update(ctx, actor, ProjectsManage, org, func(tx Writer, _ User) (err error) {
		if changed, err = tx.ProjectByPermalink(org, permalink); err != nil {
			return err
		}
		if err := requireVersion(changed.Version(), c.IfVersion); err != nil {
			return err
		}
		fields := changed.apply(c)
		if err := checkChangedProject(changed); err != nil || len(fields) == 0 {
			return err
		}
		if err := tx.ChangeProject(changed); err != nil {
			return err
		}
		return d.record(tx, actor, eventSpec{
			verb: ProjectChanged, target: "project", id: int64(changed.ID), org: org, detail: strings.Join(fields, ","),
		})
	})
	return changed, err
}

// DeleteProject deletes a project, given by its permalink, with its assignments, also those in
// open invitations. ifVersion is the expected version (see [Project.Version]); "" is any. The
// permalink is free again.
func (d *Directory) DeleteProject(ctx context.Context, actor Actor, org OrgID, permalink, ifVersion string) error {
	return d.update(ctx, actor, ProjectsManage, org, func(tx Writer, _ User) error {
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
		return d.record(tx, actor, eventSpec{verb: ProjectDelete, target: "project", id: int64(project.ID), org: org})
	})
}

// apply sets the fields that differ and returns their names.
func (p *Project) apply(c ProjectChange) []string {
	var fields []string
	if c.Name != nil {
		name := strings.TrimSpace(*c.Name)
		setField(&fields, "name", &p.Name, &name)
	}
	setField(&fields, "group", &p.Group, c.Group)
	setField(&fields, "status", &p.Status, c.Status)
	setField(&fields, "overview", &p.Overview, c.Overview)
	return fields
}

func checkChangedProject(p Project) error {
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
func (d *Directory) Projects(ctx context.Context, actor Actor, org OrgID) ([]Project, error) {
	var list []Project
	err := d.read(ctx, actor, SelfRead, org, func(tx Reader, self User) (err error) {
		list, err = visibleProjects(tx, actor, self, org)
		return err
	})
	return list, err
}

func visibleProjects(tx Reader, actor Actor, self User, org OrgID) ([]Project, error) {
	_, err := authorize(tx, actor, ProjectsReadAll, org)
	if err == nil {
		return tx.Projects(org)
	}
	if fault.KindOf(err) != fault.Forbidden {
		return nil, err
	}
	own, err := tx.Assignments(org, []UserID{self.ID})
	return own[self.ID], err
}

// Assignments lists the projects of users in one organization, limited to those that the actor
// can see.
func (d *Directory) Assignments(ctx context.Context, actor Actor, org OrgID, users []UserID) (map[UserID][]Project, error) {
	assigned := map[UserID][]Project{}
	err := d.read(ctx, actor, SelfRead, org, func(tx Reader, self User) error {
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
func projectIDs(projects []Project) map[ProjectID]bool {
	ids := make(map[ProjectID]bool, len(projects))
	for _, p := range projects {
		ids[p.ID] = true
	}
	return ids
}

// filterProjects returns the projects with an id in ids, in their order.
func filterProjects(ids map[ProjectID]bool, projects []Project) []Project {
	return slices.DeleteFunc(slices.Clone(projects), func(p Project) bool { return !ids[p.ID] })
}

// Project returns one project that the actor can see.
func (d *Directory) Project(ctx context.Context, actor Actor, org OrgID, permalink string) (Project, error) {
	var found Project
	err := d.read(ctx, actor, SelfRead, 0, func(tx Reader, self User) (err error) {
		found, err = visibleProject(tx, actor, self, org, permalink)
		return err
	})
	return found, err
}

// Assigned lists the users assigned to a project, given by its permalink.
func (d *Directory) Assigned(ctx context.Context, actor Actor, org OrgID, permalink string) ([]User, error) {
	var all []User
	err := d.EachAssigned(ctx, actor, org, permalink, func(batch []User) error {
		all = append(all, batch...)
		return nil
	})
	return all, err
}

// EachAssigned calls each with the users assigned to a project that the actor can see, in
// batches by id.
func (d *Directory) EachAssigned(ctx context.Context, actor Actor, org OrgID, permalink string, each func([]User) error) error {
	return inBatches(func(after UserID, limit int) (users []User, err error) {
		err = d.readBatch(ctx, actor, SelfRead, org, func(tx Reader, self User) error {
			project, err := visibleProject(tx, actor, self, org, permalink)
			if err != nil {
				return err
			}
			users, err = assigned(tx, actor, self, project, after, limit)
			return err
		})
		return users, err
	}, func(u User) UserID { return u.ID }, each)
}

func visibleProject(tx Reader, actor Actor, self User, org OrgID, permalink string) (Project, error) {
	visible, err := visibleProjects(tx, actor, self, org)
	if err != nil {
		return Project{}, err
	}
	i := slices.IndexFunc(visible, func(p Project) bool { return p.Permalink == permalink })
	if i < 0 {
		return Project{}, fault.Missing("project")
	}
	return visible[i], nil
}

// assigned returns the users of a project that the actor can see: all, or the actor's own
// user.
func assigned(tx Reader, actor Actor, self User, project Project, after UserID, limit int) ([]User, error) {
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
	return slices.DeleteFunc(users, func(u User) bool { return u.ID != self.ID }), err
}

// Assign replaces the users assigned to a project. All must be members of its organization.
func (d *Directory) Assign(ctx context.Context, actor Actor, org OrgID, permalink string, users []UserID) error {
	return d.update(ctx, actor, ProjectsManage, org, func(tx Writer, _ User) error {
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
		return d.record(tx, actor, eventSpec{verb: ProjectAssign, target: "project", id: int64(project.ID), org: org})
	})
}
