package client

import (
	"cmp"
	"context"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// User is a user account. Fields that the caller may not see are zero.
type User struct {
	ID          int64      `json:"id"`  // never reused, even after a deletion
	UID         string     `json:"uid"` // opaque, unique identifier
	Username    string     `json:"username"`
	Name        string     `json:"name"`
	GivenName   string     `json:"given_name"`
	FamilyName  string     `json:"family_name"`
	State       State      `json:"state"`
	Service     bool       `json:"service"` // a service account: tokens and no password
	Admin       bool       `json:"admin"`   // administrator of the server
	Email       string     `json:"email"`   // the primary email address
	Bio         string     `json:"bio"`
	Company     string     `json:"company"`
	WebsiteURL  string     `json:"website_url"`
	LinkedIn    string     `json:"linkedin"`
	Skype       string     `json:"skype"`
	Twitter     string     `json:"twitter"`
	TimeZone    string     `json:"time_zone"` // the name of a time zone in Rails: "London"
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
	ActivatedAt *time.Time `json:"activated_at"` // when the user first signed in; nil until then

	// Only for the user and administrators.
	Emails         []Email    `json:"emails"` // the primary one first
	Identities     []Identity `json:"identities"`
	HasPassword    bool       `json:"has_password"`
	ProjectsLimit  int64      `json:"projects_limit"`   // GitLab's limit
	CanCreateGroup bool       `json:"can_create_group"` // GitLab's permission
	LastActivityAt *time.Time `json:"last_activity_at"` // with a precision of one minute; nil if never

	// ETag is the version that was read, for the IfMatch of an update. It is empty in lists.
	ETag string `json:"-"`
}

// State is the state of a user. Only active users can sign in.
type State string

// The states.
const (
	Active      State = "active"
	Blocked     State = "blocked"
	Invited     State = "invited"
	Deactivated State = "deactivated"
)

// Identity is an external account of a user.
type Identity struct {
	Provider string `json:"provider"`
	UID      string `json:"uid"` // the id of the user at the provider
}

// Users contains operations on users.
type Users struct{ c *Client }

// UserQuery selects users. The zero value selects all users that the caller can see.
type UserQuery struct {
	Search         string   // part of the name, username or email address
	Filter         string   // a SCIM filter (RFC 7644, section 3.4.2.2): `state eq "active"`
	OrganizationID int64    // members of this organization
	RoleID         int64    // members with this role: in OrganizationID, or in any organization if that is 0
	Sort           string   // id, name, username or created_at; a "-" before it reverses the order
	Fields         []string // only these members and the id are set; empty means all
	Limit          int      // users on a page; 0 means 100, the maximum
	Cursor         string   // the Next of a page; empty for the first page
}

func (q UserQuery) values() values {
	limit := cmp.Or(q.Limit, maxPage)
	return values{}.text("search", q.Search).text("filter", q.Filter).number("organization_id", q.OrganizationID).number("role_id", q.RoleID).text("sort", q.Sort).
		text("fields", strings.Join(q.Fields, ",")).number("limit", int64(limit)).text("cursor", q.Cursor)
}

// List returns all selected users, page by page. It ends with the first error.
func (s Users) List(ctx context.Context, q UserQuery) iter.Seq2[User, error] {
	return listPages[User](ctx, s.c, "/users", url.Values(q.values()))
}

// Page returns one page, with the total of all pages.
func (s Users) Page(ctx context.Context, q UserQuery) (Page[User], error) {
	return get[Page[User]](ctx, s.c, "/users", url.Values(q.values().text("total", "true")))
}

// Get returns a user.
func (s Users) Get(ctx context.Context, id int64) (User, error) {
	return s.c.doUser(ctx, request{method: http.MethodGet, path: path("/users/%d", id)})
}

// doUser sends a request that returns a user with a version.
func (c *Client) doUser(ctx context.Context, req request) (User, error) {
	var u User
	got, err := c.do(ctx, req, &u)
	u.ETag = got.etag
	return u, err
}

// NewUser is the input that creates a user. Username or Email is required.
type NewUser struct {
	Username       string    `json:"username,omitempty"` // unique without regard to case
	Name           string    `json:"name,omitempty"`     // the full name; the parts are derived from it
	GivenName      string    `json:"given_name,omitempty"`
	FamilyName     string    `json:"family_name,omitempty"`
	Email          string    `json:"email,omitempty"`    // the primary email address
	Password       string    `json:"password,omitempty"` // empty means no password
	Admin          bool      `json:"admin,omitempty"`    // administrator of the server
	Service        bool      `json:"service,omitempty"`  // a service account, without a password
	Bio            string    `json:"bio,omitempty"`
	Company        string    `json:"company,omitempty"`
	WebsiteURL     string    `json:"website_url,omitempty"`
	LinkedIn       string    `json:"linkedin,omitempty"`
	Skype          string    `json:"skype,omitempty"`
	Twitter        string    `json:"twitter,omitempty"`
	TimeZone       string    `json:"time_zone,omitempty"`
	ProjectsLimit  *int64    `json:"projects_limit,omitempty"`
	CanCreateGroup *bool     `json:"can_create_group,omitempty"`
	OrganizationID int64     `json:"organization_id,omitempty"` // 0 means the home organization
	RoleID         int64     `json:"role_id,omitempty"`         // in the organization; 0 means its default role
	Identity       *Identity `json:"identity,omitempty"`
	Notify         bool      `json:"notify,omitempty"` // email the user that the account was created
}

// Create creates a user who can sign in immediately. To let users choose their own passwords, see [Invitations].
func (s Users) Create(ctx context.Context, n NewUser) (User, error) {
	return s.c.doUser(ctx, s.c.newCreation("/users", n))
}

// UserUpdate is an update of a user. Fields that are nil are not changed. With Go 1.26, new("text") creates the pointers.
type UserUpdate struct {
	Username       *string   `json:"username,omitempty"`
	Name           *string   `json:"name,omitempty"`
	GivenName      *string   `json:"given_name,omitempty"`
	FamilyName     *string   `json:"family_name,omitempty"`
	Email          *string   `json:"email,omitempty"`    // the primary email address
	Password       *string   `json:"password,omitempty"` // other sessions of the user end
	Admin          *bool     `json:"admin,omitempty"`    // the last administrator cannot lose this
	Bio            *string   `json:"bio,omitempty"`
	Company        *string   `json:"company,omitempty"`
	WebsiteURL     *string   `json:"website_url,omitempty"`
	LinkedIn       *string   `json:"linkedin,omitempty"`
	Skype          *string   `json:"skype,omitempty"`
	Twitter        *string   `json:"twitter,omitempty"`
	TimeZone       *string   `json:"time_zone,omitempty"`
	ProjectsLimit  *int64    `json:"projects_limit,omitempty"`
	CanCreateGroup *bool     `json:"can_create_group,omitempty"`
	Identity       *Identity `json:"identity,omitempty"` // replaces the identity at the same provider

	// CurrentPassword is the current password of the caller. It is required if callers change their own password.
	CurrentPassword string `json:"current_password,omitempty"`

	// Null lists the fields to clear.
	Null []Field `json:"-"`

	// IfMatch is the ETag that was read. If the user has changed since, nothing is changed, and the error is ErrChanged.
	// Empty means any version.
	IfMatch string `json:"-"`
}

// Update updates a user.
func (s Users) Update(ctx context.Context, id int64, change UserUpdate) (User, error) {
	return s.c.doUser(ctx, request{method: http.MethodPatch, path: path("/users/%d", id), body: change, ifMatch: change.IfMatch})
}

// Delete deletes a user and all data of the user. Events are kept and refer to the user by id.
func (s Users) Delete(ctx context.Context, id int64) error {
	return s.c.delete(ctx, path("/users/%d", id))
}

// DeleteIdentity deletes the identity of a user at a provider. Another user can have that external account afterwards. To
// set or replace an identity, see [UserUpdate].
func (s Users) DeleteIdentity(ctx context.Context, id int64, provider string) error {
	return s.DeleteIdentityVersion(ctx, id, provider, "")
}

// DeleteIdentityVersion is DeleteIdentity for one version of the user, given by its ETag. If the user has changed since,
// the error is ErrChanged.
func (s Users) DeleteIdentityVersion(ctx context.Context, id int64, provider, etag string) error {
	return s.c.deleteVersion(ctx, path("/users/%d/identities/%s", id, provider), etag)
}

// Block blocks a user. All credentials are revoked immediately, on every API, and unblocking does not restore them.
func (s Users) Block(ctx context.Context, id int64) (User, error) {
	return s.changeState(ctx, id, "block")
}

// Unblock unblocks a user.
func (s Users) Unblock(ctx context.Context, id int64) (User, error) {
	return s.changeState(ctx, id, "unblock")
}

// Deactivate deactivates a user. It revokes all credentials, like a block, for an account that is not used.
func (s Users) Deactivate(ctx context.Context, id int64) (User, error) {
	return s.changeState(ctx, id, "deactivate")
}

// Reactivate reactivates a deactivated user.
func (s Users) Reactivate(ctx context.Context, id int64) (User, error) {
	return s.changeState(ctx, id, "reactivate")
}

func (s Users) changeState(ctx context.Context, id int64, action string) (User, error) {
	return s.c.doUser(ctx, request{method: http.MethodPost, path: path("/users/%d/%s", id, action)})
}

// ListOrganizations returns the organizations of a user.
func (s Users) ListOrganizations(ctx context.Context, id int64) ([]Membership, error) {
	return listAll[Membership](ctx, s.c, path("/users/%d/organizations", id))
}

// ListDormant returns at most limit users (0 means 100) without activity for a number of days, except administrators,
// service accounts and users that never signed in.
func (s Users) ListDormant(ctx context.Context, days, limit int) ([]User, error) {
	query := values{}.number("days", int64(days)).number("limit", int64(limit))
	page, err := get[Page[User]](ctx, s.c, "/users/dormant", url.Values(query))
	return page.Items, err
}
