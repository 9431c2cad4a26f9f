package postgres

import (
	"flag"
	"testing"
	"time"

	"roster.example/roster/internal/store/postgres/pgtest"
	"roster.example/roster/internal/store/storetest"
)

// The number of users in the directory.
var users = flag.Int("users", 20_000, "users in the directory of BenchmarkLists")

func BenchmarkLists(b *testing.B) {
	address := pgtest.Schema(b)
	s := node(b, address)
	start := time.Now()
	storetest.Populate(b, s, storetest.NewNames(), 0, *users)
	b.Logf("%d users written at %v each", *users, time.Since(start)/time.Duration(*users))
	if err := pgtest.Exec(address, "VACUUM ANALYZE"); err != nil {
		b.Fatal(err)
	}
	storetest.BenchmarkLists(b, s, *users)
}
