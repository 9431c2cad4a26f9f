package native

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
)

// ByProject is the input of what concerns one project.
type ByProject struct {
	ByOrganization
	Permalink string `path:"permalink" maxLength:"255" doc:"The project." example:"engine-no-2"`
}

func (a api) projects(h huma.API) {
	const tag, path = "projects", "/organizations/{organization}/projects"
	add(h, operation{id: "listProjects", class: expensive(), method: "GET", path: path, needs: directory.SelfRead, tag: tag,
		summary: "List the projects of an organization", about: "Those the caller is assigned to, or all with projects.read_all."}, a.listProjects)
	addKeyed(h, operation{id: "createProject", method: "POST", path: path, needs: directory.ProjectsManage, tag: tag, status: http.StatusCreated,
		summary: "Make a project"}, a.createProject, createdProject)
	add(h, operation{id: "getProject", method: "GET", path: path + "/{permalink}", needs: directory.SelfRead, tag: tag, summary: "Show a project"}, a.getProject)
	add(h, operation{id: "changeProject", method: "PATCH", path: path + "/{permalink}", needs: directory.ProjectsManage, tag: tag,
		summary: "Change a project", about: "The permalink stays, for it stands in other people's scripts."}, a.changeProject)
	add(h, operation{id: "deleteProject", method: "DELETE", path: path + "/{permalink}", needs: directory.ProjectsManage, tag: tag, status: http.StatusNoContent,
		summary: "Delete a project", about: "Nobody is assigned to it any more, and invitations do not bring it. The permalink is free again."}, a.deleteProject)
	addWhole(h, operation{id: "listAssignees", class: expensive(), method: "GET", path: path + "/{permalink}/assignees", needs: directory.SelfRead, tag: tag,
		summary: "List who is assigned to a project"}, a.listAssignees)
	addWhole(h, operation{id: "putAssignees", method: "PUT", path: path + "/{permalink}/assignees", needs: directory.ProjectsManage, tag: tag,
		summary: "Assign people to a project", about: "The whole list. All must be people whom the caller may assign; else nothing changes."}, a.putAssignees)
}

func (a api) listProjects(ctx context.Context, who directory.Actor, in *ByOrganization) (*body[list[project]], error) {
	all, err := a.directory.Projects(ctx, who, in.org())
	if err != nil {
		return nil, err
	}
	return bodyOf(whole(all, newProject)), nil
}

func (a api) createProject(ctx context.Context, who directory.Actor, in *struct {
	ByOrganization
	Keyed
	Body newProjectIn
}) (directory.Project, error) {
	return a.directory.CreateProject(ctx, who, directory.NewProject{
		Org: in.org(), Name: in.Body.Name, Group: in.Body.Group, Status: directory.ProjectStatus(in.Body.Status),
	})
}

func createdProject(p directory.Project) *made[project] {
	return &made[project]{Location: at("/organizations/%d/projects/%s", p.Org, p.Permalink), ETag: etag(p.Version()), Body: newProject(p)}
}

func (a api) getProject(ctx context.Context, who directory.Actor, in *ByProject) (*tagged[project], error) {
	return tagProject(a.directory.Project(ctx, who, in.org(), in.Permalink))
}

func tagProject(p directory.Project, err error) (*tagged[project], error) {
	if err != nil {
		return nil, err
	}
	return &tagged[project]{ETag: etag(p.Version()), Body: newProject(p)}, nil
}

func (a api) changeProject(ctx context.Context, who directory.Actor, in *struct {
	ByProject
	OnCondition
	Body projectChangeIn
}) (*tagged[project], error) {
	change := in.Body.change()
	change.IfVersion = in.version()
	return tagProject(a.directory.ChangeProject(ctx, who, in.org(), in.Permalink, change))
}

func (a api) deleteProject(ctx context.Context, who directory.Actor, in *struct {
	ByProject
	OnCondition
}) (*nothing, error) {
	return nil, a.directory.DeleteProject(ctx, who, in.org(), in.Permalink, in.version())
}

func (a api) listAssignees(ctx context.Context, who directory.Actor, in *ByProject, rows rows[user]) error {
	shape, err := a.shape(ctx, who)
	if err != nil {
		return err
	}
	return a.directory.EachAssigned(ctx, who, in.org(), in.Permalink, func(batch []directory.User) error { return rows(each(batch, shape)) })
}

func (a api) putAssignees(ctx context.Context, who directory.Actor, in *struct {
	ByProject
	Body assignees
}, rows rows[user]) error {
	ids := each(in.Body.Users, func(id int64) directory.UserID { return directory.UserID(id) })
	if err := a.directory.Assign(ctx, who, in.org(), in.Permalink, ids); err != nil {
		return asSent(err, map[string]string{"user": "user_ids"})
	}
	return a.listAssignees(ctx, who, &in.ByProject, rows)
}

// people answers with a short list of people.
func (a api) people(ctx context.Context, who directory.Actor, all []directory.User, err error) (*body[list[user]], error) {
	if err != nil {
		return nil, err
	}
	shape, err := a.shape(ctx, who)
	if err != nil {
		return nil, err
	}
	return bodyOf(whole(all, shape)), nil
}
