package storetest

import (
	"context"
	"fmt"
	"testing"

	"roster.example/roster/internal/filter"
	"roster.example/roster/internal/model"
)

// Populate adds the users numbered from from to to, 1,000 in each transaction.
func Populate(b *testing.B, s model.Store, names *Names, from, to int) {
	b.Helper()
	for ; from < to; from += 1000 {
		var users []model.NewUserRecord
		for i := from; i < min(from+1000, to); i++ {
			users = append(users, names.UserRecord(i))
		}
		if err := s.Update(context.Background(), func(tx model.Writer) error { return tx.AddUsers(users) }); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLists measures searches and ordered lists of a store with users
// of [Names].
func BenchmarkLists(b *testing.B, s model.Store, users int) {
	rare := NewNames().family[5000]
	for _, c := range []struct {
		what   string
		filter model.UserFilter
	}{
		{"search/one user", model.UserFilter{Search: fmt.Sprint(users / 2)}},
		{"search/rare name", model.UserFilter{Search: rare}},
		{"search/rare name and state", model.UserFilter{Search: rare, State: model.Active}},
		{"search/name in full", model.UserFilter{Search: "anna garcia"}},
		{"search/common family name", model.UserFilter{Search: "garcia"}},
		{"search/common given name", model.UserFilter{Search: "anna"}},
		{"search/common given name by name", model.UserFilter{Search: "anna", Order: model.ByName}},
		{"search/three emails", model.UserFilter{Search: "ann"}},
		{"search/two emails", model.UserFilter{Search: "an"}},
		{"search/one email", model.UserFilter{Search: "a"}},
		{"search/no match", model.UserFilter{Search: "xxqqzz"}},
	} {
		c.filter.Limit = 20
		benchmark(b, c.what, s, c.filter)
	}
	for what, text := range map[string]string{
		"administrators": `admin eq true`, "blocked": `state eq "blocked"`, "with a passkey": `second_factor eq "passkey"`,
		"without a second factor": `not (second_factor pr)`, "dormant": `last_activity_at lt "2020-01-01T00:00:00Z"`,
	} {
		where, err := filter.Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		benchmark(b, "condition/"+what, s, model.UserFilter{Where: where, Descending: true, Limit: 26, SkipTotal: where.Narrow() == nil})
	}
	for _, order := range model.Orders() {
		filter := model.UserFilter{Order: order, Limit: 20, SkipTotal: true}
		benchmark(b, fmt.Sprintf("keyset/by=%s/first", order), s, filter)
		filter.After = cursorAt(b, s, model.UserID(users/2), order)
		benchmark(b, fmt.Sprintf("keyset/by=%s/middle", order), s, filter)
		filter.Descending = true
		benchmark(b, fmt.Sprintf("keyset/by=%s/backwards", order), s, filter)
	}
}

func cursorAt(b *testing.B, s model.Store, id model.UserID, order model.Order) *model.Cursor {
	b.Helper()
	var at model.Cursor
	err := s.Read(context.Background(), func(tx model.Reader) error {
		u, err := tx.User(id)
		at = order.At(u)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return &at
}

func benchmark(b *testing.B, what string, s model.Store, filter model.UserFilter) {
	b.Run(what, func(b *testing.B) {
		var page model.Page[model.UserID]
		for b.Loop() {
			err := s.Read(context.Background(), func(tx model.Reader) (err error) {
				page, err = tx.Users(filter, model.Visibility{All: true})
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(page.Total), "hits")
	})
}
