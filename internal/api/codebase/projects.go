package codebase

import (
	"net/http"

	"roster.example/roster/internal/directory"
)

// projects answers GET /projects with the projects of the account that the caller
// may see.
func (a *api) projects(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	projects, err := a.directory.Projects(r.Context(), who, who.OrgID())
	if err != nil {
		return err
	}
	shown := make([]value, 0, len(projects))
	for _, p := range projects {
		shown = append(shown, newProject(p))
	}
	answer(w, r, http.StatusOK, list("projects", "project", shown))
	return nil
}

// project answers GET /projects/{project} and GET /{project}. A project that the caller may not see is
// not found.
func (a *api) project(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	p, err := a.directory.Project(r.Context(), who, who.OrgID(), r.PathValue("project"))
	if err != nil {
		return err
	}
	answer(w, r, http.StatusOK, one("project", newProject(p)))
	return nil
}
