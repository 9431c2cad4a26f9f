package storetest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/unitext"
)

func searchPromises() []promise {
	return []promise{
		{"a search follows each change of name, username and addresses", searchFollows},
		{"a search sees what its commit wrote with others, and nothing that was undone", searchWithCommit},
		{"a search finds all whom writers added together", searchAfterSharedCommits},
		{"a search finds whom a look at everybody finds", searchAgrees},
		{"a search for quotes, signs and letters that fold finds those who are there, and nobody who has gone", searchSigns},
		{"searches find the same before, while and after their index is merged", searchMerged},
		{"a search that finds thousands is counted, cut and narrowed like one that finds few", searchBroadly},
		{"a search that finds more than is counted says so", searchBeyondTheCountLimit},
	}
}

// found are the people whom a search finds.
func (f fixture) found(part string) []directory.UserID {
	f.Helper()
	all, total := f.list(directory.UserFilter{Search: part}, directory.Visibility{All: true})
	f.same("total of a search for "+part, total, len(all))
	return all
}

func (f fixture) wantFound(part string, want ...directory.UserID) {
	f.Helper()
	f.same("search for "+part, f.found(part), want)
}

func searchFollows(f fixture) {
	u := f.user("adalovelace")
	f.wantFound("lovela", u.ID)
	u.Name, u.Username = "Countess", "augusta"
	f.update(func(tx directory.Writer) error { return tx.ChangeUser(u) })
	f.wantFound("countes", u.ID)
	f.wantFound("ugus", u.ID)
	f.wantFound("lovelace", u.ID) // the address
	spare := directory.Email{User: u.ID, Address: "byron@spare.example"}
	f.update(func(tx directory.Writer) error { return tx.AddEmail(&spare) })
	f.wantFound("byron@sp", u.ID)
	spare.Address = "king@spare.example"
	f.update(func(tx directory.Writer) error { return tx.ChangeEmail(spare) })
	f.wantFound("byron@sp")
	f.wantFound("king@", u.ID)
	f.update(func(tx directory.Writer) error { return tx.DropEmail(u.ID, spare.ID) })
	f.wantFound("king@")
	f.update(func(tx directory.Writer) error { return tx.DropUser(u.ID) })
	for _, part := range []string{"countess", "aug", "lovelace", "example", "a", "@"} {
		f.wantFound(part)
	}
}

func searchWithCommit(f fixture) {
	kept := f.user("kept")
	undone := errors.New("undone")
	_ = f.store.Update(f.Context(), func(tx directory.Writer) error {
		u := kept
		u.Name = "Renamed"
		if _, err := addUser(tx, newUser("renamed too"), "r@example.org"); err != nil {
			return err
		}
		return errors.Join(tx.ChangeUser(u), undone)
	})
	f.wantFound("renamed")
	f.wantFound("kept", kept.ID)
	var many []directory.UserID
	f.update(func(tx directory.Writer) error {
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
	f.crowd(64, func(n int) error {
		return f.store.Update(f.Context(), func(tx directory.Writer) error {
			_, err := addUser(tx, newUser(fmt.Sprint("villager", n)), fmt.Sprintf("v%d@example.org", n))
			return err
		})
	}, nil)
	f.same("villagers found", len(f.found("villager")), 64)
}

// searchAgrees keeps one set of people per run and looks for parts of what they
// are called, and for parts that nobody has.
func searchAgrees(f fixture) {
	letters := []rune("ab1.%_\\'\"*@- İıIißéÉ中🙂👍\u0301\u00ad")
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.TrimSpace(string(rapid.SliceOfN(rapid.SampledFrom(letters), 1, 14).Draw(t, "text")))
	})
	var n int
	rapid.Check(f.T, func(t *rapid.T) {
		names := rapid.SliceOfN(text, 1, 4).Draw(t, "names")
		people := f.come(&n, names)
		defer f.leave(people)
		for range 4 {
			part := partOf(t, names, text)
			want := 0
			for _, texts := range people {
				if contains(texts, part) {
					want++
				}
			}
			if got := f.found(part); len(got) != want {
				t.Fatalf("search for %q among %v finds %d, want %d", part, people, len(got), want)
			}
		}
	})
}

// come makes people of these names, and returns what each can be found by. It counts
// on n, so that all else they are called is their own.
func (f fixture) come(n *int, names []string) map[directory.UserID][]string {
	f.Helper()
	people := map[directory.UserID][]string{}
	f.update(func(tx directory.Writer) error {
		clear(people)
		for _, name := range names {
			*n++
			u := newUser(fmt.Sprintf("%d %s", *n, name))
			u.UID, u.Name = fmt.Sprint("uid", *n), name
			u, err := addUser(tx, u, fmt.Sprintf("%s@%d", name, *n))
			if err != nil {
				return err
			}
			people[u.ID] = []string{u.Name, u.Username, u.Emails[0].Address}
		}
		return nil
	})
	return people
}

func (f fixture) leave(people map[directory.UserID][]string) {
	f.Helper()
	f.update(func(tx directory.Writer) error {
		for id := range people {
			if err := tx.DropUser(id); err != nil {
				return err
			}
		}
		return nil
	})
}

