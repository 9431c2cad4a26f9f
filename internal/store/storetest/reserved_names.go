package storetest

import (
	"time"

	"roster.example/roster/internal/directory"
)

func reservedNameTests() []contractTest {
	return []contractTest{
		{"a reserved name is read as written, until it is released", reservedNameRoundTrip},
		{"a later reservation replaces an earlier one", reservedNameReplaced},
		{"the same name can be reserved for each kind", reservedNameKinds},
		{"expired reservations are deleted", reservedNamesEnd},
		{"reserved names are listed page by page", reservedNamePages},
		{"reserved names are counted by the user that freed them and by organization", freedNamesCounted},
		{"reservations are kept when their user is deleted", reservedNameOfDeletedUser},
	}
}

func reservation(kind directory.NameKind, name string, holder int64) directory.ReservedName {
	return directory.ReservedName{Kind: kind, Name: name, Holder: holder, FreedAt: sampleTime(), Until: sampleTime().Add(time.Hour)}
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
	f.wantEqual("one", readValue(f, among(directory.UsernameKind, "béa", "other")), []directory.ReservedName{bea})
	f.wantEqual("all, by name", readValue(f, allReserved(10)), []directory.ReservedName{ada, bea})
	f.wantEqual("the first", readValue(f, allReserved(1)), []directory.ReservedName{ada})
	if none := readValue(f, among(directory.UsernameKind)); len(none) != 0 {
		f.Errorf("of no names: %v", none)
	}
	f.update(func(tx directory.Writer) error { return tx.ReleaseName(directory.UsernameKind, "ada") })
	f.update(func(tx directory.Writer) error { return tx.ReleaseName(directory.UsernameKind, "ada") })
	f.wantEqual("released", readValue(f, allReserved(10)), []directory.ReservedName{bea})
}

func reservedNameReplaced(f fixture) {
	f.reserve(reservation(directory.SlugKind, "web", 1))
	later := reservation(directory.SlugKind, "web", 2)
	later.Until = later.Until.Add(time.Hour)
	f.reserve(later)
	f.wantEqual("replaced", readValue(f, allReserved(10)), []directory.ReservedName{later})
}

func reservedNameKinds(f fixture) {
	name, slug := reservation(directory.OrganizationKind, "web", 1), reservation(directory.SlugKind, "web", 1)
	f.reserve(name, slug)
	f.wantEqual("one kind", readValue(f, among(directory.SlugKind, "web")), []directory.ReservedName{slug})
	f.update(func(tx directory.Writer) error { return tx.ReleaseName(directory.SlugKind, "web") })
	f.wantEqual("the other kind", readValue(f, allReserved(10)), []directory.ReservedName{name})
}

func reservedNamesEnd(f fixture) {
	early, late := reservation(directory.UsernameKind, "early", 1), reservation(directory.UsernameKind, "late", 2)
	late.Until = late.Until.Add(time.Hour)
	f.reserve(early, late)
	f.update(func(tx directory.Writer) error { return expireAll(tx, sampleTime().Add(90*time.Minute)) })
	f.wantEqual("left", readValue(f, allReserved(10)), []directory.ReservedName{late})
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
	f.wantEqual("left", readValue(f, allReserved(10)), []directory.ReservedName{n})
}

func reservedNamePages(f fixture) {
	all := []directory.ReservedName{reservation(directory.OrganizationKind, "a", 1), reservation(directory.OrganizationKind, "b", 2), reservation(directory.SlugKind, "a", 1)}
	f.reserve(all...)
	var after directory.ReservedName
	for _, want := range all {
		page := readValue(f, func(tx directory.Reader) ([]directory.ReservedName, error) { return tx.ReservedNames(after, 1) })
		f.wantEqual("page", page, []directory.ReservedName{want})
		after = want
	}
	f.wantEqual("behind the last", len(readValue(f, func(tx directory.Reader) ([]directory.ReservedName, error) { return tx.ReservedNames(after, 1) })), 0)
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
			return readValue(f, func(tx directory.Reader) (int, error) { return tx.FreedNames(c.by, c.org, at) })
		}
		f.wantEqual("reserved", count(sampleTime()), c.want)
		f.wantEqual("free again", count(sampleTime().Add(2*time.Hour)), 0)
	}
}
