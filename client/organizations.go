package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Organization is a group of people with roles.
type Organization struct {
	ID            int64     `json:"id"`
	Name          string    `json:"name"` // unique without regard to case
	Slug          string    `json:"slug"` // the short name: lower-case letters, digits, hyphens
	Home          bool      `json:"home"` // who is made without naming an organization joins this one
	DefaultRoleID int64     `json:"default_role_id"`
	CreatedAt     time.Time `json:"created_at"`
	UpdatedAt     time.Time `json:"updated_at"`

	// ETag is the version that was read. Lists have none.
	ETag string `json:"-"`
}

func (o *Organization) setETag(etag string) { o.ETag = etag }

// Membership is an organization of a person with the role there.
type Membership struct {
	Organization Organization `json:"organization"`
	Role         Role         `json:"role"`
}

// Organizations is about groups of people.
type Organizations struct{ c *Client }

// named is the body of what has a name and nothing else.
type organizationRequest struct {
	Name string `json:"name"`
}

// List lists those the caller belongs to; administrators see all, with a credential of
// the scope api.
func (s Organizations) List(ctx context.Context) ([]Organization, error) {
	return listAll[Organization](ctx, s.c, "/organizations")
}

// Get shows an organization.
func (s Organizations) Get(ctx context.Context, id int64) (Organization, error) {
	return get[Organization](ctx, s.c, path("/organizations/%d", id), nil)
}

// Create founds an organization. The caller becomes its Admin.
func (s Organizations) Create(ctx context.Context, name string) (Organization, error) {
	return create[Organization](ctx, s.c, "/organizations", organizationRequest{name})
}

// Rename gives an organization another name.
func (s Organizations) Rename(ctx context.Context, id int64, name string) (Organization, error) {
	return s.RenameVersion(ctx, id, name, "")
}

// RenameVersion is Rename for the version alone that was read, by its ETag: ErrChanged
// when somebody was faster.
func (s Organizations) RenameVersion(ctx context.Context, id int64, name, etag string) (Organization, error) {
	return patch[Organization](ctx, s.c, path("/organizations/%d", id), organizationRequest{name}, etag)
}

// Delete deletes an organization. Its members stay; its roles, projects and
// invitations go.
func (s Organizations) Delete(ctx context.Context, id int64) error {
	return s.c.delete(ctx, path("/organizations/%d", id))
}

// Member is somebody of an organization.
type Member struct {
	User User `json:"user"`
	Role Role `json:"role"`
}

// Members is about who belongs to an organization.
type Members struct{ c *Client }

// MemberQuery chooses members of an organization. The zero value means all.
type MemberQuery struct {
	Search string // part of name, username or address
	Sort   string // id, name, username or created_at; with "-" before it the other way round
	Limit  int    // members on a page; 0 is 100, the most
	Cursor string // where to begin: Next of a page; empty for the beginning
}

func (q MemberQuery) values() values {
	return UserQuery{Search: q.Search, Sort: q.Sort, Limit: q.Limit, Cursor: q.Cursor}.values()
}

// List goes through the members with their roles, page by page. It ends with the
// first error.
func (s Members) List(ctx context.Context, organization int64, q MemberQuery) iter.Seq2[Member, error] {
	return listPages[Member](ctx, s.c, path("/organizations/%d/members", organization), url.Values(q.values()))
}

// Page reads one page, with the total of all.
func (s Members) Page(ctx context.Context, organization int64, q MemberQuery) (Page[Member], error) {
	return get[Page[Member]](ctx, s.c, path("/organizations/%d/members", organization), url.Values(q.values().text("total", "true")))
}

// givenRole is the body of what gives somebody a role.
type setMemberRoleRequest struct {
	RoleID int64 `json:"role_id"`
}

// Put gives a member another role; administrators can add who is no member yet.
func (s Members) SetRole(ctx context.Context, organization, user, role int64) error {
	_, err := s.c.do(ctx, request{
		method: http.MethodPut, path: path("/organizations/%d/members/%d", organization, user), body: setMemberRoleRequest{role},
	}, nil)
	return err
}

// Remove takes a member out. The person stays; the last Admin does, too.
func (s Members) Remove(ctx context.Context, organization, user int64) error {
	return s.c.delete(ctx, path("/organizations/%d/members/%d", organization, user))
}

// Invitation is a letter that asks somebody to join an organization.
type Invitation struct {
	ID             int64      `json:"id"`
	OrganizationID int64      `json:"organization_id"`
	Email          string     `json:"email"`
	RoleID         int64      `json:"role_id"`    // what the person will be; 0 when that role is gone
	InviterID      int64      `json:"inviter_id"` // 0 for the operator, or somebody who is gone
	State          string     `json:"state"`      // open, expired, accepted or revoked
	CreatedAt      time.Time  `json:"created_at"`
	ExpiresAt      time.Time  `json:"expires_at"`
	AcceptedAt     *time.Time `json:"accepted_at"`
	RevokedAt      *time.Time `json:"revoked_at"`
	Undelivered    string     `json:"undelivered"` // in lists: why its email was not delivered
}

