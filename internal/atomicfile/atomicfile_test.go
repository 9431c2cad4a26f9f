package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// recorded is a disk that notes its steps and fails at one of them.
func recorded(failing string) (disk, *[]string) {
	var steps []string
	note := func(step string) error {
		steps = append(steps, step)
		if step == failing {
			return errors.New(step + " failed")
		}
		return nil
	}
	d := disk{
		syncFile: func(f *os.File) error { return errors.Join(note("sync file"), f.Sync()) },
		rename: func(from, to string) error {
			if err := note("rename"); err != nil {
				return err
			}
			return os.Rename(from, to)
		},
		link: func(from, to string) error {
			if err := note("link"); err != nil {
				return err
			}
			return os.Link(from, to)
		},
		syncFolder: func(path string) error { return errors.Join(note("sync folder"), SyncFolder(path)) },
	}
	return d, &steps
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { return all(w, []byte(s)) }
}

func TestFileIsSyncedBeforeItsNameAndTheFolderAfterIt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	d, steps := recorded("")
	if err := d.create(path, text("one")); err != nil {
		t.Fatal(err)
	}
	if want := []string{"sync file", "link", "sync folder"}; !slices.Equal(*steps, want) {
		t.Errorf("create did %q, want %q", *steps, want)
	}
	d, steps = recorded("")
	if err := d.replace(path, text("two")); err != nil {
		t.Fatal(err)
	}
	if want := []string{"sync file", "rename", "sync folder"}; !slices.Equal(*steps, want) {
		t.Errorf("replace did %q, want %q", *steps, want)
	}
	wantFiles(t, path, "two")
}

func TestEachStepThatFailsIsAnErrorAndLeavesNoDraft(t *testing.T) {
	t.Parallel()
	for _, failing := range []string{"sync file", "rename", "sync folder"} {
		t.Run(failing, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "file")
			if err := Replace(path, []byte("before")); err != nil {
				t.Fatal(err)
			}
			d, _ := recorded(failing)
			if err := d.replace(path, text("after")); err == nil {
				t.Error("no error")
			}
			want := "before"
			if failing == "sync folder" {
				want = "after"
			}
			wantFiles(t, path, want)
		})
	}
}

func TestFailedWriteLeavesTheFileAsItWas(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := Create(path, []byte("before")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := ReplaceFunc(path, func(w io.Writer) error { return errors.Join(all(w, []byte("half")), broken) })
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	wantFiles(t, path, "before")
}

func TestCreateReplacesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := Create(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := Create(path, []byte("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v, want fs.ErrExist", err)
	}
	wantFiles(t, path, "first")
}

func TestDraftsOfKilledProcessesAreRemovedAndNothingElse(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, name := range []string{".new-1", ".new-22", ".newer", "new-3"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, ".new-folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := RemoveDrafts(folder); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, folder), []string{".new-folder", ".newer", "new-3"}; !slices.Equal(got, want) {
		t.Errorf("left %q, want %q", got, want)
	}
}

func TestOldDraftsOfOneFileAreRemovedAndNothingElse(t *testing.T) {
	t.Parallel()
	folder, now := t.TempDir(), time.Now()
	path := filepath.Join(folder, "secret.key")
	killed := errors.New("killed")
	d, _ := recorded("")
	d.syncFile = func(*os.File) error { return killed }
	left := ""
	err := d.replace(path, func(w io.Writer) error {
		left = names(t, folder)[0] // the draft, as a kill would leave it
		return nil
	})
	if !errors.Is(err, killed) {
		t.Fatal(err)
	}
	young := ".new-secret.key-2"
	for _, name := range []string{left, young, ".new-secret.key", ".new-other.key-1", ".new-1", "secret.key", "secret.key-1"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		age := 2 * time.Hour
		if name == young {
			age = 0
		}
		if err := os.Chtimes(filepath.Join(folder, name), now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := RemoveDraftsOf(path, now.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, folder), []string{".new-1", ".new-other.key-1", ".new-secret.key", young, "secret.key", "secret.key-1"}; !slices.Equal(got, want) {
		t.Errorf("left %q, want %q", got, want)
	}
}

func TestFileWithALongNameIsWritten(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), strings.Repeat("n", 255))
	if err := Replace(path, []byte("text")); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, path, "text")
}

func TestFoldersAreMadeForTheirOwnerOnly(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "a", "b")
	for range 2 {
		if err := MakeFolder(folder); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{folder, filepath.Dir(folder)} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: mode %v, error %v", path, info.Mode(), err)
		}
	}
	file := filepath.Join(folder, "file")
	if err := Create(file, nil); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, filepath.Join(file, "below")} {
		if err := MakeFolder(path); err == nil {
			t.Errorf("%s was made a folder", path)
		}
	}
}

// wantFiles expects path with this text, for its owner only, and no other file beside it.
func wantFiles(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("the file holds %q, error %v; want %q", got, err, want)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
	if all := names(t, filepath.Dir(path)); len(all) != 1 {
		t.Errorf("beside the file: %q", all)
	}
}

func names(t *testing.T, folder string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		all = append(all, entry.Name())
	}
	return all
}
