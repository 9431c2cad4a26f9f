package directory

import (
	"context"
	"strings"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/unitext"
)

// NameKind says what a name is the name of.
type NameKind string

// The kinds of names that stay reserved after use.
const (
	UsernameKind     NameKind = "username"
	OrganizationKind NameKind = "organization" // the name of an organization
	SlugKind         NameKind = "slug"         // the short name of an organization
)

// NameKinds lists every kind.
func NameKinds() []NameKind { return []NameKind{UsernameKind, OrganizationKind, SlugKind} }

// ReservedName is a name that was in use and is not free again yet. Other programs
// know users and organizations by such names (forward authentication, sshd), so a
// new owner would get what the former one was allowed to do.
type ReservedName struct {
	Kind    NameKind
	Name    string // as Fold gives it
	Holder  int64  // id of the user or organization that had it, and alone may take it back
	FreedAt time.Time
	Until   time.Time // free from then on
	FreedBy UserID    // who freed it; 0 for administrators and the operator
}

// NameReader reads reserved names.
type NameReader interface {
	// ReservedAmong returns those of names, which are folded, that are reserved, in any order.
	ReservedAmong(kind NameKind, names []string) ([]ReservedName, error)
	// ReservedNames lists at most limit names by kind and name, from the first behind after.
	ReservedNames(after ReservedName, limit int) ([]ReservedName, error)
	// FreedNames counts the names of organizations that are reserved at now and were freed
	// by the user, or belonged to the organization; 0 stands for neither.
	FreedNames(by UserID, org OrgID, now time.Time) (int, error)
}

// NameWriter writes reserved names.
type NameWriter interface {
	ReserveName(n ReservedName) error // in place of an earlier reservation of the name
	ReleaseName(kind NameKind, name string) error
}

// reserve keeps name for holder from now on. Without the setting, and for an empty
// name, it does nothing. by is the user who freed it: see [Directory.mayFreeNames].
func (d *Directory) reserveName(tx Writer, kind NameKind, name string, holder int64, by UserID) error {
	if d.options.ReserveNames <= 0 || name == "" {
		return nil
	}
	now := d.now()
	return tx.ReserveName(ReservedName{Kind: kind, Name: unitext.Fold(name), Holder: holder, FreedBy: by, FreedAt: now, Until: now.Add(d.options.ReserveNames)})
}

// reservedFor reports whether name is reserved for another than holder.
func (d *Directory) isReservedFor(tx Reader, kind NameKind, name string, holder int64) (bool, error) {
	if d.options.ReserveNames <= 0 || name == "" {
		return false, nil
	}
	found, err := tx.ReservedAmong(kind, []string{unitext.Fold(name)})
	for _, n := range found {
		if n.Holder != holder && n.Until.After(d.now()) {
			return true, err
		}
	}
	return false, err
}

// freeUsername wants a username that no other user than self has, had lately, or has
// as a uid: a text must name one user.
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

// uidLength is that of Meteor's identifiers.
const uidLength = 17

func looksLikeUID(text string) bool { return len(text) == uidLength }

// formerName is taken for a name that is reserved because it was in use before.
func reservedNameError(field string, kind NameKind) *fault.Error {
	e := fault.TakenField(field)
	e.Msg = strings.ReplaceAll(field, "_", " ") + " is taken already: it was in use before and is reserved; an administrator can release it with 'roster name release " + string(kind) + ":NAME'"
	return e
}

// takeUsername is called when a user gets another username: the former one is
// reserved for them, and a reservation of the new one has served its purpose.
func (d *Directory) moveUsername(tx Writer, u User, former string) error {
	if unitext.Fold(former) == unitext.Fold(u.Username) {
		return nil
	}
	if err := d.reserveName(tx, UsernameKind, former, int64(u.ID), 0); err != nil {
		return err
	}
	return tx.ReleaseName(UsernameKind, unitext.Fold(u.Username))
}

// dropUser deletes a user and reserves their username.
func (d *Directory) dropAndReserve(tx Writer, u User) error {
	if err := tx.DropUser(u.ID); err != nil {
		return err
	}
	return d.reserveName(tx, UsernameKind, u.Username, int64(u.ID), 0)
}

// maxReservedNames is how many names one call of ReservedNames lists.
const maxReservedNames = 1000

// ReservedNames lists reserved names by kind and name, to administrators: those behind
// after, of which only Kind and Name are read, and at most limit of them; 0 means 1000,
// the most. No name is behind the last.
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

// maxFreedNames is the maximum number of names of organizations that one user, other than an
// administrator, or one organization frees within the time that names stay reserved.
const maxFreedNames = 20

// mayFreeNames refuses to found or rename an organization after many names were freed.
// Otherwise one user could reserve any number of names by renaming in a loop, or by
// founding and deleting. Every name that was freed stays reserved: a bound that dropped
// some of them would free the valuable one after enough worthless ones. An organization
// takes its own former names back without end, which frees as many as it reserves.
func (d *Directory) requireCanFreeNames(tx Reader, self User, org OrgID) error {
	freed, err := tx.FreedNames(self.ID, org, d.now())
	if err != nil || freed < maxFreedNames {
		return err
	}
	return &fault.Error{Kind: fault.Limited, RetryAfter: day, Fields: []fault.Field{{Name: "organization", Code: fault.TooMany, Limit: maxFreedNames}},
		Msg: "too many names of organizations were given up, and are reserved; take one of them back, or ask an administrator"}
}

// ReleaseName frees a reserved name for everyone. Only administrators may. NotFound
// says that it is not reserved.
func (d *Directory) ReleaseName(ctx context.Context, actor Actor, kind NameKind, name string) error {
	return d.update(ctx, actor, UsersManage, 0, func(tx Writer, _ User) error {
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

// takeOrganizationName is takeUsername for an organization that gets the name to from a
// user.
func (d *Directory) moveOrganizationName(tx Writer, org Organization, to string, by UserID) error {
	if unitext.Fold(org.Name) == unitext.Fold(to) {
		return nil
	}
	if err := d.reserveName(tx, OrganizationKind, org.Name, int64(org.ID), by); err != nil {
		return err
	}
	return tx.ReleaseName(OrganizationKind, unitext.Fold(to))
}