// searchSigns are examples that searchAgrees once found. Each comes twice, as
// people who had gone were found with those who are called the same.
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
		people := f.come(&n, c.names)
		for part, want := range c.want {
			f.same("how many a search for "+part+" finds", len(f.found(part)), want)
		}
		f.leave(people)
		for part := range c.want {
			f.wantFound(part)
		}
	}
}

func partOf(t *rapid.T, names []string, text *rapid.Generator[string]) string {
	if rapid.Bool().Draw(t, "of nobody") {
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

// newcomers makes people, some hundred at once.
func (f fixture) newcomers(n int, make func(i int) directory.User) []directory.User {
	f.Helper()
	people := []directory.User{}
	for len(people) < n {
		var some []directory.Newcomer
		f.update(func(tx directory.Writer) error {
			some = nil
			for i := len(people); i < min(len(people)+500, n); i++ {
				u := make(i)
				some = append(some, directory.Newcomer{User: &u})
			}
			return tx.AddPeople(some)
		})
		for _, c := range some {
			people = append(people, *c.User)
		}
	}
	return people
}

func searchBroadly(f fixture) {
	people := f.newcomers(5000, func(i int) directory.User {
		u := newUser(fmt.Sprintf("u%05d", i))
		u.Name = fmt.Sprintf("Hopper %d", (i*7919)%5000)
		u.CreatedAt = moment().Add(-time.Duration(i) * time.Minute)
		if i%10 == 0 {
			u.State = directory.Blocked
		}
		return u
	})
	all := directory.Visibility{All: true}
	search := directory.UserFilter{Search: "hopper", Limit: 3}
	got, total := f.list(search, all)
	f.same("first page", got, []directory.UserID{people[0].ID, people[1].ID, people[2].ID})
	f.same("total", total, 5000)
	search.Order, search.Descending = directory.ByCreated, true
	after := directory.ByCreated.At(people[41])
	search.After, search.State = &after, directory.Active
	got, total = f.list(search, all)
	f.same("newest after one, active", got, []directory.UserID{people[42].ID, people[43].ID, people[44].ID})
	f.same("total of the active", total, 4500)
	search.State = directory.Blocked
	got, total = f.list(search, all)
	f.same("newest after one, blocked", got, []directory.UserID{people[50].ID, people[60].ID, people[70].ID})
	f.same("total of the blocked", total, 500)
	search.SkipTotal, search.State, search.Descending = true, "", false
	got, _ = f.list(search, all)
	f.same("oldest after one", got, []directory.UserID{people[40].ID, people[39].ID, people[38].ID})
}

// Counting stops at a limit where a search or a condition matches more.
func searchBeyondTheCountLimit(f fixture) {
	const more = directory.CountLimit + 3
	people := f.newcomers(more, func(i int) directory.User {
		u := newUser(fmt.Sprintf("u%05d", i))
		u.Name = "Hopper"
		if i >= directory.CountLimit {
			u.State = directory.Blocked
		}
		return u
	})
	condition, err := directory.ParseCondition(`name co "hopper"`)
	f.same("error", err, nil)
	list := func(filter directory.UserFilter) directory.Page[directory.UserID] {
		return read(f, func(tx directory.Reader) (directory.Page[directory.UserID], error) {
			return tx.Users(filter, directory.Visibility{All: true})
		})
	}
	for _, filter := range []directory.UserFilter{{Search: "h"}, {Search: "ho"}, {Search: "hopper"}, {Where: condition}} {
		filter.Limit = 2
		page := list(filter)
		f.same("items", page.Items, []directory.UserID{people[0].ID, people[1].ID})
		f.same("total", page.Total, directory.CountLimit)
		f.same("capped", page.Capped, true)
		filter.State = directory.Active
		page = list(filter)
		f.same("total at the limit", page.Total, directory.CountLimit)
		f.same("capped at the limit", page.Capped, false)
		filter.State = directory.Blocked
		f.same("total of few", list(filter).Total, 3)
	}
	page := list(directory.UserFilter{Limit: 2, Order: directory.ByName})
	f.same("total without a search", page.Total, more)
	f.same("capped without a search", page.Capped, false)
}

// Each commit adds to the index; between the steps of merging it somebody else writes.
func searchMerged(f fixture) {
	people := f.newcomers(3000, func(i int) directory.User {
		u := newUser(fmt.Sprintf("m%05d", i))
		u.Name = fmt.Sprintf("Merged %d", i%3)
		return u
	})
	for i := range 12 {
		people[i].Name = "Renamed 1"
		f.update(func(tx directory.Writer) error { return tx.ChangeUser(people[i]) })
	}
	f.update(func(tx directory.Writer) error { return tx.DropUser(people[20].ID) })
	for first, more := true, true; more; first = false {
		f.update(func(tx directory.Writer) (err error) {
			more, err = tx.MergeSearch(first)
			return err
		})
		people = append(people, f.newcomers(1, func(int) directory.User {
			u := newUser(fmt.Sprintf("m%05d", len(people)))
			u.Name = "Between"
			return u
		})...)
		for part, want := range map[string]int{"merged": 3000 - 12 - 1, "renamed": 12, "m00020": 0, "m00021": 1, "between": len(people) - 3000} {
			_, total := f.list(directory.UserFilter{Search: part}, directory.Visibility{All: true})
			f.same(part, total, want)
		}
	}
}
