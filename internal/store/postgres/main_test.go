package postgres

import (
	"context"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/store/postgres/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// node opens the database at address as one node of several does.
func node(t testing.TB, address string) *store {
	t.Helper()
	s, err := open(context.Background(), address, Options{Readers: 4})
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, s)
	return s
}

func closeAtEnd(t testing.TB, s *store) {
	t.Helper()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// addUser writes a person and an event, as the directory would.
func addUser(s directory.Store, name string) (directory.UserID, error) {
	u := directory.User{UID: name, Username: name, State: directory.Active}
	err := s.Update(context.Background(), func(tx directory.Writer) error {
		if err := tx.AddUser(&u); err != nil {
			return err
		}
		return record(tx, u.ID)
	})
	return u.ID, err
}

func record(tx directory.Writer, user directory.UserID) error {
	last, previous, err := tx.LockEvents()
	if err != nil {
		return err
	}
	e := directory.Event{ID: last + 1, User: user, Previous: previous}
	e.Hash = e.Sum(nil)
	return tx.AddEvent(e)
}

func mustAdd(t testing.TB, s directory.Store, name string) directory.UserID {
	t.Helper()
	id, err := addUser(s, name)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
