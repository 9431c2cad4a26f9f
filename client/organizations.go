package client

import (
	"context"
	"net/http"
	"time"
)

// Organization is a group of users with roles.
type Organization struct {
	ID            int64     `json:"id"`
	Name          string    `json:"name"` // unique without regard to case
	Slug          string    `json:"slug"` // lower-case letters, digits and hyphens
	Home          bool      `json:"home"` // users created without an organization become members of this one
	DefaultRoleID int64     `json:"default_role_id"`
	SecondFactor  bool      `json:"require_second_factor"` // whether the members need a second factor
	CreatedAt     time.Time `json:"created_at"`
	UpdatedAt     time.Time `json:"updated_at"`

	// ETag is the version that was read. It is empty in lists.
	ETag string `json:"-"`
}

func (o *Organization) setETag(etag string) { o.ETag = etag }

// Membership is an organization of a user with the role of the user.
type Membership struct {
	Organization Organization `json:"organization"`
	Role         Role         `json:"role"`
}

// Organizations contains operations on organizations.
type Organizations struct{ c *Client }

// organizationRequest is the body of a creation or renaming.
type organizationRequest struct {
	Name string `json:"name"`
}

// List returns the organizations of the caller. Administrators with a credential of the scope api see all.
func (s Organizations) List(ctx context.Context) ([]Organization, error) {
	return listAll[Organization](ctx, s.c, "/organizations")
}

// Get returns an organization.
func (s Organizations) Get(ctx context.Context, id int64) (Organization, error) {
	return get[Organization](ctx, s.c, path("/organizations/%d", id), nil)
}

// Create creates an organization. The caller becomes its Admin.
func (s Organizations) Create(ctx context.Context, name string) (Organization, error) {
	return create[Organization](ctx, s.c, "/organizations", organizationRequest{name})
}

// requireSecondFactorRequest says whether members need a second factor.
type requireSecondFactorRequest struct {
	Required bool `json:"required"`
}

// RequireSecondFactor sets whether the members need a second factor. A session of a member without one can then only add
// one.
func (s Organizations) RequireSecondFactor(ctx context.Context, id int64, required bool) (Organization, error) {
	var changed Organization
	got, err := s.c.do(ctx, request{method: http.MethodPut, path: path("/organizations/%d/second-factor", id), body: requireSecondFactorRequest{required}}, &changed)
	changed.ETag = got.etag
	return changed, err
}

// Rename renames an organization.
func (s Organizations) Rename(ctx context.Context, id int64, name string) (Organization, error) {
	return s.RenameVersion(ctx, id, name, "")
}

// RenameVersion is Rename for one version, given by its ETag. If the organization has changed since, the error is
// ErrChanged.
func (s Organizations) RenameVersion(ctx context.Context, id int64, name, etag string) (Organization, error) {
	return patch[Organization](ctx, s.c, path("/organizations/%d", id), organizationRequest{name}, etag)
}

// Delete deletes an organization. Its members are kept. Its roles, projects and invitations are deleted.
func (s Organizations) Delete(ctx context.Context, id int64) error {
	return s.c.delete(ctx, path("/organizations/%d", id))
}
