package native

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/model"
)

func (a api) addServerOperations(h huma.API) {
	const tag = "server"
	add(h, operation{id: "listPermissions", method: "GET", path: "/permissions", permission: model.SelfRead, tag: tag,
		summary: "List permissions", description: "Returns all permissions that roles, credentials and operations refer to."}, listPermissions)
	add(h, operation{id: "checkPermission", method: "GET", path: "/can", permission: model.SelfRead, tag: tag,
		summary: "Check a permission",
		description: "Explains whether a user holds a permission, and why. Every user can ask about their own permissions; the answer takes the " +
			"credential of the request into account. Administrators can ask about any user."}, a.checkPermission)
	add(h, operation{id: "getStatistics", class: expensive(), method: "GET", path: "/statistics", permission: model.ServerManage, tag: tag,
		summary: "Get statistics of the server"}, a.getStatistics)
	add(h, operation{id: "listFailedEmails", class: expensive(), method: "GET", path: "/emails/failed", permission: model.ServerManage, tag: tag,
		summary:     "List failed emails",
		description: "Returns emails that the mail server rejected permanently, or that could not be sent in time. They are kept for 30 days."}, a.listFailedEmails)
	add(h, operation{id: "resendFailedEmail", method: "POST", path: "/emails/failed/{email}/resend", permission: model.ServerManage, tag: tag,
		summary: "Resend a failed email", description: "The text is not changed: links in it may have expired."}, a.resendFailedEmail)
	add(h, operation{id: "getKeyByFingerprint", method: "GET", path: "/keys", permission: model.SelfRead, tag: "SSH keys",
		summary: "Get an SSH key by its fingerprint", description: "Searches the keys of the users that the caller can see."}, a.getKeyByFingerprint)
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

func (a api) getStatistics(ctx context.Context, actor model.Actor, _ *struct{}) (*body[statistics], error) {
	s, err := a.directory.Statistics(ctx, actor)
	if err != nil {
		return nil, err
	}
	return bodyOf(statistics{s.Users, s.Active, s.Blocked, s.Invited, s.Admins, s.Organizations, int64(s.Events), s.FailedMails}), nil
}
