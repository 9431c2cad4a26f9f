package storetest

import (
	"fmt"
	"testing"

	"roster.example/roster/internal/confusables"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

func lookalikeTests() []contractTest {
	return []contractTest{
		{"a username is found by names that look like it", lookalikeUsernames},
		{"of several users whose usernames look alike, another one is found", lookalikeOfAnother},
		{"an organization is found by names that look like its name", lookalikeOrganizations},
	}
}

func (f fixture) named(username string) model.UserID {
	f.Helper()
	u := newUser(username)
	f.update(func(tx model.Writer) error { return tx.AddUser(&u) })
	return u.ID
}

func (f fixture) wantHolder(username string, want model.UserID) {
	f.Helper()
	got := readValue(f, func(tx model.Reader) (model.UserID, error) {
		named, _, err := tx.HoldersOf(0, username, "")
		return named, err
	})
	f.wantEqual(username, got, want)
	if username == "" {
		return
	}
	among := readValue(f, func(tx model.Reader) (model.Holders, error) {
		return tx.Holders(model.Uniques{
			Usernames: append(confusables.PlainSpellings(username), unitext.Fold(username)), Looks: []string{confusables.LookKey(username)},
		})
	})
	f.wantEqual(username+" among others", len(among.Usernames)+len(among.Looks) > 0, want != 0)
}

func lookalikeUsernames(f fixture) {
	latin, cyrillic, other := f.named("coco"), f.named("\u0441\u043e\u0440"), f.named("вася")
	for username, want := range map[string]model.UserID{
		"coco": latin, "\u0441\u043e\u0441\u043e": latin, "cop": cyrillic, "\u03f2\u03bfp": cyrillic, "COP": cyrillic, "ВАСЯ": other, "cocos": 0, "вaс": 0, "": 0,
	} {
		f.wantHolder(username, want)
	}
	f.named("") // has no look
	f.wantHolder("", 0)
	u := readValue(f, func(tx model.Reader) (model.User, error) { return tx.User(cyrillic) })
	u.Username = "plain"
	f.update(func(tx model.Writer) error { return tx.ChangeUser(u) })
	f.wantHolder("cop", 0)
	made := newUser("\u0435\u0440\u0435")
	f.update(func(tx model.Writer) error { return tx.AddUsers([]model.NewUserRecord{{User: &made}}) })
	f.wantHolder("epe", made.ID)
}

func lookalikeOfAnother(f fixture) {
	i, l, cyrillic := f.named("ice"), f.named("lce"), f.named("\u0441\u043e\u0440")
	for _, c := range []struct {
		self     model.UserID
		username string
		want     model.UserID
	}{
		{0, "\u0406\u0421\u0415", i}, {i, "\u0406\u0421\u0415", l}, {l, "\u0406\u0421\u0415", i}, {cyrillic, "\u0406\u0421\u0415", i},
		{cyrillic, "cop", 0}, {i, "cop", cyrillic},
		{i, "ICE", i}, {i, "lce", l}, {cyrillic, "\u0421\u041e\u0420", cyrillic},
	} {
		got := readValue(f, func(tx model.Reader) (model.UserID, error) {
			named, _, err := tx.HoldersOf(c.self, c.username, "")
			return named, err
		})
		f.wantEqual(fmt.Sprintf("%s besides %d", c.username, c.self), got, c.want)
	}
}

func (f fixture) wantOrganizationsLike(name string, want ...model.OrgID) {
	f.Helper()
	got := readValue(f, func(tx model.Reader) ([]model.OrgID, error) { return tx.OrganizationsLike(name) })
	f.wantEqual("like "+name, append([]model.OrgID{}, got...), append([]model.OrgID{}, want...))
}

func lookalikeOrganizations(f fixture) {
	staff := model.Organization{Name: "Staff A", Slug: "staff"}
	ice := model.Organization{Name: "\u0406\u0421\u0415", Slug: "ice"}
	f.update(func(tx model.Writer) error { return tx.AddOrganization(&staff) })
	f.update(func(tx model.Writer) error { return tx.AddOrganization(&ice) })
	for _, name := range []string{"Staff A", "STAFF A", "\u0405taff A", "Staff  A", "Staff\u00a0\u0410", "Ｓｔａｆｆ A"} {
		f.wantOrganizationsLike(name, staff.ID)
	}
	for _, name := range []string{"\u0406\u0421\u0415", "ICE", "lce", "ice"} {
		f.wantOrganizationsLike(name, ice.ID)
	}
	f.wantOrganizationsLike("Staff B")
	f.wantOrganizationsLike("Stäff A")
	ice.Name = "Staff \u0410"
	f.update(func(tx model.Writer) error { return tx.ChangeOrganization(ice) })
	f.wantOrganizationsLike("staff a", staff.ID, ice.ID)
	f.wantOrganizationsLike("ice")
}

// NamesOfAnOlderVersion returns statements for the tables as they were before names had keys of their
// look.
func NamesOfAnOlderVersion() []string {
	return []string{
		`INSERT INTO users (id, uid, username, username_key, name, name_key, given_name, family_name, state, admin, bio, skype, linkedin, twitter,
			website_url, company, time_zone, theme_id, color_scheme_id, projects_limit, can_create_group, created_at, updated_at, activated_at, last_activity)
			VALUES (7, 'uid7', '` + "\u0441\u043e\u0440', '\u0441\u043e\u0440" + `', '', '', '', '', 'active', FALSE, '', '', '', '', '', '', '', 1, 1, 0, TRUE, 1, 1, 1, 1)`,
		`INSERT INTO organizations (id, name, name_key, slug, home, created_at, updated_at)
			VALUES (8, '` + "\u0406\u0421\u0415', '\u0456\u0441\u0435" + `', 'ice', FALSE, 1, 1)`,
	}
}

// CheckNamesOfAnOlderVersion checks a store with the rows of [NamesOfAnOlderVersion] after all migrations.
func CheckNamesOfAnOlderVersion(t *testing.T, s model.Store) {
	t.Helper()
	f := fixture{t, s}
	f.wantHolder("cop", 7)
	f.wantOrganizationsLike("ICE", 8)
}
