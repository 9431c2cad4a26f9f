package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// User is a person. What the caller may not see is zero.
type User struct {
	ID          int64      `json:"id"`  // never used again, not even after a deletion
	UID         string     `json:"uid"` // the same person as an opaque text
	Username    string     `json:"username"`
	Name        string     `json:"name"`
	GivenName   string     `json:"given_name"`
	FamilyName  string     `json:"family_name"`
	State       State      `json:"state"`
	Service     bool       `json:"service"` // the account of a program: tokens and no password
	Admin       bool       `json:"admin"`   // administrator of the whole server
	Email       string     `json:"email"`   // the primary address
	Bio         string     `json:"bio"`
	Company     string     `json:"company"`
	WebsiteURL  string     `json:"website_url"`
	LinkedIn    string     `json:"linkedin"`
	Skype       string     `json:"skype"`
	Twitter     string     `json:"twitter"`
	TimeZone    string     `json:"time_zone"` // a zone of Rails: "London"
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
	ActivatedAt *time.Time `json:"activated_at"` // when the person first came in; nil until then

	// For oneself and administrators.
	Emails         []Email    `json:"emails"` // the primary one first
	Identities     []Identity `json:"identities"`
	HasPassword    bool       `json:"has_password"`
	ProjectsLimit  int64      `json:"projects_limit"`   // GitLab's limit
	CanCreateGroup bool       `json:"can_create_group"` // GitLab's permission
	LastActivityAt *time.Time `json:"last_activity_at"` // to the minute; nil if never

	// ETag is the version that was read, for IfMatch of a change. Lists have none.
	ETag string `json:"-"`
}

// State says whether a person can come in; only who is active can.
type State string

// The states.
const (
	Active      State = "active"
	Blocked     State = "blocked"
	Invited     State = "invited"
	Deactivated State = "deactivated"
)

// Identity is an account elsewhere.
type Identity struct {
	Provider string `json:"provider"`
	UID      string `json:"uid"` // the name of the person there
}

// Users is about people.
type Users struct{ c *Client }

// UserQuery chooses people. The zero value means everybody whom the caller sees.
type UserQuery struct {
	Search         string   // part of name, username or address
	Filter         string   // in SCIM's grammar (RFC 7644, section 3.4.2.2): `state eq "active"`
	OrganizationID int64    // only its members
	Sort           string   // id, name, username or created_at; with "-" before it the other way round
	Fields         []string // only these members are filled in, and ID; none means all
	Limit          int      // people on a page; 0 is 100, the most
	Cursor         string   // where to begin: Next of a page; empty for the beginning
}

func (q UserQuery) values() values {
	limit := q.Limit
	if limit == 0 {
		limit = 100
	}
	return values{}.text("search", q.Search).text("filter", q.Filter).number("organization_id", q.OrganizationID).text("sort", q.Sort).
		text("fields", strings.Join(q.Fields, ",")).number("limit", int64(limit)).text("cursor", q.Cursor)
}

// List goes through all people that the query chooses, page by page. It ends with
// the first error.
func (s Users) List(ctx context.Context, q UserQuery) iter.Seq2[User, error] {
	return listPages[User](ctx, s.c, "/users", url.Values(q.values()))
}

// Page reads one page, with the total of all.
func (s Users) Page(ctx context.Context, q UserQuery) (Page[User], error) {
	return get[Page[User]](ctx, s.c, "/users", url.Values(q.values().text("total", "true")))
}

// Get shows a person.
func (s Users) Get(ctx context.Context, id int64) (User, error) {
	return s.c.doUser(ctx, request{method: http.MethodGet, path: path("/users/%d", id)})
}

// person makes a request that is answered with a person and a version.
func (c *Client) doUser(ctx context.Context, k request) (User, error) {
	var u User
	got, err := c.do(ctx, k, &u)
	u.ETag = got.etag
	return u, err
}

