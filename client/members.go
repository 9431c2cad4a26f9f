package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
)

// Member is a member of an organization.
type Member struct {
	User User `json:"user"`
	Role Role `json:"role"`
}

// Members contains operations on the members of an organization.
type Members struct{ c *Client }

// MemberQuery selects members. The zero value selects all.
type MemberQuery struct {
	Search string // part of the name, username or email address
	Sort   string // id, name, username or created_at; a "-" before it reverses the order
	Limit  int    // members on a page; 0 means 100, the maximum
	Cursor string // the Next of a page; empty for the first page
}

func (q MemberQuery) values() values {
	return UserQuery{Search: q.Search, Sort: q.Sort, Limit: q.Limit, Cursor: q.Cursor}.values()
}

// List returns the members with their roles, page by page. It ends with the first error.
func (s Members) List(ctx context.Context, organization int64, q MemberQuery) iter.Seq2[Member, error] {
	return listPages[Member](ctx, s.c, path("/organizations/%d/members", organization), url.Values(q.values()))
}

// Page returns one page, with the total of all pages.
func (s Members) Page(ctx context.Context, organization int64, q MemberQuery) (Page[Member], error) {
	return get[Page[Member]](ctx, s.c, path("/organizations/%d/members", organization), url.Values(q.values().text("total", "true")))
}

// setMemberRoleRequest is the body that sets a role.
type setMemberRoleRequest struct {
	RoleID int64 `json:"role_id"`
}

// SetRole sets the role of a member. Administrators can also add users who are not members yet.
func (s Members) SetRole(ctx context.Context, organization, user, role int64) error {
	_, err := s.c.do(ctx, request{
		method: http.MethodPut, path: path("/organizations/%d/members/%d", organization, user), body: setMemberRoleRequest{role},
	}, nil)
	return err
}

// Remove removes a member. The user is kept. The last Admin cannot be removed.
func (s Members) Remove(ctx context.Context, organization, user int64) error {
	return s.c.delete(ctx, path("/organizations/%d/members/%d", organization, user))
}
