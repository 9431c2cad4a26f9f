package directory

import (
	"context"
	"slices"
	"strings"

	"roster.example/roster/internal/confusables"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/unitext"
)

// reserveName reserves name for holder from now on. It does nothing if reservations are
// disabled or the name is empty. by is the user that freed it: see
// [Directory.requireCanFreeNames].
func (d *Directory) reserveName(tx model.Writer, kind model.NameKind, name string, holder int64, by model.UserID) error {
	if d.options.ReserveNames <= 0 || name == "" {
		return nil
	}
	now := d.ops.Now()
	return tx.ReserveName(model.ReservedName{Kind: kind, Name: unitext.Fold(name), Holder: holder, FreedBy: by, FreedAt: now, Until: now.Add(d.options.ReserveNames)})
}

// isReservedFor reports whether name is reserved for another one than holder.
func (d *Directory) isReservedFor(tx model.Reader, kind model.NameKind, name string, holder int64) (bool, error) {
	if d.options.ReserveNames <= 0 || name == "" {
		return false, nil
	}
	found, err := tx.ReservedAmong(kind, sameNames(name))
	for _, n := range found {
		if n.Holder != holder && n.Until.After(d.ops.Now()) {
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
func (d *Directory) requireUnreservedUsername(tx model.Reader, self model.UserID, username string) error {
	if username == "" {
		return nil
	}
	reserved, err := d.isReservedFor(tx, model.UsernameKind, username, int64(self))
	if err != nil {
		return err
	}
	if reserved {
		return reservedNameError("username", model.UsernameKind)
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
func reservedNameError(field string, kind model.NameKind) *fault.Error {
	e := fault.TakenField(field)
	e.Msg = strings.ReplaceAll(field, "_", " ") + " is taken already: it was in use before and is reserved; an administrator can release it with 'roster name release " + string(kind) + ":NAME'"
	return e
}

// moveUsername reserves the former username of a user, and ends the reservation of the new
// one.
func (d *Directory) moveUsername(tx model.Writer, u model.User, former string) error {
	if unitext.Fold(former) == unitext.Fold(u.Username) {
		return nil
	}
	if err := d.reserveName(tx, model.UsernameKind, former, int64(u.ID), 0); err != nil {
		return err
	}
	return tx.ReleaseName(model.UsernameKind, unitext.Fold(u.Username))
}

// dropAndReserve deletes a user and reserves the username.
func (d *Directory) dropAndReserve(tx model.Writer, u model.User) error {
	if err := tx.DropUser(u.ID); err != nil {
		return err
	}
	return d.reserveName(tx, model.UsernameKind, u.Username, int64(u.ID), 0)
}

// maxReservedNames is the maximum length of a list of reserved names.
const maxReservedNames = 1000

// ReservedNames lists reserved names by kind and name. It requires users.manage. It returns at
// most limit names after after, of which only Kind and Name are used; 0 means 1000, the
// maximum.
func (d *Directory) ReservedNames(ctx context.Context, actor model.Actor, after model.ReservedName, limit int) ([]model.ReservedName, error) {
	if limit <= 0 || limit > maxReservedNames {
		limit = maxReservedNames
	}
	var names []model.ReservedName
	err := d.ops.Read(ctx, actor, model.UsersManage, 0, func(tx model.Reader, _ model.User) (err error) {
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
func (d *Directory) requireCanFreeNames(tx model.Reader, self model.User, org model.OrgID) error {
	freed, err := tx.FreedNames(self.ID, org, d.ops.Now())
	if err != nil || freed < maxFreedNames {
		return err
	}
	return &fault.Error{Kind: fault.Limited, RetryAfter: day, Fields: []fault.Field{{Name: "organization", Code: fault.TooMany, Limit: maxFreedNames}},
		Msg: "too many organization names were freed and are reserved now; take one of them back, or ask an administrator"}
}

// ReleaseName ends the reservation of a name. It requires users.manage, a credential of full scope
// that does not expire, and a recent password check of a session: the next user or organization with
// the name gets what other programs grant to the former one. A name that is not reserved is NotFound.
func (d *Directory) ReleaseName(ctx context.Context, actor model.Actor, kind model.NameKind, name string) error {
	return d.ops.Update(ctx, actor, model.UsersManage, 0, func(tx model.Writer, _ model.User) error {
		if err := operation.RequireFullAndLasting(actor); err != nil {
			return err
		}
		if err := d.ops.RequireRecentAuthentication(tx, actor); err != nil {
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
		if kind == model.UsernameKind {
			return d.ops.RecordUser(tx, actor, model.UserNameRelease, model.UserID(found[0].Holder), "")
		}
		return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.OrganizationNameRelease, Target: "organization", ID: found[0].Holder, Org: model.OrgID(found[0].Holder), Detail: string(kind)})
	})
}

// moveOrganizationName is moveUsername for an organization that is renamed to to by a user.
func (d *Directory) moveOrganizationName(tx model.Writer, org model.Organization, to string, by model.UserID) error {
	if unitext.Fold(org.Name) == unitext.Fold(to) {
		return nil
	}
	if err := d.reserveName(tx, model.OrganizationKind, org.Name, int64(org.ID), by); err != nil {
		return err
	}
	return tx.ReleaseName(model.OrganizationKind, unitext.Fold(to))
}
