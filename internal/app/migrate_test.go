package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"roster.example/roster/internal/config"
	"roster.example/roster/internal/store/transfer"
)

func TestPartialCopyOfTheKeyIsRemoved(t *testing.T) {
	t.Parallel()
	to := filepath.Join(t.TempDir(), "secret.key")
	// A folder can be opened, but not read as a file.
	if err := copyPrivate(t.TempDir(), to); err == nil {
		t.Error("a folder was copied")
	}
	if _, err := os.Lstat(to); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("part of a key remains: %v", err)
	}
}

// uncommitted is a target whose commit fails.
type uncommitted struct {
	transfer.Target
	leave func() error
}

func (u uncommitted) Commit(context.Context) error {
	return errors.Join(errors.New("the disk is broken"), u.leave())
}

func TestKeyIsRemovedAfterAFailedMigration(t *testing.T) {
	t.Parallel()
	from, to := t.TempDir(), t.TempDir()
	a, err := Open(t.Context(), settings(t, map[string]string{"data": from}), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(from, "secret.key")); err != nil {
		t.Fatal(err)
	}
	database := filepath.Join(to, "roster.db")
	for _, c := range []struct {
		leave func() error
		want  []string
	}{
		{func() error { return nil }, nil},
		{func() error { return os.WriteFile(database, nil, 0o600) }, []string{"roster.anchor", "roster.db", "secret.key"}},
	} {
		err := migrateInto(t, from, to, c.leave)
		if err == nil || strings.Contains(err.Error(), "remove "+database) != (c.want != nil) {
			t.Errorf("got %v", err)
		}
		if left := filesOf(t, to); !slices.Equal(left, c.want) {
			t.Errorf("%q are left, want %q", left, c.want)
		}
	}
}

// migrateInto migrates a folder into another one; leave replaces the commit.
func migrateInto(t *testing.T, from, to string, leave func() error) error {
	t.Helper()
	m := &migration{from: Location{config.Database(from)}, to: Location{config.Database(to)}}
	source, err := m.source(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	target, err := m.target(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, moveErr := m.move(t.Context(), source, uncommitted{target, leave}, func(string, int64) (func(int64), func()) {
		return func(int64) {}, func() {}
	})
	m.unlock()
	if err := errors.Join(source.Close(), target.Close()); err != nil {
		t.Fatal(err)
	}
	return moveErr
}

// filesOf returns the names in a folder, except for the lock file.
func filesOf(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.Name() != "roster.lock" {
			names = append(names, e.Name())
		}
	}
	return names
}
