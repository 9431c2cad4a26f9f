package client

import (
	"context"
	"net/http"
)

// Me contains operations on the authenticated user.
type Me struct{ c *Client }

// Get returns the authenticated user.
func (s Me) Get(ctx context.Context) (User, error) {
	return s.c.doUser(ctx, request{method: http.MethodGet, path: "/me"})
}

// SelfUpdate is an update of the authenticated user. Fields that are nil are not changed.
type SelfUpdate struct {
	// Email is the primary email address. A link is emailed to it. Until the link is followed, the previous address can
	// still be used to recover the account.
	Email      *string `json:"email,omitempty"`
	GivenName  *string `json:"given_name,omitempty"`
	FamilyName *string `json:"family_name,omitempty"`
	Bio        *string `json:"bio,omitempty"`
	Company    *string `json:"company,omitempty"`
	WebsiteURL *string `json:"website_url,omitempty"`
	LinkedIn   *string `json:"linkedin,omitempty"`
	Skype      *string `json:"skype,omitempty"`
	Twitter    *string `json:"twitter,omitempty"`
	TimeZone   *string `json:"time_zone,omitempty"`

	// CurrentPassword is required to change the email address with a token that expires, or with a session without a recent
	// confirmation of the password.
	CurrentPassword string `json:"current_password,omitempty"`

	// Null lists the fields to clear.
	Null []Field `json:"-"`

	// IfMatch is the ETag that was read, as in [UserUpdate].
	IfMatch string `json:"-"`
}

// Update updates the authenticated user.
func (s Me) Update(ctx context.Context, change SelfUpdate) (User, error) {
	return s.c.doUser(ctx, request{method: http.MethodPatch, path: "/me", body: change, ifMatch: change.IfMatch})
}

// changePasswordRequest is the body of a password change.
type changePasswordRequest struct {
	Current string `json:"current_password,omitempty"`
	New     string `json:"new_password"`
}

// ChangePassword changes the password; current is empty for users without a password. All other sessions end. The request
// is not retried, because after a success the current password is another one.
func (s Me) ChangePassword(ctx context.Context, current, next string) error {
	return s.c.doOnce(ctx, http.MethodPut, "/me/password", changePasswordRequest{current, next})
}

// apiKey is the response with a new API key.
type apiKey struct {
	Key string `json:"api_key"`
}

// RotateAPIKey creates a new API key for the caller and revokes the previous one immediately.
func (s Me) RotateAPIKey(ctx context.Context) (string, error) {
	made, err := create[apiKey](ctx, s.c, "/me/api-key", nil)
	return made.Key, err
}

// ListOrganizations returns the organizations of the caller, each with the role.
func (s Me) ListOrganizations(ctx context.Context) ([]Membership, error) {
	return listAll[Membership](ctx, s.c, "/me/organizations")
}
