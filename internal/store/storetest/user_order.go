package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"roster.example/roster/internal/model"
)

func userOrderTests() []contractTest {
	return []contractTest{
		{"a list has any order, in both directions, and continues after a cursor", ordering},
		{"a cursor stays valid when its user is renamed or deleted", cursorsStay},
		{"users are read with all their fields by their ids, in the requested order", usersByID},
	}
}

// equalUsers adds users with equal values in all fields that lists are sorted by.
func equalUsers(f fixture) []model.User {
	names := []string{"Émile", "emil", "Zoë", "zoe", "Ada", "ada", "", "Ärger", "~", "中"}
	return f.addUsersInBulk(60, func(i int) model.User {
		u := newUser(fmt.Sprintf("%c%d", "zBaÖx"[i%5], i))
		u.UID, u.Name = fmt.Sprint("uid", i), names[i%len(names)]
		u.CreatedAt = sampleTime().Add(time.Duration(i%7) * time.Hour)
		if i%4 == 0 {
			u.Username = ""
		}
		if i%3 == 0 {
			u.State = model.Blocked
		}
		return u
	})
}

func sortBy(users []model.User, order model.Order, descending bool) {
	slices.SortFunc(users, func(a, b model.User) int {
		p, q := order.At(a), order.At(b)
		c := cmp.Or(strings.Compare(p.Text, q.Text), p.At.Compare(q.At), cmp.Compare(p.ID, q.ID))
		if descending {
			return -c
		}
		return c
	})
}

func ordering(f fixture) {
	users := equalUsers(f)
	org := f.organization("One")
	for _, u := range users[:30] {
		f.join(org, u, model.RoleMember)
	}
	members := model.Visibility{Orgs: []model.OrgID{org.ID}}
	for _, order := range model.Orders() {
		for _, descending := range []bool{false, true} {
			sortBy(users, order, descending)
			for what, c := range map[string]struct {
				filter model.UserFilter
				sight  model.Visibility
				shown  func(model.User) bool
			}{
				"all":     {sight: model.Visibility{All: true}, shown: func(model.User) bool { return true }},
				"blocked": {model.UserFilter{State: model.Blocked}, model.Visibility{All: true}, func(u model.User) bool { return u.State == model.Blocked }},
				"active":  {model.UserFilter{State: model.Active}, model.Visibility{All: true}, func(u model.User) bool { return u.State == model.Active }},
				"found":   {model.UserFilter{Search: "da"}, model.Visibility{All: true}, func(u model.User) bool { return strings.EqualFold(u.Name, "ada") }},
				"members": {sight: members, shown: func(u model.User) bool { return u.ID <= 30 }},
			} {
				c.filter.Order, c.filter.Descending = order, descending
				shown := slices.DeleteFunc(slices.Clone(users), func(u model.User) bool { return !c.shown(u) })
				f.wantPages(fmt.Sprintf("%s by %q, descending %v", what, order, descending), c.filter, c.sight, shown)
			}
		}
	}
}

// wantPages reads a list page by page, by cursor and by offset.
func (f fixture) wantPages(what string, filter model.UserFilter, visibility model.Visibility, want []model.User) {
	f.Helper()
	filter.Limit = 7
	for at := 0; at <= len(want); at += filter.Limit {
		filter.Offset, filter.After = at, nil
		page := ids(want[at:min(at+filter.Limit, len(want))])
		got, total := f.list(filter, visibility)
		f.wantEqual(fmt.Sprintf("%s, from %d", what, at), got, page)
		f.wantEqual("total of "+what, total, len(want))
		if at == 0 {
			continue
		}
		place := filter.Order.At(want[at-1])
		filter.Offset, filter.After = 0, &place
		got, total = f.list(filter, visibility)
		f.wantEqual(fmt.Sprintf("%s, after %d", what, at), got, page)
		f.wantEqual("total after a place of "+what, total, len(want))
	}
}

func cursorsStay(f fixture) {
	users := equalUsers(f)
	sortBy(users, model.ByName, false)
	place := model.ByName.At(users[20])
	renamed := users[20]
	renamed.Name = "zzz"
	f.update(func(tx model.Writer) error { return tx.ChangeUser(renamed) })
	filter := model.UserFilter{Order: model.ByName, After: &place, Limit: 5}
	got, _ := f.list(filter, model.Visibility{All: true})
	f.wantEqual("after a renamed user", got, ids(users[21:26]))
	f.update(func(tx model.Writer) error { return tx.DropUser(renamed.ID) })
	got, _ = f.list(filter, model.Visibility{All: true})
	f.wantEqual("after a deleted user", got, ids(users[21:26]))
}

// readTogether adds two users with several addresses and identities, one of which
// has the primary address last, and two users with fewer.
func readTogether(f fixture) {
	var asked []model.UserID
	for i, name := range []string{"ada", "bea", "cleo", "dora"} {
		u := newUser(name)
		f.update(func(tx model.Writer) error {
			if err := tx.AddUser(&u); err != nil || i == 3 {
				return err
			}
			return addresses(tx, u, i)
		})
		asked = append(asked, u.ID)
	}
	together := readValue(f, func(tx model.Reader) ([]model.User, error) { return tx.UsersByID(asked) })
	var alone []model.User
	for _, id := range asked {
		alone = append(alone, readValue(f, func(tx model.Reader) (model.User, error) { return tx.User(id) }))
	}
	f.wantEqual("users", together, alone)
	f.wantEqual("addresses and identities", []int{len(together[0].Emails), len(together[0].Identities), len(together[2].Identities)}, []int{3, 2, 0})
}

// addresses adds three addresses to a user, of which number primary is the primary
// one, and identities to the first two users.
func addresses(tx model.Writer, u model.User, primary int) error {
	for n := range 3 {
		e := model.Email{User: u.ID, Address: fmt.Sprintf("%s%d@example.org", u.Username, n), Primary: n == primary, CreatedAt: sampleTime()}
		if err := tx.AddEmail(&e); err != nil {
			return err
		}
	}
	for _, provider := range []string{"saml", "ldap"} {
		if primary < 2 {
			if err := tx.PutIdentity(model.Identity{User: u.ID, Provider: provider, ExternalUID: u.Username}); err != nil {
				return err
			}
		}
	}
	return nil
}

func usersByID(f fixture) {
	ada, bea := f.user("ada"), f.user("bea")
	by := func(asked ...model.UserID) []model.User {
		return readValue(f, func(tx model.Reader) ([]model.User, error) { return tx.UsersByID(asked) })
	}
	f.wantEqual("backwards, with a missing id", by(bea.ID, 99, ada.ID), []model.User{bea, ada})
	f.wantEqual("no ids", by(), []model.User{})
}
