package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// Store implements [model.Store] except Check, which each engine implements.
type Store struct {
	engine           Engine
	readers          *pool
	expensive        *pool                                // connections for expensive reads
	begin            func(context.Context) (*conn, error) // a field, because a method value would be allocated for each ReadCached
	expensiveTimeout time.Duration
	writer           *groupCommitter
	close            func() error
}

// New returns a store that uses two handles of the same migrated database: connections of
// read as pools says, and one connection of write. Close both handles after the store.
func New(engine Engine, read, write *sql.DB, pools Pools) *Store {
	s := &Store{
		engine: engine, readers: newPool(read, engine, pools.Readers), expensive: newPool(read, engine, pools.scanners()),
		expensiveTimeout: pools.ScanTime, writer: newGroupCommitter(write, engine),
	}
	s.begin = s.beginRead
	s.close = sync.OnceValue(func() error {
		return errors.Join(s.expensive.close(), s.readers.close(), s.writer.close())
	})
	return s
}

// beginRead begins a transaction on a connection of the pool for the class of ctx.
func (s *Store) beginRead(ctx context.Context) (*conn, error) {
	if admission.ClassIn(ctx) == admission.ExpensiveReads {
		return s.expensive.begin(ctx)
	}
	return s.readers.begin(ctx)
}

// Read implements [model.Store].
func (s *Store) Read(ctx context.Context, fn func(model.Reader) error) error {
	return s.ReadCached(ctx, func(tx model.Reader) error {
		if err := tx.(*reader).ready(); err != nil {
			return err
		}
		return fn(tx)
	})
}

// ReadCached implements [model.Store]. It is Read with a snapshot that is taken at the first
// query, so that a caller that finds everything in the cache takes none.
func (s *Store) ReadCached(ctx context.Context, fn func(model.Reader) error) error {
	tx := s.cachedRead(ctx)
	defer tx.End()
	return fn(&tx.reader)
}

// BeginRead is ReadCached without a callback. The caller must call End.
func (s *Store) BeginRead(ctx context.Context) interface {
	model.Reader
	End()
} {
	return s.cachedRead(ctx)
}

func (s *Store) cachedRead(ctx context.Context) *cachedReader {
	return &cachedReader{reader{ctx: ctx, engine: s.engine, begin: s.begin, stmtTimeout: s.expensiveTimeout}, s}
}

// cachedReader is a reader that returns its connection to the store.
type cachedReader struct {
	reader
	store *Store
}

// End ends the transaction. Later queries fail.
func (g *cachedReader) End() { g.store.endRead(&g.reader) }

func (s *Store) endRead(tx *reader) {
	tx.ended = true
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

// Update implements [model.Store]. A call from within another Update deadlocks.
func (s *Store) Update(ctx context.Context, fn func(model.Writer) error) error {
	var err error
	for n := range maxAttempts {
		if pause(ctx, n) != nil {
			break
		}
		err = s.writer.update(ctx, func(c *conn, after *commitEffects) error { return s.run(ctx, c, after, fn) })
		if !s.engine.retryable(err) {
			break
		}
	}
	if errors.Is(err, errLost) {
		return &fault.Error{Kind: fault.Unavailable, Msg: "the database could not write; try again", Err: err}
	}
	return s.explain(err)
}

// maxAttempts is the maximum number of runs of an Update that fails because of other updates.
// With the pauses, they take a second or two.
const maxAttempts = 16

// pause waits before attempt n. The delay grows and is random, so that updates that conflicted
// do not conflict again.
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

// explain returns the error of a callback unchanged, and explains errors of the database.
func (s *Store) explain(err error) error {
	if own, ok := errors.AsType[*callbackError](err); ok {
		return own.err
	}
	return s.engine.explain("a transaction", err)
}

// callbackError protects the error of a callback from [Engine.explain].
type callbackError struct{ err error }

func (r *callbackError) Error() string { return r.err.Error() }
func (r *callbackError) Unwrap() error { return r.err }

func (s *Store) run(ctx context.Context, c *conn, after *commitEffects, fn func(model.Writer) error) error {
	tx := &writer{newReader(ctx, s.engine, c), after}
	tx.deadline = s.engine.updateDeadline()
	defer func() { tx.ended = true }()
	err := fn(tx)
	if s.engine.retryable(tx.failed) {
		return tx.failed // regardless of the error of fn
	}
	if err != nil {
		return &callbackError{err}
	}
	// PostgreSQL accepts no statement after a failed one. Both engines behave so, in order
	// that no rule relies on the opposite.
	return tx.failed
}

// Close waits for running transactions, and makes later ones fail. Further calls have no
// effect.
func (s *Store) Close() error { return s.close() }
