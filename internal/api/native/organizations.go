package native

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

// ByOrganization is the input of operations on one organization.
type ByOrganization struct {
	Organization int64 `path:"organization" minimum:"1" doc:"The id of the organization." example:"1"`
}

func (in ByOrganization) org() directory.OrgID { return directory.OrgID(in.Organization) }

func (a api) addOrganizationOperations(h huma.API) {
	const tag = "organizations"
	addStreamed(h, operation{id: "listOrganizations", class: expensive(), method: "GET", path: "/organizations", permission: directory.SelfRead, tag: tag,
		summary:     "List organizations",
		description: "Returns the organizations of the caller. Administrators with a credential of the scope api see all."}, a.listOrganizations)
	addKeyed(h, operation{id: "createOrganization", method: "POST", path: "/organizations", permission: directory.OrganizationsCreate, tag: tag, status: http.StatusCreated,
		summary: "Create an organization", description: "The caller becomes its Admin."}, a.createOrganization, createdOrganization)
	add(h, operation{id: "getOrganization", method: "GET", path: "/organizations/{organization}", permission: directory.SelfRead, tag: tag,
		summary: "Get an organization"}, a.getOrganization)
	add(h, operation{id: "renameOrganization", method: "PATCH", path: "/organizations/{organization}", permission: directory.OrganizationsManage, tag: tag,
		summary: "Rename an organization"}, a.renameOrganization)
	add(h, operation{id: "deleteOrganization", method: "DELETE", path: "/organizations/{organization}", permission: directory.OrganizationsManage, tag: tag,
		status:  http.StatusNoContent,
		summary: "Delete an organization", description: "Its members are kept. Its roles, projects and invitations are deleted."}, a.deleteOrganization)
	a.addMemberOperations(h)
	a.addInvitationOperations(h)
}

func (a api) listOrganizations(ctx context.Context, actor directory.Actor, _ *struct{}, rows addRows[organization]) error {
	return a.directory.EachOrganization(ctx, actor, func(batch []directory.Organization) error { return rows(mapSlice(batch, newOrganization)) })
}

func (a api) createOrganization(ctx context.Context, actor directory.Actor, in *struct {
	Keyed
	Body organizationRequest
}) (directory.Organization, error) {
	o, err := a.directory.CreateOrganization(ctx, actor, in.Body.Name)
	if err != nil {
		err = organizationNameError(err)
	}
	return o, err
}

func createdOrganization(o directory.Organization) *created[organization] {
	return &created[organization]{Location: apiPath("/organizations/%d", o.ID), ETag: etag(o.Version()), Body: newOrganization(o)}
}

// organizationNameError names the member of the body in the error for a name that is taken.
func organizationNameError(err error) error {
	if !fault.Has(err, "organization", fault.Taken) {
		return err
	}
	problem := fault.Field{Name: "name", Code: fault.Taken}
	return &fault.Error{Kind: fault.Conflict, Msg: "another organization has this name; choose another one", Fields: []fault.Field{problem}}
}

func (a api) getOrganization(ctx context.Context, actor directory.Actor, in *ByOrganization) (*versioned[organization], error) {
	return versionedOrganization(a.directory.Organization(ctx, actor, in.org()))
}

func versionedOrganization(o directory.Organization, err error) (*versioned[organization], error) {
	if err != nil {
		return nil, err
	}
	return &versioned[organization]{ETag: etag(o.Version()), Body: newOrganization(o)}, nil
}

func (a api) renameOrganization(ctx context.Context, actor directory.Actor, in *struct {
	ByOrganization
	IfMatchHeader
	Body organizationRequest
}) (*versioned[organization], error) {
	return versionedOrganization(a.directory.RenameOrganizationOf(ctx, actor, in.org(), in.Body.Name, in.version()))
}

func (a api) deleteOrganization(ctx context.Context, actor directory.Actor, in *ByOrganization) (*noContent, error) {
	return nil, a.directory.DeleteOrganization(ctx, actor, in.org())
}

func (a api) addMemberOperations(h huma.API) {
	const tag = "members"
	add(h, operation{id: "listMembers", class: expensiveWith("search", "sort", "total"), method: "GET", path: "/organizations/{organization}/members", permission: directory.UsersRead, tag: tag,
		summary: "List the members of an organization", description: "Each with the role of the member."}, a.listMembers)
	add(h, operation{id: "setMemberRole", method: "PUT", path: "/organizations/{organization}/members/{id}", permission: directory.MembersManage, tag: tag, status: http.StatusNoContent,
		summary: "Set the role of a member", description: "Administrators can also add users who are not members yet."}, a.setMemberRole)
	add(h, operation{id: "removeMember", method: "DELETE", path: "/organizations/{organization}/members/{id}", permission: directory.MembersManage, tag: tag,
		status:  http.StatusNoContent,
		summary: "Remove a member", description: "The user is kept. The last Admin cannot be removed."}, a.removeMember)
}

type listMembersIn struct {
	ByOrganization
	Paging
	Search string `query:"search" maxLength:"510" doc:"Part of the name, username or email address; case is ignored." example:"lovelace"`
	Sort   string `query:"sort" enum:"id,-id,name,-name,username,-username,created_at,-created_at" default:"id" doc:"The order. A hyphen reverses it."`
}

