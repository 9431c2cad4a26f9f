package native

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
)

func (a api) addInvitationOperations(h huma.API) {
	const tag, path = "invitations", "/organizations/{organization}/invitations"
	addStreamed(h, operation{id: "listInvitations", class: expensive(), method: "GET", path: path, permission: model.UsersInvite, tag: tag,
		summary: "List the invitations of an organization", description: "Includes accepted and revoked invitations, by default for 90 days after their end (security.ended_retention)."}, a.listInvitations)
	addKeyed(h, operation{id: "createInvitation", method: "POST", path: path, permission: model.UsersInvite, tag: tag, status: http.StatusCreated,
		summary:     "Create an invitation",
		description: "Emails a link that can be used once and expires. Earlier invitations of this address to the organization are revoked."}, a.createInvitation, createdInvitation)
	add(h, operation{id: "bulkCreateInvitations", method: "POST", path: path + "/bulk", permission: model.UsersInvite, tag: tag, first: true, keyed: true, storeLater: true,
		summary:     "Create several invitations",
		description: "Returns one result for each, in the same order. An invitation that fails does not affect the others."}, a.bulkCreateInvitations)
	add(h, operation{id: "resendInvitation", method: "POST", path: path + "/{invitation}/resend", permission: model.UsersInvite, tag: tag,
		summary: "Resend an invitation", description: "Emails a new link. The previous link is no longer valid."}, a.resendInvitation)
	add(h, operation{id: "revokeInvitation", method: "DELETE", path: path + "/{invitation}", permission: model.UsersInvite, tag: tag,
		status:  http.StatusNoContent,
		summary: "Revoke an invitation"}, a.revokeInvitation)
}

func (a api) listInvitations(ctx context.Context, actor model.Actor, in *ByOrganization, rows addRows[Invitation]) error {
	return a.directory.EachInvitation(ctx, actor, in.org(), func(batch []model.Invitation) error { return rows(mapSlice(batch, newInvitation)) })
}

func (a api) createInvitation(ctx context.Context, actor model.Actor, in *struct {
	ByOrganization
	Keyed
	Body createInvitationRequest
}) (invitation.Sent, error) {
	sent, err := a.directory.Invite(ctx, actor, in.Body.newInvitation(in.org()))
	if err != nil {
		err = renameInvitationFields(err)
	}
	return sent, err
}

func createdInvitation(sent invitation.Sent) *created[Invitation] {
	i := sent.Invitation
	return &created[Invitation]{Location: apiPath("/organizations/%d/invitations/%d", i.Org, i.ID), Body: newInvitation(i)}
}

func (a api) bulkCreateInvitations(ctx context.Context, actor model.Actor, in *struct {
	ByOrganization
	Keyed
	Body bulkInvitationsRequest
}) (*body[list[invitationResult]], error) {
	if _, err := a.directory.Organization(ctx, actor, in.org()); err != nil {
		return nil, err
	}
	invitations := mapSlice(in.Body.Invitations, func(n createInvitationRequest) invitation.NewInvitation { return n.newInvitation(in.org()) })
	results, err := a.directory.InviteMany(ctx, actor, invitations)
	return listResponse(results, newInvitationResult, err)
}

func newInvitationResult(r invitation.Result) invitationResult {
	if r.Err != nil {
		p := problemFor(renameInvitationFields(r.Err))
		return invitationResult{Status: p.Status, Problem: p}
	}
	return invitationResult{Status: http.StatusCreated, Invitation: pointerTo(newInvitation(r.Sent.Invitation))}
}

// ByInvitation is the input of operations on one invitation.
type ByInvitation struct {
	ByOrganization
	Invitation int64 `path:"invitation" minimum:"1" doc:"The id of the invitation." example:"5"`
}

func (in ByInvitation) id() model.InvitationID { return model.InvitationID(in.Invitation) }

func (a api) resendInvitation(ctx context.Context, actor model.Actor, in *ByInvitation) (*body[Invitation], error) {
	sent, err := a.directory.ResendInvitation(ctx, actor, in.org(), in.id())
	if err != nil {
		return nil, err
	}
	return bodyOf(newInvitation(sent.Invitation)), nil
}

func (a api) revokeInvitation(ctx context.Context, actor model.Actor, in *ByInvitation) (*noContent, error) {
	return nil, a.directory.RevokeInvitation(ctx, actor, in.org(), in.id())
}

type Invitation struct {
	ID           int64      `json:"id" example:"5"`
	Organization int64      `json:"organization_id" example:"1"`
	Email        string     `json:"email" example:"grace@example.org"`
	Role         int64      `json:"role_id" doc:"The role after acceptance; 0 if the role was deleted." example:"2"`
	Inviter      int64      `json:"inviter_id" doc:"0 for the operator and for deleted users." example:"42"`
	State        string     `json:"state" enum:"open,expired,accepted,revoked"`
	CreatedAt    time.Time  `json:"created_at" example:"2026-01-02T15:04:05Z"`
	ExpiresAt    time.Time  `json:"expires_at" example:"2026-01-09T15:04:05Z"`
	AcceptedAt   *time.Time `json:"accepted_at,omitempty"`
	RevokedAt    *time.Time `json:"revoked_at,omitempty"`
	Undelivered  string     `json:"undelivered,omitempty" doc:"The answer of the mail server, if the email could not be delivered. Only in lists." example:"550 no such mailbox"`
}

func newInvitation(i model.Invitation) Invitation {
	return Invitation{
		ID: int64(i.ID), Organization: int64(i.Org), Email: i.Email, Role: int64(i.Role), Inviter: int64(i.Inviter), State: string(i.Status),
		CreatedAt: i.CreatedAt, ExpiresAt: i.ExpiresAt, AcceptedAt: timeOrNil(i.AcceptedAt), RevokedAt: timeOrNil(i.RevokedAt),
		Undelivered: i.Undelivered,
	}
}

type createInvitationRequest struct {
	Email      string  `json:"email" minLength:"3" maxLength:"254" example:"grace@example.org"`
	Role       int64   `json:"role_id,omitempty" minimum:"1" doc:"If absent, the default role." example:"2"`
	GivenName  string  `json:"given_name,omitempty" maxLength:"255" doc:"If a name is given, the user is created immediately, in the state invited, and appears in lists."`
	FamilyName string  `json:"family_name,omitempty" maxLength:"255"`
	Projects   []int64 `json:"project_ids,omitempty" maxItems:"100" doc:"The projects that the user is assigned to after acceptance."`
}

func (n createInvitationRequest) newInvitation(org model.OrgID) invitation.NewInvitation {
	return invitation.NewInvitation{
		Org: org, Email: n.Email, Role: model.RoleID(n.Role), GivenName: n.GivenName, FamilyName: n.FamilyName,
		MakeUser: n.GivenName+n.FamilyName != "", Projects: mapSlice(n.Projects, func(id int64) model.ProjectID { return model.ProjectID(id) }),
	}
}

func renameInvitationFields(err error) error {
	return renameFields(err, map[string]string{"role": "role_id", "projects": "project_ids"})
}

type bulkInvitationsRequest struct {
	Invitations []createInvitationRequest `json:"invitations" minItems:"1" maxItems:"500" doc:"Sent one by one. An invitation that fails does not affect the others." example:"[{\"email\": \"grace@example.org\"}]"`
}

// invitationResult is the result of one of several invitations.
type invitationResult struct {
	Status     int         `json:"status" doc:"The status that the single invitation would have." example:"201"`
	Invitation *Invitation `json:"invitation,omitempty"`
	Problem    *problem    `json:"problem,omitempty" doc:"Why the invitation was not created."`
}
