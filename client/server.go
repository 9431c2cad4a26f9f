package client

import (
	"context"
	"iter"
	"net/url"
	"time"
)

// Permission is a word of the vocabulary of permissions.
type Permission struct {
	Name        string `json:"name"`        // "users.invite"
	Description string `json:"description"` // what it lets one do
	HeldBy      string `json:"held_by"`     // everybody, roles or administrators
}

// Permissions lists everything that a role, a credential or an operation can speak of.
func (c *Client) ListPermissions(ctx context.Context) ([]Permission, error) {
	return listAll[Permission](ctx, c, "/permissions")
}

// Question asks whether somebody may do something.
type PermissionQuery struct {
	Permission     string // see [Client.Permissions]
	OrganizationID int64  // 0 for the whole server
	UserID         int64  // 0 for oneself; administrators ask about anybody
}

// Ruling is the answer, with its reason.
type PermissionCheck struct {
	Allowed bool   `json:"allowed"`
	Reason  string `json:"reason"` // in a word that stays: administrator, everybody, role, scope, …
	Role    *Role  `json:"role"`   // the role that allows or refuses it, where one does
	Detail  string `json:"detail"` // in words
}

// Can explains whether somebody may do something, and why.
func (c *Client) CheckPermission(ctx context.Context, q PermissionQuery) (PermissionCheck, error) {
	query := values{}.text("permission", q.Permission).number("organization_id", q.OrganizationID).number("user_id", q.UserID)
	return get[PermissionCheck](ctx, c, "/can", url.Values(query))
}

// Statistics count what the server holds.
type Statistics struct {
	Users          int   `json:"users"`
	Active         int   `json:"active"`
	Blocked        int   `json:"blocked"`
	Invited        int   `json:"invited"`
	Administrators int   `json:"administrators"` // who can come in
	Organizations  int   `json:"organizations"`
	Events         int64 `json:"events"`        // ever recorded
	FailedEmails   int   `json:"failed_emails"` // emails that were given up
}

// Statistics counts what the server holds; for administrators.
func (c *Client) GetStatistics(ctx context.Context) (Statistics, error) {
	return get[Statistics](ctx, c, "/statistics", nil)
}

// FailedEmail is an email that was given up: the mail server rejected it for good, or it
// could not be sent for too long.
type FailedEmail struct {
	ID           int64     `json:"id"`
	To           string    `json:"to"`
	Subject      string    `json:"subject"`
	CreatedAt    time.Time `json:"created_at"`
	Attempts     int       `json:"attempts"`
	Reason       string    `json:"reason"`        // what the mail server answered
	InvitationID int64     `json:"invitation_id"` // 0 for other emails
}

// FailedEmails goes through the emails that were given up, by id; for administrators.
func (c *Client) ListFailedEmails(ctx context.Context) iter.Seq2[FailedEmail, error] {
	return listPages[FailedEmail](ctx, c, "/emails/failed", url.Values{})
}

// ResendFailedEmail sends an email again that was given up, as it was written.
func (c *Client) ResendFailedEmail(ctx context.Context, id int64) error {
	_, err := post[struct{}](ctx, c, path("/emails/failed/%d/resend", id), nil)
	return err
}

// Setting is one setting of the server, as it is in force.
type Setting struct {
	Name        string `json:"name"`
	Value       any    `json:"value"`       // as the file of settings would have it; a secret is stars
	Description string `json:"description"` // what it does
}

// Settings lists the settings in force; for administrators.
func (c *Client) ListSettings(ctx context.Context) ([]Setting, error) {
	return listAll[Setting](ctx, c, "/settings")
}
