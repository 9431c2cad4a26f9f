package native

import (
	"context"

	"roster.example/roster/internal/access"
	"roster.example/roster/internal/model"
)

type permission struct {
	Name        string `json:"name" example:"users.invite"`
	Description string `json:"description" doc:"What a holder of the permission may do." example:"invite users to an organization"`
	HeldBy      string `json:"held_by" enum:"all_users,roles,administrators" doc:"Which users can hold the permission: all active users for their own account, users with a role of an organization, or only administrators of the server." example:"roles"`
}

func listPermissions(context.Context, model.Actor, *struct{}) (*body[list[permission]], error) {
	return bodyOf(completeList(model.AllPermissions(), func(p model.Permission) permission {
		return permission{string(p), p.Description(), p.HeldBy()}
	})), nil
}

type permissionCheck struct {
	Allowed bool   `json:"allowed"`
	Reason  string `json:"reason" enum:"administrator,all_users,role,scope,not_member,no_role,not_admin,state" doc:"Stable, machine-readable reason."`
	Role    *role  `json:"role,omitempty" doc:"The role that the answer depends on, if any."`
	Detail  string `json:"detail" doc:"The reason in words." example:"the role Member lacks users.invite; an Admin of the organization can give another one"`
}

func (a api) checkPermission(ctx context.Context, actor model.Actor, in *struct {
	Permission   string `query:"permission" required:"true" minLength:"1" maxLength:"100" doc:"The name of a permission; see /permissions." example:"users.invite"`
	Organization int64  `query:"organization_id" minimum:"1" doc:"If absent, the whole server." example:"1"`
	User         int64  `query:"user_id" minimum:"1" doc:"If absent, the caller."`
}) (*body[permissionCheck], error) {
	r, err := a.directory.CheckPermission(ctx, actor, access.Query{
		User: model.UserID(in.User), Permission: model.Permission(in.Permission), Org: model.OrgID(in.Organization),
	})
	if err != nil {
		return nil, err
	}
	check := permissionCheck{Allowed: r.Allowed, Reason: r.Reason, Detail: r.Detail}
	if r.Role.ID != 0 {
		role := newRole(r.Role)
		check.Role = &role
	}
	return bodyOf(check), nil
}
