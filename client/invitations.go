package client

import (
	"context"
	"slices"
	"time"
)

// Invitation is an emailed offer to join an organization.
type Invitation struct {
	ID             int64      `json:"id"`
	OrganizationID int64      `json:"organization_id"`
	Email          string     `json:"email"`
	RoleID         int64      `json:"role_id"`    // the role after acceptance; 0 if it was deleted
	InviterID      int64      `json:"inviter_id"` // 0 for the operator and for deleted users
	State          string     `json:"state"`      // open, expired, accepted or revoked
	CreatedAt      time.Time  `json:"created_at"`
	ExpiresAt      time.Time  `json:"expires_at"`
	AcceptedAt     *time.Time `json:"accepted_at"`
	RevokedAt      *time.Time `json:"revoked_at"`
	Undelivered    string     `json:"undelivered"` // in lists: why the email was not delivered
}

// NewInvitation is the input that creates an invitation.
type NewInvitation struct {
	Email      string `json:"email"`
	RoleID     int64  `json:"role_id,omitempty"` // 0 means the default role
	GivenName  string `json:"given_name,omitempty"`
	FamilyName string `json:"family_name,omitempty"`

	// ProjectIDs are at most 100 projects of the organization that the user is assigned to after acceptance.
	ProjectIDs []int64 `json:"project_ids,omitempty"`
}

// Invitations contains operations on invitations.
type Invitations struct{ c *Client }

// List returns the invitations of an organization.
func (s Invitations) List(ctx context.Context, organization int64) ([]Invitation, error) {
	return listAll[Invitation](ctx, s.c, path("/organizations/%d/invitations", organization))
}

// Create emails a link that can be used once and expires.
func (s Invitations) Create(ctx context.Context, organization int64, n NewInvitation) (Invitation, error) {
	return create[Invitation](ctx, s.c, path("/organizations/%d/invitations", organization), n)
}

// InvitationResult is the result of one of several invitations.
type InvitationResult struct {
	Status     int         // the status that the single invitation would have
	Invitation *Invitation // nil if Err is set
	Err        *Error      // nil if the invitation was created
}

// invitationResult is the JSON form of InvitationResult.
type invitationResult struct {
	Status     int         `json:"status"`
	Invitation *Invitation `json:"invitation"`
	Problem    *problem    `json:"problem"`
}

func (i invitationResult) export() InvitationResult {
	shown := InvitationResult{Status: i.Status, Invitation: i.Invitation}
	if i.Problem != nil {
		shown.Err = i.Problem.err()
	}
	return shown
}

// bulkInvitationsRequest is the body of a request for several invitations.
type bulkInvitationsRequest struct {
	Invitations []NewInvitation `json:"invitations"`
}

// BulkCreate creates several invitations and returns one result for each, in the same order. More than 500 take several
// requests: if one fails, the results of the previous requests are returned with the error.
func (s Invitations) BulkCreate(ctx context.Context, organization int64, wanted []NewInvitation) ([]InvitationResult, error) {
	results := make([]InvitationResult, 0, len(wanted))
	for some := range slices.Chunk(wanted, maxBulk) {
		page, err := post[Page[invitationResult]](ctx, s.c, path("/organizations/%d/invitations/bulk", organization), bulkInvitationsRequest{some})
		if err != nil {
			return results, err
		}
		for _, i := range page.Items {
			results = append(results, i.export())
		}
	}
	return results, nil
}

// Resend emails a new link. The previous link is no longer valid.
func (s Invitations) Resend(ctx context.Context, organization, id int64) (Invitation, error) {
	return post[Invitation](ctx, s.c, path("/organizations/%d/invitations/%d/resend", organization, id), nil)
}

// Revoke revokes an invitation.
func (s Invitations) Revoke(ctx context.Context, organization, id int64) error {
	return s.c.delete(ctx, path("/organizations/%d/invitations/%d", organization, id))
}
