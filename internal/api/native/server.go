package native

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
)

func (a api) addServerOperations(h huma.API) {
	const tag = "server"
	add(h, operation{id: "listPermissions", method: "GET", path: "/permissions", permission: directory.SelfRead, tag: tag,
		summary: "List the permissions", description: "Everything that a role, a credential or an operation can speak of."}, listPermissions)
	add(h, operation{id: "can", method: "GET", path: "/can", permission: directory.SelfRead, tag: tag,
		summary: "Explain a permission", description: "Whether somebody may do something, and why. About oneself, with the credential at hand; administrators about anybody."}, a.checkPermission)
	add(h, operation{id: "getStatistics", class: expensive(), method: "GET", path: "/statistics", permission: directory.ServerManage, tag: tag, summary: "Count what the server holds"}, a.getStatistics)
	add(h, operation{id: "listFailedEmails", class: expensive(), method: "GET", path: "/emails/failed", permission: directory.ServerManage, tag: tag,
		summary: "List emails that were given up", description: "Those that the mail server rejected for good, or that could not be sent for too long. They are kept for 30 days."}, a.listFailedEmails)
	add(h, operation{id: "resendFailedEmail", method: "POST", path: "/emails/failed/{email}/resend", permission: directory.ServerManage, tag: tag,
		summary: "Send an email again that was given up", description: "As it was written: a link in it may have expired."}, a.resendFailedEmail)
	add(h, operation{id: "findKey", method: "GET", path: "/keys", permission: directory.SelfRead, tag: "SSH keys", summary: "Find whose SSH key it is",
		description: "By fingerprint, among people whom the caller may see."}, a.getKeyByFingerprint)
}

type permission struct {
	Name        string `json:"name" example:"users.invite"`
	Description string `json:"about" doc:"What it lets one do." example:"ask people to join an organization"`
	HeldBy      string `json:"held_by" enum:"everybody,roles,administrators" doc:"Who can hold it: every active person about oneself, roles of an organization, or administrators of the server alone." example:"roles"`
}

func listPermissions(context.Context, directory.Actor, *struct{}) (*body[list[permission]], error) {
	return bodyOf(completeList(directory.AllPermissions(), func(p directory.Permission) permission {
		return permission{string(p), p.Description(), p.HeldBy()}
	})), nil
}

type permissionCheck struct {
	Allowed bool   `json:"allowed"`
	Reason  string `json:"reason" enum:"administrator,everybody,role,scope,not_member,no_role,not_admin,state" doc:"Why, in a word that stays."`
	Role    *role  `json:"role,omitempty" doc:"The role that allows or refuses it, where one does."`
	Detail  string `json:"detail" doc:"Why, in words." example:"the role Member lacks users.invite; an Admin of the organization can give another one"`
}

func (a api) checkPermission(ctx context.Context, who directory.Actor, in *struct {
	Permission   string `query:"permission" required:"true" minLength:"1" maxLength:"100" doc:"See /permissions." example:"users.invite"`
	Organization int64  `query:"organization_id" minimum:"1" doc:"The organization it is about; absent for the whole server." example:"1"`
	User         int64  `query:"user_id" minimum:"1" doc:"About whom; absent for oneself."`
}) (*body[permissionCheck], error) {
	r, err := a.directory.CheckPermission(ctx, who, directory.PermissionQuery{
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
	Admins        int   `json:"administrators" doc:"Who can come in." example:"2"`
	Organizations int   `json:"organizations" example:"3"`
	Events        int64 `json:"events" doc:"Ever recorded." example:"4711"`
	FailedEmails  int   `json:"failed_emails" doc:"Emails that were given up; see /emails/failed." example:"0"`
}

func (a api) getStatistics(ctx context.Context, who directory.Actor, _ *struct{}) (*body[statistics], error) {
	s, err := a.directory.Statistics(ctx, who)
	if err != nil {
		return nil, err
	}
	return bodyOf(statistics{s.Users, s.Active, s.Blocked, s.Invited, s.Admins, s.Organizations, int64(s.Events), s.FailedMails}), nil
}
