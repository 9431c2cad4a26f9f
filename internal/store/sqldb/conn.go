package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// conn is one connection with its prepared statements: all transactions use the same hundred statements,
// and preparing one costs more than running it. It serves one transaction at a time.
type conn struct {
	sql        *sql.Conn
	engine     Engine
	statements map[string]*sql.Stmt
	home       *pool // that lent it; nil for the connection that writes
}

// maxStatements limits the memory of a connection. Only lists with many different filters reach it.
const maxStatements = 500

func dial(ctx context.Context, engine Engine, db *sql.DB) (*conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{sql: c, engine: engine, statements: map[string]*sql.Stmt{}}, nil
}

func (c *conn) prepare(query string) (*sql.Stmt, error) {
	if s, ok := c.statements[query]; ok {
		return s, nil
	}
	if len(c.statements) >= maxStatements {
		if err := c.forget(); err != nil {
			return nil, err
		}
	}
	s, err := c.sql.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	c.statements[query] = s
	return s, nil
}

func (c *conn) forget() error {
	var errs []error
	for _, s := range c.statements {
		errs = append(errs, s.Close())
	}
	clear(c.statements)
	return errors.Join(errs...)
}

func (c *conn) exec(query string, args ...any) (sql.Result, error) {
	ctx, cancel := c.engine.stmtContext(context.Background())
	defer cancel()
	args = sanitizeText(args)
	if c.engine.Unprepared {
		return c.sql.ExecContext(ctx, query, args...)
	}
	s, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (c *conn) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	args = sanitizeText(args)
	if c.engine.Unprepared {
		return c.sql.QueryContext(ctx, query, args...)
	}
	s, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (c *conn) queryRow(ctx context.Context, query string, args ...any) (row, error) {
	args = sanitizeText(args)
	if c.engine.Unprepared {
		return c.sql.QueryRowContext(ctx, query, args...), nil
	}
	s, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	return s.QueryRowContext(ctx, args...), nil
}

// do runs a statement that begins or ends a transaction. It cannot be canceled, because after a
// canceled COMMIT the state of the transaction would be unknown.
func (c *conn) do(query string) error {
	_, err := c.exec(query)
	return err
}

// doAll runs statements until one fails.
func (c *conn) doAll(queries []string) error {
	for _, query := range queries {
		if err := c.do(query); err != nil {
			return err
		}
	}
	return nil
}

func (c *conn) close() error {
	return errors.Join(c.forget(), c.sql.Close())
}

// discard closes the connection instead of returning it to database/sql.
func (c *conn) discard() {
	_ = c.forget()
	_ = c.sql.Raw(func(any) error { return driver.ErrBadConn })
	_ = c.sql.Close()
}
