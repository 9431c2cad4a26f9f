package client

import (
	"context"
	"net/http"
	"time"
)

// Project is what people of an organization are assigned to.
type Project struct {
	ID             int64     `json:"id"`
	OrganizationID int64     `json:"organization_id"`
	Name           string    `json:"name"`
	Permalink      string    `json:"permalink"` // made of the first name; it stays when that changes
	Group          string    `json:"group"`     // empty for none
	Status         string    `json:"status"`    // active, on_hold or archived
	Overview       string    `json:"overview"`
	CreatedAt      time.Time `json:"created_at"`

	// ETag is the version that was read. Lists have none.
	ETag string `json:"-"`
}

func (p *Project) setETag(etag string) { p.ETag = etag }

// NewProject is a project to be made.
type NewProject struct {
	Name   string `json:"name"`
	Group  string `json:"group,omitempty"`
	Status string `json:"status,omitempty"` // empty is active
}

// ProjectChange is what to change of a project; nil leaves it as it is.
type ProjectUpdate struct {
	Name     *string `json:"name,omitempty"`
	Group    *string `json:"group,omitempty"` // an empty text takes it out of its group
	Status   *string `json:"status,omitempty"`
	Overview *string `json:"overview,omitempty"`

	// Null are the fields to clear.
	Null []Field `json:"-"`

	IfMatch string `json:"-"` // the ETag that was read; empty changes any version
}

// Projects is about what people are assigned to. A project is named by its
// organization and its permalink.
type Projects struct{ c *Client }

// List lists the projects the caller is assigned to, or all with projects.read_all.
func (s Projects) List(ctx context.Context, organization int64) ([]Project, error) {
	return listAll[Project](ctx, s.c, path("/organizations/%d/projects", organization))
}

// Get shows a project.
func (s Projects) Get(ctx context.Context, organization int64, permalink string) (Project, error) {
	return get[Project](ctx, s.c, path("/organizations/%d/projects/%s", organization, permalink), nil)
}

// Create makes a project.
func (s Projects) Create(ctx context.Context, organization int64, n NewProject) (Project, error) {
	return create[Project](ctx, s.c, path("/organizations/%d/projects", organization), n)
}

// Change changes a project. The permalink stays.
func (s Projects) Update(ctx context.Context, organization int64, permalink string, change ProjectUpdate) (Project, error) {
	return patch[Project](ctx, s.c, path("/organizations/%d/projects/%s", organization, permalink), change, change.IfMatch)
}

// Delete deletes a project, with who is assigned to it. Invitations do not bring it any
// more, and the permalink is free again.
func (s Projects) Delete(ctx context.Context, organization int64, permalink string) error {
	return s.DeleteVersion(ctx, organization, permalink, "")
}

// DeleteVersion is Delete for the version alone that was read, by its ETag: ErrChanged
// when somebody was faster.
func (s Projects) DeleteVersion(ctx context.Context, organization int64, permalink, etag string) error {
	return s.c.deleteVersion(ctx, path("/organizations/%d/projects/%s", organization, permalink), etag)
}

// Assignees lists who is assigned to a project.
func (s Projects) ListAssignees(ctx context.Context, organization int64, permalink string) ([]User, error) {
	return listAll[User](ctx, s.c, path("/organizations/%d/projects/%s/assignees", organization, permalink))
}

// assignees are the body of an assignment.
type setAssigneesRequest struct {
	UserIDs []int64 `json:"user_ids"`
}

// Assign makes these people, and nobody else, those who are assigned. People who are
// no members are passed over. It returns who is assigned now.
func (s Projects) SetAssignees(ctx context.Context, organization int64, permalink string, users []int64) ([]User, error) {
	if users == nil {
		users = []int64{} // JSON would show null
	}
	var page Page[User]
	_, err := s.c.do(ctx, request{
		method: http.MethodPut, path: path("/organizations/%d/projects/%s/assignees", organization, permalink), body: setAssigneesRequest{users},
	}, &page)
	return page.Items, err
}
