package storetest

import (
	"time"

	"roster.example/roster/internal/model"
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

func reservation(kind model.NameKind, name string, holder int64) model.ReservedName {
	return model.ReservedName{Kind: kind, Name: name, Holder: holder, FreedAt: sampleTime(), Until: sampleTime().Add(time.Hour)}
}

func (f fixture) reserve(all ...model.ReservedName) {
	f.Helper()
	f.update(func(tx model.Writer) error {
		for _, n := range all {
			if err := tx.ReserveName(n); err != nil {
				return err
			}
		}
		return nil
	})
}

func among(kind model.NameKind, names ...string) func(model.Reader) ([]model.ReservedName, error) {
	return func(tx model.Reader) ([]model.ReservedName, error) { return tx.ReservedAmong(kind, names) }
}

func allReserved(limit int) func(model.Reader) ([]model.ReservedName, error) {
	return func(tx model.Reader) ([]model.ReservedName, error) {
		return tx.ReservedNames(model.ReservedName{}, limit)
	}
}

func reservedNameRoundTrip(f fixture) {
	ada, bea := reservation(model.UsernameKind, "ada", 1), reservation(model.UsernameKind, "béa", 2)
	f.reserve(bea, ada)
	f.wantEqual("one", readValue(f, among(model.UsernameKind, "béa", "other")), []model.ReservedName{bea})
	f.wantEqual("all, by name", readValue(f, allReserved(10)), []model.ReservedName{ada, bea})
	f.wantEqual("the first", readValue(f, allReserved(1)), []model.ReservedName{ada})
	if none := readValue(f, among(model.UsernameKind)); len(none) != 0 {
		f.Errorf("of no names: %v", none)
	}
	f.update(func(tx model.Writer) error { return tx.ReleaseName(model.UsernameKind, "ada") })
	f.update(func(tx model.Writer) error { return tx.ReleaseName(model.UsernameKind, "ada") })
	f.wantEqual("released", readValue(f, allReserved(10)), []model.ReservedName{bea})
}

func reservedNameReplaced(f fixture) {
	f.reserve(reservation(model.SlugKind, "web", 1))
	later := reservation(model.SlugKind, "web", 2)
	later.Until = later.Until.Add(time.Hour)
	f.reserve(later)
	f.wantEqual("replaced", readValue(f, allReserved(10)), []model.ReservedName{later})
}

func reservedNameKinds(f fixture) {
	name, slug := reservation(model.OrganizationKind, "web", 1), reservation(model.SlugKind, "web", 1)
	f.reserve(name, slug)
	f.wantEqual("one kind", readValue(f, among(model.SlugKind, "web")), []model.ReservedName{slug})
	f.update(func(tx model.Writer) error { return tx.ReleaseName(model.SlugKind, "web") })
	f.wantEqual("the other kind", readValue(f, allReserved(10)), []model.ReservedName{name})
}

func reservedNamesEnd(f fixture) {
	early, late := reservation(model.UsernameKind, "early", 1), reservation(model.UsernameKind, "late", 2)
	late.Until = late.Until.Add(time.Hour)
	f.reserve(early, late)
	f.update(func(tx model.Writer) error { return expireAll(tx, sampleTime().Add(90*time.Minute)) })
	f.wantEqual("left", readValue(f, allReserved(10)), []model.ReservedName{late})
}

func reservedNameOfDeletedUser(f fixture) {
	u := f.user("ada")
	n := reservation(model.UsernameKind, "ada", int64(u.ID))
	f.update(func(tx model.Writer) error {
		if err := tx.DropUser(u.ID); err != nil {
			return err
		}
		return tx.ReserveName(n)
	})
	f.wantEqual("left", readValue(f, allReserved(10)), []model.ReservedName{n})
}

func reservedNamePages(f fixture) {
	all := []model.ReservedName{reservation(model.OrganizationKind, "a", 1), reservation(model.OrganizationKind, "b", 2), reservation(model.SlugKind, "a", 1)}
	f.reserve(all...)
	var after model.ReservedName
	for _, want := range all {
		page := readValue(f, func(tx model.Reader) ([]model.ReservedName, error) { return tx.ReservedNames(after, 1) })
		f.wantEqual("page", page, []model.ReservedName{want})
		after = want
	}
	f.wantEqual("behind the last", len(readValue(f, func(tx model.Reader) ([]model.ReservedName, error) { return tx.ReservedNames(after, 1) })), 0)
}

func freedNamesCounted(f fixture) {
	for i, n := range []model.ReservedName{
		reservation(model.OrganizationKind, "a", 7), reservation(model.SlugKind, "a", 7), reservation(model.OrganizationKind, "b", 8),
		reservation(model.UsernameKind, "c", 7), reservation(model.OrganizationKind, "d", 9),
	} {
		n.FreedBy = model.UserID([]int{1, 1, 1, 0, 0}[i])
		f.reserve(n)
	}
	for _, c := range []struct {
		by   model.UserID
		org  model.OrgID
		want int
	}{{1, 0, 3}, {0, 7, 2}, {1, 9, 4}, {2, 8, 1}, {0, 0, 0}, {2, 0, 0}} {
		count := func(at time.Time) int {
			return readValue(f, func(tx model.Reader) (int, error) { return tx.FreedNames(c.by, c.org, at) })
		}
		f.wantEqual("reserved", count(sampleTime()), c.want)
		f.wantEqual("free again", count(sampleTime().Add(2*time.Hour)), 0)
	}
}
