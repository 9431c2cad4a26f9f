package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"roster.example/roster/internal/model"
)

// Writers share commits, so 64 writers should write many times the rows of one.
func BenchmarkUpdate(b *testing.B) {
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s := openOnDisk(b, filepath.Join(b.TempDir(), "roster.db"))
			var next atomic.Int64
			b.SetParallelism(writers)
			if writers == 1 {
				for b.Loop() {
					addUser(b, s, next.Add(1))
				}
				return
			}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					addUser(b, s, next.Add(1))
				}
			})
		})
	}
}

func addUser(b *testing.B, s model.Store, n int64) {
	err := s.Update(context.Background(), func(tx model.Writer) error {
		name := fmt.Sprint("user", n)
		u := model.User{UID: name, Username: name, State: model.Active}
		if err := tx.AddUser(&u); err != nil {
			return err
		}
		return tx.AddEmail(&model.Email{User: u.ID, Address: name + "@example.org", Primary: true})
	})
	if err != nil {
		b.Error(err)
	}
}

func BenchmarkView(b *testing.B) {
	s := openOnDisk(b, filepath.Join(b.TempDir(), "roster.db"))
	for i := range 1000 {
		addUser(b, s, int64(i))
	}
	ctx, cancel := context.WithCancel(context.Background())
	b.Cleanup(cancel)
	all := model.Visibility{All: true}
	for name, fn := range map[string]func(tx model.Reader) error{
		"one person": func(tx model.Reader) error { _, err := tx.User(500); return err },
		"page of 20": func(tx model.Reader) error {
			_, err := tx.Users(model.UserFilter{Offset: 500, Limit: 20}, all)
			return err
		},
		"page of 100": func(tx model.Reader) error { _, err := tx.Users(model.UserFilter{Limit: 100}, all); return err },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Read(ctx, fn); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
