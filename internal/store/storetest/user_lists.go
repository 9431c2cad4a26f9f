package storetest

import (
	"fmt"

	"roster.example/roster/internal/model"
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

func (f fixture) list(filter model.UserFilter, visibility model.Visibility) ([]model.UserID, int) {
	f.Helper()
	page := readValue(f, func(tx model.Reader) (model.Page[model.UserID], error) {
		return tx.Users(filter, visibility)
	})
	return page.Items, page.Total
}

// wantList reports an error of the test unless the list has these users, and their number as its total.
func (f fixture) wantList(what string, filter model.UserFilter, visibility model.Visibility, want ...model.UserID) {
	f.Helper()
	got, total := f.list(filter, visibility)
	f.wantEqual(what, got, want)
	f.wantEqual("total of "+what, total, len(want))
}

func paging(f fixture) {
	var all []model.UserID
	for i := range 7 {
		all = append(all, f.user(fmt.Sprint("user", i)).ID)
	}
	for _, c := range []struct {
		offset, limit int
		want          []model.UserID
	}{
		{0, 0, all}, {0, 3, all[:3]}, {3, 3, all[3:6]}, {6, 3, all[6:]}, {7, 3, nil}, {5, 0, all[5:]}, {-1, 2, all[:2]}, {1 << 40, 1, nil},
	} {
		got, total := f.list(model.UserFilter{Offset: c.offset, Limit: c.limit}, model.Visibility{All: true})
		f.wantEqual(fmt.Sprintf("%d from %d", c.limit, c.offset), got, c.want)
		f.wantEqual("total", total, 7)
	}
}

func visibility(f fixture) {
	one, two := f.organization("One"), f.organization("Two")
	ada, bea, cid, dan := f.user("ada"), f.user("bea"), f.user("cid"), f.user("dan")
	f.join(one, bea, model.RoleMember)
	f.join(one, cid, model.RoleMember)
	f.join(two, cid, model.RoleAdmin)
	f.join(two, dan, model.RolePending)
	for what, c := range map[string]struct {
		sight model.Visibility
		want  []model.UserID
	}{
		"all":                                {model.Visibility{All: true}, []model.UserID{ada.ID, bea.ID, cid.ID, dan.ID}},
		"oneself":                            {model.Visibility{Self: ada.ID}, []model.UserID{ada.ID}},
		"oneself and one":                    {model.Visibility{Self: ada.ID, Orgs: []model.OrgID{one.ID}}, []model.UserID{ada.ID, bea.ID, cid.ID}},
		"both organizations, each user once": {model.Visibility{Self: cid.ID, Orgs: []model.OrgID{one.ID, two.ID}}, []model.UserID{bea.ID, cid.ID, dan.ID}},
		"none":                               {model.Visibility{}, nil},
	} {
		f.wantList(what, model.UserFilter{}, c.sight, c.want...)
	}
	f.wantList("one organization, seen from two", model.UserFilter{Org: one.ID},
		model.Visibility{Self: dan.ID, Orgs: []model.OrgID{two.ID}}, cid.ID)
}

func filters(f fixture) {
	org := f.organization("One")
	ada, bea := f.user("ada"), f.user("bea")
	bea.State = model.Blocked
	f.update(func(tx model.Writer) error { return tx.ChangeUser(bea) })
	f.join(org, ada, model.RoleMember)
	f.join(org, bea, model.RoleMember)
	cid := f.user("cid")
	all := model.Visibility{All: true}
	f.wantList("active", model.UserFilter{State: model.Active}, all, ada.ID, cid.ID)
	f.wantList("members", model.UserFilter{Org: org.ID}, all, ada.ID, bea.ID)
	f.wantList("blocked members", model.UserFilter{Org: org.ID, State: model.Blocked}, all, bea.ID)
	f.wantList("members of nothing", model.UserFilter{Org: 99}, all)
	f.wantList("active members by name", model.UserFilter{Org: org.ID, State: model.Active, Search: "A"}, all, ada.ID)
	f.join(f.organization("Two"), ada, model.RoleAdmin)
	f.join(org, cid, model.RoleAdmin)
	f.wantList("with a role", model.UserFilter{Role: model.RoleAdmin}, all, ada.ID, cid.ID)
	f.wantList("with a role in any organization, once", model.UserFilter{Role: model.RoleMember, Order: model.ByName}, all, ada.ID, bea.ID)
	f.wantList("with a role in one", model.UserFilter{Org: org.ID, Role: model.RoleAdmin}, all, cid.ID)
	f.wantList("active with a role", model.UserFilter{Role: model.RoleAdmin, State: model.Active}, all, ada.ID, cid.ID)
}

func search(f fixture) {
	all := model.Visibility{All: true}
	ada, bea := newUser("al"), newUser("bm")
	ada.Name, bea.Name = "Ada Émilie Lovelace", "Bea Straße"
	f.update(func(tx model.Writer) (err error) {
		if ada, err = addUser(tx, ada, "countess@Lovelace.example"); err != nil {
			return err
		}
		if bea, err = addUser(tx, bea, "bea@example.org"); err != nil {
			return err
		}
		return tx.AddEmail(&model.Email{User: bea.ID, Address: "second@spare.example"})
	})
	for part, want := range map[string][]model.UserID{
		"LOVE": {ada.ID}, "éMIL": {ada.ID}, "bM": {bea.ID}, "STRASSE": {bea.ID}, "@SPARE.": {bea.ID},
		"example": {ada.ID, bea.ID}, "a": {ada.ID, bea.ID}, "nobody": nil, "'; --": nil,
	} {
		f.wantList("search for "+part, model.UserFilter{Search: part}, all, want...)
	}
}

func searchLiterally(f fixture) {
	all := model.Visibility{All: true}
	percent, under, back := newUser("p"), newUser("u"), newUser("b")
	percent.Name, under.Name, back.Name = "100% sure", "snake_case", `back\slash`
	f.update(func(tx model.Writer) error {
		for _, u := range []*model.User{&percent, &under, &back} {
			if err := tx.AddUser(u); err != nil {
				return err
			}
		}
		return nil
	})
	for part, want := range map[string][]model.UserID{
		"%": {percent.ID}, "0% ": {percent.ID}, "_": {under.ID}, "e_c": {under.ID}, `\`: {back.ID}, `k\s`: {back.ID}, `\%`: nil, "%%": nil,
	} {
		f.wantList("search for "+part, model.UserFilter{Search: part}, all, want...)
	}
}
