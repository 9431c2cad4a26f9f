package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/directory"
)

// Store is a [directory.Store] but for Check, which each engine does its own way.
type Store struct {
	engine   Engine
	readers  *pool
	scanners *pool                                // for expensive reads
	begin    func(context.Context) (*conn, error) // a field, because a method value would be allocated for each Glance
	scanTime time.Duration
	writer   *committer
	close    func() error
}

// New makes a store of two handles to the same migrated database. It keeps the
// connections of pools of read and one of write for itself; the caller closes
// both handles after the store.
func New(engine Engine, read, write *sql.DB, pools Pools) *Store {
	s := &Store{
		engine: engine, readers: newPool(read, engine, pools.Readers), scanners: newPool(read, engine, pools.scanners()),
		scanTime: pools.ScanTime, writer: newCommitter(write, engine),
	}
	s.begin = s.beginRead
	s.close = sync.OnceValue(func() error {
		return errors.Join(s.scanners.close(), s.readers.close(), s.writer.close())
	})
	return s
}

// beginRead takes a connection of the pool for the class of ctx.
func (s *Store) beginRead(ctx context.Context) (*conn, error) {
	if admission.ClassIn(ctx) == admission.ExpensiveReads {
		return s.scanners.begin(ctx)
	}
	return s.readers.begin(ctx)
}

// View implements [directory.Store].
func (s *Store) View(ctx context.Context, fn func(directory.Reader) error) error {
	return s.Glance(ctx, func(tx directory.Reader) error {
		if err := tx.(*reader).ready(); err != nil {
			return err
		}
		return fn(tx)
	})
}

// Glance implements [directory.Store]: it is a View whose snapshot is taken when
// it is first read, so that whoever finds everything in memory takes none.
func (s *Store) Glance(ctx context.Context, fn func(directory.Reader) error) error {
	tx := s.look(ctx)
	defer tx.End()
	return fn(&tx.reader)
}

// Look is Glance for who ends it by themselves.
func (s *Store) Look(ctx context.Context) interface {
	directory.Reader
	End()
} {
	return s.look(ctx)
}

func (s *Store) look(ctx context.Context) *glance {
	return &glance{reader{ctx: ctx, engine: s.engine, begin: s.begin, scanTime: s.scanTime}, s}
}

// glance is a reader that knows where to give its connection back.
type glance struct {
	reader
	store *Store
}

// End ends the transaction. Whoever reads afterwards is refused.
func (g *glance) End() { g.store.endView(&g.reader) }

func (s *Store) endView(tx *reader) {
	tx.over = true
	if tx.conn == nil {
		return
	}
	home := tx.conn.home
	if tx.conn.do("ROLLBACK") != nil {
		tx.conn.discard()
		tx.conn = nil
	}
	home.give(tx.conn)
}

// Update implements [directory.Store]. A call from within another Update waits
// for itself.
func (s *Store) Update(ctx context.Context, fn func(directory.Writer) error) error {
	var err error
	for n := range attempts {
		if pause(ctx, n) != nil {
			break
		}
		err = s.writer.update(ctx, func(c *conn, after *aftermath) error { return s.deed(ctx, c, after, fn) })
		if !s.engine.again(err) {
			break
		}
	}
	if errors.Is(err, errLost) {
		return &directory.Error{Kind: directory.Unavailable, Msg: "the database could not write; try again", Err: err}
	}
	return s.transparent(err)
}

// attempts is how often an innocent Update runs before it gives up: with the
// pauses between, for a second or two.
const attempts = 16

// pause waits before attempt n, longer each time. It is cut at random, so that
// those who clashed once do not meet again.
func pause(ctx context.Context, n int) error {
	if n == 0 {
		return nil
	}
	longest := min(time.Millisecond<<n, 250*time.Millisecond)
	select {
	case <-time.After(rand.N(longest)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// transparent lets through what fn said for itself and explains the rest.
func (s *Store) transparent(err error) error {
	if own, ok := errors.AsType[*refusal](err); ok {
		return own.err
	}
	return s.engine.meaning("a transaction", err)
}

// refusal carries the error of a caller's own function past [Engine.meaning].
type refusal struct{ err error }

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

func (s *Store) deed(ctx context.Context, c *conn, after *aftermath, fn func(directory.Writer) error) error {
	tx := &writer{newReader(ctx, s.engine, c), after}
	tx.deadline = s.engine.updateDeadline()
	defer func() { tx.over = true }()
	err := fn(tx)
	if s.engine.again(tx.spoiled) {
		return tx.spoiled // whatever fn made of it
	}
	if err != nil {
		return &refusal{err}
	}
	// PostgreSQL takes nothing more after a statement failed. So that no rule
	// comes to rely on the opposite, neither do we anywhere.
	return tx.spoiled
}

// Close waits for those who read and write, and refuses who comes later. Closing
// once more does nothing.
func (s *Store) Close() error { return s.close() }