// NewUser is a person to be made. Username or address must be there.
type NewUser struct {
	Username       string    `json:"username,omitempty"` // unique without regard to case
	Name           string    `json:"name,omitempty"`     // the whole name; the parts follow from it
	GivenName      string    `json:"given_name,omitempty"`
	FamilyName     string    `json:"family_name,omitempty"`
	Email          string    `json:"email,omitempty"`    // the primary address
	Password       string    `json:"password,omitempty"` // empty makes a person who has none yet
	Admin          bool      `json:"admin,omitempty"`    // administrator of the whole server
	Service        bool      `json:"service,omitempty"`  // the account of a program: a username and no password
	Bio            string    `json:"bio,omitempty"`
	Company        string    `json:"company,omitempty"`
	WebsiteURL     string    `json:"website_url,omitempty"`
	LinkedIn       string    `json:"linkedin,omitempty"`
	Skype          string    `json:"skype,omitempty"`
	Twitter        string    `json:"twitter,omitempty"`
	TimeZone       string    `json:"time_zone,omitempty"`
	ProjectsLimit  *int64    `json:"projects_limit,omitempty"`
	CanCreateGroup *bool     `json:"can_create_group,omitempty"`
	OrganizationID int64     `json:"organization_id,omitempty"` // to join; 0 is the home organization
	RoleID         int64     `json:"role_id,omitempty"`         // there; 0 is its default
	Identity       *Identity `json:"identity,omitempty"`
	Notify         bool      `json:"notify,omitempty"` // send a letter that the account exists
}

// Create makes a person, who can come in at once. See [Invitations] for people who
// choose their own password.
func (s Users) Create(ctx context.Context, n NewUser) (User, error) {
	return s.c.doUser(ctx, s.c.newCreation("/users", n))
}

// UserChange is what to change; nil leaves it as it is. With Go 1.26 new("text")
// makes the pointers.
type UserUpdate struct {
	Username       *string   `json:"username,omitempty"`
	Name           *string   `json:"name,omitempty"`
	GivenName      *string   `json:"given_name,omitempty"`
	FamilyName     *string   `json:"family_name,omitempty"`
	Email          *string   `json:"email,omitempty"`    // the primary address
	Password       *string   `json:"password,omitempty"` // other logins of the person end
	Admin          *bool     `json:"admin,omitempty"`    // the last administrator stays one
	Bio            *string   `json:"bio,omitempty"`
	Company        *string   `json:"company,omitempty"`
	WebsiteURL     *string   `json:"website_url,omitempty"`
	LinkedIn       *string   `json:"linkedin,omitempty"`
	Skype          *string   `json:"skype,omitempty"`
	Twitter        *string   `json:"twitter,omitempty"`
	TimeZone       *string   `json:"time_zone,omitempty"`
	ProjectsLimit  *int64    `json:"projects_limit,omitempty"`
	CanCreateGroup *bool     `json:"can_create_group,omitempty"`
	Identity       *Identity `json:"identity,omitempty"` // in the place of the one at the same provider

	// CurrentPassword is the caller's present password, for changes of the caller's own
	// record: a new password needs it.
	CurrentPassword string `json:"current_password,omitempty"`

	// Null are the fields to clear.
	Null []Field `json:"-"`

	// IfMatch is the ETag of the person that was read: whoever was changed since
	// stays as they are, and the error is ErrChanged. Empty changes any version.
	IfMatch string `json:"-"`
}

// Change changes a person.
func (s Users) Update(ctx context.Context, id int64, change UserUpdate) (User, error) {
	return s.c.doUser(ctx, request{method: http.MethodPatch, path: path("/users/%d", id), body: change, ifMatch: change.IfMatch})
}

// Delete deletes a person with all that is theirs. Events stay, and name them by id.
func (s Users) Delete(ctx context.Context, id int64) error {
	return s.c.delete(ctx, path("/users/%d", id))
}

// RemoveIdentity takes a person's account at a provider away; somebody else may have it
// then. To give one, or another in its place, see [UserChange].
func (s Users) DeleteIdentity(ctx context.Context, id int64, provider string) error {
	return s.DeleteIdentityVersion(ctx, id, provider, "")
}

// RemoveIdentityVersion is RemoveIdentity for the version of the person alone that was
// read, by its ETag: ErrChanged when somebody was faster.
func (s Users) DeleteIdentityVersion(ctx context.Context, id int64, provider, etag string) error {
	return s.c.deleteVersion(ctx, path("/users/%d/identities/%s", id, provider), etag)
}

// Block keeps a person out: every credential ends in the same moment, at every API,
// and none comes back by unblocking.
func (s Users) Block(ctx context.Context, id int64) (User, error) {
	return s.changeState(ctx, id, "block")
}

