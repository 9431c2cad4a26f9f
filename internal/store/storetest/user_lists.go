package storetest

import (
	"fmt"

	"roster.example/roster/internal/directory"
)

func userListTests() []contractTest {
	return []contractTest{
		{"a list is paged by id, with its total", paging},
		{"a list has only visible users", visibility},
		{"a list is filtered by state and organization", filters},
		{"a search finds parts of names, usernames and addresses", search},
		{"a search takes %, _ and \\ literally", searchLiterally},
	}
}

func (f fixture) list(filter directory.UserFilter, visibility directory.Visibility) ([]directory.UserID, int) {
	f.Helper()
	page := readValue(f, func(tx directory.Reader) (directory.Page[directory.UserID], error) {
		return tx.Users(filter, visibility)
	})
	return page.Items, page.Total
}

// wantList reports an error of the test unless the list has these users, and their number as its total.
func (f fixture) wantList(what string, filter directory.UserFilter, visibility directory.Visibility, want ...directory.UserID) {
	f.Helper()
	got, total := f.list(filter, visibility)
	f.wantEqual(what, got, want)
	f.wantEqual("total of "+what, total, len(want))
}

func paging(f fixture) {
	var all []directory.UserID
	for i := range 7 {
		all = append(all, f.user(fmt.Sprint("user", i)).ID)
	}
	for _, c := range []struct {
		offset, limit int
		want          []directory.UserID
	}{
		{0, 0, all}, {0, 3, all[:3]}, {3, 3, all[3:6]}, {6, 3, all[6:]}, {7, 3, nil}, {5, 0, all[5:]}, {-1, 2, all[:2]}, {1 << 40, 1, nil},
	} {
		got, total := f.list(directory.UserFilter{Offset: c.offset, Limit: c.limit}, directory.Visibility{All: true})
		f.wantEqual(fmt.Sprintf("%d from %d", c.limit, c.offset), got, c.want)
		f.wantEqual("total", total, 7)
	}
}

func visibility(f fixture) {
	one, two := f.organization("One"), f.organization("Two")
	ada, bea, cid, dan := f.user("ada"), f.user("bea"), f.user("cid"), f.user("dan")
	f.join(one, bea, directory.RoleMember)
	f.join(one, cid, directory.RoleMember)
	f.join(two, cid, directory.RoleAdmin)
	f.join(two, dan, directory.RolePending)
	for what, c := range map[string]struct {
		sight directory.Visibility
		want  []directory.UserID
	}{
		"all":                                {directory.Visibility{All: true}, []directory.UserID{ada.ID, bea.ID, cid.ID, dan.ID}},
		"oneself":                            {directory.Visibility{Self: ada.ID}, []directory.UserID{ada.ID}},
		"oneself and one":                    {directory.Visibility{Self: ada.ID, Orgs: []directory.OrgID{one.ID}}, []directory.UserID{ada.ID, bea.ID, cid.ID}},
		"both organizations, each user once": {directory.Visibility{Self: cid.ID, Orgs: []directory.OrgID{one.ID, two.ID}}, []directory.UserID{bea.ID, cid.ID, dan.ID}},
		"none":                               {directory.Visibility{}, nil},
	} {
		f.wantList(what, directory.UserFilter{}, c.sight, c.want...)
	}
	f.wantList("one organization, seen from two", directory.UserFilter{Org: one.ID},
		directory.Visibility{Self: dan.ID, Orgs: []directory.OrgID{two.ID}}, cid.ID)
}

func filters(f fixture) {
	org := f.organization("One")
	ada, bea := f.user("ada"), f.user("bea")
	bea.State = directory.Blocked
	f.update(func(tx directory.Writer) error { return tx.ChangeUser(bea) })
	f.join(org, ada, directory.RoleMember)
	f.join(org, bea, directory.RoleMember)
	cid := f.user("cid")
	all := directory.Visibility{All: true}
	f.wantList("active", directory.UserFilter{State: directory.Active}, all, ada.ID, cid.ID)
	f.wantList("members", directory.UserFilter{Org: org.ID}, all, ada.ID, bea.ID)
	f.wantList("blocked members", directory.UserFilter{Org: org.ID, State: directory.Blocked}, all, bea.ID)
	f.wantList("members of nothing", directory.UserFilter{Org: 99}, all)
	f.wantList("active members by name", directory.UserFilter{Org: org.ID, State: directory.Active, Search: "A"}, all, ada.ID)
}

func search(f fixture) {
	all := directory.Visibility{All: true}
	ada, bea := newUser("al"), newUser("bm")
	ada.Name, bea.Name = "Ada Émilie Lovelace", "Bea Straße"
	f.update(func(tx directory.Writer) (err error) {
		if ada, err = addUser(tx, ada, "countess@Lovelace.example"); err != nil {
			return err
		}
		if bea, err = addUser(tx, bea, "bea@example.org"); err != nil {
			return err
		}
		return tx.AddEmail(&directory.Email{User: bea.ID, Address: "second@spare.example"})
	})
	for part, want := range map[string][]directory.UserID{
		"LOVE": {ada.ID}, "éMIL": {ada.ID}, "bM": {bea.ID}, "STRASSE": {bea.ID}, "@SPARE.": {bea.ID},
		"example": {ada.ID, bea.ID}, "a": {ada.ID, bea.ID}, "nobody": nil, "'; --": nil,
	} {
		f.wantList("search for "+part, directory.UserFilter{Search: part}, all, want...)
	}
}

func searchLiterally(f fixture) {
	all := directory.Visibility{All: true}
	percent, under, back := newUser("p"), newUser("u"), newUser("b")
	percent.Name, under.Name, back.Name = "100% sure", "snake_case", `back\slash`
	f.update(func(tx directory.Writer) error {
		for _, u := range []*directory.User{&percent, &under, &back} {
			if err := tx.AddUser(u); err != nil {
				return err
			}
		}
		return nil
	})
	for part, want := range map[string][]directory.UserID{
		"%": {percent.ID}, "0% ": {percent.ID}, "_": {under.ID}, "e_c": {under.ID}, `\`: {back.ID}, `k\s`: {back.ID}, `\%`: nil, "%%": nil,
	} {
		f.wantList("search for "+part, directory.UserFilter{Search: part}, all, want...)
	}
}
