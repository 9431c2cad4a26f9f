package model

import (
	"strings"
	"time"
	"unicode"

	"roster.example/roster/internal/unitext"
)

// OrgID identifies an organization.
type OrgID int64

// Organization is a group of users with roles: pm415's organization, Codebase's account. One
// home organization exists from the start; users that are created without an organization join
// it.
type Organization struct {
	ID      OrgID
	Name    string // unique without regard to case
	Slug    string // lower-case letters, digits, hyphens; Codebase's account name
	Home    bool
	Default RoleID // role of new members, unless another one is given
	// RequireSecondFactor is set if the members need a second factor.
	RequireSecondFactor bool
	CreatedAt           time.Time
	UpdatedAt           time.Time
}

// OrganizationFilter selects organizations for a list by folded name.
type OrganizationFilter struct {
	Search     string // part of the name or slug, without regard to case; "" is any
	After      string // the folded name of the organization before the first one; "" is none
	Descending bool
	Limit      int // maximum rows; 0 is all
}

// OrgAdmin is an active user with the role Admin in an organization.
type OrgAdmin struct {
	ID       UserID
	CanLogIn bool // has a password and is no service account
}

// Member is a membership with ids: a user with a role in an organization.
type Member struct {
	Org   OrgID
	User  UserID
	Role  RoleID
	Since time.Time
}

// Membership is an organization of a user, with the user's role.
type Membership struct {
	Organization Organization
	Role         Role
}

// Slug derives the short name of an organization or project from its name.
func Slug(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(unitext.Fold(name)) {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(r)
	}
	return strings.TrimRight(unitext.Truncate(b.String(), 63), "-")
}
