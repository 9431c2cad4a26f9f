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

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/sqldb"
)

// Options configure a store. The zero value is for production.
type Options struct {
	// Readers limits concurrent read transactions; 0 means one per
	// processor, but at least four.
	Readers int
	// Scanners limits concurrent expensive reads, which have connections of their
	// own; 0 means one. ScanTime limits each of their statements; 0 means no limit.
	Scanners int
	ScanTime time.Duration
	// Volatile disables syncing for speed: after a power failure the file may be
	// damaged. It is for tests.
	Volatile bool
	// DamagedLog opens the database although CheckLog finds damage: what cannot be read is lost.
	DamagedLog bool
	// Existing rejects a missing or empty file instead of creating a database.
	Existing bool
}

// Store is a [model.Store] in one SQLite file.
type Store interface {
	model.Store
	QuickCheck(ctx context.Context) error
	Checkpoint(ctx context.Context, quiet time.Duration) error
}

// store adds to sqldb.Store what is specific to SQLite.
type store struct {
	*sqldb.Store
	read, write *sql.DB
	path        string
}

// Open opens the database at path, creates it if it is missing, and runs migrations.
// Only the owner can read the file. A database of a newer version is rejected.
//
// Only one server may run on a file; other processes may open it for the time of a
// command. The file must not be on a network file system.
func Open(ctx context.Context, path string, options Options) (Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := errors.Join(checkFile(path, options.Existing), ctx.Err()); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	if err := CheckLog(path); err != nil && !options.DamagedLog {
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

// prepareFile creates the file or checks that it is writable. SQLite would create
// it with a mode that others can read, and gives its other files the mode of this one.
func prepareFile(path string) error {
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return fmt.Errorf("open database %s: there is no folder %s; create it first", path, folder)
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
	s.read.SetMaxOpenConns(pools.Connections() + 1) // one for Check
	s.read.SetMaxIdleConns(pools.Connections() + 1)
	s.Store = sqldb.New(engine(), s.read, s.write, pools)
	if err := s.FillSearch(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the search: %w", err), s.Close())
	}
	return s, nil
}

// migrateDirectory runs migrations unless the tables belong to another program.
func (s *store) migrateDirectory(ctx context.Context, existing bool) error {
	if err := checkTables(ctx, s.write, existing); err != nil {
		return err
	}
	if err := migrate(ctx, s.write); err != nil {
		return err
	}
	return checkSchema(ctx, s.write)
}

// pragmas are settings of a connection: the statements that set them, and the
// values that are expected afterwards.
type pragmas struct {
	mode   string
	set    []string
	expect map[string]string
}

// writePragmas: a commit is on disk when it returns (synchronous FULL), and
// readers have a snapshot during writes (WAL).
func writePragmas(options Options) pragmas {
	p := pragmas{
		mode: "rw",
		set: []string{
			"synchronous(FULL)", "busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)", "temp_store(MEMORY)",
			// The upper pages of all indexes of a million users fit into 4 MiB; see also
			// bulkCache. With SQLite's default of 1,000 pages an import would write most
			// pages many times.
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

// dsn returns the data source name for modernc.org/sqlite. The driver ignores unknown
// pragmas, so assert checks the result.
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

// Check implements [model.Store] with the integrity_check and foreign_key_check of SQLite.
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

// Close implements [model.Store]. The last connection moves the write-ahead
// log into the file, so the readers are closed first.
func (s *store) Close() error {
	return errors.Join(s.Store.Close(), s.read.Close(), s.write.Close())
}
