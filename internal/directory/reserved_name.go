package directory

import (
	"context"
	"slices"
	"strings"
	"time"

	"roster.example/roster/internal/confusables"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/unitext"
)

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

// reserveName reserves name for holder from now on. It does nothing if reservations are
// disabled or the name is empty. by is the user that freed it: see
// [Directory.requireCanFreeNames].
func (d *Directory) reserveName(tx Writer, kind NameKind, name string, holder int64, by UserID) error {
	if d.options.ReserveNames <= 0 || name == "" {
		return nil
	}
	now := d.now()
	return tx.ReserveName(ReservedName{Kind: kind, Name: unitext.Fold(name), Holder: holder, FreedBy: by, FreedAt: now, Until: now.Add(d.options.ReserveNames)})
}

// isReservedFor reports whether name is reserved for another one than holder.
func (d *Directory) isReservedFor(tx Reader, kind NameKind, name string, holder int64) (bool, error) {
	if d.options.ReserveNames <= 0 || name == "" {
		return false, nil
	}
	found, err := tx.ReservedAmong(kind, sameNames(name))
	for _, n := range found {
		if n.Holder != holder && n.Until.After(d.now()) {
			return true, err
		}
	}
	return false, err
}

// sameNames returns the folded name, and the folded names of plain characters that it looks like.
func sameNames(name string) []string {
	names := append([]string{unitext.Fold(name)}, confusables.PlainSpellings(name)...)
	slices.Sort(names)
	return slices.Compact(names)
}

// requireUnreservedUsername returns a Conflict if the username is reserved for another user
// than self, or is the uid of another user: a text must identify one user.
func (d *Directory) requireUnreservedUsername(tx Reader, self UserID, username string) error {
	if username == "" {
		return nil
	}
	reserved, err := d.isReservedFor(tx, UsernameKind, username, int64(self))
	if err != nil {
		return err
	}
	if reserved {
		return reservedNameError("username", UsernameKind)
	}
	if !looksLikeUID(username) {
		return nil
	}
	other, err := tx.UserByUID(username)
	if err == nil && other.ID != self {
		return fault.TakenField("username")
	}
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

// uidLength is the length of Meteor's identifiers.
const uidLength = 17

func looksLikeUID(text string) bool { return len(text) == uidLength }

// reservedNameError returns taken for a name that is reserved.
func reservedNameError(field string, kind NameKind) *fault.Error {
	e := fault.TakenField(field)
	e.Msg = strings.ReplaceAll(field, "_", " ") + " is taken already: it was in use before and is reserved; an administrator can release it with 'roster name release " + string(kind) + ":NAME'"
	return e
}

// moveUsername reserves the former username of a user, and ends the reservation of the new
// one.
func (d *Directory) moveUsername(tx Writer, u User, former string) error {
	if unitext.Fold(former) == unitext.Fold(u.Username) {
		return nil
	}
	if err := d.reserveName(tx, UsernameKind, former, int64(u.ID), 0); err != nil {
		return err
	}
	return tx.ReleaseName(UsernameKind, unitext.Fold(u.Username))
}

// dropAndReserve deletes a user and reserves the username.
func (d *Directory) dropAndReserve(tx Writer, u User) error {
	if err := tx.DropUser(u.ID); err != nil {
		return err
	}
	return d.reserveName(tx, UsernameKind, u.Username, int64(u.ID), 0)
}

// maxReservedNames is the maximum length of a list of reserved names.
const maxReservedNames = 1000

// ReservedNames lists reserved names by kind and name. It requires users.manage. It returns at
// most limit names after after, of which only Kind and Name are used; 0 means 1000, the
// maximum.
func (d *Directory) ReservedNames(ctx context.Context, actor Actor, after ReservedName, limit int) ([]ReservedName, error) {
	if limit <= 0 || limit > maxReservedNames {
		limit = maxReservedNames
	}
	var names []ReservedName
	err := d.read(ctx, actor, UsersManage, 0, func(tx Reader, _ User) (err error) {
		names, err = tx.ReservedNames(after, limit)
		return err
	})
	return names, err
}

// maxFreedNames is the maximum number of organization names that one user without
// administration, or one organization, may free within the time that names stay reserved.
const maxFreedNames = 20

// requireCanFreeNames returns Limited after many organization names were freed: otherwise one
// user could reserve any number of names by renaming, or creating and deleting, in a loop.
// Every freed name stays reserved: if a limit dropped some, a valuable one could be freed by
// enough worthless ones. An organization may always take its own former names back, which
// frees as many as it reserves.
func (d *Directory) requireCanFreeNames(tx Reader, self User, org OrgID) error {
	freed, err := tx.FreedNames(self.ID, org, d.now())
	if err != nil || freed < maxFreedNames {
		return err
	}
	return &fault.Error{Kind: fault.Limited, RetryAfter: day, Fields: []fault.Field{{Name: "organization", Code: fault.TooMany, Limit: maxFreedNames}},
		Msg: "too many organization names were freed and are reserved now; take one of them back, or ask an administrator"}
}

// ReleaseName ends the reservation of a name. It requires users.manage, a credential of full scope
// that does not expire, and a recent password check of a session: the next user or organization with
// the name gets what other programs grant to the former one. A name that is not reserved is NotFound.
func (d *Directory) ReleaseName(ctx context.Context, actor Actor, kind NameKind, name string) error {
	return d.update(ctx, actor, UsersManage, 0, func(tx Writer, _ User) error {
		if err := actor.requireFullAndLasting(); err != nil {
			return err
		}
		if err := d.requireRecentAuthentication(tx, actor); err != nil {
			return err
		}
		found, err := tx.ReservedAmong(kind, []string{unitext.Fold(name)})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.Missing("name")
		}
		if err := tx.ReleaseName(kind, unitext.Fold(name)); err != nil {
			return err
		}
		if kind == UsernameKind {
			return d.recordUser(tx, actor, UserNameRelease, UserID(found[0].Holder), "")
		}
		return d.record(tx, actor, eventSpec{verb: OrganizationNameRelease, target: "organization", id: found[0].Holder, org: OrgID(found[0].Holder), detail: string(kind)})
	})
}

// moveOrganizationName is moveUsername for an organization that is renamed to to by a user.
func (d *Directory) moveOrganizationName(tx Writer, org Organization, to string, by UserID) error {
	if unitext.Fold(org.Name) == unitext.Fold(to) {
		return nil
	}
	if err := d.reserveName(tx, OrganizationKind, org.Name, int64(org.ID), by); err != nil {
		return err
	}
	return tx.ReleaseName(OrganizationKind, unitext.Fold(to))
}
