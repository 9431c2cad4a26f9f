package model

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
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
	Fields       UserFields // which of the fields are set; beside the bools, so that the record does not grow
	Emails       []Email    // the primary address first
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

// GreetingName returns the name or username for the greeting of an email, "" if u has neither.
func (u User) GreetingName() string { return cmp.Or(u.Name, u.Username) }

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
	Role   RoleID // members with this role, in Org if that is set; 0 means any
	Where  *filter.Condition

	Order      Order
	Descending bool
	After      *Cursor // only users after this cursor; Offset is ignored
	Offset     int     // rows to skip; negative counts as 0
	Limit      int     // maximum rows; 0 is all
	SkipTotal  bool    // Page.Total may stay 0

	Batch bool // one of the reads of [Batches]
}

// Visibility is the set of users that an actor can see: all, or the actor's own user and the
// members of some organizations. The store applies it to lists.
type Visibility struct {
	All  bool
	Self UserID
	Orgs []OrgID
	// Projects are those of Orgs all of whose projects the actor can see.
	Projects []OrgID
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

func (u User) EmailByID(id EmailID) (Email, error) {
	for _, e := range u.Emails {
		if e.ID == id {
			return e, nil
		}
	}
	return Email{}, fault.Missing("email")
}

// FormerEmail returns the previous primary address that is kept while the primary one is not
// verified.
func (u User) FormerEmail() (Email, bool) {
	for _, e := range u.Emails {
		if e.PreviousPrimary {
			return e, true
		}
	}
	return Email{}, false
}

// RecoveryEmail returns the address to which recovery links are mailed: the primary one if it
// is verified, else the previous primary one, else the first verified one. Without any
// verified address it is the primary one (Wekan verifies none). ok is false for users without
// an address and service accounts.
func (u User) RecoveryEmail() (Email, bool) {
	if u.Service {
		return Email{}, false
	}
	best := u.Primary()
	if best.Verified {
		return best, true
	}
	for _, e := range u.Emails {
		if e.PreviousPrimary || e.Verified && !best.Verified {
			best = e
		}
		if e.PreviousPrimary {
			break
		}
	}
	return best, best.Address != ""
}

// RecoveryAddress returns the address to which a recovery link is mailed; "" if there is none.
// It may differ from the address by which the user was found.
func (u User) RecoveryAddress() string {
	to, _ := u.RecoveryEmail()
	return to.Address
}

// VisibleIdentity returns the one identity that GitLab's API v3 shows of a user: what was
// written last, else the first identity. One half may be empty.
func (u User) VisibleIdentity() Identity {
	written := Identity{User: u.ID, Provider: u.LastIdentity.Provider, ExternalUID: u.LastIdentity.ExternalUID}
	switch i := u.IdentityIndex(written.Provider); {
	case i >= 0:
		return u.Identities[i]
	case u.LastIdentity == LastIdentity{} && len(u.Identities) > 0:
		return u.Identities[0]
	}
	return written
}

// IdentityIndex returns the index of the identity at a provider; -1 if there is none.
func (u User) IdentityIndex(provider string) int {
	return slices.IndexFunc(u.Identities, func(i Identity) bool { return i.Provider == provider })
}

// EmailAt returns the user's address with the same key, in whatever spelling.
func (u User) EmailAt(address string) (Email, bool) {
	for _, e := range u.Emails {
		if emailaddress.Same(e.Address, address) {
			return e, true
		}
	}
	return Email{}, false
}

// VerifiedEmails returns the addresses that the user has verified. A user may enter any
// address.
func (u User) VerifiedEmails() []Email {
	return slices.DeleteFunc(slices.Clone(u.Emails), func(e Email) bool { return !e.Verified && !e.PreviousPrimary })
}

// Deactivated is the state of a deactivated user in conditions and responses. Its stored state is
// Blocked with [User.Deactivated].
const Deactivated State = "deactivated"

// Shown returns the state for conditions and responses.
func (u User) Shown() State {
	if u.State == Blocked && u.Deactivated {
		return Deactivated
	}
	return u.State
}

// IsInvited reports whether u was created by an invitation that was not accepted, blocked or
// not.
func (u User) IsInvited() bool { return u.Primary().Invited }

// AwaitsInvitation reports whether u is an invited user that an invitation can still turn into
// an account.
func (u User) AwaitsInvitation() bool { return u.State == Invited && u.IsInvited() }

// IsPendingRegistration reports whether u signed up and has not confirmed the address.
func (u User) IsPendingRegistration() bool { return u.State == Invited && !u.IsInvited() }

// CanLogIn reports whether the user can log in with a password.
func (u User) CanLogIn() bool { return u.State == Active && u.HasPassword && !u.Service }