// NewInvitation is an invitation to be sent.
type NewInvitation struct {
	Email      string `json:"email"`
	RoleID     int64  `json:"role_id,omitempty"` // 0 is the default role
	GivenName  string `json:"given_name,omitempty"`
	FamilyName string `json:"family_name,omitempty"`

	// ProjectIDs are projects of the organization, at most 100, to which the person is
	// assigned on accepting.
	ProjectIDs []int64 `json:"project_ids,omitempty"`
}

// Invitations is about letters that ask somebody to join.
type Invitations struct{ c *Client }

// List lists the invitations of an organization.
func (s Invitations) List(ctx context.Context, organization int64) ([]Invitation, error) {
	return listAll[Invitation](ctx, s.c, path("/organizations/%d/invitations", organization))
}

// Send mails a link that is good once and expires.
func (s Invitations) Create(ctx context.Context, organization int64, n NewInvitation) (Invitation, error) {
	return create[Invitation](ctx, s.c, path("/organizations/%d/invitations", organization), n)
}

// InvitationOutcome is what became of one of several invitations.
type InvitationResult struct {
	Status     int         // what the invitation by itself would have been answered with
	Invitation *Invitation // nil where Err is set
	Err        *Error      // why it was not sent; nil where it was
}

// invited is the same as it stands in answers.
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

// mostInvitations is how many the server takes in one request.
const maxInvitations = 500

// newInvitations are the body of one request for several.
type bulkInvitationsRequest struct {
	Invitations []NewInvitation `json:"invitations"`
}

// InviteAll sends several invitations, each by itself, and says what became of each,
// in their order. More than 500 take several requests: after an error what became of
// those that were answered is returned with it.
func (s Invitations) BulkCreate(ctx context.Context, organization int64, wanted []NewInvitation) ([]InvitationResult, error) {
	results := make([]InvitationResult, 0, len(wanted))
	for some := range slices.Chunk(wanted, maxInvitations) {
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

// Resend mails a new link; the one before is worthless.
func (s Invitations) Resend(ctx context.Context, organization, id int64) (Invitation, error) {
	return post[Invitation](ctx, s.c, path("/organizations/%d/invitations/%d/resend", organization, id), nil)
}

// Revoke makes the link of an invitation worthless.
func (s Invitations) Revoke(ctx context.Context, organization, id int64) error {
	return s.c.delete(ctx, path("/organizations/%d/invitations/%d", organization, id))
}

// Role is a named set of permissions inside an organization. 1 Admin, 2 Member and
// 3 Pending are built in.
type Role struct {
	ID          int64      `json:"id"`
	Name        string     `json:"name"`
	Builtin     bool       `json:"builtin"` // every organization has it; it does not change
	Default     bool       `json:"default"` // new members get it who are given no other
	Permissions []string   `json:"permissions"`
	CreatedAt   *time.Time `json:"created_at"` // nil for built-in roles

	// ETag is the version that was read. Lists have none.
	ETag string `json:"-"`
}

func (r *Role) setETag(etag string) { r.ETag = etag }

// NewRole is a role to be made.
type NewRole struct {
	Name        string   `json:"name"`
	Permissions []string `json:"permissions,omitempty"` // nobody grants more than they hold
	Default     bool     `json:"default,omitempty"`
}

// RoleChange is what to change of a role; nil leaves it as it is.
type RoleUpdate struct {
	Name        *string   `json:"name,omitempty"`
	Permissions *[]string `json:"permissions,omitempty"`
	Default     bool      `json:"default,omitempty"` // true makes it the default; another role takes that away

	IfMatch string `json:"-"` // the ETag that was read; empty changes any version
}

// Roles is about sets of permissions.
type Roles struct{ c *Client }

// List lists the roles of an organization, built-in ones first.
func (s Roles) List(ctx context.Context, organization int64) ([]Role, error) {
	return listAll[Role](ctx, s.c, path("/organizations/%d/roles", organization))
}

// Get shows a role.
func (s Roles) Get(ctx context.Context, organization, id int64) (Role, error) {
	return get[Role](ctx, s.c, path("/organizations/%d/roles/%d", organization, id), nil)
}

// Create makes a role, which cannot hold more than the caller.
func (s Roles) Create(ctx context.Context, organization int64, n NewRole) (Role, error) {
	return create[Role](ctx, s.c, path("/organizations/%d/roles", organization), n)
}

// Change changes a role; of a built-in one only Default.
func (s Roles) Update(ctx context.Context, organization, id int64, change RoleUpdate) (Role, error) {
	return patch[Role](ctx, s.c, path("/organizations/%d/roles/%d", organization, id), change, change.IfMatch)
}

// Delete deletes a role that no member holds.
func (s Roles) Delete(ctx context.Context, organization, id int64) error {
	return s.c.delete(ctx, path("/organizations/%d/roles/%d", organization, id))
}
