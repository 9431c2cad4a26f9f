// Package sqlitetest creates empty SQLite databases for tests, and changes databases without the store. It
// runs the migrations once per process.
package sqlitetest

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"roster.example/roster/internal/store/sqlite"
)

// template returns the bytes of a database that has all tables and no rows.
var template = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "roster-template-")
	if err != nil {
		return nil, err
	}
	text, err := migrated(filepath.Join(folder, "roster.db"))
	return text, errors.Join(err, os.RemoveAll(folder))
})

func migrated(path string) ([]byte, error) {
	store, err := sqlite.Open(context.Background(), path, sqlite.Options{Volatile: true})
	if err != nil {
		return nil, err
	}
	if err := store.Close(); err != nil { // moves all pages from the log to the file
		return nil, err
	}
	return os.ReadFile(path)
}

// Write writes a database with all tables and no rows to path, for [sqlite.Open].
func Write(t testing.TB, path string) {
	t.Helper()
	text, err := template()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Exec executes a statement in the database at path without the store, as another program would.
func Exec(t testing.TB, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), statement)
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}
