package native

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/model"
	projects "roster.example/roster/internal/project"
)

// ByProject is the input of operations on one project.
type ByProject struct {
	ByOrganization
	Permalink string `path:"permalink" maxLength:"255" doc:"The permalink of the project." example:"engine-no-2"`
}

func (a api) addProjectOperations(h huma.API) {
	const tag, path = "projects", "/organizations/{organization}/projects"
	add(h, operation{id: "listProjects", class: expensive(), method: "GET", path: path, permission: model.SelfRead, tag: tag,
		summary:     "List the projects of an organization",
		description: "Returns the projects that the caller is assigned to; with the permission projects.read_all, all projects."}, a.listProjects)
	addKeyed(h, operation{id: "createProject", method: "POST", path: path, permission: model.ProjectsManage, tag: tag, status: http.StatusCreated,
		summary: "Create a project"}, a.createProject, createdProject)
	add(h, operation{id: "getProject", method: "GET", path: path + "/{permalink}", permission: model.SelfRead, tag: tag,
		summary: "Get a project"}, a.getProject)
	add(h, operation{id: "updateProject", method: "PATCH", path: path + "/{permalink}", permission: model.ProjectsManage, tag: tag,
		summary: "Update a project", description: "The permalink does not change with the name, because scripts refer to it."}, a.updateProject)
	add(h, operation{id: "deleteProject", method: "DELETE", path: path + "/{permalink}", permission: model.ProjectsManage, tag: tag, status: http.StatusNoContent,
		summary:     "Delete a project",
		description: "Its assignments are deleted, and open invitations no longer include it. The permalink can be used again."}, a.deleteProject)
	addStreamed(h, operation{id: "listProjectAssignees", class: expensive(), method: "GET", path: path + "/{permalink}/assignees", permission: model.SelfRead, tag: tag,
		summary: "List the users assigned to a project"}, a.listProjectAssignees)
	addStreamed(h, operation{id: "setProjectAssignees", method: "PUT", path: path + "/{permalink}/assignees", permission: model.ProjectsManage, tag: tag,
		summary:     "Set the users assigned to a project",
		description: "Replaces the list. If the caller may not assign one of the users, nothing is changed."}, a.setProjectAssignees)
}

func (a api) listProjects(ctx context.Context, actor model.Actor, in *ByOrganization) (*body[list[project]], error) {
	all, err := a.directory.Projects(ctx, actor, in.org())
	if err != nil {
		return nil, err
	}
	return bodyOf(completeList(all, newProject)), nil
}

func (a api) createProject(ctx context.Context, actor model.Actor, in *struct {
	ByOrganization
	Keyed
	Body createProjectRequest
}) (model.Project, error) {
	return a.directory.CreateProject(ctx, actor, projects.NewProject{
		Org: in.org(), Name: in.Body.Name, Group: in.Body.Group, Status: model.ProjectStatus(in.Body.Status),
	})
}

func createdProject(p model.Project) *created[project] {
	return &created[project]{Location: apiPath("/organizations/%d/projects/%s", p.Org, p.Permalink), ETag: etag(p.Version()), Body: newProject(p)}
}

func (a api) getProject(ctx context.Context, actor model.Actor, in *ByProject) (*versioned[project], error) {
	return versionedProject(a.directory.Project(ctx, actor, in.org(), in.Permalink))
}

func versionedProject(p model.Project, err error) (*versioned[project], error) {
	if err != nil {
		return nil, err
	}
	return &versioned[project]{ETag: etag(p.Version()), Body: newProject(p)}, nil
}

func (a api) updateProject(ctx context.Context, actor model.Actor, in *struct {
	ByProject
	IfMatchHeader
	Body updateProjectRequest
}) (*versioned[project], error) {
	change := in.Body.projectChange()
	change.IfVersion = in.version()
	return versionedProject(a.directory.ChangeProject(ctx, actor, in.org(), in.Permalink, change))
}

func (a api) deleteProject(ctx context.Context, actor model.Actor, in *struct {
	ByProject
	IfMatchHeader
}) (*noContent, error) {
	return nil, a.directory.DeleteProject(ctx, actor, in.org(), in.Permalink, in.version())
}

func (a api) listProjectAssignees(ctx context.Context, actor model.Actor, in *ByProject, rows addRows[user]) error {
	return a.directory.EachAssigned(ctx, actor, in.org(), in.Permalink, func(batch []model.User) error { return rows(mapSlice(batch, newUser)) })
}

func (a api) setProjectAssignees(ctx context.Context, actor model.Actor, in *struct {
	ByProject
	Body setAssigneesRequest
}, rows addRows[user]) error {
	ids := mapSlice(in.Body.Users, func(id int64) model.UserID { return model.UserID(id) })
	if err := a.directory.Assign(ctx, actor, in.org(), in.Permalink, ids); err != nil {
		return renameFields(err, map[string]string{"user": "user_ids"})
	}
	return a.listProjectAssignees(ctx, actor, &in.ByProject, rows)
}

type project struct {
	ID           int64     `json:"id" example:"9"`
	Organization int64     `json:"organization_id" example:"1"`
	Name         string    `json:"name" example:"Engine No. 2"`
	Permalink    string    `json:"permalink" doc:"Derived from the first name. It does not change with the name." example:"engine-no-2"`
	Group        string    `json:"group" doc:"Empty if the project is in no group."`
	Status       string    `json:"status" enum:"active,on_hold,archived"`
	Overview     string    `json:"overview"`
	CreatedAt    time.Time `json:"created_at" example:"2026-01-02T15:04:05Z"`
}

func newProject(p model.Project) project {
	return project{int64(p.ID), int64(p.Org), p.Name, p.Permalink, p.Group, string(p.Status), p.Overview, p.CreatedAt}
}

type createProjectRequest struct {
	Name   string `json:"name" minLength:"1" maxLength:"255" example:"Engine No. 3"`
	Group  string `json:"group,omitempty" maxLength:"255"`
	Status string `json:"status,omitempty" enum:"active,on_hold,archived" default:"active"`
}

type updateProjectRequest struct {
	Name     *string `json:"name,omitempty" minLength:"1" maxLength:"255"`
	Group    *string `json:"group,omitempty" nullable:"true" maxLength:"255" doc:"An empty text removes the project from its group."`
	Status   *string `json:"status,omitempty" enum:"active,on_hold,archived" example:"archived"`
	Overview *string `json:"overview,omitempty" nullable:"true"`
}

func (c updateProjectRequest) projectChange() projects.Change {
	change := projects.Change{Name: c.Name, Group: c.Group, Overview: c.Overview}
	if c.Status != nil {
		status := model.ProjectStatus(*c.Status)
		change.Status = &status
	}
	return change
}

type setAssigneesRequest struct {
	Users []int64 `json:"user_ids" maxItems:"1000" doc:"The complete list. Other users are no longer assigned." example:"[42]"`
}
