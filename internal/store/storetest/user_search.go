package storetest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"

	"roster.example/roster/internal/filter"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

func userSearchTests() []contractTest {
	return []contractTest{
		{"a search follows each change of name, username and addresses", searchFollows},
		{"a search finds what a group commit wrote, and nothing that was rolled back", searchWithCommit},
		{"a search finds all users that concurrent writers added", searchAfterSharedCommits},
		{"a search finds the users that match when tested one by one", searchAgrees},
		{"a search for quotes, signs and emails that fold finds existing users, and no deleted one", searchSigns},
		{"searches find the same before, during and after a merge of their index", searchMerged},
		{"a search with thousands of matches is counted, paged and filtered like one with few", searchBroadly},
		{"a search with more matches than are counted says so", searchBeyondTheCountLimit},
	}
}

// search returns the ids of the users that a search finds.
func (f fixture) search(part string) []model.UserID {
	f.Helper()
	all, total := f.list(model.UserFilter{Search: part}, model.Visibility{All: true})
	f.wantEqual("total of a search for "+part, total, len(all))
	return all
}

func (f fixture) wantFound(part string, want ...model.UserID) {
	f.Helper()
	f.wantEqual("search for "+part, f.search(part), want)
}

func searchFollows(f fixture) {
	u := f.user("adalovelace")
	f.wantFound("lovela", u.ID)
	u.Name, u.Username = "Countess", "augusta"
	f.update(func(tx model.Writer) error { return tx.ChangeUser(u) })
	f.wantFound("countes", u.ID)
	f.wantFound("ugus", u.ID)
	f.wantFound("lovelace", u.ID) // the address
	spare := model.Email{User: u.ID, Address: "byron@spare.example"}
	f.update(func(tx model.Writer) error { return tx.AddEmail(&spare) })
	f.wantFound("byron@sp", u.ID)
	spare.Address = "king@spare.example"
	f.update(func(tx model.Writer) error { return tx.ChangeEmail(spare) })
	f.wantFound("byron@sp")
	f.wantFound("king@", u.ID)
	f.update(func(tx model.Writer) error { return tx.DropEmail(u.ID, spare.ID) })
	f.wantFound("king@")
	f.update(func(tx model.Writer) error { return tx.DropUser(u.ID) })
	for _, part := range []string{"countess", "aug", "lovelace", "example", "a", "@"} {
		f.wantFound(part)
	}
}

func searchWithCommit(f fixture) {
	kept := f.user("kept")
	undone := errors.New("undone")
	_ = f.store.Update(f.Context(), func(tx model.Writer) error {
		u := kept
		u.Name = "Renamed"
		if _, err := addUser(tx, newUser("renamed too"), "r@example.org"); err != nil {
			return err
		}
		return errors.Join(tx.ChangeUser(u), undone)
	})
	f.wantFound("renamed")
	f.wantFound("kept", kept.ID)
	var many []model.UserID
	f.update(func(tx model.Writer) error {
		many = nil
		for i := range 300 {
			u, err := addUser(tx, newUser(fmt.Sprint("crowd", i)), fmt.Sprintf("crowd%d@example.org", i))
			if err != nil {
				return err
			}
			many = append(many, u.ID)
		}
		return tx.DropUser(many[7])
	})
	f.wantFound("crowd29", many[29], many[290], many[291], many[292], many[293], many[294], many[295], many[296], many[297], many[298], many[299])
	f.wantFound("crowd7@")
}

func searchAfterSharedCommits(f fixture) {
	f.concurrently(64, func(n int) error {
		return f.store.Update(f.Context(), func(tx model.Writer) error {
			_, err := addUser(tx, newUser(fmt.Sprint("villager", n)), fmt.Sprintf("v%d@example.org", n))
			return err
		})
	}, nil)
	f.wantEqual("villagers found", len(f.search("villager")), 64)
}

