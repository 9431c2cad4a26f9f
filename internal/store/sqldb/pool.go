package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Pools are the numbers of connections for reading that a store keeps. Expensive
// reads (see internal/admission) have connections of their own, so that point reads
// and authentication never wait for them.
type Pools struct {
	Readers  int           // for all other reads
	Scanners int           // for expensive reads; one more is kept for commands of the operator
	ScanTime time.Duration // longest time of one statement of a bounded expensive read; 0 means no limit
}

// Connections returns how many connections the pools open at most.
func (p Pools) Connections() int { return p.Readers + p.scanners() }

func (p Pools) scanners() int { return max(p.Scanners, 1) + 1 }

// pool lends connections for reading. They are opened when first needed.
type pool struct {
	db     *sql.DB
	engine Engine
	free   chan *conn // nil stands for one that is not open yet
}

func newPool(db *sql.DB, engine Engine, size int) *pool {
	p := &pool{db: db, engine: engine, free: make(chan *conn, size)}
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
	c, err := dial(ctx, p.engine, p.db)
	if err != nil {
		p.free <- nil
	}
	return c, err
}

// begin takes a connection and begins a transaction on it. Connections that were lost while they
// were idle are replaced; after a restart of the database, all of them are.
func (p *pool) begin(ctx context.Context) (*conn, error) {
	for stale := 0; ; stale++ {
		c, err := p.take(ctx)
		if err != nil {
			return nil, err
		}
		if err = c.do(p.engine.BeginView); err == nil {
			c.home = p
			return c, nil
		}
		c.discard()
		p.give(nil)
		if stale > cap(p.free) || !p.engine.retryable(err) {
			return nil, err
		}
	}
}

// give returns a connection to the pool; nil in place of a broken one.
func (p *pool) give(c *conn) { p.free <- c }

// close waits for transactions that are still reading.
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
