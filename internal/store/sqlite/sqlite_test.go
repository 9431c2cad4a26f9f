package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/storetest"
	"roster.example/roster/internal/throttle"
)

var update = flag.Bool("update", false, "write schema.sql anew")

func TestStorePassesTheContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) model.Store { return openVolatile(t) })
}

func TestStoreOnDiskPassesTheContract(t *testing.T) {
	t.Parallel()
	storetest.RunReopen(t, func(t *testing.T, folder string) model.Store {
		s, err := Open(t.Context(), filepath.Join(folder, "roster.db"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

// openVolatile opens an empty store without durability.
func openVolatile(t testing.TB) *store {
	t.Helper()
	return openWith(t, filepath.Join(t.TempDir(), "roster.db"), Options{Readers: 4, Volatile: true})
}

func openOnDisk(t testing.TB, path string) *store {
	t.Helper()
	return openWith(t, path, Options{})
}

func openWith(t testing.TB, path string, options Options) *store {
	t.Helper()
	s, err := Open(context.Background(), path, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s.(*store)
}

// The driver ignores unknown settings without an error.
func TestWrongPragmaIsNoticed(t *testing.T) {
	t.Parallel()
	s := openOnDisk(t, filepath.Join(t.TempDir(), "roster.db"))
	for name := range writePragmas(Options{}).expect {
		wrong := pragmas{expect: map[string]string{name: "wrong"}}
		if err := wrong.assert(t.Context(), s.read); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v, want it to be noticed", name, err)
		}
	}
	if err := readPragmas().assert(t.Context(), s.read); err != nil {
		t.Error(err)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	t.Parallel()
	s := openVolatile(t)
	if _, err := s.read.ExecContext(t.Context(), "DELETE FROM users"); err == nil {
		t.Error("the handle for reading could write")
	}
}

func TestPathsWithOddCharactersAreOpened(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "what? 100% #1 & more.db")
	openOnDisk(t, path)
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestFilesAreReadableByTheOwnerOnly(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "roster.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s := openOnDisk(t, path)
	if err := s.Update(t.Context(), func(tx model.Writer) error {
		_, err := tx.Expire(model.ExpiringSessions, time.Now(), 1)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("got files %v, %v; want the database and its log", files, err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", filepath.Base(file), info.Mode())
		}
	}
}

func TestUnusablePathIsExplained(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(folder, "absent", "roster.db"): "there is no folder",
		filepath.Join(file, "roster.db"):             "there is no folder",
		folder:                                       "this is not a file",
		"/proc/roster.db":                            "cannot be written; check owner and permissions",
	} {
		_, err := Open(t.Context(), path, Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
}

func TestFileThatIsNoDatabaseIsRejected(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("this is a letter\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, Options{}); err == nil {
		t.Error("opened a file that is no database")
	}
}

func TestDatabaseOfANewerVersionIsRejected(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	s := openOnDisk(t, path)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", writePragmas(Options{}).dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (4711, TRUE)"); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), path, Options{})
	known, failed := migrations.ReadDir("migrations")
	if failed != nil {
		t.Fatal(failed)
	}
	newest, _, _ := strings.Cut(known[len(known)-1].Name(), "_")
	want := fmt.Sprintf("this folder belongs to a newer Roster (schema 4711, this program knows %s); run that version or restore a backup", strings.TrimLeft(newest, "0"))
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestCheckFindsDamage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	s := openOnDisk(t, path)
	raw, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = raw.ExecContext(t.Context(), `INSERT INTO identities (user_id, provider, extern_uid) VALUES (99, 'ldap', 'x')`)
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), `a row of "identities" belongs to nothing in "users"`) {
		t.Errorf("got %v, want the damage", err)
	}
}

func TestFullDiskIsExplained(t *testing.T) {
	t.Parallel()
	s := openOnDisk(t, filepath.Join(t.TempDir(), "roster.db"))
	if _, err := s.write.ExecContext(t.Context(), "PRAGMA max_page_count = 1"); err != nil { // no more pages
		t.Fatal(err)
	}
	big := func(tx model.Writer) error {
		return tx.AddMail(&model.Mail{To: "ada@example.org", Text: make([]byte, 1<<20)})
	}
	err := s.Update(t.Context(), big)
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("got %v, want it to say that the disk is full", err)
	}
	small := func(tx model.Writer) error { return tx.PutThrottle(throttle.Counter{Key: "x", Failures: 1}) }
	if err := s.Update(t.Context(), small); err != nil {
		t.Errorf("a write that needs no more room: %v", err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestStoreWaitsForTheLockOfAnotherProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	one, two := openOnDisk(t, path), openOnDisk(t, path)
	other := make(chan error, 1)
	err := one.Update(t.Context(), func(tx model.Writer) error {
		go func() {
			other <- two.Update(context.Background(), func(tx model.Writer) error {
				return tx.PutThrottle(throttle.Counter{Key: "two", Failures: 1})
			})
		}()
		time.Sleep(20 * time.Millisecond)
		return tx.PutThrottle(throttle.Counter{Key: "one", Failures: 1})
	})
	if err := errors.Join(err, <-other); err != nil {
		t.Error(err)
	}
}

// schema.sql is the schema after all migrations.
func TestSchemaIsCurrent(t *testing.T) {
	t.Parallel()
	got := schema(t)
	if *update {
		if err := os.WriteFile("schema.sql", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("schema.sql is not what the migrations make; run make golden (-want +got):\n%s", diff)
	}
}

func schema(t *testing.T) string {
	t.Helper()
	rows, err := openVolatile(t).read.QueryContext(t.Context(), `SELECT sql FROM sqlite_master
		WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'sqlite_%' AND tbl_name NOT LIKE 'goose_%' AND tbl_name NOT LIKE 'search_grams_%'
		ORDER BY tbl_name, type DESC, name`)
	if err != nil {
		t.Fatal(err)
	}
	text := "-- Written by the test of this package (make golden): what the migrations make.\n"
	for rows.Next() {
		var statement string
		if err := rows.Scan(&statement); err != nil {
			t.Fatal(err)
		}
		text += "\n" + statement + ";\n"
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return text
}