// searchAgrees adds users in each run and searches for parts of their names, and for
// parts that no name has.
func searchAgrees(f fixture) {
	emails := []rune("ab1.%_\\'\"*@- İıIißéÉ中🙂👍\u0301\u00ad")
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.TrimSpace(string(rapid.SliceOfN(rapid.SampledFrom(emails), 1, 14).Draw(t, "text")))
	})
	var n int
	rapid.Check(f.T, func(t *rapid.T) {
		names := rapid.SliceOfN(text, 1, 4).Draw(t, "names")
		users := f.addUsersNamed(&n, names)
		defer f.deleteUsers(users)
		for range 4 {
			part := partOf(t, names, text)
			want := 0
			for _, texts := range users {
				if contains(texts, part) {
					want++
				}
			}
			if got := f.search(part); len(got) != want {
				t.Fatalf("search for %q among %v finds %d, want %d", part, users, len(got), want)
			}
		}
	})
}

// addUsersNamed adds users with these names, and returns the texts by which each can be found. It
// increments n, so that their usernames and addresses are unique.
func (f fixture) addUsersNamed(n *int, names []string) map[model.UserID][]string {
	f.Helper()
	users := map[model.UserID][]string{}
	f.update(func(tx model.Writer) error {
		clear(users)
		for _, name := range names {
			*n++
			u := newUser(fmt.Sprintf("%d %s", *n, name))
			u.UID, u.Name = fmt.Sprint("uid", *n), name
			u, err := addUser(tx, u, fmt.Sprintf("%s@%d", name, *n))
			if err != nil {
				return err
			}
			users[u.ID] = []string{u.Name, u.Username, u.Emails[0].Address}
		}
		return nil
	})
	return users
}

func (f fixture) deleteUsers(users map[model.UserID][]string) {
	f.Helper()
	f.update(func(tx model.Writer) error {
		for id := range users {
			if err := tx.DropUser(id); err != nil {
				return err
			}
		}
		return nil
	})
}

// searchSigns are examples that searchAgrees has found. Each runs twice, because
// deleted users were found together with users of the same name.
func searchSigns(f fixture) {
	var n int
	for _, c := range []struct {
		names []string
		want  map[string]int
	}{
		{[]string{"é*'"}, map[string]int{`"`: 0, "*'": 1}},
		{[]string{"b", `%1'éa.a1ı_ia"a`, `ébßb .ß"-"`, "@b-1ßbbabb"}, map[string]int{"a": 2, "ßb": 2}},
		{[]string{"é*'"}, map[string]int{`"`: 0, "*'": 1}},
		{[]string{"b", `%1'éa.a1ı_ia"a`, `ébßb .ß"-"`, "@b-1ßbbabb"}, map[string]int{"a": 2, "ßb": 2}},
	} {
		users := f.addUsersNamed(&n, c.names)
		for part, want := range c.want {
			f.wantEqual("how many a search for "+part+" finds", len(f.search(part)), want)
		}
		f.deleteUsers(users)
		for part := range c.want {
			f.wantFound(part)
		}
	}
}

func partOf(t *rapid.T, names []string, text *rapid.Generator[string]) string {
	if rapid.Bool().Draw(t, "without a match") {
		return text.Draw(t, "part")
	}
	runes := []rune(rapid.SampledFrom(names).Draw(t, "name"))
	if len(runes) == 0 {
		return "@"
	}
	from := rapid.IntRange(0, len(runes)-1).Draw(t, "from")
	return string(runes[from:rapid.IntRange(from+1, len(runes)).Draw(t, "to")])
}

func contains(texts []string, part string) bool {
	for _, text := range texts {
		if strings.Contains(unitext.Fold(text), unitext.Fold(part)) {
			return true
		}
	}
	return false
}

// addUsersInBulk adds users, some hundred in each transaction.
func (f fixture) addUsersInBulk(n int, make func(i int) model.User) []model.User {
	f.Helper()
	users := []model.User{}
	for len(users) < n {
		var some []model.NewUserRecord
		f.update(func(tx model.Writer) error {
			some = nil
			for i := len(users); i < min(len(users)+500, n); i++ {
				u := make(i)
				some = append(some, model.NewUserRecord{User: &u})
			}
			return tx.AddUsers(some)
		})
		for _, c := range some {
			users = append(users, *c.User)
		}
	}
	return users
}

