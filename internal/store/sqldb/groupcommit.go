package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"roster.example/roster/internal/model"
)

// groupCommitter lets updates share commits. A durable commit waits for the disk, and the
// disk takes as long for a hundred updates as for one.
//
//	acquire the lock ─ join the open transaction, or begin one
//	                 ─ run the update, between SAVEPOINT and RELEASE if it joined
//	                 ─ commit, if no update waits for the lock or the batch is full
//	                 ─ release the lock
//	wait until the batch is committed ─ only then Update returns
//
// While one batch waits for the disk, the next updates wait for the lock. A single writer
// commits at once.
//
// No goroutine writes for others. Each update runs in the goroutine of its caller, so a
// panic, runtime.Goexit and stack traces behave as without group commit: the update is rolled
// back and the lock is released.
//
// A holder that releases the lock without a commit relies on the next one. So a caller that
// stops waiting leaves a goroutine that takes and releases the lock (see acquire).
//
// Nodes that share a database lock it for a batch: one waits for the commit of the other, or
// its batch fails at the end with a conflict and runs again.
//
// Statements do not use the caller's context: SQLite rolls the whole transaction back when a
// write is interrupted, with the updates of other callers. The context and the deadline are
// checked between statements (see reader.ready).
type groupCommitter struct {
	db      *sql.DB
	engine  Engine
	maxAge  time.Duration // a batch of this age is committed
	lock    chan struct{} // held by the writing goroutine; guards the fields below
	waiting atomic.Int64  // goroutines that wait for the lock and will release it
	conn    *conn
	open    *batch
	single  int // number of batches with a single update, after a batch failed
	closed  bool
}

// A batch is a transaction that several updates share.
type batch struct {
	began   time.Time
	updates int
	effects commitEffects // of all updates, in their order
	stale   bool          // its snapshot is out of date: no update may join
	done    chan struct{} // closed after the commit or rollback
	err     error         // set before done is closed
}

// commitEffects are done with the commit of an update.
type commitEffects struct {
	callbacks []func(sure bool) // see [model.Writer.AtCommit]
	messages  []string          // see [model.Writer.Publish]
	// touched are users whose search text may have changed.
	touched []model.UserID
	// events are in the order of the chain. head is the end of the chain, or nil until it
	// was read.
	events []model.Event
	head   *head
}

func (a *commitEffects) add(b commitEffects) {
	a.callbacks = append(a.callbacks, b.callbacks...)
	a.messages = append(a.messages, b.messages...)
	a.touched = append(a.touched, b.touched...)
	a.events = append(a.events, b.events...)
	a.head = b.head
}

func (a *commitEffects) run(sure bool) {
	for _, fn := range a.callbacks {
		fn(sure)
	}
}

// Bounds of one batch, so that its first update does not wait for all later ones.
const (
	maxUpdates = 128
	maxAge     = 5 * time.Millisecond
)

// errUnknown reports that COMMIT was sent and got no response.
var errUnknown = errors.New("it is unknown whether the transaction was committed")

// errLost reports that another update of the batch broke the transaction, for instance
// because the disk was full. The update may run again.
var errLost = errors.New("the transaction was rolled back with that of another writer")

func newGroupCommitter(db *sql.DB, engine Engine) *groupCommitter {
	if engine.MaxUpdates <= 0 {
		engine.MaxUpdates = maxUpdates
	}
	return &groupCommitter{db: db, engine: engine, maxAge: maxAge, lock: make(chan struct{}, 1)}
}

// update runs fn and returns after its commit.
func (c *groupCommitter) update(ctx context.Context, fn func(*conn, *commitEffects) error) error {
	b, err := c.join(ctx, fn)
	if err != nil {
		return err
	}
	<-b.done
	return b.err
}

func (c *groupCommitter) join(ctx context.Context, fn func(*conn, *commitEffects) error) (*batch, error) {
	if err := c.acquire(ctx); err != nil {
		return nil, err
	}
	defer c.release()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b, err := c.openBatch(ctx)
	if err != nil {
		return nil, err
	}
	return b, c.run(b, fn)
}

// acquire acquires the lock. If ctx ends first, a goroutine acquires and releases it.
func (c *groupCommitter) acquire(ctx context.Context) error {
	c.waiting.Add(1)
	select {
	case c.lock <- struct{}{}:
		c.waiting.Add(-1)
		return nil
	case <-ctx.Done():
		go func() {
			c.lock <- struct{}{}
			c.waiting.Add(-1)
			c.release()
		}()
		return ctx.Err()
	}
}

// release commits the batch if it is complete, and releases the lock.
func (c *groupCommitter) release() {
	if b := c.open; b != nil && (c.waiting.Load() == 0 || c.isFull(b)) {
		c.single = max(c.single-1, 0)
		c.commit(b)
	}
	<-c.lock
}

