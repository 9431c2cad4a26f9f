package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/store/sqldb"
)

// Options are the settings of a database file. The zero Options are right for
// production.
type Options struct {
	// Readers is how many transactions can read at once; 0 means one for each
	// processor, and four at least.
	Readers int
	// Scanners is how many expensive reads can run at once, on connections of their
	// own; 0 means one. ScanTime bounds each of their statements; 0 means no limit.
	Scanners int
	ScanTime time.Duration
	// Volatile gives up durability for speed: after a power cut the file may be
	// broken. For tests.
	Volatile bool
	// Existing refuses a missing or empty file instead of making a database.
	Existing bool
}

// Store is a [directory.Store] in one file.
type Store interface {
	directory.Store
	QuickCheck(ctx context.Context) error
	Checkpoint(ctx context.Context, quiet time.Duration) error
}

// store adds to the common store what only SQLite knows.
type store struct {
	*sqldb.Store
	read, write *sql.DB
	path        string
}

// Open opens the database at path, makes it if it is absent, and brings its
// tables up to date. Nobody but the owner may read the file. A database made by a
// newer Roster is refused.
//
// One process at a time should serve a file; others may open it for as long as a
// command takes. Never put it on a network file system.
func Open(ctx context.Context, path string, options Options) (Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := errors.Join(checkFile(path, options.Existing), ctx.Err()); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	if err := prepareFile(path); err != nil {
		return nil, err
	}
	s, err := open(ctx, path, options)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, explain(err))
	}
	return s, nil
}

// prepareFile makes the file, or sees that it can be written. SQLite would make
// it readable to others, and gives the files beside it the mode that it has.
func prepareFile(path string) error {
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return fmt.Errorf("open database %s: there is no folder %s; make it first", path, folder)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open database %s: the file or its folder cannot be written; check owner and permissions: %w", path, err)
	}
	if err := errors.Join(restrictMode(file), file.Close()); err != nil {
		return fmt.Errorf("open database %s: others can read it, and that cannot be changed; change its mode to 0600: %w", path, err)
	}
	return nil
}

func restrictMode(file *os.File) error {
	info, err := file.Stat()
	if err != nil || info.Mode().Perm() == 0o600 {
		return err
	}
	return file.Chmod(0o600)
}

func open(ctx context.Context, path string, options Options) (*store, error) {
	readers := options.Readers
	if readers <= 0 {
		readers = max(4, runtime.GOMAXPROCS(0))
	}
	s := &store{path: path}
	var err error
	if s.write, err = openHandle(ctx, writePragmas(options), path); err != nil {
		return nil, err
	}
	s.write.SetMaxOpenConns(1)
	if err := s.migrateDirectory(ctx, options.Existing); err != nil {
		return nil, errors.Join(err, s.write.Close())
	}
	if s.read, err = openHandle(ctx, readPragmas(), path); err != nil {
		return nil, errors.Join(err, s.write.Close())
	}
	pools := sqldb.Pools{Readers: readers, Scanners: options.Scanners, ScanTime: options.ScanTime}
	s.read.SetMaxOpenConns(pools.Connections() + 1) // and one for Check
	s.read.SetMaxIdleConns(pools.Connections() + 1)
	s.Store = sqldb.New(engine(), s.read, s.write, pools)
	if err := s.FillSearch(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the search: %w", err), s.Close())
	}
	return s, nil
}

// prepare brings the tables up to date, if they are those of a directory.
func (s *store) migrateDirectory(ctx context.Context, existing bool) error {
	if err := checkTables(ctx, s.write, existing); err != nil {
		return err
	}
	if err := migrate(ctx, s.write); err != nil {
		return err
	}
	return checkSchema(ctx, s.write)
}

// pragmas are settings of a connection: the spelling that sets one, and the
// value that shows it.
type pragmas struct {
	mode   string
	set    []string
	expect map[string]string
}

// writePragmas: a commit is on the disk when it returns (synchronous FULL), and
// readers see a snapshot while others write (WAL).
func writePragmas(options Options) pragmas {
	p := pragmas{
		mode: "rw",
		set: []string{
			"synchronous(FULL)", "busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)", "temp_store(MEMORY)",
			// The upper pages of all indexes of a million people fit in 4 MiB; see also
			// bulkCache. Going by SQLite's own 1,000 pages an import would write most
			// pages into the file many times.
			"cache_size(-4096)", "wal_autocheckpoint(4000)",
		},
		expect: map[string]string{
			"busy_timeout": "5000", "journal_mode": "wal", "foreign_keys": "1", "synchronous": "2", "temp_store": "2",
		},
	}
	if options.Volatile {
		p.set[0], p.expect["synchronous"] = "synchronous(OFF)", "0"
	}
	return p
}

func readPragmas() pragmas {
	return pragmas{
		mode:   "ro",
		set:    []string{"busy_timeout(5000)", "foreign_keys(1)", "query_only(1)"},
		expect: map[string]string{"busy_timeout": "5000", "journal_mode": "wal", "foreign_keys": "1", "query_only": "1"},
	}
}

// dsn writes the source name as modernc.org/sqlite reads it. What it does not
// know it ignores, so the result has to be asserted.
func (p pragmas) dsn(path string) string {
	query := url.Values{"mode": {p.mode}, "_pragma": p.set, "_txlock": {"immediate"}}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()
}

func openHandle(ctx context.Context, p pragmas, path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", p.dsn(path))
	if err != nil {
		return nil, err
	}
	if err := p.assert(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (p pragmas) assert(ctx context.Context, db *sql.DB) error {
	for name, want := range p.expect {
		var got string
		if err := db.QueryRowContext(ctx, "PRAGMA "+name).Scan(&got); err != nil {
			return fmt.Errorf("read pragma %s: %w", name, err)
		}
		if got != want {
			return fmt.Errorf("pragma %s is %s and not %s; is this file on a network file system?", name, got, want)
		}
	}
	return nil
}

// Check implements [directory.Store] with SQLite's own two checks.
func (s *store) Check(ctx context.Context) error {
	for _, ask := range []string{
		"SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok' LIMIT 1",
		`SELECT 'a row of "' || "table" || '" belongs to nothing in "' || parent || '"' FROM pragma_foreign_key_check LIMIT 1`,
	} {
		var damage string
		err := s.read.QueryRowContext(ctx, ask).Scan(&damage)
		if err == nil {
			return fmt.Errorf("%w: %s; restore a backup", ErrDamaged, printable(damage))
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("check the database: %w", explain(err))
		}
	}
	return nil
}

// Close implements [directory.Store]. Whoever closes last moves the write-ahead
// log into the file, so readers go first.
func (s *store) Close() error {
	return errors.Join(s.Store.Close(), s.read.Close(), s.write.Close())
}
