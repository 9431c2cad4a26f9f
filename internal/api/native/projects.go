package native

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
)

// ByProject is the input of operations on one project.
type ByProject struct {
	ByOrganization
	Permalink string `path:"permalink" maxLength:"255" doc:"The permalink of the project." example:"engine-no-2"`
}

func (a api) addProjectOperations(h huma.API) {
	const tag, path = "projects", "/organizations/{organization}/projects"
	add(h, operation{id: "listProjects", class: expensive(), method: "GET", path: path, permission: directory.SelfRead, tag: tag,
		summary:     "List the projects of an organization",
		description: "Returns the projects that the caller is assigned to; with the permission projects.read_all, all projects."}, a.listProjects)
	addKeyed(h, operation{id: "createProject", method: "POST", path: path, permission: directory.ProjectsManage, tag: tag, status: http.StatusCreated,
		summary: "Create a project"}, a.createProject, createdProject)
	add(h, operation{id: "getProject", method: "GET", path: path + "/{permalink}", permission: directory.SelfRead, tag: tag,
		summary: "Get a project"}, a.getProject)
	add(h, operation{id: "updateProject", method: "PATCH", path: path + "/{permalink}", permission: directory.ProjectsManage, tag: tag,
		summary: "Update a project", description: "The permalink does not change with the name, because scripts refer to it."}, a.updateProject)
	add(h, operation{id: "deleteProject", method: "DELETE", path: path + "/{permalink}", permission: directory.ProjectsManage, tag: tag, status: http.StatusNoContent,
		summary:     "Delete a project",
		description: "Its assignments are deleted, and open invitations no longer include it. The permalink can be used again."}, a.deleteProject)
	addStreamed(h, operation{id: "listProjectAssignees", class: expensive(), method: "GET", path: path + "/{permalink}/assignees", permission: directory.SelfRead, tag: tag,
		summary: "List the users assigned to a project"}, a.listProjectAssignees)
	addStreamed(h, operation{id: "setProjectAssignees", method: "PUT", path: path + "/{permalink}/assignees", permission: directory.ProjectsManage, tag: tag,
		summary:     "Set the users assigned to a project",
		description: "Replaces the list. If the caller may not assign one of the users, nothing is changed."}, a.setProjectAssignees)
}

func (a api) listProjects(ctx context.Context, actor directory.Actor, in *ByOrganization) (*body[list[project]], error) {
	all, err := a.directory.Projects(ctx, actor, in.org())
	if err != nil {
		return nil, err
	}
	return bodyOf(completeList(all, newProject)), nil
}

func (a api) createProject(ctx context.Context, actor directory.Actor, in *struct {
	ByOrganization
	Keyed
	Body createProjectRequest
}) (directory.Project, error) {
	return a.directory.CreateProject(ctx, actor, directory.NewProject{
		Org: in.org(), Name: in.Body.Name, Group: in.Body.Group, Status: directory.ProjectStatus(in.Body.Status),
	})
}

func createdProject(p directory.Project) *created[project] {
	return &created[project]{Location: apiPath("/organizations/%d/projects/%s", p.Org, p.Permalink), ETag: etag(p.Version()), Body: newProject(p)}
}

func (a api) getProject(ctx context.Context, actor directory.Actor, in *ByProject) (*versioned[project], error) {
	return versionedProject(a.directory.Project(ctx, actor, in.org(), in.Permalink))
}

func versionedProject(p directory.Project, err error) (*versioned[project], error) {
	if err != nil {
		return nil, err
	}
	return &versioned[project]{ETag: etag(p.Version()), Body: newProject(p)}, nil
}

func (a api) updateProject(ctx context.Context, actor directory.Actor, in *struct {
	ByProject
	IfMatchHeader
	Body updateProjectRequest
}) (*versioned[project], error) {
	change := in.Body.projectChange()
	change.IfVersion = in.version()
	return versionedProject(a.directory.ChangeProject(ctx, actor, in.org(), in.Permalink, change))
}

func (a api) deleteProject(ctx context.Context, actor directory.Actor, in *struct {
	ByProject
	IfMatchHeader
}) (*noContent, error) {
	return nil, a.directory.DeleteProject(ctx, actor, in.org(), in.Permalink, in.version())
}

func (a api) listProjectAssignees(ctx context.Context, actor directory.Actor, in *ByProject, rows addRows[user]) error {
	shape, err := a.userShape(ctx, actor)
	if err != nil {
		return err
	}
	return a.directory.EachAssigned(ctx, actor, in.org(), in.Permalink, func(batch []directory.User) error { return rows(mapSlice(batch, shape)) })
}

func (a api) setProjectAssignees(ctx context.Context, actor directory.Actor, in *struct {
	ByProject
	Body setAssigneesRequest
}, rows addRows[user]) error {
	ids := mapSlice(in.Body.Users, func(id int64) directory.UserID { return directory.UserID(id) })
	if err := a.directory.Assign(ctx, actor, in.org(), in.Permalink, ids); err != nil {
		return renameFields(err, map[string]string{"user": "user_ids"})
	}
	return a.listProjectAssignees(ctx, actor, &in.ByProject, rows)
}

// userList returns a complete list of users.
func (a api) userList(ctx context.Context, actor directory.Actor, all []directory.User, err error) (*body[list[user]], error) {
	if err != nil {
		return nil, err
	}
	shape, err := a.userShape(ctx, actor)
	if err != nil {
		return nil, err
	}
	return bodyOf(completeList(all, shape)), nil
}
