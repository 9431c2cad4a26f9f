package postgres

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/postgres/pgtest"
)

// The server of the tests does not sync its files. To measure durable commits, set
// ROSTER_TEST_POSTGRES to the address of another server.
func BenchmarkUpdate(b *testing.B) {
	for _, nodes := range []int{1, 2} {
		for _, writers := range []int{1, 64} {
			b.Run(fmt.Sprintf("nodes=%d/writers=%d", nodes, writers), func(b *testing.B) {
				address := pgtest.Schema(b)
				var stores []*store
				for range nodes {
					stores = append(stores, node(b, address))
				}
				var next atomic.Int64
				add := func() {
					n := next.Add(1)
					if _, err := addUser(stores[int(n)%nodes], fmt.Sprint("user", n)); err != nil {
						b.Error(err)
					}
				}
				if writers == 1 {
					for b.Loop() {
						add()
					}
					return
				}
				b.SetParallelism(writers)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						add()
					}
				})
			})
		}
	}
}

func BenchmarkView(b *testing.B) {
	s := node(b, pgtest.Schema(b))
	var last model.UserID
	for i := range 1000 {
		last = mustAdd(b, s, fmt.Sprint("user", i))
	}
	all := model.Visibility{All: true}
	for name, fn := range map[string]func(tx model.Reader) error{
		"one person": func(tx model.Reader) error { _, err := tx.User(last); return err },
		"page of 20": func(tx model.Reader) error {
			_, err := tx.Users(model.UserFilter{Offset: 500, Limit: 20}, all)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Read(context.Background(), fn); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
