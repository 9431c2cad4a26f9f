package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/store/sqldb"
)

// Options are the settings of a store. The zero Options are right for production.
type Options struct {
	// Readers is how many transactions can read at once; 0 means four for each
	// processor, and eight at least. A store keeps as many connections open, one
	// more for writing, and opens another for Check.
	Readers int
	// Scanners is how many expensive reads can run at once, on connections of their
	// own; 0 means one. ScanTime bounds each of their statements; 0 means no limit
	// but the one of all statements.
	Scanners int
	ScanTime time.Duration
	// Feed is the address where the nodes hear of each other's commits, if that is
	// not the one of the database: a pooler that shares connections swallows notes.
	Feed string
}

// Store is a [directory.Store] that several nodes can share.
type Store interface {
	directory.Store
	directory.Feed
	directory.ConnectionChecker
}

// store adds to the common store what only PostgreSQL knows.
type store struct {
	*sqldb.Store
	read, write *sql.DB
	feed        connConfig
	channel     string
	presence    presence
}

// Open connects to the database at url (postgres://USER:PASSWORD@HOST:PORT/NAME,
// with the parameters of libpq), and brings its tables up to date. Of several
// nodes that start at once one does that, and the others wait. A database made by
// a newer Roster is refused. Errors never hold the password.
//
// A connection that is lost later is replaced when it is needed; meanwhile the
// store returns errors of Kind Unavailable.
func Open(ctx context.Context, url string, options Options) (Store, error) {
	s, err := open(ctx, url, options)
	if err != nil {
		return nil, fmt.Errorf("open the PostgreSQL database: %w", err)
	}
	return s, nil
}

func open(ctx context.Context, url string, options Options) (*store, error) {
	link, err := parse(url)
	if err != nil {
		return nil, err
	}
	if err := migrateDirectory(ctx, link); err != nil {
		return nil, err
	}
	readers := options.Readers
	if readers <= 0 {
		readers = max(8, 4*runtime.GOMAXPROCS(0))
	}
	pools := sqldb.Pools{Readers: readers, Scanners: options.Scanners, ScanTime: link.scanTime(options.ScanTime)}
	s := &store{read: link.openForReading(pools.Connections() + 1), write: link.openForWriting()} // and one for Check
	engine, err := s.detectFeatures(ctx, link, options.Feed)
	if err != nil {
		return nil, errors.Join(err, s.read.Close(), s.write.Close())
	}
	s.Store = sqldb.New(engine, s.read, s.write, pools)
	if err := s.FillSearch(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the search: %w", err), s.Close())
	}
	return s, nil
}

// learn finds out what the server can do.
func (s *store) detectFeatures(ctx context.Context, database connConfig, feed string) (e sqldb.Engine, err error) {
	if s.feed = database; feed != "" {
		if s.feed, err = parse(feed); err != nil {
			return e, fmt.Errorf("for its feed of changes, %w", err)
		}
	}
	turns, err := supportsLockTable(ctx, s.write)
	if err != nil {
		return e, err
	}
	if s.channel, err = channel(ctx, s.write); err != nil {
		return e, err
	}
	known, err := supportsNotify(ctx, s.write, s.channel)
	e = database.withLimits(engine(turns))
	s.presence.number = newLeaseHolder()
	e.Holder = s.presence.holder
	if known {
		e.Notify = notify(s.channel)
	}
	return e, err
}

// prepare sees to it that the database can be relied on and has its tables.
func migrateDirectory(ctx context.Context, link connConfig) error {
	db := link.openForMigrating()
	err := checkSettings(ctx, db)
	if err == nil {
		err = migrate(ctx, db)
	}
	return errors.Join(err, db.Close())
}

// assert reads the settings of the server that the promises rest on.
func checkSettings(ctx context.Context, db *sql.DB) error {
	var encoding, commit string
	if err := db.QueryRowContext(ctx, "SHOW server_encoding").Scan(&encoding); err != nil {
		return explainConnect(err)
	}
	if encoding != "UTF8" {
		return fmt.Errorf("its encoding is %s and not UTF8; make a database with ENCODING 'UTF8'", encoding)
	}
	if err := db.QueryRowContext(ctx, "SHOW synchronous_commit").Scan(&commit); err != nil {
		return explainConnect(err)
	}
	if commit == "off" {
		return errors.New("synchronous_commit is off, so that acknowledged writes could be lost; set it to on")
	}
	return nil
}

// Close implements [directory.Store].
func (s *store) Close() error {
	return errors.Join(s.Store.Close(), s.read.Close(), s.write.Close())
}
