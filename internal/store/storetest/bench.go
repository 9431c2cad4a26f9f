package storetest

import (
	"context"
	"fmt"
	"testing"

	"roster.example/roster/internal/directory"
)

// Populate adds the users numbered from from to to, 1,000 in each transaction.
func Populate(b *testing.B, s directory.Store, names *Names, from, to int) {
	b.Helper()
	for ; from < to; from += 1000 {
		var users []directory.Newcomer
		for i := from; i < min(from+1000, to); i++ {
			users = append(users, names.Newcomer(i))
		}
		if err := s.Update(context.Background(), func(tx directory.Writer) error { return tx.AddPeople(users) }); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLists measures searches and ordered lists of a store with users
// of [Names].
func BenchmarkLists(b *testing.B, s directory.Store, users int) {
	rare := NewNames().family[5000]
	for _, c := range []struct {
		what   string
		filter directory.UserFilter
	}{
		{"search/one user", directory.UserFilter{Search: fmt.Sprint(users / 2)}},
		{"search/rare name", directory.UserFilter{Search: rare}},
		{"search/rare name and state", directory.UserFilter{Search: rare, State: directory.Active}},
		{"search/name in full", directory.UserFilter{Search: "anna garcia"}},
		{"search/common family name", directory.UserFilter{Search: "garcia"}},
		{"search/common given name", directory.UserFilter{Search: "anna"}},
		{"search/common given name by name", directory.UserFilter{Search: "anna", Order: directory.ByName}},
		{"search/three emails", directory.UserFilter{Search: "ann"}},
		{"search/two emails", directory.UserFilter{Search: "an"}},
		{"search/one email", directory.UserFilter{Search: "a"}},
		{"search/no match", directory.UserFilter{Search: "xxqqzz"}},
	} {
		c.filter.Limit = 20
		benchmark(b, c.what, s, c.filter)
	}
	for _, order := range directory.Orders() {
		filter := directory.UserFilter{Order: order, Limit: 20, SkipTotal: true}
		benchmark(b, fmt.Sprintf("keyset/by=%s/first", order), s, filter)
		filter.After = cursorAt(b, s, directory.UserID(users/2), order)
		benchmark(b, fmt.Sprintf("keyset/by=%s/middle", order), s, filter)
		filter.Descending = true
		benchmark(b, fmt.Sprintf("keyset/by=%s/backwards", order), s, filter)
	}
}

func cursorAt(b *testing.B, s directory.Store, id directory.UserID, order directory.Order) *directory.Cursor {
	b.Helper()
	var at directory.Cursor
	err := s.Read(context.Background(), func(tx directory.Reader) error {
		u, err := tx.User(id)
		at = order.At(u)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return &at
}

func benchmark(b *testing.B, what string, s directory.Store, filter directory.UserFilter) {
	b.Run(what, func(b *testing.B) {
		var page directory.Page[directory.UserID]
		for b.Loop() {
			err := s.Read(context.Background(), func(tx directory.Reader) (err error) {
				page, err = tx.Users(filter, directory.Visibility{All: true})
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(page.Total), "hits")
	})
}
