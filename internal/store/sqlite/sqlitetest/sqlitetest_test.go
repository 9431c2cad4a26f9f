package sqlitetest_test

import (
	"path/filepath"
	"testing"

	"roster.example/roster/internal/store/sqlite"
	"roster.example/roster/internal/store/sqlite/sqlitetest"
)

func TestCopiedDatabaseIsSound(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	sqlitetest.Write(t, path)
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}
