package client

import (
	"context"
	"iter"
	"net/url"
	"time"
)

// Permission describes a permission.
type Permission struct {
	Name        string `json:"name"`        // "users.invite"
	Description string `json:"description"` // what a holder may do
	HeldBy      string `json:"held_by"`     // all_users, roles or administrators
}

// ListPermissions returns all permissions that roles, credentials and operations refer to.
func (c *Client) ListPermissions(ctx context.Context) ([]Permission, error) {
	return listAll[Permission](ctx, c, "/permissions")
}

// PermissionQuery asks whether a user holds a permission.
type PermissionQuery struct {
	Permission     string // see [Client.ListPermissions]
	OrganizationID int64  // 0 for the whole server
	UserID         int64  // 0 for the caller; administrators can ask about any user
}

// PermissionCheck is the answer with its reason.
type PermissionCheck struct {
	Allowed bool   `json:"allowed"`
	Reason  string `json:"reason"` // stable code: administrator, all_users, role, scope, …
	Role    *Role  `json:"role"`   // the role that the answer depends on, if any
	Detail  string `json:"detail"` // in words
}

// CheckPermission explains whether a user holds a permission, and why.
func (c *Client) CheckPermission(ctx context.Context, q PermissionQuery) (PermissionCheck, error) {
	query := values{}.text("permission", q.Permission).number("organization_id", q.OrganizationID).number("user_id", q.UserID)
	return get[PermissionCheck](ctx, c, "/can", url.Values(query))
}

// Statistics holds the numbers of objects of the server.
type Statistics struct {
	Users          int   `json:"users"`
	Active         int   `json:"active"`
	Blocked        int   `json:"blocked"`
	Invited        int   `json:"invited"`
	Administrators int   `json:"administrators"` // active administrators
	Organizations  int   `json:"organizations"`
	Events         int64 `json:"events"`        // all events ever recorded
	FailedEmails   int   `json:"failed_emails"` // see [Client.ListFailedEmails]
}

// GetStatistics returns the statistics of the server. Only for administrators.
func (c *Client) GetStatistics(ctx context.Context) (Statistics, error) {
	return get[Statistics](ctx, c, "/statistics", nil)
}

// FailedEmail is an email that the mail server rejected permanently, or that could not be sent in time.
type FailedEmail struct {
	ID           int64     `json:"id"`
	To           string    `json:"to"`
	Subject      string    `json:"subject"`
	CreatedAt    time.Time `json:"created_at"`
	Attempts     int       `json:"attempts"`
	Reason       string    `json:"reason"`        // the answer of the mail server
	InvitationID int64     `json:"invitation_id"` // 0 if the email contains no invitation
}

// ListFailedEmails returns the failed emails, sorted by id. Only for administrators.
func (c *Client) ListFailedEmails(ctx context.Context) iter.Seq2[FailedEmail, error] {
	return listPages[FailedEmail](ctx, c, "/emails/failed", url.Values{})
}

// ResendFailedEmail sends a failed email again, with the same text.
func (c *Client) ResendFailedEmail(ctx context.Context, id int64) error {
	_, err := post[struct{}](ctx, c, path("/emails/failed/%d/resend", id), nil)
	return err
}

// Setting is a setting of the server with its current value.
type Setting struct {
	Name        string `json:"name"`
	Value       any    `json:"value"`       // as in the settings file; secrets are replaced by asterisks
	Description string `json:"description"` // what the setting does
}

// ListSettings returns the current settings. Only for administrators.
func (c *Client) ListSettings(ctx context.Context) ([]Setting, error) {
	return listAll[Setting](ctx, c, "/settings")
}
