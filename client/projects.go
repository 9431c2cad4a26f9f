package client

import (
	"context"
	"net/http"
	"time"
)

// Project is a project of an organization, to which members are assigned.
type Project struct {
	ID             int64     `json:"id"`
	OrganizationID int64     `json:"organization_id"`
	Name           string    `json:"name"`
	Permalink      string    `json:"permalink"` // derived from the first name; it does not change
	Group          string    `json:"group"`     // empty if the project is in no group
	Status         string    `json:"status"`    // active, on_hold or archived
	Overview       string    `json:"overview"`
	CreatedAt      time.Time `json:"created_at"`

	// ETag is the version that was read. It is empty in lists.
	ETag string `json:"-"`
}

func (p *Project) setETag(etag string) { p.ETag = etag }

// NewProject is the input that creates a project.
type NewProject struct {
	Name   string `json:"name"`
	Group  string `json:"group,omitempty"`
	Status string `json:"status,omitempty"` // empty means active
}

// ProjectUpdate is an update of a project. Fields that are nil are not changed.
type ProjectUpdate struct {
	Name     *string `json:"name,omitempty"`
	Group    *string `json:"group,omitempty"` // an empty text removes it from its group
	Status   *string `json:"status,omitempty"`
	Overview *string `json:"overview,omitempty"`

	// Null lists the fields to clear.
	Null []Field `json:"-"`

	IfMatch string `json:"-"` // the ETag that was read; empty for any version
}

// Projects contains operations on projects. A project is identified by its organization and its permalink.
type Projects struct{ c *Client }

// List returns the projects that the caller is assigned to; with the permission projects.read_all, all projects.
func (s Projects) List(ctx context.Context, organization int64) ([]Project, error) {
	return listAll[Project](ctx, s.c, path("/organizations/%d/projects", organization))
}

// Get returns a project.
func (s Projects) Get(ctx context.Context, organization int64, permalink string) (Project, error) {
	return get[Project](ctx, s.c, path("/organizations/%d/projects/%s", organization, permalink), nil)
}

// Create creates a project.
func (s Projects) Create(ctx context.Context, organization int64, n NewProject) (Project, error) {
	return create[Project](ctx, s.c, path("/organizations/%d/projects", organization), n)
}

// Update updates a project. The permalink does not change.
func (s Projects) Update(ctx context.Context, organization int64, permalink string, change ProjectUpdate) (Project, error) {
	return patch[Project](ctx, s.c, path("/organizations/%d/projects/%s", organization, permalink), change, change.IfMatch)
}

// Delete deletes a project with its assignments. Open invitations no longer include it, and the permalink can be used
// again.
func (s Projects) Delete(ctx context.Context, organization int64, permalink string) error {
	return s.DeleteVersion(ctx, organization, permalink, "")
}

// DeleteVersion is Delete for one version, given by its ETag. If the project has changed since, the error is ErrChanged.
func (s Projects) DeleteVersion(ctx context.Context, organization int64, permalink, etag string) error {
	return s.c.deleteVersion(ctx, path("/organizations/%d/projects/%s", organization, permalink), etag)
}

// ListAssignees returns the users who are assigned to a project.
func (s Projects) ListAssignees(ctx context.Context, organization int64, permalink string) ([]User, error) {
	return listAll[User](ctx, s.c, path("/organizations/%d/projects/%s/assignees", organization, permalink))
}

// setAssigneesRequest is the body that sets the assigned users.
type setAssigneesRequest struct {
	UserIDs []int64 `json:"user_ids"`
}

// SetAssignees replaces the list of assigned users and returns it.
func (s Projects) SetAssignees(ctx context.Context, organization int64, permalink string, users []int64) ([]User, error) {
	if users == nil {
		users = []int64{} // JSON would encode nil as null
	}
	var page Page[User]
	_, err := s.c.do(ctx, request{
		method: http.MethodPut, path: path("/organizations/%d/projects/%s/assignees", organization, permalink), body: setAssigneesRequest{users},
	}, &page)
	return page.Items, err
}
