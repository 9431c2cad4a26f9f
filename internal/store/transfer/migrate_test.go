package transfer_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/store/postgres/pgtest"
)

func TestDirectoryIsUnchangedAfterTwoMigrations(t *testing.T) {
	t.Parallel()
	folder, who := newDirectory(t)
	address, back := pgtest.Database(t), filepath.Join(t.TempDir(), "back")
	there := migrate(t, folder, address)
	migrate(t, address, back)

	want := dump(t, folder)
	if diff := cmp.Diff(want, dump(t, back)); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
	rows := 0
	for name, lines := range want {
		if len(lines) == 0 {
			t.Errorf("the table %s is empty, so nothing is proven about it; put a row in", name)
		}
		if name != "sqlite_sequence" {
			rows += len(lines)
		}
	}
	if there.Tables != len(want)-1 || there.Rows != int64(rows) || there.Events == 0 {
		t.Errorf("got %+v, want %d tables and %d rows", there, len(want)-1, rows)
	}
	if there.KeyCopied || there.Key != filepath.Join(folder, "secret.key") {
		t.Errorf("got %+v, want the key to be told of and not copied", there)
	}

	must(t, os.Rename(filepath.Join(folder, "secret.key"), filepath.Join(back, "secret.key")))
	for at, data := range map[string]string{address: folderWithKeyOf(t, back), back: back} {
		a := openApp(t, at, data)
		who.check(t, a.Directory)
		must(t, a.Close())
	}
}

func TestFolderIsMigratedWithItsKey(t *testing.T) {
	t.Parallel()
	folder, who := newDirectory(t)
	to := filepath.Join(t.TempDir(), "new")
	if moved := migrate(t, folder, to); !moved.KeyCopied {
		t.Errorf("got %+v", moved)
	}
	for _, name := range []string{"roster.db", "secret.key"} {
		if info, err := os.Stat(filepath.Join(to, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if diff := cmp.Diff(dump(t, folder), dump(t, to)); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
	a := openApp(t, to, to)
	who.check(t, a.Directory)
	must(t, a.Directory.CheckStore(t.Context(), operator()), a.Close())
}

func TestDatabaseIsMigratedToAnotherServer(t *testing.T) {
	t.Parallel()
	folder, who := newDirectory(t)
	one, two := pgtest.Database(t), pgtest.Database(t)
	migrate(t, folder, one)
	migrate(t, one, two)
	a := openApp(t, two, folder)
	who.check(t, a.Directory)
	must(t, a.Directory.CheckStore(t.Context(), operator()), a.Close())
}

// stopAt stops a migration at the start of a part, or with its first rows.
func stopAt(what string, stop func()) app.Watch {
	return func(begun string, _ int64) (func(int64), func()) {
		if begun == what {
			stop()
		}
		return func(int64) {}, func() {}
	}
}

// A migration that is stopped while the chain is verified does not report the chain as broken.
func TestMigrationStoppedAtTheChainDoesNotReportItBroken(t *testing.T) {
	t.Parallel()
	folder, _ := newDirectory(t)
	for _, to := range []string{filepath.Join(t.TempDir(), "new"), pgtest.Database(t)} {
		ctx, stop := context.WithCancel(t.Context())
		_, err := app.Migrate(ctx, location(t, folder), location(t, to), func(what string, _ int64) (func(int64), func()) {
			return func(int64) {}, func() {
				if what == "rows compared" {
					stop()
				}
			}
		})
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "verify the chain of events: ") || strings.Contains(err.Error(), "broken") {
			t.Errorf("got %v", err)
		}
		migrate(t, folder, to)
	}
}

// A key that is created in the target during the migration is kept, and nothing else is written.
func TestKeyCreatedInTheTargetEndsTheMigration(t *testing.T) {
	t.Parallel()
	folder, _ := newDirectory(t)
	to := filepath.Join(t.TempDir(), "new")
	key := filepath.Join(to, "secret.key")
	_, err := app.Migrate(t.Context(), location(t, folder), location(t, to), stopAt("rows compared", func() {
		must(t, os.WriteFile(key, []byte("another"), 0o600))
	}))
	if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "copy the key to the target: ") {
		t.Errorf("got %v", err)
	}
	text, err := os.ReadFile(key)
	if left := files(t, to); err != nil || string(text) != "another" || len(left) != 1 {
		t.Errorf("%q are left, with %q as the key: %v", left, text, err)
	}
}

func TestStoppedMigrationChangesNothingAndCanBeRepeated(t *testing.T) {
	t.Parallel()
	folder, who := newDirectory(t)
	for _, what := range []string{"rows copied", "rows compared"} {
		for _, to := range []string{filepath.Join(t.TempDir(), "new"), pgtest.Database(t)} {
			ctx, stop := context.WithCancel(t.Context())
			_, err := app.Migrate(ctx, location(t, folder), location(t, to), stopAt(what, stop))
			if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "the migration was interrupted; the target is empty again") {
				t.Errorf("%s: got %v", what, err)
			}
			if _, local := location(t, to).Folder(); local {
				if left := files(t, to); len(left) > 0 {
					t.Errorf("%s: %q are left", what, left)
				}
				migrate(t, folder, to)
				continue
			}
			migrate(t, folder, to)
			a := openApp(t, to, folderWithKeyOf(t, folder))
			who.check(t, a.Directory)
			must(t, a.Close())
		}
	}
}

