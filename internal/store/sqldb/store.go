package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"roster.example/roster/internal/directory"
)

// Store is a [directory.Store] but for Check, which each engine does its own way.
type Store struct {
	engine  Engine
	readers *pool
	writer  *committer
	close   func() error
}

// New makes a store of two handles to the same migrated database. It keeps
// readers connections of read and one of write for itself; the caller closes
// both handles after the store.
func New(engine Engine, read, write *sql.DB, readers int) *Store {
	s := &Store{engine: engine, readers: newPool(read, readers), writer: newCommitter(write, engine.BeginUpdate)}
	s.close = sync.OnceValue(func() error { return errors.Join(s.readers.close(), s.writer.close()) })
	return s
}

// deedLimit is how long one Update may take: others wait meanwhile.
const deedLimit = 10 * time.Second

// attempts is how often an innocent Update runs before it gives up.
const attempts = 3

// View implements [directory.Store].
func (s *Store) View(ctx context.Context, fn func(directory.Reader) error) error {
	c, err := s.readers.take(ctx)
	if err != nil {
		return s.engine.meaning("a connection", err)
	}
	broken := true
	defer func() {
		if broken {
			c.discard()
			c = nil
		}
		s.readers.give(c)
	}()
	if err := c.do(s.engine.BeginView); err != nil {
		return s.engine.meaning("a snapshot", err)
	}
	tx := newReader(ctx, s.engine, c)
	defer func() {
		tx.over = true
		broken = c.do("ROLLBACK") != nil
	}()
	return fn(tx)
}

// Update implements [directory.Store]. A call from within another Update waits
// for itself.
func (s *Store) Update(ctx context.Context, fn func(directory.Writer) error) error {
	var err error
	for range attempts {
		err = s.writer.update(ctx, func(c *conn) error { return s.deed(ctx, c, fn) })
		if !s.engine.again(err) {
			break
		}
	}
	if errors.Is(err, errLost) {
		return &directory.Error{Kind: directory.Unavailable, Msg: "the database could not write; try again", Err: err}
	}
	return s.transparent(err)
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

func (s *Store) deed(ctx context.Context, c *conn, fn func(directory.Writer) error) error {
	tx := &writer{newReader(ctx, s.engine, c)}
	tx.deadline = time.Now().Add(deedLimit)
	defer func() { tx.over = true }()
	if err := fn(tx); err != nil {
		return &refusal{err}
	}
	// PostgreSQL takes nothing more after a statement failed. So that no rule
	// comes to rely on the opposite, neither do we anywhere.
	return tx.spoiled
}

// Close waits for those who read and write, and refuses who comes later. Closing
// once more does nothing.
func (s *Store) Close() error { return s.close() }
