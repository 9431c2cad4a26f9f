package sqldb

import (
	"context"
	"database/sql"
	"errors"

	"roster.example/roster/internal/directory"
)

// Within is a store that reads in a transaction which somebody else has begun on c
// and will end, so that what is written there can be judged before the commit. It
// writes nothing, and serves one caller at a time.
func Within(engine Engine, c *sql.Conn) directory.Store {
	engine.Unprepared = true // statements would outlive the transaction
	return within{engine, &conn{sql: c, engine: engine}}
}

type within struct {
	engine Engine
	conn   *conn
}

// View implements [directory.Store].
func (w within) View(ctx context.Context, fn func(directory.Reader) error) error {
	tx := newReader(ctx, w.engine, w.conn)
	defer func() { tx.over = true }()
	return fn(tx)
}

// Glance implements [directory.Store].
func (w within) Glance(ctx context.Context, fn func(directory.Reader) error) error {
	return w.View(ctx, fn)
}

var errReadOnly = errors.New("this transaction belongs to somebody else; nothing can be written here")

// Update implements [directory.Store]. It refuses.
func (within) Update(context.Context, func(directory.Writer) error) error { return errReadOnly }

// Check implements [directory.Store]. It refuses: who writes has to look first.
func (within) Check(context.Context) error { return errReadOnly }

// Close implements [directory.Store]. The transaction stays as it is.
func (within) Close() error { return nil }
