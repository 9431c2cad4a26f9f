package client

import (
	"context"
	"net/http"
)

// Me is whoever the credential belongs to.
type Me struct{ c *Client }

// Get shows the caller.
func (s Me) Get(ctx context.Context) (User, error) {
	return s.c.doUser(ctx, request{method: http.MethodGet, path: "/me"})
}

// SelfChange is what to change of oneself; nil leaves it as it is.
type SelfUpdate struct {
	// Email is the primary address. A link is mailed to it; until it is followed, the
	// one before stays as the way back.
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

	// CurrentPassword is the caller's present password, for a change of the address with a
	// token that expires, or with a session that did not show it recently.
	CurrentPassword string `json:"current_password,omitempty"`

	// Null are the fields to clear.
	Null []Field `json:"-"`

	// IfMatch is the ETag that was read, as in [UserChange].
	IfMatch string `json:"-"`
}

// Change changes the caller.
func (s Me) Update(ctx context.Context, change SelfUpdate) (User, error) {
	return s.c.doUser(ctx, request{method: http.MethodPatch, path: "/me", body: change, ifMatch: change.IfMatch})
}

// passwordChange is the body of a change of password.
type changePasswordRequest struct {
	Current string `json:"current_password,omitempty"`
	New     string `json:"new_password"`
}

// ChangePassword takes the present password, which is empty for people who have
// none, and a new one. All other logins end. It is tried once: a second attempt
// would come with the wrong present password.
func (s Me) ChangePassword(ctx context.Context, current, next string) error {
	return s.c.doOnce(ctx, http.MethodPut, "/me/password", changePasswordRequest{current, next})
}

// apiKey is the answer with a new API key.
type apiKey struct {
	Key string `json:"api_key"`
}

// RenewAPIKey makes the caller a new API key, which old APIs show again. The one
// before is dead at once.
func (s Me) RotateAPIKey(ctx context.Context) (string, error) {
	made, err := create[apiKey](ctx, s.c, "/me/api-key", nil)
	return made.Key, err
}

// Organizations lists the caller's organizations, with the role in each.
func (s Me) ListOrganizations(ctx context.Context) ([]Membership, error) {
	return listAll[Membership](ctx, s.c, "/me/organizations")
}
