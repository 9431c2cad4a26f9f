package codebase

import (
	"net/http"

	"roster.example/roster/internal/model"
)

// listProjects answers GET /projects with the projects of the account that the actor can see.
func (a *api) listProjects(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	projects, err := a.directory.Projects(r.Context(), actor, actor.OrgID())
	if err != nil {
		return err
	}
	shown := make([]value, 0, len(projects))
	for _, p := range projects {
		shown = append(shown, newProject(p))
	}
	writeDocument(w, r, http.StatusOK, listDocument("projects", "project", shown))
	return nil
}

// getProject answers GET /projects/{project} and GET /{project}. A project that the actor cannot
// see is not found.
func (a *api) getProject(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	p, err := a.directory.Project(r.Context(), actor, actor.OrgID(), r.PathValue("project"))
	if err != nil {
		return err
	}
	writeDocument(w, r, http.StatusOK, objectDocument("project", newProject(p)))
	return nil
}
