package transfer_test

import (
	"flag"
	"fmt"
	"path/filepath"
	"testing"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/postgres/pgtest"
	"roster.example/roster/internal/store/sqlite"
)

var userCount = flag.Int("users", 10_000, "number of users that the benchmarks migrate")

// newLargeDirectory creates a folder with this number of users, each with an address, a membership, a
// key and an event.
func newLargeDirectory(b *testing.B, people int) (folder string) {
	b.Helper()
	folder = filepath.Join(b.TempDir(), "data")
	must(b, openApp(b, folder, folder).Close())
	store, err := sqlite.Open(b.Context(), filepath.Join(folder, "roster.db"), sqlite.Options{Volatile: true})
	must(b, err)
	const together = 500
	for first := 0; first < people; first += together {
		must(b, store.Update(b.Context(), func(tx model.Writer) error {
			for i := first; i < min(first+together, people); i++ {
				if err := addUser(tx, i); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	must(b, store.Close())
	return folder
}

func addUser(tx model.Writer, i int) error {
	name := fmt.Sprintf("person%d", i)
	u := model.User{UID: name, Username: name, State: model.Active, Names: model.Names{}.WithName("Ada Lovelace " + name)}
	if err := tx.AddUser(&u); err != nil {
		return err
	}
	last, previous, err := tx.LockEvents()
	if err != nil {
		return err
	}
	e := model.Event{ID: last + 1, User: u.ID, Verb: model.UserCreate, Previous: previous}
	e.Hash = e.Sum(nil)
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF3kQnLqk1nYq0mYk0l2vJm7l6m3vQy1o8Jm5cXqk0aB"
	for _, err := range []error{
		tx.AddEmail(&model.Email{User: u.ID, Address: name + "@example.org", Primary: true, Verified: true}),
		tx.PutMember(model.Member{Org: 1, User: u.ID, Role: model.RoleMember}),
		tx.AddKey(&model.SSHKey{Owner: u.ID, Title: "laptop", Public: key, Fingerprint: "SHA256:" + name, Usage: "auth"}),
		tx.AddEvent(e),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkMigrate reports rows per second, with the comparison.
func BenchmarkMigrate(b *testing.B) {
	folder, address := newLargeDirectory(b, *userCount), pgtest.Database(b)
	if moved := migrate(b, folder, address); moved.Rows < int64(*userCount) {
		b.Fatalf("only %d rows", moved.Rows)
	}
	for _, way := range []struct {
		name, from string
		to         func() string
	}{
		{"SQLite to PostgreSQL", folder, func() string { return pgtest.Database(b) }},
		{"PostgreSQL to SQLite", address, func() string { return filepath.Join(b.TempDir(), "to") }},
		{"SQLite to SQLite", folder, func() string { return filepath.Join(b.TempDir(), "to") }},
	} {
		b.Run(way.name, func(b *testing.B) {
			var rows int64
			for b.Loop() {
				b.StopTimer()
				to := way.to()
				b.StartTimer()
				rows += migrate(b, way.from, to).Rows
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
