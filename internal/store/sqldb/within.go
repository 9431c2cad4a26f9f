package sqldb

import (
	"context"
	"database/sql"
	"errors"

	"roster.example/roster/internal/model"
)

// Within returns a read-only store inside of the open transaction of c, so that its writes can
// be checked before the commit. The caller ends the transaction. The store is not safe for
// concurrent use.
func Within(engine Engine, c *sql.Conn) model.Store {
	engine.Unprepared = true // statements would outlive the transaction
	return within{engine, &conn{sql: c, engine: engine}}
}

type within struct {
	engine Engine
	conn   *conn
}

// Read implements [model.Store].
func (w within) Read(ctx context.Context, fn func(model.Reader) error) error {
	tx := newReader(ctx, w.engine, w.conn)
	defer func() { tx.ended = true }()
	return fn(tx)
}

// ReadCached implements [model.Store].
func (w within) ReadCached(ctx context.Context, fn func(model.Reader) error) error {
	return w.Read(ctx, fn)
}

var errReadOnly = errors.New("this store is read-only")

// Update implements [model.Store]. It returns an error.
func (within) Update(context.Context, func(model.Writer) error) error { return errReadOnly }

// Check implements [model.Store]. It returns an error.
func (within) Check(context.Context) error { return errReadOnly }

// Close implements [model.Store]. The transaction stays open.
func (within) Close() error { return nil }
