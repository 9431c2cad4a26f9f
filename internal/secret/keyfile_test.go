package secret_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"roster.example/roster/internal/secret"
)

func keyFile(t *testing.T) string { return filepath.Join(t.TempDir(), "keys") }

func open(t *testing.T, path string) *secret.Keyring {
	t.Helper()
	r, err := secret.OpenKeyring(path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wantOnly fails unless the folder of path contains only path, with mode 0600.
func wantOnly(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("drafts were left behind: %v", entries)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v", info.Mode())
	}
}

func TestKeyFileIsCreatedOnce(t *testing.T) {
	t.Parallel()
	path := keyFile(t)
	first := open(t, path)
	wantOnly(t, path)
	sealed, _ := first.Seal("apikey", 7, []byte("abc"))
	got, err := open(t, path).Open("apikey", 7, sealed)
	if err != nil || string(got) != "abc" {
		t.Errorf("second start: got %q, %v", got, err)
	}
}

func TestChangedKeyFileIsReloaded(t *testing.T) {
	t.Parallel()
	path := keyFile(t)
	first, second := open(t, path), open(t, path)
	if err := first.Rotate(path); err != nil {
		t.Fatal(err)
	}
	sealed, id := first.Seal("apikey", 7, []byte("abc"))
	if _, err := second.Open("apikey", 7, sealed); !errors.Is(err, secret.ErrNoKey) {
		t.Errorf("before it reads the file again: %v", err)
	}
	if err := second.Reread(path); err != nil || second.CurrentID() != id {
		t.Errorf("current is %s, want %s: %v", second.CurrentID(), id, err)
	}
	if got, err := second.Open("apikey", 7, sealed); err != nil || string(got) != "abc" {
		t.Errorf("got %q, %v", got, err)
	}
	if err := second.Reread(path + ".gone"); err == nil || second.CurrentID() != id {
		t.Errorf("without a file: %v, current is %s", err, second.CurrentID())
	}
}

func TestProcessesThatStartAtOnceShareOneKey(t *testing.T) {
	t.Parallel()
	path := keyFile(t)
	ids := make([]string, 8)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			r, err := secret.OpenKeyring(path)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = r.CurrentID()
		})
	}
	all.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Fatalf("got %q", ids)
		}
	}
	wantOnly(t, path)
}

func TestKeyFileReadableByOthersIsRejected(t *testing.T) {
	t.Parallel()
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o666} {
		path := keyFile(t)
		open(t, path)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := secret.OpenKeyring(path)
		if err == nil || !strings.Contains(err.Error(), "chmod 600") || !strings.Contains(err.Error(), path) {
			t.Errorf("mode %v: got %v", mode, err)
		}
	}
}

func TestDamagedKeyFileIsNotReplaced(t *testing.T) {
	t.Parallel()
	path := keyFile(t)
	if err := os.WriteFile(path, []byte("k1 damaged\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.OpenKeyring(path); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("got %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "k1 damaged\n" {
		t.Errorf("the file became %q, %v", text, err)
	}
}

func TestFolderInsteadOfAKeyFileIsRejected(t *testing.T) {
	t.Parallel()
	if _, err := secret.OpenKeyring(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("got %v", err)
	}
	if _, err := secret.OpenKeyring(filepath.Join(t.TempDir(), "absent", "keys")); err == nil {
		t.Error("a folder was made for the key file")
	}
}

func TestRotationKeepsOldSecretsReadableUntilTheirKeyRetires(t *testing.T) {
	t.Parallel()
	path := keyFile(t)
	r := open(t, path)
	oldID := r.CurrentID()
	sealed, _ := r.Seal("apikey", 7, []byte("abc"))
	find := r.Lookup("apikey", "abc")

	if err := r.Rotate(path); err != nil {
		t.Fatal(err)
	}
	wantOnly(t, path)
	for name, now := range map[string]*secret.Keyring{"this process": r, "the next": open(t, path)} {
		if now.CurrentID() == oldID || now.CurrentID() != r.CurrentID() {
			t.Errorf("%s: current is %s, was %s", name, now.CurrentID(), oldID)
		}
		if got, err := now.Open("apikey", 7, sealed); err != nil || string(got) != "abc" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		if sums := now.Lookups("apikey", "abc"); len(sums) != 2 || !bytes.Equal(sums[1], find) {
			t.Errorf("%s: the old lookup is not among %x", name, sums)
		}
	}

	if err := r.Retire(path); err != nil {
		t.Fatal(err)
	}
	wantOnly(t, path)
	for name, now := range map[string]*secret.Keyring{"this process": r, "the next": open(t, path)} {
		if _, err := now.Open("apikey", 7, sealed); !errors.Is(err, secret.ErrNoKey) {
			t.Errorf("%s: a retired key still opens: %v", name, err)
		}
	}
}

func TestRetireKeepsTheGivenKeys(t *testing.T) {
	t.Parallel()
	path := keyFile(t)
	r := open(t, path)
	first := r.CurrentID()
	sealed, _ := r.Seal("apikey", 7, []byte("abc"))
	for range 2 {
		if err := r.Rotate(path); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Retire(path, first); err != nil {
		t.Fatal(err)
	}
	if n := len(r.Lookups("apikey", "abc")); n != 2 {
		t.Errorf("%d keys are left", n)
	}
	if _, err := r.Open("apikey", 7, sealed); err != nil {
		t.Errorf("the kept key does not open: %v", err)
	}
}

func TestRotationByAnotherProcessIsNotLost(t *testing.T) {
	t.Parallel()
	path := keyFile(t)
	mine, otherKey := open(t, path), open(t, path)
	if err := otherKey.Rotate(path); err != nil {
		t.Fatal(err)
	}
	sealed, _ := otherKey.Seal("apikey", 7, []byte("abc"))
	if err := mine.Rotate(path); err != nil {
		t.Fatal(err)
	}
	if got, err := mine.Open("apikey", 7, sealed); err != nil || string(got) != "abc" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestKeyringWithoutAFileCannotBeRotated(t *testing.T) {
	t.Parallel()
	r, path := ring(t, ring1), keyFile(t)
	if err := r.Rotate(path); !errors.Is(err, os.ErrNotExist) || r.CurrentID() != "k1" {
		t.Errorf("got %v, current %s", err, r.CurrentID())
	}
}

func TestKeyringCanBeUsedDuringARotation(t *testing.T) {
	t.Parallel()
	path := keyFile(t)
	r := open(t, path)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 20 {
				sealed, _ := r.Seal("apikey", 7, []byte("abc"))
				if _, err := r.Open("apikey", 7, sealed); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 3 {
		if err := r.Rotate(path); err != nil {
			t.Error(err)
		}
	}
	all.Wait()
}
