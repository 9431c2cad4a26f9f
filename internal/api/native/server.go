package native

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
)

func (a api) addServerOperations(h huma.API) {
	const tag = "server"
	add(h, operation{id: "listPermissions", method: "GET", path: "/permissions", permission: directory.SelfRead, tag: tag,
		summary: "List permissions", description: "Returns all permissions that roles, credentials and operations refer to."}, listPermissions)
	add(h, operation{id: "checkPermission", method: "GET", path: "/can", permission: directory.SelfRead, tag: tag,
		summary: "Check a permission",
		description: "Explains whether a user holds a permission, and why. Every user can ask about their own permissions; the answer takes the " +
			"credential of the request into account. Administrators can ask about any user."}, a.checkPermission)
	add(h, operation{id: "getStatistics", class: expensive(), method: "GET", path: "/statistics", permission: directory.ServerManage, tag: tag,
		summary: "Get statistics of the server"}, a.getStatistics)
	add(h, operation{id: "listFailedEmails", class: expensive(), method: "GET", path: "/emails/failed", permission: directory.ServerManage, tag: tag,
		summary:     "List failed emails",
		description: "Returns emails that the mail server rejected permanently, or that could not be sent in time. They are kept for 30 days."}, a.listFailedEmails)
	add(h, operation{id: "resendFailedEmail", method: "POST", path: "/emails/failed/{email}/resend", permission: directory.ServerManage, tag: tag,
		summary: "Resend a failed email", description: "The text is not changed: links in it may have expired."}, a.resendFailedEmail)
	add(h, operation{id: "getKeyByFingerprint", method: "GET", path: "/keys", permission: directory.SelfRead, tag: "SSH keys",
		summary: "Get an SSH key by its fingerprint", description: "Searches the keys of the users that the caller can see."}, a.getKeyByFingerprint)
}

type permission struct {
	Name        string `json:"name" example:"users.invite"`
	Description string `json:"description" doc:"What a holder of the permission may do." example:"invite users to an organization"`
	HeldBy      string `json:"held_by" enum:"everybody,roles,administrators" doc:"Which users can hold the permission: all active users for their own account, users with a role of an organization, or only administrators of the server." example:"roles"`
}

func listPermissions(context.Context, directory.Actor, *struct{}) (*body[list[permission]], error) {
	return bodyOf(completeList(directory.AllPermissions(), func(p directory.Permission) permission {
		return permission{string(p), p.Description(), p.HeldBy()}
	})), nil
}

type permissionCheck struct {
	Allowed bool   `json:"allowed"`
	Reason  string `json:"reason" enum:"administrator,everybody,role,scope,not_member,no_role,not_admin,state" doc:"Stable, machine-readable reason."`
	Role    *role  `json:"role,omitempty" doc:"The role that the answer depends on, if any."`
	Detail  string `json:"detail" doc:"The reason in words." example:"the role Member lacks users.invite; an Admin of the organization can give another one"`
}

func (a api) checkPermission(ctx context.Context, actor directory.Actor, in *struct {
	Permission   string `query:"permission" required:"true" minLength:"1" maxLength:"100" doc:"The name of a permission; see /permissions." example:"users.invite"`
	Organization int64  `query:"organization_id" minimum:"1" doc:"If absent, the whole server." example:"1"`
	User         int64  `query:"user_id" minimum:"1" doc:"If absent, the caller."`
}) (*body[permissionCheck], error) {
	r, err := a.directory.CheckPermission(ctx, actor, directory.PermissionQuery{
		User: directory.UserID(in.User), Permission: directory.Permission(in.Permission), Org: directory.OrgID(in.Organization),
	})
	if err != nil {
		return nil, err
	}
	said := permissionCheck{Allowed: r.Allowed, Reason: r.Reason, Detail: r.Detail}
	if r.Role.ID != 0 {
		shown := newRole(r.Role)
		said.Role = &shown
	}
	return bodyOf(said), nil
}

type statistics struct {
	Users         int   `json:"users" example:"120"`
	Active        int   `json:"active" example:"110"`
	Blocked       int   `json:"blocked" example:"8"`
	Invited       int   `json:"invited" example:"2"`
	Admins        int   `json:"administrators" doc:"Active administrators." example:"2"`
	Organizations int   `json:"organizations" example:"3"`
	Events        int64 `json:"events" doc:"All events ever recorded." example:"4711"`
	FailedEmails  int   `json:"failed_emails" doc:"See /emails/failed." example:"0"`
}

func (a api) getStatistics(ctx context.Context, actor directory.Actor, _ *struct{}) (*body[statistics], error) {
	s, err := a.directory.Statistics(ctx, actor)
	if err != nil {
		return nil, err
	}
	return bodyOf(statistics{s.Users, s.Active, s.Blocked, s.Invited, s.Admins, s.Organizations, int64(s.Events), s.FailedMails}), nil
}
