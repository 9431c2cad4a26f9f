package sqlite

import (
	"flag"
	"path/filepath"
	"testing"
	"time"

	"roster.example/roster/internal/store/storetest"
)

// The number of users in the directory:
//
//	go test ./internal/store/sqlite -run '^$' -bench Lists -users 1000000
var users = flag.Int("users", 20_000, "users in the directory of BenchmarkLists")

func BenchmarkLists(b *testing.B) {
	s := openOnDisk(b, filepath.Join(b.TempDir(), "roster.db"))
	start := time.Now()
	storetest.Populate(b, s, storetest.NewNames(), 0, *users)
	b.Logf("%d users written at %v each", *users, time.Since(start)/time.Duration(*users))
	for table, bytes := range sizes(b, s) {
		b.Logf("%s: %d bytes for each", table, bytes/(*users))
	}
	storetest.BenchmarkLists(b, s, *users)
}

// sizes returns the size on disk of the indexes of lists and searches, in bytes.
func sizes(b *testing.B, s *store) map[string]int {
	b.Helper()
	rows, err := s.read.QueryContext(b.Context(), `SELECT name, sum(pgsize) FROM dbstat
		WHERE name LIKE 'search%' OR name LIKE 'users%' GROUP BY name`)
	if err != nil {
		b.Fatal(err)
	}
	found := map[string]int{}
	for rows.Next() {
		var name string
		var bytes int
		if err := rows.Scan(&name, &bytes); err != nil {
			b.Fatal(err)
		}
		found[name] = bytes
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return found
}
