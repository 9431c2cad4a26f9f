package postgres

import (
	"flag"
	"testing"
	"time"

	"roster.example/roster/internal/store/postgres/pgtest"
	"roster.example/roster/internal/store/storetest"
)

// The number of users in the directory.
var people = flag.Int("people", 20_000, "people in the directory of BenchmarkLists")

func BenchmarkLists(b *testing.B) {
	address := pgtest.Schema(b)
	s := node(b, address)
	start := time.Now()
	storetest.Populate(b, s, storetest.NewNames(), 0, *people)
	b.Logf("%d people written at %v each", *people, time.Since(start)/time.Duration(*people))
	if err := pgtest.Exec(address, "VACUUM ANALYZE"); err != nil {
		b.Fatal(err)
	}
	storetest.BenchmarkLists(b, s, *people)
}
