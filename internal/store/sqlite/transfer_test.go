package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// failingSync returns a sync function that fails after a number of calls.
func failingSync(after int, err error) func(*os.File) error {
	return func(file *os.File) error {
		if after--; after < 0 {
			return err
		}
		return file.Sync()
	}
}

func TestDatabaseThatCannotBeSyncedIsRemoved(t *testing.T) {
	t.Parallel()
	for after, want := range map[int]bool{0: false, 1: false, 2: false, 3: false, 4: true} {
		path, broken := filepath.Join(t.TempDir(), "roster.db"), errors.New("the disk is broken")
		target, err := OpenTarget(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		n, ok := target.(*transferTarget)
		if !ok {
			t.Fatalf("got %T", target)
		}
		n.sync = failingSync(after, broken)
		if err := n.Commit(t.Context()); errors.Is(err, broken) == want {
			t.Errorf("after %d files: got %v", after, err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		left, err := os.ReadDir(filepath.Dir(path))
		if err != nil || (len(left) == 1) != want || len(left) > 1 {
			t.Errorf("after %d files: %v are left, %v", after, left, err)
		}
	}
}
