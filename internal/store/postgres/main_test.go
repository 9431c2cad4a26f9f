package postgres

import (
	"context"
	"testing"
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/postgres/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// node opens the database at address as one of several nodes.
func node(t testing.TB, address string) *store {
	t.Helper()
	s, err := open(context.Background(), address, Options{Readers: 4})
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, s)
	return s
}

// deadline is a generous time limit for conditions that take no time on an idle machine.
const deadline = 5 * time.Minute

// eventually waits until condition is true in the database at address.
func eventually(t testing.TB, address, condition string) {
	t.Helper()
	look := otherSession(t, address)
	for deadline := time.Now().Add(deadline); ; time.Sleep(10 * time.Millisecond) {
		err := look("DO $$ BEGIN ASSERT " + condition + "; END $$")
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("it never came about that %s: %v", condition, err)
		}
	}
}

func closeAtEnd(t testing.TB, s *store) {
	t.Helper()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// addUser writes a user and an event as the directory does.
func addUser(s model.Store, name string) (model.UserID, error) {
	u := model.User{UID: name, Username: name, State: model.Active}
	err := s.Update(context.Background(), func(tx model.Writer) error {
		if err := tx.AddUser(&u); err != nil {
			return err
		}
		return record(tx, u.ID)
	})
	return u.ID, err
}

func record(tx model.Writer, user model.UserID) error {
	last, previous, err := tx.LockEvents()
	if err != nil {
		return err
	}
	e := model.Event{ID: last + 1, User: user, Previous: previous}
	e.Hash = e.Sum(nil)
	return tx.AddEvent(e)
}

func mustAdd(t testing.TB, s model.Store, name string) model.UserID {
	t.Helper()
	id, err := addUser(s, name)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
