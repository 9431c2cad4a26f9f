package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/throttle"
)

// newLargeDatabase writes a database of many pages, closes it and returns its path.
func newLargeDatabase(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "roster.db")
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(tx model.Writer) error {
		for range 200 {
			if err := tx.AddMail(&model.Mail{To: "ada@example.org", Text: make([]byte, 3000)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// overwrite writes text into a file at an offset; a negative one counts from the end.
func overwrite(t *testing.T, path string, at int64, text []byte) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if at < 0 {
		info, err := file.Stat()
		if err != nil {
			t.Fatal(err)
		}
		at += info.Size()
	}
	_, err = file.WriteAt(text, at)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedFileIsRejectedWithAnExplanation(t *testing.T) {
	t.Parallel()
	garbage := []byte(strings.Repeat("\x1b]0;\xff\x00garbage", 300))
	tests := map[string]struct {
		damage func(t *testing.T, path string)
		is     error  // nil: only the text is compared
		want   string // in the error
	}{
		"missing":       {func(t *testing.T, path string) { mustSucceed(t, os.Remove(path)) }, ErrAbsent, "there is no file"},
		"empty":         {func(t *testing.T, path string) { mustSucceed(t, os.Truncate(path, 0)) }, ErrAbsent, "is empty"},
		"a few bytes":   {func(t *testing.T, path string) { mustSucceed(t, os.Truncate(path, 10)) }, ErrDamaged, "does not begin as an SQLite database"},
		"one page":      {func(t *testing.T, path string) { mustSucceed(t, os.Truncate(path, 4096)) }, ErrDamaged, "shorter than its header says"},
		"half":          {func(t *testing.T, path string) { mustSucceed(t, os.Truncate(path, 4096*30)) }, ErrDamaged, "shorter than its header says"},
		"torn page":     {func(t *testing.T, path string) { mustSucceed(t, os.Truncate(path, 4096*30+17)) }, ErrDamaged, "shorter than its header says"},
		"zero header":   {func(t *testing.T, path string) { overwrite(t, path, 0, make([]byte, 100)) }, ErrDamaged, "does not begin as an SQLite database"},
		"garbage first": {func(t *testing.T, path string) { overwrite(t, path, 0, garbage) }, ErrDamaged, "does not begin as an SQLite database"},
		"garbage behind the magic": {func(t *testing.T, path string) { overwrite(t, path, 16, garbage) }, ErrDamaged,
			"names no possible page size"},
		"garbage in the schema":            {func(t *testing.T, path string) { overwrite(t, path, 100, garbage) }, ErrDamaged, "SQLite cannot read it"},
		"garbage in the table of versions": {func(t *testing.T, path string) { overwrite(t, path, 4096, garbage) }, ErrDamaged, "SQLite cannot read it"},
		"zeros in the table of versions":   {func(t *testing.T, path string) { overwrite(t, path, 4096, make([]byte, 4096)) }, ErrDamaged, "SQLite cannot read it"},
		"no version":                       {func(t *testing.T, path string) { execOn(t, path, "DELETE FROM goose_db_version") }, ErrDamaged, "schema version cannot be read"},
		"text as version": {func(t *testing.T, path string) { execOn(t, path, "UPDATE goose_db_version SET version_id = 'x'") }, ErrDamaged,
			"schema version cannot be read"},
		"another type of file": {func(t *testing.T, path string) {
			mustSucceed(t, os.WriteFile(path, []byte("PK\x03\x04"+string(garbage)), 0o600))
		}, ErrDamaged, "does not begin as an SQLite database"},
		"a folder": {func(t *testing.T, path string) {
			mustSucceed(t, errors.Join(os.Remove(path), os.Mkdir(path, 0o700)))
		}, nil, "this is not a file"},
		"a log without its file": {func(t *testing.T, path string) {
			mustSucceed(t, errors.Join(os.Remove(path), os.WriteFile(path+"-wal", garbage, 0o600)))
		}, ErrAbsent, "but its write-ahead log"},
		"another program's database": {func(t *testing.T, path string) {
			mustSucceed(t, os.Remove(path))
			execOn(t, path, "CREATE TABLE moz_places (id INTEGER)")
		}, nil, "the database of another program"},
		"no tables": {func(t *testing.T, path string) {
			mustSucceed(t, os.Remove(path))
			execOn(t, path, "PRAGMA user_version = 1")
		}, ErrAbsent, "has no tables"},
		"a table too few": {func(t *testing.T, path string) { execOn(t, path, "DROP TABLE events") }, ErrDamaged, "table events is missing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := newLargeDatabase(t)
			test.damage(t, path)
			_, err := Open(t.Context(), path, Options{Existing: true})
			if err == nil || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if !utf8.ValidString(err.Error()) || strings.ContainsAny(err.Error(), "\x1b\x00") {
				t.Errorf("bytes of the file are in the error: %q", err)
			}
			source, err := OpenSource(t.Context(), path)
			if err == nil {
				mustSucceed(t, source.Close())
			}
			if err == nil && name != "a table too few" { // found by the comparison of schemas instead
				t.Error("it can be moved elsewhere")
			}
		})
	}
}

func TestEmptyFileBecomesADatabaseUnlessOneIsExpected(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	mustSucceed(t, os.WriteFile(path, nil, 0o600))
	openOnDisk(t, path)
}

func TestQuickCheckFindsDamagedPages(t *testing.T) {
	t.Parallel()
	path := newLargeDatabase(t)
	overwrite(t, path, -4096*20, []byte(strings.Repeat("\xfegarbage", 2048)))
	s, err := Open(t.Context(), path, Options{Existing: true})
	if errors.Is(err, ErrDamaged) {
		return // found even earlier
	}
	mustSucceed(t, err)
	defer func() { mustSucceed(t, s.Close()) }()
	if err := s.QuickCheck(t.Context()); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
}

func TestQuickCheckPassesAnUndamagedDatabase(t *testing.T) {
	t.Parallel()
	mustSucceed(t, openOnDisk(t, newLargeDatabase(t)).QuickCheck(t.Context()))
}

func TestCheckpointEmptiesTheLogWhenIdle(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	s := openOnDisk(t, path)
	if size(path+"-wal") == 0 {
		t.Fatal("there is no log to begin with")
	}
	mustSucceed(t, s.Checkpoint(t.Context(), time.Hour))
	if size(path+"-wal") == 0 {
		t.Error("the log was emptied although it is in use")
	}
	mustSucceed(t, s.Checkpoint(t.Context(), 0))
	if n := size(path + "-wal"); n != 0 {
		t.Errorf("the log holds %d bytes", n)
	}
	mustSucceed(t, checkFile(path, true))
	mustSucceed(t, s.Update(t.Context(), func(tx model.Writer) error {
		_, err := tx.Expire(model.ExpiringSessions, time.Now(), 1)
		return err
	}))
	// Checkpoint does not wait for a reader that needs the log.
	mustSucceed(t, s.Read(t.Context(), func(model.Reader) error {
		mustSucceed(t, s.Update(t.Context(), func(tx model.Writer) error {
			return tx.PutThrottle(throttle.Counter{Key: "x", Failures: 1})
		}))
		return s.Checkpoint(t.Context(), 0)
	}))
}

func execOn(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	mustSucceed(t, err)
	_, err = db.ExecContext(context.Background(), statement)
	mustSucceed(t, errors.Join(err, db.Close()))
}

func mustSucceed(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
