package model

import "time"

// NameKind is the kind of a reserved name.
type NameKind string

// The kinds of names that stay reserved after use.
const (
	UsernameKind     NameKind = "username"
	OrganizationKind NameKind = "organization" // the name of an organization
	SlugKind         NameKind = "slug"         // the short name of an organization
)

// NameKinds returns every kind.
func NameKinds() []NameKind { return []NameKind{UsernameKind, OrganizationKind, SlugKind} }

// ReservedName is a name that was in use and cannot be taken yet. Other programs identify
// users and organizations by such names (forward authentication, sshd), so a new owner would
// get the access of the former one.
type ReservedName struct {
	Kind    NameKind
	Name    string // as returned by Fold
	Holder  int64  // id of the user or organization that had it and may take it back
	FreedAt time.Time
	Until   time.Time // end of the reservation
	FreedBy UserID    // the user that freed it; 0 for administrators and the operator
}

// NameReader reads reserved names.
type NameReader interface {
	// ReservedAmong returns which of names, which are folded, are reserved, in any order.
	ReservedAmong(kind NameKind, names []string) ([]ReservedName, error)
	// ReservedNames lists at most limit names, by kind and name, from the first after after.
	ReservedNames(after ReservedName, limit int) ([]ReservedName, error)
	// FreedNames counts the organization names that are reserved at now and were freed by the
	// user, or belonged to the organization; 0 is none.
	FreedNames(by UserID, org OrgID, now time.Time) (int, error)
}

// NameWriter writes reserved names.
type NameWriter interface {
	ReserveName(n ReservedName) error // replaces an earlier reservation of the name
	ReleaseName(kind NameKind, name string) error
}
