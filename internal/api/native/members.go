package native

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

func (a api) addMemberOperations(h huma.API) {
	const tag = "members"
	add(h, operation{id: "listMembers", class: expensiveWith("search", "sort", "total"), method: "GET", path: "/organizations/{organization}/members", permission: model.UsersRead, tag: tag,
		summary: "List the members of an organization", description: "Each with the role of the member."}, a.listMembers)
	add(h, operation{id: "setMemberRole", method: "PUT", path: "/organizations/{organization}/members/{id}", permission: model.MembersManage, tag: tag, status: http.StatusNoContent,
		summary: "Set the role of a member", description: "Administrators can also add users who are not members yet."}, a.setMemberRole)
	add(h, operation{id: "removeMember", method: "DELETE", path: "/organizations/{organization}/members/{id}", permission: model.MembersManage, tag: tag,
		status:  http.StatusNoContent,
		summary: "Remove a member", description: "The user is kept. The last Admin cannot be removed."}, a.removeMember)
}

type listMembersQuery struct {
	ByOrganization
	Paging
	Search string `query:"search" maxLength:"510" doc:"Part of the name, username or email address; case is ignored." example:"lovelace"`
	Sort   string `query:"sort" enum:"id,-id,name,-name,username,-username,created_at,-created_at" default:"id" doc:"The order. A hyphen reverses it."`
}

func (a api) listMembers(ctx context.Context, actor model.Actor, in *listMembersQuery) (*body[list[member]], error) {
	query := listUsersQuery{Paging: in.Paging, Search: in.Search, Sort: in.Sort, Organization: in.Organization}
	filter, err := query.filter()
	if err != nil {
		return nil, err
	}
	filter.Limit++ // one item more shows whether there is a next page
	page, err := a.directory.MembersPage(ctx, actor, filter)
	if err != nil {
		return nil, err
	}
	userOf := func(m directory.MemberUser) model.User { return m.User }
	row := func(m directory.MemberUser) member { return member{newUser(m.User), newRole(m.Role)} }
	return bodyOf(pageOf(in.Paging, filter.Order, page, userOf, row)), nil
}

// ByMember is the input of operations on one member.
type ByMember struct {
	ByOrganization
	ByUserID
}

func (a api) setMemberRole(ctx context.Context, actor model.Actor, in *struct {
	ByMember
	Body setMemberRoleRequest
}) (*noContent, error) {
	err := a.directory.SetMemberRole(ctx, actor, in.org(), in.user(), model.RoleID(in.Body.Role))
	return nil, renameFields(err, map[string]string{"role": "role_id"})
}

func (a api) removeMember(ctx context.Context, actor model.Actor, in *ByMember) (*noContent, error) {
	return nil, a.directory.RemoveMembers(ctx, actor, in.org(), []model.UserID{in.user()})
}

type member struct {
	User user `json:"user"`
	Role role `json:"role"`
}

type setMemberRoleRequest struct {
	Role int64 `json:"role_id" minimum:"1" example:"2"`
}
