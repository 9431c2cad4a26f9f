package storetest

import (
	"time"

	"roster.example/roster/internal/directory"
)

func reservedNamePromises() []promise {
	return []promise{
		{"a reserved name comes back as it was stored, until it is released", reservedNameRoundTrip},
		{"a later reservation takes the place of an earlier one", reservedNameReplaced},
		{"reserved names are of one kind each", reservedNameKinds},
		{"reservations that have ended are dropped", reservedNamesEnd},
		{"reserved names are listed page by page", reservedNamePages},
		{"names are counted for the user who freed them and for their organization", freedNamesCounted},
		{"reservations outlive the user they are about", reservedNameOfDeletedUser},
	}
}

func reservation(kind directory.NameKind, name string, holder int64) directory.ReservedName {
	return directory.ReservedName{Kind: kind, Name: name, Holder: holder, FreedAt: moment(), Until: moment().Add(time.Hour)}
}

func (f fixture) reserve(all ...directory.ReservedName) {
	f.Helper()
	f.update(func(tx directory.Writer) error {
		for _, n := range all {
			if err := tx.ReserveName(n); err != nil {
				return err
			}
		}
		return nil
	})
}

func among(kind directory.NameKind, names ...string) func(directory.Reader) ([]directory.ReservedName, error) {
	return func(tx directory.Reader) ([]directory.ReservedName, error) { return tx.ReservedAmong(kind, names) }
}

func allReserved(limit int) func(directory.Reader) ([]directory.ReservedName, error) {
	return func(tx directory.Reader) ([]directory.ReservedName, error) {
		return tx.ReservedNames(directory.ReservedName{}, limit)
	}
}

func reservedNameRoundTrip(f fixture) {
	ada, bea := reservation(directory.UsernameKind, "ada", 1), reservation(directory.UsernameKind, "béa", 2)
	f.reserve(bea, ada)
	f.same("one", read(f, among(directory.UsernameKind, "béa", "other")), []directory.ReservedName{bea})
	f.same("all, by name", read(f, allReserved(10)), []directory.ReservedName{ada, bea})
	f.same("the first", read(f, allReserved(1)), []directory.ReservedName{ada})
	if none := read(f, among(directory.UsernameKind)); len(none) != 0 {
		f.Errorf("of no names: %v", none)
	}
	f.update(func(tx directory.Writer) error { return tx.ReleaseName(directory.UsernameKind, "ada") })
	f.update(func(tx directory.Writer) error { return tx.ReleaseName(directory.UsernameKind, "ada") })
	f.same("released", read(f, allReserved(10)), []directory.ReservedName{bea})
}

func reservedNameReplaced(f fixture) {
	f.reserve(reservation(directory.SlugKind, "web", 1))
	later := reservation(directory.SlugKind, "web", 2)
	later.Until = later.Until.Add(time.Hour)
	f.reserve(later)
	f.same("replaced", read(f, allReserved(10)), []directory.ReservedName{later})
}

func reservedNameKinds(f fixture) {
	name, slug := reservation(directory.OrganizationKind, "web", 1), reservation(directory.SlugKind, "web", 1)
	f.reserve(name, slug)
	f.same("one kind", read(f, among(directory.SlugKind, "web")), []directory.ReservedName{slug})
	f.update(func(tx directory.Writer) error { return tx.ReleaseName(directory.SlugKind, "web") })
	f.same("the other kind", read(f, allReserved(10)), []directory.ReservedName{name})
}

func reservedNamesEnd(f fixture) {
	early, late := reservation(directory.UsernameKind, "early", 1), reservation(directory.UsernameKind, "late", 2)
	late.Until = late.Until.Add(time.Hour)
	f.reserve(early, late)
	f.update(func(tx directory.Writer) error { return tx.Expire(moment().Add(90 * time.Minute)) })
	f.same("left", read(f, allReserved(10)), []directory.ReservedName{late})
}

func reservedNameOfDeletedUser(f fixture) {
	u := f.user("ada")
	n := reservation(directory.UsernameKind, "ada", int64(u.ID))
	f.update(func(tx directory.Writer) error {
		if err := tx.DropUser(u.ID); err != nil {
			return err
		}
		return tx.ReserveName(n)
	})
	f.same("left", read(f, allReserved(10)), []directory.ReservedName{n})
}

func reservedNamePages(f fixture) {
	all := []directory.ReservedName{reservation(directory.OrganizationKind, "a", 1), reservation(directory.OrganizationKind, "b", 2), reservation(directory.SlugKind, "a", 1)}
	f.reserve(all...)
	var after directory.ReservedName
	for _, want := range all {
		page := read(f, func(tx directory.Reader) ([]directory.ReservedName, error) { return tx.ReservedNames(after, 1) })
		f.same("page", page, []directory.ReservedName{want})
		after = want
	}
	f.same("behind the last", len(read(f, func(tx directory.Reader) ([]directory.ReservedName, error) { return tx.ReservedNames(after, 1) })), 0)
}

func freedNamesCounted(f fixture) {
	for i, n := range []directory.ReservedName{
		reservation(directory.OrganizationKind, "a", 7), reservation(directory.SlugKind, "a", 7), reservation(directory.OrganizationKind, "b", 8),
		reservation(directory.UsernameKind, "c", 7), reservation(directory.OrganizationKind, "d", 9),
	} {
		n.FreedBy = directory.UserID([]int{1, 1, 1, 0, 0}[i])
		f.reserve(n)
	}
	for _, c := range []struct {
		by   directory.UserID
		org  directory.OrgID
		want int
	}{{1, 0, 3}, {0, 7, 2}, {1, 9, 4}, {2, 8, 1}, {0, 0, 0}, {2, 0, 0}} {
		count := func(at time.Time) int {
			return read(f, func(tx directory.Reader) (int, error) { return tx.FreedNames(c.by, c.org, at) })
		}
		f.same("reserved", count(moment()), c.want)
		f.same("free again", count(moment().Add(2*time.Hour)), 0)
	}
}
