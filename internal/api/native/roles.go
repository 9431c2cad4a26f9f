package native

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/model"
	roles "roster.example/roster/internal/role"
)

// ByRole is the input of operations on one role.
type ByRole struct {
	ByOrganization
	Role int64 `path:"role" minimum:"1" doc:"The id of the role." example:"4"`
}

func (a api) addRoleOperations(h huma.API) {
	const tag, path = "roles", "/organizations/{organization}/roles"
	add(h, operation{id: "listRoles", class: expensive(), method: "GET", path: path, permission: model.RolesRead, tag: tag,
		summary: "List the roles of an organization", description: "Built-in roles are first."}, a.listRoles)
	addKeyed(h, operation{id: "createRole", method: "POST", path: path, permission: model.RolesManage, tag: tag, status: http.StatusCreated,
		summary: "Create a role", description: "The role cannot have a permission that the caller does not hold."}, a.createRole, createdRole)
	add(h, operation{id: "getRole", method: "GET", path: path + "/{role}", permission: model.RolesRead, tag: tag,
		summary: "Get a role"}, a.getRole)
	add(h, operation{id: "updateRole", method: "PATCH", path: path + "/{role}", permission: model.RolesManage, tag: tag,
		summary: "Update a role", description: "Of a built-in role, only default can be set."}, a.updateRole)
	add(h, operation{id: "deleteRole", method: "DELETE", path: path + "/{role}", permission: model.RolesManage, tag: tag, status: http.StatusNoContent,
		summary: "Delete a role", description: "A role that a member holds cannot be deleted."}, a.deleteRole)
}

func (a api) listRoles(ctx context.Context, actor model.Actor, in *ByOrganization) (*body[list[role]], error) {
	all, err := a.directory.Roles(ctx, actor, in.org())
	if err != nil {
		return nil, err
	}
	return bodyOf(completeList(all, newRole)), nil
}

func (a api) createRole(ctx context.Context, actor model.Actor, in *struct {
	ByOrganization
	Keyed
	Body createRoleRequest
}) (model.Role, error) {
	return a.directory.CreateRole(ctx, actor, roles.NewRole{
		Org: in.org(), Name: in.Body.Name, Permissions: mapSlice(in.Body.Permissions, fromText[model.Permission]), Default: in.Body.Default,
	})
}

func createdRole(r model.Role) *created[role] {
	return &created[role]{Location: apiPath("/organizations/%d/roles/%d", r.Org, r.ID), ETag: etag(r.Version()), Body: newRole(r)}
}

func (a api) getRole(ctx context.Context, actor model.Actor, in *ByRole) (*versioned[role], error) {
	return versionedRole(a.directory.Role(ctx, actor, in.org(), model.RoleID(in.Role)))
}

func versionedRole(r model.Role, err error) (*versioned[role], error) {
	if err != nil {
		return nil, err
	}
	return &versioned[role]{ETag: etag(r.Version()), Body: newRole(r)}, nil
}

func (a api) updateRole(ctx context.Context, actor model.Actor, in *struct {
	ByRole
	IfMatchHeader
	Body updateRoleRequest
}) (*versioned[role], error) {
	change := in.Body.roleChange()
	change.IfVersion = in.version()
	return versionedRole(a.directory.ChangeRole(ctx, actor, in.org(), model.RoleID(in.Role), change))
}

func (a api) deleteRole(ctx context.Context, actor model.Actor, in *ByRole) (*noContent, error) {
	return nil, a.directory.DeleteRole(ctx, actor, in.org(), model.RoleID(in.Role))
}

type role struct {
	ID          int64      `json:"id" doc:"1 (Admin), 2 (Member) and 3 (Pending) are built in." example:"2"`
	Name        string     `json:"name" example:"Member"`
	Builtin     bool       `json:"builtin" doc:"Built-in roles exist in every organization and cannot be changed."`
	Default     bool       `json:"default" doc:"Whether new members get this role unless another is given."`
	Permissions []string   `json:"permissions" doc:"What members with this role may do in the organization." example:"[\"users.read\"]"`
	CreatedAt   *time.Time `json:"created_at,omitempty" doc:"Absent for built-in roles." example:"2026-01-02T15:04:05Z"`
}

func newRole(r model.Role) role {
	result := role{ID: int64(r.ID), Name: r.Name, Builtin: r.Org == 0, Default: r.Default, Permissions: mapSlice(r.Permissions, asText[model.Permission])}
	if r.Org != 0 {
		result.CreatedAt = timeOrNil(r.CreatedAt)
	}
	return result
}

type createRoleRequest struct {
	Name        string   `json:"name" minLength:"1" maxLength:"255" example:"Recruiter"`
	Permissions []string `json:"permissions,omitempty" maxItems:"50" doc:"See /permissions. Callers can only grant permissions that they hold." example:"[\"users.read\", \"users.invite\"]"`
	Default     bool     `json:"default,omitempty"`
}

type updateRoleRequest struct {
	Name        *string   `json:"name,omitempty" minLength:"1" maxLength:"255"`
	Permissions *[]string `json:"permissions,omitempty" maxItems:"50"`
	Default     bool      `json:"default,omitempty" doc:"true makes this role the default. To end that, make another role the default." example:"true"`
}

func (c updateRoleRequest) roleChange() roles.Change {
	change := roles.Change{Name: c.Name, Default: c.Default}
	if c.Permissions != nil {
		given := mapSlice(*c.Permissions, fromText[model.Permission])
		change.Permissions = &given
	}
	return change
}