func searchBroadly(f fixture) {
	users := f.addUsersInBulk(5000, func(i int) model.User {
		u := newUser(fmt.Sprintf("u%05d", i))
		u.Name = fmt.Sprintf("Hopper %d", (i*7919)%5000)
		u.CreatedAt = sampleTime().Add(-time.Duration(i) * time.Minute)
		if i%10 == 0 {
			u.State = model.Blocked
		}
		return u
	})
	all := model.Visibility{All: true}
	search := model.UserFilter{Search: "hopper", Limit: 3}
	got, total := f.list(search, all)
	f.wantEqual("first page", got, []model.UserID{users[0].ID, users[1].ID, users[2].ID})
	f.wantEqual("total", total, 5000)
	search.Order, search.Descending = model.ByCreated, true
	after := model.ByCreated.At(users[41])
	search.After, search.State = &after, model.Active
	got, total = f.list(search, all)
	f.wantEqual("newest after one, active", got, []model.UserID{users[42].ID, users[43].ID, users[44].ID})
	f.wantEqual("total of the active", total, 4500)
	search.State = model.Blocked
	got, total = f.list(search, all)
	f.wantEqual("newest after one, blocked", got, []model.UserID{users[50].ID, users[60].ID, users[70].ID})
	f.wantEqual("total of the blocked", total, 500)
	search.SkipTotal, search.State, search.Descending = true, "", false
	got, _ = f.list(search, all)
	f.wantEqual("oldest after one", got, []model.UserID{users[40].ID, users[39].ID, users[38].ID})
}

// Counting stops at a limit.
func searchBeyondTheCountLimit(f fixture) {
	const more = model.CountLimit + 3
	users := f.addUsersInBulk(more, func(i int) model.User {
		u := newUser(fmt.Sprintf("u%05d", i))
		u.Name = "Hopper"
		if i >= model.CountLimit {
			u.State = model.Blocked
		}
		return u
	})
	condition, err := filter.Parse(`name co "hopper"`)
	f.wantEqual("error", err, nil)
	list := func(filter model.UserFilter) model.Page[model.UserID] {
		return readValue(f, func(tx model.Reader) (model.Page[model.UserID], error) {
			return tx.Users(filter, model.Visibility{All: true})
		})
	}
	for _, filter := range []model.UserFilter{{Search: "h"}, {Search: "ho"}, {Search: "hopper"}, {Where: condition}} {
		filter.Limit = 2
		page := list(filter)
		f.wantEqual("items", page.Items, []model.UserID{users[0].ID, users[1].ID})
		f.wantEqual("total", page.Total, model.CountLimit)
		f.wantEqual("capped", page.Capped, true)
		filter.State = model.Active
		page = list(filter)
		f.wantEqual("total at the limit", page.Total, model.CountLimit)
		f.wantEqual("capped at the limit", page.Capped, false)
		filter.State = model.Blocked
		f.wantEqual("total of few", list(filter).Total, 3)
	}
	page := list(model.UserFilter{Limit: 2, Order: model.ByName})
	f.wantEqual("total without a search", page.Total, more)
	f.wantEqual("capped without a search", page.Capped, false)
}

// Each commit adds to the index. Another writer commits between the steps of the merge.
func searchMerged(f fixture) {
	users := f.addUsersInBulk(3000, func(i int) model.User {
		u := newUser(fmt.Sprintf("m%05d", i))
		u.Name = fmt.Sprintf("Merged %d", i%3)
		return u
	})
	for i := range 12 {
		users[i].Name = "Renamed 1"
		f.update(func(tx model.Writer) error { return tx.ChangeUser(users[i]) })
	}
	f.update(func(tx model.Writer) error { return tx.DropUser(users[20].ID) })
	for first, more := true, true; more; first = false {
		f.update(func(tx model.Writer) (err error) {
			more, err = tx.MergeSearch(first)
			return err
		})
		users = append(users, f.addUsersInBulk(1, func(int) model.User {
			u := newUser(fmt.Sprintf("m%05d", len(users)))
			u.Name = "Between"
			return u
		})...)
		for part, want := range map[string]int{"merged": 3000 - 12 - 1, "renamed": 12, "m00020": 0, "m00021": 1, "between": len(users) - 3000} {
			_, total := f.list(model.UserFilter{Search: part}, model.Visibility{All: true})
			f.wantEqual(part, total, want)
		}
	}
}