// A killed process leaves its draft file, which no server opens as a
// directory.
func TestDraftOfAKilledMigrationIsRemoved(t *testing.T) {
	t.Parallel()
	folder, _ := newDirectory(t)
	to := t.TempDir()
	for _, name := range []string{"roster.db.part", "roster.db.part-journal"} {
		must(t, os.WriteFile(filepath.Join(to, name), []byte("half"), 0o600))
	}
	migrate(t, folder, to)
	if diff := cmp.Diff([]string{"roster.anchor", "roster.db", "secret.key"}, files(t, to)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSourceWithoutKeyIsMigrated(t *testing.T) {
	t.Parallel()
	folder, _ := newDirectory(t)
	must(t, os.Remove(filepath.Join(folder, "secret.key")))
	to := filepath.Join(t.TempDir(), "new")
	if moved := migrate(t, folder, to); moved.KeyCopied || moved.Key != "" {
		t.Errorf("got %+v, want no key to be told of", moved)
	}
	if _, err := os.Stat(filepath.Join(to, "secret.key")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key was made up: %v", err)
	}
}

// The target would get a new anchor, which hides the loss of events.
func TestDirectoryWithLostEventsIsNotMigrated(t *testing.T) {
	t.Parallel()
	folder, _ := newDirectory(t)
	older := filepath.Join(t.TempDir(), "older")
	migrate(t, folder, older)
	anchor := filepath.Join(older, "roster.anchor")
	a := openApp(t, folder, folder)
	_, err := a.Directory.CreateOrganization(t.Context(), operator(), "Later")
	must(t, err, a.Close())
	must(t, os.Remove(anchor), os.Link(filepath.Join(folder, "roster.anchor"), anchor))

	to, address := filepath.Join(t.TempDir(), "to"), pgtest.Database(t)
	for _, target := range []string{to, address} {
		wantMigrateError(t, older, target, "the database has lost events: event ")
	}
	if left := files(t, to); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
	must(t, os.Remove(anchor))
	wantMigrateError(t, older, to, "the anchor "+anchor+" is missing")
}

// The folder of the target has the anchor of a node of the PostgreSQL database.
func TestAnchorOfANodeIsReplaced(t *testing.T) {
	t.Parallel()
	folder, who := newDirectory(t)
	address, node := pgtest.Database(t), folderWithKeyOf(t, folder)
	migrate(t, folder, address)
	a := openApp(t, address, node)
	_, err := a.Directory.CreateOrganization(t.Context(), operator(), "Later")
	must(t, err, a.Close(), os.Remove(filepath.Join(node, "secret.key")))
	before, err := os.ReadFile(filepath.Join(node, "roster.anchor"))
	must(t, err)

	wantMigrateError(t, folder, node, "has an anchor of its own: the database has lost events: event ")
	after, err := os.ReadFile(filepath.Join(node, "roster.anchor"))
	if diff := cmp.Diff(string(before), string(after)); diff != "" || err != nil {
		t.Errorf("-anchor before +after a refusal: %v\n%s", err, diff)
	}

	migrate(t, address, node)
	must(t, os.Rename(filepath.Join(folder, "secret.key"), filepath.Join(node, "secret.key")))
	a = openApp(t, node, node)
	who.check(t, a.Directory)
	must(t, a.Close())
}
