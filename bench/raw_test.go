//go:build linux

package main

import (
	"path/filepath"
	"testing"

	"roster.example/roster/bench/dataset"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/sqlite"
)

// The rows of raw SQLite must be those that Roster writes, so Roster must be able to read
// all of them.
func TestRosterReadsRowsInsertedBySQL(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "raw.db")
	r, err := openRaw(t.Context(), path, 1)
	if err != nil {
		t.Fatal(err)
	}
	const size dataset.Size = 300
	if err := r.bulk(t.Context(), size, imported, func(int) {}); err != nil {
		t.Fatal(err)
	}
	if err := r.create(t.Context(), 1_000); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, id := range []model.UserID{1, 150, 301} {
		if err := store.Read(t.Context(), func(tx model.Reader) error { return complete(t, tx, id) }); err != nil {
			t.Errorf("user %d: %v", id, err)
		}
	}
}

// complete reads all records of a user, and searches for the user by
// family name.
func complete(t *testing.T, tx model.Reader, id model.UserID) error {
	u, err := tx.User(id)
	if err != nil {
		return err
	}
	if len(u.Emails) != 1 || u.FamilyName == "" {
		t.Errorf("user %d is %+v", id, u)
	}
	if _, err := tx.Member(1, id); err != nil {
		return err
	}
	keys, err := tx.Keys(id)
	if want := min(1, max(0, 301-int(id))); len(keys) != want || err != nil {
		t.Errorf("user %d has %d keys, want %d (%v)", id, len(keys), want, err)
	}
	page, err := tx.Users(model.UserFilter{Search: u.FamilyName}, model.Visibility{All: true})
	if err != nil {
		return err
	}
	for _, found := range page.Items {
		if found == id {
			return nil
		}
	}
	t.Errorf("a search for %s does not find user %d", u.FamilyName, id)
	return nil
}
