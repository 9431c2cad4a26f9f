package client

import (
	"context"
	"time"
)

// Role is a named set of permissions inside an organization. 1 (Admin), 2 (Member) and 3 (Pending) are built in.
type Role struct {
	ID          int64      `json:"id"`
	Name        string     `json:"name"`
	Builtin     bool       `json:"builtin"` // exists in every organization and cannot be changed
	Default     bool       `json:"default"` // new members get it unless another is given
	Permissions []string   `json:"permissions"`
	CreatedAt   *time.Time `json:"created_at"` // nil for built-in roles

	// ETag is the version that was read. It is empty in lists.
	ETag string `json:"-"`
}

func (r *Role) setETag(etag string) { r.ETag = etag }

// NewRole is the input that creates a role.
type NewRole struct {
	Name        string   `json:"name"`
	Permissions []string `json:"permissions,omitempty"` // only permissions that the caller holds
	Default     bool     `json:"default,omitempty"`
}

// RoleUpdate is an update of a role. Fields that are nil are not changed.
type RoleUpdate struct {
	Name        *string   `json:"name,omitempty"`
	Permissions *[]string `json:"permissions,omitempty"`
	Default     bool      `json:"default,omitempty"` // true makes it the default role

	IfMatch string `json:"-"` // the ETag that was read; empty for any version
}

// Roles contains operations on roles.
type Roles struct{ c *Client }

// List returns the roles of an organization, built-in roles first.
func (s Roles) List(ctx context.Context, organization int64) ([]Role, error) {
	return listAll[Role](ctx, s.c, path("/organizations/%d/roles", organization))
}

// Get returns a role.
func (s Roles) Get(ctx context.Context, organization, id int64) (Role, error) {
	return get[Role](ctx, s.c, path("/organizations/%d/roles/%d", organization, id), nil)
}

// Create creates a role. It cannot have a permission that the caller does not hold.
func (s Roles) Create(ctx context.Context, organization int64, n NewRole) (Role, error) {
	return create[Role](ctx, s.c, path("/organizations/%d/roles", organization), n)
}

// Update updates a role. Of a built-in role only Default can be set.
func (s Roles) Update(ctx context.Context, organization, id int64, change RoleUpdate) (Role, error) {
	return patch[Role](ctx, s.c, path("/organizations/%d/roles/%d", organization, id), change, change.IfMatch)
}

// Delete deletes a role that no member holds.
func (s Roles) Delete(ctx context.Context, organization, id int64) error {
	return s.c.delete(ctx, path("/organizations/%d/roles/%d", organization, id))
}
