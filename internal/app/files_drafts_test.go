package app

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// If the process is killed between writing and renaming, the draft of the anchor or key file remains.
func TestDraftsOfKilledProcessesAreRemovedAtTheStart(t *testing.T) {
	t.Parallel()
	keys := t.TempDir()
	cfg := settings(t, map[string]string{"key_file": filepath.Join(keys, "roster.key")})
	old := time.Now().Add(-2 * time.Hour)
	for path, age := range map[string]time.Time{
		filepath.Join(cfg.Data, ".new-1255412265"):       time.Now(),
		filepath.Join(cfg.Data, ".new-roster.anchor-17"): time.Now(),
		filepath.Join(cfg.Data, "notes"):                 old,
		filepath.Join(keys, ".new-roster.key-17"):        old,
		filepath.Join(keys, ".new-roster.key-18"):        time.Now(), // another process may be writing it
		filepath.Join(keys, ".new-other.key-19"):         old,
	} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, age, age); err != nil {
			t.Fatal(err)
		}
	}
	a, err := Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(cfg.Data, ".new-*")); len(left) > 0 {
		t.Errorf("left in the data folder: %q", left)
	}
	if _, err := os.Stat(filepath.Join(cfg.Data, "notes")); err != nil {
		t.Error(err)
	}
	var names []string
	entries, err := os.ReadDir(keys)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if want := []string{".new-other.key-19", ".new-roster.key-18", "roster.key"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("the folder of the key file has %q and %v, want %q", names, err, want)
	}
}

// The folder of the key file may belong to another user.
func TestUnlistableFolderOfTheKeyFileIsNoWarning(t *testing.T) {
	t.Parallel()
	other := errors.New("input/output error")
	for _, c := range []struct{ err, want error }{
		{nil, nil},
		{&fs.PathError{Op: "open", Path: "keys", Err: fs.ErrNotExist}, nil},
		{&fs.PathError{Op: "open", Path: "keys", Err: fs.ErrPermission}, nil},
		{errors.Join(fmt.Errorf("remove keys/.new-roster.key-17: %w", fs.ErrPermission)), nil},
		{other, other},
	} {
		if got := draftsOfKeyError(c.err); got != c.want {
			t.Errorf("%v: got %v, want %v", c.err, got, c.want)
		}
	}
}