// Unblock lets a person in again.
func (s Users) Unblock(ctx context.Context, id int64) (User, error) {
	return s.changeState(ctx, id, "unblock")
}

// Deactivate puts a person to rest: as a block, and says nothing against them.
func (s Users) Deactivate(ctx context.Context, id int64) (User, error) {
	return s.changeState(ctx, id, "deactivate")
}

// Reactivate lets a person in again who was put to rest.
func (s Users) Reactivate(ctx context.Context, id int64) (User, error) {
	return s.changeState(ctx, id, "reactivate")
}

func (s Users) changeState(ctx context.Context, id int64, deed string) (User, error) {
	return s.c.doUser(ctx, request{method: http.MethodPost, path: path("/users/%d/%s", id, deed)})
}

// Organizations lists the organizations of a person.
func (s Users) ListOrganizations(ctx context.Context, id int64) ([]Membership, error) {
	return listAll[Membership](ctx, s.c, path("/users/%d/organizations", id))
}

// Dormant lists at most limit people (0 is 100) who were not active for so many
// days. Administrators, programs and people who never came in are none of them.
func (s Users) ListDormant(ctx context.Context, days, limit int) ([]User, error) {
	query := values{}.number("days", int64(days)).number("limit", int64(limit))
	page, err := get[Page[User]](ctx, s.c, "/users/dormant", url.Values(query))
	return page.Items, err
}

// Deed is one thing to do of many. Make one with [Creation], [Changing] or [Doing].
type Operation struct {
	Op      Op          `json:"op"`
	ID      int64       `json:"id,omitempty"`       // the person; needed but for CreateUser
	Create  *NewUser    `json:"create,omitempty"`   // for CreateUser
	Update  *UserUpdate `json:"update,omitempty"`   // for ChangeUser
	IfMatch string      `json:"if_match,omitempty"` // for ChangeUser: only this version
}

// Do is what a deed does.
type Op string

// What can be done to many people at once.
const (
	OpCreate     Op = "create"
	OpUpdate     Op = "update"
	OpBlock      Op = "block"
	OpUnblock    Op = "unblock"
	OpDeactivate Op = "deactivate"
	OpReactivate Op = "reactivate"
	OpDelete     Op = "delete"
)

// Creation is a deed that makes a person.
func CreateOp(n NewUser) Operation { return Operation{Op: OpCreate, Create: &n} }

// Changing is a deed that changes a person.
func UpdateOp(id int64, change UserUpdate) Operation {
	return Operation{Op: OpUpdate, ID: id, Update: &change, IfMatch: change.IfMatch}
}

// Doing is a deed that needs no more than a person.
func UserOp(do Op, id int64) Operation { return Operation{Op: do, ID: id} }

// Outcome is what became of one deed.
type OperationResult struct {
	Status int    // what the deed by itself would have been answered with
	User   *User  // as they are now; nil after a deletion and where Err is set
	Err    *Error // why it was not done; nil where it was
}

// outcome is the same as it stands in answers.
type operationResult struct {
	Status  int      `json:"status"`
	User    *User    `json:"user"`
	ETag    string   `json:"etag"`
	Problem *problem `json:"problem"`
}

func (o operationResult) export() OperationResult {
	shown := OperationResult{Status: o.Status, User: o.User}
	if o.User != nil {
		o.User.ETag = o.ETag
	}
	if o.Problem != nil {
		shown.Err = o.Problem.err()
	}
	return shown
}

// mostDeeds is how many the server takes in one request.
const maxOperations = 500

// deeds are the body of one request for many.
type bulkUsersRequest struct {
	Operations []Operation `json:"operations"`
}

// Bulk does many things, one after the other, each by itself, and says what became
// of each, in their order. More than 500 take several requests: after an error the
// outcomes of those that were answered are returned with it.
func (s Users) Bulk(ctx context.Context, wanted []Operation) ([]OperationResult, error) {
	outcomes := make([]OperationResult, 0, len(wanted))
	for some := range slices.Chunk(wanted, maxOperations) {
		page, err := post[Page[operationResult]](ctx, s.c, "/users/bulk", bulkUsersRequest{some})
		if err != nil {
			return outcomes, err
		}
		for _, o := range page.Items {
			outcomes = append(outcomes, o.export())
		}
	}
	return outcomes, nil
}
