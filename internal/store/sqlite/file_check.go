package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

var (
	// ErrAbsent reports that the file of an existing directory is missing or empty.
	ErrAbsent = errors.New("the database is missing")
	// ErrDamaged reports a file that SQLite or Roster did not write in this form.
	ErrDamaged = errors.New("the database is damaged")
)

const fileHeader = "SQLite format 3\x00"

// checkFile checks the file before SQLite opens it, because SQLite treats an empty file as a
// new database and deletes the write-ahead log beside it. The cost does not depend
// on the size of the file.
func checkFile(path string, existing bool) error {
	info, err := os.Stat(path)
	logged := size(path+"-wal") > 0
	if folder, unreachable := os.Stat(filepath.Dir(path)); unreachable != nil || !folder.IsDir() {
		return fmt.Errorf("there is no folder %s; create it first", filepath.Dir(path))
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && logged:
		return fmt.Errorf("%w: there is no file %s, but its write-ahead log", ErrAbsent, path)
	case errors.Is(err, fs.ErrNotExist) && existing:
		return fmt.Errorf("%w: there is no file %s", ErrAbsent, path)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("this is not a file; use another path")
	case info.Size() == 0 && (existing || logged):
		return fmt.Errorf("%w: the file %s is empty", ErrAbsent, path)
	case info.Size() == 0:
		return nil
	}
	return checkHeader(path, info.Size(), logged)
}

func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// checkHeader checks the database header (sqlite.org/fileformat.html, 1.3).
func checkHeader(path string, size int64, logged bool) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("the file %s cannot be read; check owner and permissions: %w", path, err)
	}
	header := make([]byte, 100)
	_, err = io.ReadFull(file, header)
	if err = errors.Join(ignoreShort(err), file.Close()); err != nil {
		return fmt.Errorf("read the database: %w", err)
	}
	if !bytes.HasPrefix(header, []byte(fileHeader)) {
		return fmt.Errorf("%w: the file does not begin as an SQLite database does", ErrDamaged)
	}
	page := int64(binary.BigEndian.Uint16(header[16:]))
	if page == 1 {
		page = 1 << 16
	}
	if page < 512 || page&(page-1) != 0 {
		return fmt.Errorf("%w: its header names no possible page size", ErrDamaged)
	}
	if logged {
		return nil // missing pages may be in the log
	}
	// The page count is valid if it was written with the last change.
	pages := int64(binary.BigEndian.Uint32(header[28:]))
	if bytes.Equal(header[24:28], header[92:96]) && size < pages*page || size%page != 0 {
		return fmt.Errorf("%w: the file is shorter than its header says; %d bytes of %d are there", ErrDamaged, size, pages*page)
	}
	return nil
}

func ignoreShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// querier is a [sql.DB] or a [sql.Conn].
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// checkTables rejects a database of another program and, if existing is set, a database
// without tables.
func checkTables(ctx context.Context, db querier, existing bool) error {
	var tables, ours int
	err := db.QueryRowContext(ctx, `SELECT count(*), COALESCE(sum(name = 'goose_db_version'), 0) FROM sqlite_master WHERE type = 'table'`).Scan(&tables, &ours)
	switch {
	case err != nil:
		return err
	case tables == 0 && existing:
		return fmt.Errorf("%w: the file has no tables; its write-ahead log was lost", ErrAbsent)
	case tables > 0 && ours == 0:
		return errors.New("this is the database of another program; use another path")
	case tables > 0:
		return checkVersion(ctx, db)
	}
	return nil
}

// checkVersion reads the table of the schema version as a whole. If it is damaged, the migrations would
// take it for a missing table and fail with the error of a statement.
func checkVersion(ctx context.Context, db querier) error {
	var version sql.NullInt64
	err := db.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied AND tstamp IS NOT NULL`).Scan(&version)
	if _, ok := errors.AsType[*sqlite.Error](err); ok || ctx.Err() != nil {
		return err
	}
	if err != nil || !version.Valid {
		return fmt.Errorf("%w: its schema version cannot be read", ErrDamaged)
	}
	return nil
}

//go:embed schema.sql
var wantedSchema string

var tableName = regexp.MustCompile(`(?m)^CREATE (?:VIRTUAL )?TABLE "?(\w+)`)

// checkSchema returns an error if a table of the migrations is missing.
func checkSchema(ctx context.Context, db *sql.DB) error {
	for _, found := range tableName.FindAllStringSubmatch(wantedSchema, -1) {
		var there bool
		err := db.QueryRowContext(ctx, `SELECT count(*) > 0 FROM sqlite_master WHERE name = $1`, found[1]).Scan(&there)
		if err != nil {
			return err
		}
		if !there {
			return fmt.Errorf("%w: its table %s is missing", ErrDamaged, found[1])
		}
	}
	return nil
}

// explain replaces an error of SQLite at the start. SQLite's text
// may contain bytes of the file.
func explain(err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok || errors.Is(err, ErrDamaged) || errors.Is(err, ErrAbsent) {
		return err
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_NOTADB, lib.SQLITE_CORRUPT, lib.SQLITE_FORMAT:
		return fmt.Errorf("%w: SQLite cannot read it (%s)", ErrDamaged, printable(e.Error()))
	case lib.SQLITE_FULL:
		return fmt.Errorf("the disk is full; free space and try again: %w", err)
	case lib.SQLITE_READONLY, lib.SQLITE_PERM, lib.SQLITE_CANTOPEN, lib.SQLITE_AUTH:
		return fmt.Errorf("the database cannot be written; check owner, permissions and whether the disk is mounted read-only: %w", err)
	case lib.SQLITE_IOERR:
		return fmt.Errorf("the disk answers with an error; check it, and the log of the system: %w", err)
	}
	return err
}

// printable replaces characters that a terminal could interpret.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 {
			return '?'
		}
		return r
	}, text)
}

// QuickCheck reads the whole file once and reports damaged pages.
// It is for a running server; Check is thorough, and slower.
func (s *store) QuickCheck(ctx context.Context) error {
	var damage string
	err := s.read.QueryRowContext(ctx, "SELECT quick_check FROM pragma_quick_check WHERE quick_check <> 'ok' LIMIT 1").Scan(&damage)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err == nil:
		return fmt.Errorf("%w: %s", ErrDamaged, printable(damage))
	}
	return explain(err)
}

// Checkpoint moves the write-ahead log into the file and empties it, unless
// there was a write within the last quiet. It does not wait for readers and
// writers; pages that they still need stay in the log until the next call.
func (s *store) Checkpoint(ctx context.Context, quiet time.Duration) error {
	info, err := os.Stat(s.path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || info.Size() == 0 || time.Since(info.ModTime()) < quiet {
		return err
	}
	db, err := openHandle(ctx, checkpointPragmas(), s.path)
	if err != nil {
		return explain(err)
	}
	var busy, logged, moved int
	err = db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &logged, &moved)
	return explain(errors.Join(err, db.Close()))
}

// checkpointPragmas: synchronous FULL syncs the file before the log is emptied.
func checkpointPragmas() pragmas {
	return pragmas{
		mode:   "rw",
		set:    []string{"synchronous(FULL)", "busy_timeout(0)"},
		expect: map[string]string{"journal_mode": "wal", "synchronous": "2"},
	}
}