func (c *groupCommitter) isFull(b *batch) bool {
	return b.stale || c.single > 0 || b.updates >= c.engine.MaxUpdates || time.Since(b.began) >= c.maxAge
}

// openBatch returns the open batch, or begins one.
func (c *groupCommitter) openBatch(ctx context.Context) (*batch, error) {
	if c.open != nil {
		return c.open, nil
	}
	if c.closed {
		return nil, sql.ErrConnDone
	}
	if c.conn == nil {
		opened, err := dial(ctx, c.engine, c.db)
		if err != nil {
			return nil, err
		}
		c.conn = opened
	}
	if err := c.conn.do(c.engine.BeginUpdate); err != nil {
		c.discardConn()
		return nil, err
	}
	c.open = &batch{began: time.Now(), done: make(chan struct{})}
	return c.open, nil
}

// run keeps the writes of fn if it returns nil. It rolls them back if fn returns an error,
// panics or exits.
func (c *groupCommitter) run(b *batch, fn func(*conn, *commitEffects) error) error {
	sp := c.savepointFor(b)
	if err := c.conn.doAll(sp.begin); err != nil {
		c.abort(b, err)
		return err
	}
	kept := false
	defer func() {
		if !kept {
			c.undo(b, sp)
		}
	}()
	effects := commitEffects{head: b.effects.head}
	if err := fn(c.conn, &effects); err != nil {
		b.stale = c.engine.retryable(err)
		return err
	}
	if err := c.conn.doAll(sp.keep); err != nil {
		return err
	}
	kept = true
	b.updates++
	b.effects.add(effects)
	return nil
}

// savepoint holds the statements around an update.
type savepoint struct {
	begin, keep, undo []string
	ends              bool // undo ends the whole transaction
}

// savepointFor returns the statements around the next update of b. The first update has no savepoint:
// a rollback of the whole transaction undoes no other update. A savepoint would be expensive, because
// SQLite keeps the changed pages in a list that each statement walks, and an import changes very many.
func (c *groupCommitter) savepointFor(b *batch) savepoint {
	if b.updates == 0 {
		return savepoint{undo: []string{"ROLLBACK"}, ends: true}
	}
	return savepoint{
		begin: []string{"SAVEPOINT one_update"},
		keep:  []string{"RELEASE SAVEPOINT one_update"},
		undo:  []string{"ROLLBACK TO SAVEPOINT one_update", "RELEASE SAVEPOINT one_update"},
	}
}

func (c *groupCommitter) undo(b *batch, sp savepoint) {
	switch err := c.conn.doAll(sp.undo); {
	case err != nil:
		c.abort(b, err)
	case sp.ends:
		c.finish(b, nil) // no update waits for it
	}
}

// abort ends a batch whose transaction was rolled back.
func (c *groupCommitter) abort(b *batch, cause error) {
	c.discardConn()
	c.finish(b, fmt.Errorf("%w: %w", errLost, cause))
}

func (c *groupCommitter) commit(b *batch) {
	if err := c.writeShared(b); err != nil {
		c.discardConn()
		c.finish(b, c.isolate(b, err))
		return
	}
	err := c.conn.do(c.engine.commit(b.effects.messages))
	if err != nil {
		c.discardConn()
		if c.engine.maybeCommitted(err) {
			err = fmt.Errorf("%w: %w", errUnknown, err)
		}
	}
	if err == nil || errors.Is(err, errUnknown) {
		b.effects.run(err == nil)
	}
	c.finish(b, err)
}

// isolate makes the updates of a failed batch run again in batches of their own, because only
// one of them caused the failure.
func (c *groupCommitter) isolate(b *batch, err error) error {
	if b.updates == 1 || c.engine.retryable(err) {
		return err
	}
	c.single = b.updates
	return fmt.Errorf("%w: %w", errLost, err)
}

// writeShared writes the events and search texts of all updates.
func (c *groupCommitter) writeShared(b *batch) error {
	if err := c.engine.append(c.conn, b.effects.events); err != nil {
		return err
	}
	return c.engine.reindex(c.conn, b.effects.touched)
}

func (c *groupCommitter) finish(b *batch, err error) {
	c.open = nil
	b.err = err
	close(b.done)
}

// discardConn closes a connection in an unknown state, which rolls back its transaction.
func (c *groupCommitter) discardConn() {
	c.conn.discard()
	c.conn = nil
}

// close waits for updates that wait for the lock, and makes later ones fail.
func (c *groupCommitter) close() error {
	c.waiting.Add(1)
	c.lock <- struct{}{}
	c.waiting.Add(-1)
	defer c.release()
	c.closed = true
	if c.open != nil {
		c.commit(c.open)
	}
	if c.conn == nil {
		return nil
	}
	err := c.conn.close()
	c.conn = nil
	return err
}
