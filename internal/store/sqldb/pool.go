package sqldb

import (
	"context"
	"database/sql"
	"errors"
)

// pool lends connections for reading. They are opened when first needed.
type pool struct {
	db   *sql.DB
	free chan *conn // nil stands for one that is not open yet
}

func newPool(db *sql.DB, size int) *pool {
	p := &pool{db: db, free: make(chan *conn, size)}
	for range size {
		p.free <- nil
	}
	return p
}

func (p *pool) take(ctx context.Context) (*conn, error) {
	select {
	case c, open := <-p.free:
		switch {
		case !open:
			return nil, sql.ErrConnDone
		case c != nil:
			return c, nil
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c, err := dial(ctx, p.db)
	if err != nil {
		p.free <- nil
	}
	return c, err
}

// give takes a connection back; nil in place of one that broke.
func (p *pool) give(c *conn) { p.free <- c }

// close waits for those who still read.
func (p *pool) close() error {
	var errs []error
	for range cap(p.free) {
		if c := <-p.free; c != nil {
			errs = append(errs, c.close())
		}
	}
	close(p.free)
	return errors.Join(errs...)
}