func (a api) listMembers(ctx context.Context, actor directory.Actor, in *listMembersIn) (*body[list[member]], error) {
	asked := listUsersIn{Paging: in.Paging, Search: in.Search, Sort: in.Sort, Organization: in.Organization}
	filter, err := asked.filter()
	if err != nil {
		return nil, err
	}
	filter.Limit++ // one item more shows whether there is a next page
	page, err := a.directory.MembersPage(ctx, actor, filter)
	if err != nil {
		return nil, err
	}
	shape, err := a.userShape(ctx, actor)
	if err != nil {
		return nil, err
	}
	userOf := func(m directory.MemberUser) directory.User { return m.User }
	row := func(m directory.MemberUser) member { return member{shape(m.User), newRole(m.Role)} }
	return bodyOf(pageOf(in.Paging, filter.Order, page, userOf, row)), nil
}

// ByMember is the input of operations on one member.
type ByMember struct {
	ByOrganization
	ByUserID
}

func (a api) setMemberRole(ctx context.Context, actor directory.Actor, in *struct {
	ByMember
	Body setMemberRoleRequest
}) (*noContent, error) {
	err := a.directory.SetMemberRole(ctx, actor, in.org(), in.user(), directory.RoleID(in.Body.Role))
	return nil, renameFields(err, map[string]string{"role": "role_id"})
}

func (a api) removeMember(ctx context.Context, actor directory.Actor, in *ByMember) (*noContent, error) {
	return nil, a.directory.RemoveMembers(ctx, actor, in.org(), []directory.UserID{in.user()})
}

func (a api) addInvitationOperations(h huma.API) {
	const tag, path = "invitations", "/organizations/{organization}/invitations"
	addStreamed(h, operation{id: "listInvitations", class: expensive(), method: "GET", path: path, permission: directory.UsersInvite, tag: tag,
		summary: "List the invitations of an organization"}, a.listInvitations)
	addKeyed(h, operation{id: "createInvitation", method: "POST", path: path, permission: directory.UsersInvite, tag: tag, status: http.StatusCreated,
		summary:     "Create an invitation",
		description: "Emails a link that can be used once and expires. Earlier invitations of this address to the organization are revoked."}, a.createInvitation, createdInvitation)
	add(h, operation{id: "bulkCreateInvitations", method: "POST", path: path + "/bulk", permission: directory.UsersInvite, tag: tag, first: true, keyed: true, storeLater: true,
		summary:     "Create several invitations",
		description: "Returns one result for each, in the same order. An invitation that fails does not affect the others."}, a.bulkCreateInvitations)
	add(h, operation{id: "resendInvitation", method: "POST", path: path + "/{invitation}/resend", permission: directory.UsersInvite, tag: tag,
		summary: "Resend an invitation", description: "Emails a new link. The previous link is no longer valid."}, a.resendInvitation)
	add(h, operation{id: "revokeInvitation", method: "DELETE", path: path + "/{invitation}", permission: directory.UsersInvite, tag: tag,
		status:  http.StatusNoContent,
		summary: "Revoke an invitation"}, a.revokeInvitation)
}

func (a api) listInvitations(ctx context.Context, actor directory.Actor, in *ByOrganization, rows addRows[invitation]) error {
	return a.directory.EachInvitation(ctx, actor, in.org(), func(batch []directory.Invitation) error { return rows(mapSlice(batch, newInvitation)) })
}

func (a api) createInvitation(ctx context.Context, actor directory.Actor, in *struct {
	ByOrganization
	Keyed
	Body createInvitationRequest
}) (directory.SentInvitation, error) {
	sent, err := a.directory.Invite(ctx, actor, in.Body.newInvitation(in.org()))
	if err != nil {
		err = renameInvitationFields(err)
	}
	return sent, err
}

func createdInvitation(sent directory.SentInvitation) *created[invitation] {
	i := sent.Invitation
	return &created[invitation]{Location: apiPath("/organizations/%d/invitations/%d", i.Org, i.ID), Body: newInvitation(i)}
}

func (a api) bulkCreateInvitations(ctx context.Context, actor directory.Actor, in *struct {
	ByOrganization
	Keyed
	Body bulkInvitationsRequest
}) (*body[list[invitationResult]], error) {
	if _, err := a.directory.Organization(ctx, actor, in.org()); err != nil {
		return nil, err
	}
	wanted := mapSlice(in.Body.Invitations, func(n createInvitationRequest) directory.NewInvitation { return n.newInvitation(in.org()) })
	results, err := a.directory.InviteMany(ctx, actor, wanted)
	return listResponse(results, newInvitationResult, err)
}

func newInvitationResult(r directory.InvitationResult) invitationResult {
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

func (in ByInvitation) id() directory.InvitationID { return directory.InvitationID(in.Invitation) }

func (a api) resendInvitation(ctx context.Context, actor directory.Actor, in *ByInvitation) (*body[invitation], error) {
	sent, err := a.directory.ResendInvitation(ctx, actor, in.org(), in.id())
	if err != nil {
		return nil, err
	}
	return bodyOf(newInvitation(sent.Invitation)), nil
}

func (a api) revokeInvitation(ctx context.Context, actor directory.Actor, in *ByInvitation) (*noContent, error) {
	return nil, a.directory.RevokeInvitation(ctx, actor, in.org(), in.id())
}
