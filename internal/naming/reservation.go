package naming

import (
	"slices"
	"time"

	"roster.example/roster/internal/confusables"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

// Reserve reserves name for holder from now on. It does nothing if reservations are
// disabled or the name is empty. by is the user that freed it: see
// [Policy.RequireCanFree].
func (p *Policy) Reserve(tx model.Writer, kind model.NameKind, name string, holder int64, by model.UserID) error {
	if p.options.Reserve <= 0 || name == "" {
		return nil
	}
	now := p.ops.Now()
	return tx.ReserveName(model.ReservedName{Kind: kind, Name: unitext.Fold(name), Holder: holder, FreedBy: by, FreedAt: now, Until: now.Add(p.options.Reserve)})
}

// IsReservedFor reports whether name is reserved for another one than holder.
func (p *Policy) IsReservedFor(tx model.Reader, kind model.NameKind, name string, holder int64) (bool, error) {
	if p.options.Reserve <= 0 || name == "" {
		return false, nil
	}
	found, err := tx.ReservedAmong(kind, SameNames(name))
	for _, n := range found {
		if n.Holder != holder && n.Until.After(p.ops.Now()) {
			return true, err
		}
	}
	return false, err
}

// SameNames returns the folded name, and the folded names of plain characters that it looks like.
func SameNames(name string) []string {
	names := append([]string{unitext.Fold(name)}, confusables.PlainSpellings(name)...)
	slices.Sort(names)
	return slices.Compact(names)
}

// RequireUnreservedUsername returns a Conflict if the username is reserved for another user
// than self, or is the uid of another user: a text must identify one user.
func (p *Policy) RequireUnreservedUsername(tx model.Reader, self model.UserID, username string) error {
	if username == "" {
		return nil
	}
	reserved, err := p.IsReservedFor(tx, model.UsernameKind, username, int64(self))
	if err != nil {
		return err
	}
	if reserved {
		return reservedError("username", model.UsernameKind)
	}
	if !LooksLikeUID(username) {
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

// LooksLikeUID reports whether text has the length of such an identifier.
func LooksLikeUID(text string) bool { return len(text) == uidLength }

// MoveUsername reserves the former username of a user, and ends the reservation of the new
// one.
func (p *Policy) MoveUsername(tx model.Writer, u model.User, former string) error {
	if unitext.Fold(former) == unitext.Fold(u.Username) {
		return nil
	}
	if err := p.Reserve(tx, model.UsernameKind, former, int64(u.ID), 0); err != nil {
		return err
	}
	return tx.ReleaseName(model.UsernameKind, unitext.Fold(u.Username))
}

// MoveOrganization is MoveUsername for an organization that is renamed to to by a user.
func (p *Policy) MoveOrganization(tx model.Writer, org model.Organization, to string, by model.UserID) error {
	if unitext.Fold(org.Name) == unitext.Fold(to) {
		return nil
	}
	if err := p.Reserve(tx, model.OrganizationKind, org.Name, int64(org.ID), by); err != nil {
		return err
	}
	return tx.ReleaseName(model.OrganizationKind, unitext.Fold(to))
}

// maxFreedNames is the maximum number of organization names that one user without
// administration, or one organization, may free within the time that names stay reserved.
const maxFreedNames = 20

// RequireCanFree returns Limited after many organization names were freed: otherwise one
// user could reserve any number of names by renaming, or creating and deleting, in a loop.
// Every freed name stays reserved: if a limit dropped some, a valuable one could be freed by
// enough worthless ones. An organization may always take its own former names back, which
// frees as many as it reserves.
func (p *Policy) RequireCanFree(tx model.Reader, self model.User, org model.OrgID) error {
	freed, err := tx.FreedNames(self.ID, org, p.ops.Now())
	if err != nil || freed < maxFreedNames {
		return err
	}
	return &fault.Error{Kind: fault.Limited, RetryAfter: 24 * time.Hour, Fields: []fault.Field{{Name: "organization", Code: fault.TooMany, Limit: maxFreedNames}},
		Msg: "too many organization names were freed and are reserved now; take one of them back, or ask an administrator"}
}
