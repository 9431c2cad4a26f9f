package directory

import (
	"cmp"
	"strings"
	"time"

	"roster.example/roster/internal/filter"
)

// UserID identifies a user. It is not reused after the user was deleted.
type UserID int64

// State is the state of a user.
type State string

// The states of a user. A deactivated user is Blocked with [User.Deactivated] set.
const (
	Active  State = "active"
	Blocked State = "blocked" // by an administrator or deactivated; no credential works
	Invited State = "invited" // until the user follows a link from an email
)

// User is an account of a person or a program.
type User struct {
	ID       UserID
	UID      string // 17 characters, opaque; Wekan's _id
	Username string // "" for invited users, and users without one
	Names
	State        State
	Deactivated  bool // of a blocked user: deactivated by the user or for inactivity, instead of blocked by an administrator
	Service      bool // service account: has tokens and keys, and cannot log in
	Admin        bool // administrator of the server
	HasPassword  bool
	Emails       []Email // the primary address first
	Identities   []Identity
	LastIdentity LastIdentity
	Profile
	Limits
	CreatedAt    time.Time
	UpdatedAt    time.Time
	ActivatedAt  time.Time // first activation, or the last unblocking or reactivation; zero before
	LastActivity time.Time // zero if never; to the minute
}

// Names holds the full name of a user and its two parts: GitLab and Wekan have one name, pm415
// and Codebase a given and a family name.
type Names struct {
	Name       string
	GivenName  string
	FamilyName string
}

// Profile holds optional information that users enter about themselves.
type Profile struct {
	Bio        string
	Skype      string
	LinkedIn   string
	Twitter    string
	WebsiteURL string
	Company    string
	TimeZone   string // a Rails zone name such as "London", as Codebase shows it
}

// Limits holds the limits and the appearance that GitLab stores of a user.
type Limits struct {
	ThemeID        int64
	ColorSchemeID  int64
	ProjectsLimit  int64
	CanCreateGroup bool
}

// DefaultLimits returns the limits of new users (docs/products/gitlab.md, Validation).
func DefaultLimits() Limits {
	return Limits{ThemeID: 2, ColorSchemeID: 1, ProjectsLimit: 10, CanCreateGroup: true}
}

// Primary returns the primary address; a zero Email for a user without one.
func (u User) Primary() Email {
	for _, e := range u.Emails {
		if e.Primary {
			return e
		}
	}
	return Email{}
}

// CanCreateProject reports whether the projects limit is above zero, as in GitLab.
func (u User) CanCreateProject() bool { return u.ProjectsLimit > 0 }

// Label returns the name, username or address for use in a sentence; it is never empty.
func (u User) Label() string {
	for _, s := range []string{u.Name, u.Username, u.Primary().Address} {
		if s != "" {
			return s
		}
	}
	return "user " + u.UID
}

// greetingName returns the name or username for the greeting of an email, "" if u has neither.
func (u User) greetingName() string { return cmp.Or(u.Name, u.Username) }

// WithName sets the full name. The parts become the first word and the rest, unless they
// already spell this name: "Anna Lena" + "Berg" stays split as it is.
func (n Names) WithName(name string) Names {
	name = strings.TrimSpace(name)
	if join(n.GivenName, n.FamilyName) == name {
		n.Name = name
		return n
	}
	given, family, _ := strings.Cut(name, " ")
	return Names{Name: name, GivenName: given, FamilyName: strings.TrimSpace(family)}
}

// WithParts sets the parts, and the full name to the parts with a space between them.
func (n Names) WithParts(given, family string) Names {
	given, family = strings.TrimSpace(given), strings.TrimSpace(family)
	return Names{Name: join(given, family), GivenName: given, FamilyName: family}
}

func join(given, family string) string {
	return strings.TrimSpace(given + " " + family)
}

// UserFilter selects users and a page of them. The zero filter selects all, ordered by id.
type UserFilter struct {
	Search string // part of name, username or address, without regard to case
	State  State  // "" means any
	Org    OrgID  // members of this organization; 0 means any
	Where  *filter.Condition

	Order      Order
	Descending bool
	After      *Cursor // only users after this cursor; Offset is ignored
	Offset     int     // rows to skip; negative counts as 0
	Limit      int     // maximum rows; 0 is all
	SkipTotal  bool    // Page.Total may stay 0

	batch bool // one of the reads of [Batches]
}

// Visibility is the set of users that an actor can see: all, or the actor's own user and the
// members of some organizations. The store applies it to lists.
type Visibility struct {
	All  bool
	Self UserID
	Orgs []OrgID
	// PublicOnly excludes conditions on private fields of other users: secondary addresses and
	// last activity.
	PublicOnly bool
}

// CountLimit is the maximum number of matches of a search or condition that are counted.
// Beyond it Page.Capped is set: counting on would read every row.
const CountLimit = 10_000

// Page is a part of a list, with the size of the whole list.
type Page[T any] struct {
	Items  []T
	Total  int
	Capped bool // there are more than Total, which is [CountLimit]
	// Read is the number of rows that were read. It is higher than len(Items) if some of them
	// were deleted meanwhile, so Items may be short or empty before the end of the list.
	Read int
	Last Cursor // position of the last row that was read; only of lists of users
}
