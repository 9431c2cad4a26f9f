package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/sqldb"
)

// Options configure a store. The zero value is for production.
type Options struct {
	// Readers limits concurrent read transactions; 0 means four per
	// processor, but at least eight. The store keeps this number of connections open, one
	// more for writing, and opens another one for Check.
	Readers int
	// Scanners limits concurrent expensive reads, which have connections of their
	// own; 0 means one. ScanTime limits each of their statements; 0 means the limit
	// of all statements.
	Scanners int
	ScanTime time.Duration
	// Feed is the address for notifications between nodes, "" for that of the
	// database. It must not be a pooler that shares connections, which loses notifications.
	Feed string
}

// Store is a [model.Store] that several nodes can share.
type Store interface {
	model.Store
	model.Feed
	model.ConnectionChecker
}

// store adds to sqldb.Store what is specific to PostgreSQL.
type store struct {
	*sqldb.Store
	read, write *sql.DB
	feed        connConfig
	channel     string
	presence    presence
}

// Open connects to the database at url (postgres://USER:PASSWORD@HOST:PORT/NAME,
// with the parameters of libpq), and runs migrations. If several
// nodes start at once, one runs them and the others wait. A database of
// a newer version is rejected. Errors do not contain the password.
//
// A connection that is lost later is replaced when it is needed. Until then the
// store returns errors of kind Unavailable.
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
	s := &store{read: link.openForReading(pools.Connections() + 1), write: link.openForWriting()} // one for Check
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

// detectFeatures finds out which statements the server supports.
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

// migrateDirectory checks the settings of the database and runs migrations.
func migrateDirectory(ctx context.Context, link connConfig) error {
	db := link.openForMigrating()
	err := checkSettings(ctx, db)
	if err == nil {
		err = migrate(ctx, db)
	}
	return errors.Join(err, db.Close())
}

// checkSettings returns an error if a setting of the server violates the store contract.
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

// Close implements [model.Store].
func (s *store) Close() error {
	return errors.Join(s.Store.Close(), s.read.Close(), s.write.Close())
}
