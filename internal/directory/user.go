package directory

import (
	"strings"
	"time"
)

// UserID identifies a person on this server. It is never used again, not even
// after the person was deleted.
type UserID int64

// State says whether a person may come in.
type State string

// The states of a person.
const (
	Active  State = "active"
	Blocked State = "blocked" // by an administrator; no credential works
	Invited State = "invited" // waits for the person to follow a link that was mailed
)

// User is a person.
type User struct {
	ID       UserID
	UID      string // 17 characters, opaque; Wekan's _id
	Username string // "" while an invitation is open, or for people without one
	Names
	State        State
	Deactivated  bool // of somebody who is blocked: put to rest, by themselves or for a rule, rather than kept out
	Service      bool // the account of a program: it has tokens and keys, and nobody logs in as it
	Admin        bool // administrator of the whole server
	HasPassword  bool
	Emails       []Email // the primary address first
	Identities   []Identity
	LastIdentity LastIdentity
	Profile
	Limits
	CreatedAt    time.Time
	UpdatedAt    time.Time
	ActivatedAt  time.Time // zero until the person came in for the first time
	LastActivity time.Time // zero if never; kept to the minute
}

// Names holds a person's name whole and in two parts: GitLab and Wekan know one
// name, pm415 and Codebase a given and a family name.
type Names struct {
	Name       string
	GivenName  string
	FamilyName string
}

// Profile holds what people tell of themselves. Everything is optional.
type Profile struct {
	Bio        string
	Skype      string
	LinkedIn   string
	Twitter    string
	WebsiteURL string
	Company    string
	TimeZone   string // a Rails zone name such as "London", as Codebase shows it
}

// Limits holds what GitLab keeps of a person's rights and looks.
type Limits struct {
	ThemeID        int64
	ColorSchemeID  int64
	ProjectsLimit  int64
	CanCreateGroup bool
}

// DefaultLimits are what a new person gets (docs/products/gitlab.md, Validation).
func DefaultLimits() Limits {
	return Limits{ThemeID: 2, ColorSchemeID: 1, ProjectsLimit: 10, CanCreateGroup: true}
}

// Primary is the primary address; a zero Email for a person without one.
func (u User) Primary() Email {
	for _, e := range u.Emails {
		if e.Primary {
			return e
		}
	}
	return Email{}
}

// CanCreateProject follows from the limit, as in GitLab.
func (u User) CanCreateProject() bool { return u.ProjectsLimit > 0 }

// Label is what people call this person in a sentence: never empty.
func (u User) Label() string {
	for _, s := range []string{u.Name, u.Username, u.Primary().Address} {
		if s != "" {
			return s
		}
	}
	return "user " + u.UID
}

// WithName sets the whole name. The parts follow (first word, rest) only where
// they do not already spell it: "Anna Lena" + "Berg" stays split as it is.
func (n Names) WithName(name string) Names {
	name = strings.TrimSpace(name)
	if join(n.GivenName, n.FamilyName) == name {
		n.Name = name
		return n
	}
	given, family, _ := strings.Cut(name, " ")
	return Names{Name: name, GivenName: given, FamilyName: strings.TrimSpace(family)}
}

// WithParts sets the parts; the whole name is what they spell together.
func (n Names) WithParts(given, family string) Names {
	given, family = strings.TrimSpace(given), strings.TrimSpace(family)
	return Names{Name: join(given, family), GivenName: given, FamilyName: family}
}

func join(given, family string) string {
	return strings.TrimSpace(given + " " + family)
}

// UserFilter narrows a list of people and says which stretch of it to return. The
// zero filter means all, by id.
type UserFilter struct {
	Search string // part of name, username or address, without regard to case
	State  State  // "" means any
	Org    OrgID  // members of this organization; 0 means any
	Where  *Condition

	Order      Order
	Descending bool
	After      *Cursor // only who comes after this place of the order, whatever Offset says
	Offset     int     // rows to pass over from the start; negative counts as 0
	Limit      int     // rows to return; 0 means all
	SkipTotal  bool    // Page.Total may stay 0, because nobody looks at it

	batch bool // one of several reads of [Batches]
}

// Sight is which people an actor may see: all, or oneself and the members of
// some organizations. The core works it out, the store applies it.
type Visibility struct {
	All  bool
	Self UserID
	Orgs []OrgID
	// Shallow says that of others only that is looked at which everybody sees who sees
	// them at all: neither second addresses nor when they were active.
	PublicOnly bool
}

// CountLimit is how many matches of a search or a condition are counted. Beyond it
// Page.Capped is set: to count on would look at every row.
const CountLimit = 10_000

// Page is a stretch of a list with the size of the whole.
type Page[T any] struct {
	Items  []T
	Total  int
	Capped bool // Total is [CountLimit], and there are more
	// Read is how many rows were read. It is more than Items where some of them were
	// deleted meanwhile, so Items may be few, or none, before the end of the list.
	Read int
	Last Cursor // the place of the last row that was read; only of lists of users
}
