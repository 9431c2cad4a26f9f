package native

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
)

// ByRole is the input of what concerns one role.
type ByRole struct {
	ByOrganization
	Role int64 `path:"role" minimum:"1" doc:"The role." example:"4"`
}

func (a api) roles(h huma.API) {
	const tag, path = "roles", "/organizations/{organization}/roles"
	add(h, operation{id: "listRoles", class: expensive(), method: "GET", path: path, needs: directory.RolesRead, tag: tag,
		summary: "List the roles of an organization", about: "Built-in ones first."}, a.listRoles)
	addKeyed(h, operation{id: "createRole", method: "POST", path: path, needs: directory.RolesManage, tag: tag, status: http.StatusCreated,
		summary: "Make a role", about: "It cannot hold more than the caller."}, a.createRole, createdRole)
	add(h, operation{id: "getRole", method: "GET", path: path + "/{role}", needs: directory.RolesRead, tag: tag, summary: "Show a role"}, a.getRole)
	add(h, operation{id: "changeRole", method: "PATCH", path: path + "/{role}", needs: directory.RolesManage, tag: tag,
		summary: "Change a role", about: "Of a built-in role only default can be set."}, a.changeRole)
	add(h, operation{id: "deleteRole", method: "DELETE", path: path + "/{role}", needs: directory.RolesManage, tag: tag, status: http.StatusNoContent,
		summary: "Delete a role", about: "One that no member holds."}, a.deleteRole)
}

func (a api) listRoles(ctx context.Context, who directory.Actor, in *ByOrganization) (*body[list[role]], error) {
	all, err := a.directory.Roles(ctx, who, in.org())
	if err != nil {
		return nil, err
	}
	return bodyOf(whole(all, newRole)), nil
}

func (a api) createRole(ctx context.Context, who directory.Actor, in *struct {
	ByOrganization
	Keyed
	Body newRoleIn
}) (directory.Role, error) {
	return a.directory.CreateRole(ctx, who, directory.NewRole{
		Org: in.org(), Name: in.Body.Name, Permissions: each(in.Body.Permissions, fromText[directory.Permission]), Default: in.Body.Default,
	})
}

func createdRole(r directory.Role) *made[role] {
	return &made[role]{Location: at("/organizations/%d/roles/%d", r.Org, r.ID), ETag: etag(r.Version()), Body: newRole(r)}
}

func (a api) getRole(ctx context.Context, who directory.Actor, in *ByRole) (*tagged[role], error) {
	return tagRole(a.directory.Role(ctx, who, in.org(), directory.RoleID(in.Role)))
}

func tagRole(r directory.Role, err error) (*tagged[role], error) {
	if err != nil {
		return nil, err
	}
	return &tagged[role]{ETag: etag(r.Version()), Body: newRole(r)}, nil
}

func (a api) changeRole(ctx context.Context, who directory.Actor, in *struct {
	ByRole
	OnCondition
	Body roleChangeIn
}) (*tagged[role], error) {
	change := in.Body.change()
	change.IfVersion = in.version()
	return tagRole(a.directory.ChangeRole(ctx, who, in.org(), directory.RoleID(in.Role), change))
}

func (a api) deleteRole(ctx context.Context, who directory.Actor, in *ByRole) (*nothing, error) {
	return nil, a.directory.DeleteRole(ctx, who, in.org(), directory.RoleID(in.Role))
}
