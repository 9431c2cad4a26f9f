package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"roster.example/roster/internal/directory"
)

// A commit that survives a power cut waits for the disk, and the disk takes as
// long for a hundred deeds as for one. So writers share commits:
//
//	wait for the turn ─ join the open transaction, or begin one
//	                  ─ run the deed, between SAVEPOINT and RELEASE if it joined
//	                  ─ commit, if nobody waits for the turn or the batch is full
//	                  ─ pass the turn on
//	wait until the batch was committed ─ only now is the deed done
//
// While one batch waits for the disk, the next one gathers before the turn. A
// single writer meets nobody and commits at once.
//
// There is no goroutine that writes for others. Each deed runs in the goroutine
// of its caller, so a panic, runtime.Goexit or a stack trace behaves as if the
// caller had the database alone; what it wrote is rolled back on the way out, and
// the turn is passed on.
//
// Whoever passes the turn on without committing relies on those who wait. A
// caller who gives up waiting therefore leaves somebody behind to take the turn
// and pass it on (see await).
//
// Where several nodes share one database, a batch is what they take turns with:
// who begins one has to wait for the other's commit, or hears at its end that it
// clashed, and then all of it runs again.
//
// Statements run without the caller's context: SQLite rolls the whole transaction
// back when a write is interrupted, with the deeds of all others. The context and
// the deadline are looked at between statements instead (see reader.ready).
type committer struct {
	db      *sql.DB
	engine  Engine
	age     time.Duration // a batch that is as old is committed
	turn    chan struct{} // held by who writes; guards what follows
	waiting atomic.Int64  // how many want the turn and will pass it on
	conn    *conn
	open    *batch
	alone   int // how many batches are to be of one deed, after several failed together
	closed  bool
}

// A batch is a transaction that several deeds share.
type batch struct {
	began time.Time
	deeds int
	after aftermath     // of all deeds, in their order
	stale bool          // what it sees has been overtaken: nobody else may join
	done  chan struct{} // closed after the commit, or when the batch is lost
	err   error         // set before done is closed
}

// An aftermath is what a deed leaves to be done with its commit.
type aftermath struct {
	kept  []func(sure bool) // see [directory.Writer.AtCommit]
	notes []string          // see [directory.Writer.Announce]
	// touched are people whom searches may find by other words from now on.
	touched []directory.UserID
	// events follow one another, and head is the last of the chain; nil while
	// nobody has asked for it.
	events []directory.Event
	head   *head
}

func (a *aftermath) join(b aftermath) {
	a.kept = append(a.kept, b.kept...)
	a.notes = append(a.notes, b.notes...)
	a.touched = append(a.touched, b.touched...)
	a.events = append(a.events, b.events...)
	a.head = b.head
}

func (a *aftermath) settle(sure bool) {
	for _, fn := range a.kept {
		fn(sure)
	}
}

// What one commit may cover: bounded, so that the first of a batch does not wait
// for all who come after.
const (
	maxDeeds = 128
	maxAge   = 5 * time.Millisecond
)

// errUnknown is what a batch hears whose commit was sent and never answered.
var errUnknown = errors.New("nobody knows whether the transaction was committed")

// errLost is what the others of a batch hear when one deed broke the transaction
// of all, for instance because the disk was full. Their deeds may run again.
var errLost = errors.New("the transaction was lost with another writer's")

func newCommitter(db *sql.DB, engine Engine) *committer {
	if engine.Shared <= 0 {
		engine.Shared = maxDeeds
	}
	return &committer{db: db, engine: engine, age: maxAge, turn: make(chan struct{}, 1)}
}

// update runs deed and returns after its commit.
func (c *committer) update(ctx context.Context, deed func(*conn, *aftermath) error) error {
	b, err := c.join(ctx, deed)
	if err != nil {
		return err
	}
	<-b.done
	return b.err
}

func (c *committer) join(ctx context.Context, deed func(*conn, *aftermath) error) (*batch, error) {
	if err := c.await(ctx); err != nil {
		return nil, err
	}
	defer c.pass()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b, err := c.current(ctx)
	if err != nil {
		return nil, err
	}
	return b, c.run(b, deed)
}

// await takes the turn.
func (c *committer) await(ctx context.Context) error {
	c.waiting.Add(1)
	select {
	case c.turn <- struct{}{}:
		c.waiting.Add(-1)
		return nil
	case <-ctx.Done():
		go func() {
			c.turn <- struct{}{}
			c.waiting.Add(-1)
			c.pass()
		}()
		return ctx.Err()
	}
}

// pass ends the turn, and the batch if it is complete.
func (c *committer) pass() {
	if b := c.open; b != nil && (c.waiting.Load() == 0 || c.complete(b)) {
		c.alone = max(c.alone-1, 0)
		c.commit(b)
	}
	<-c.turn
}

func (c *committer) complete(b *batch) bool {
	return b.stale || c.alone > 0 || b.deeds >= c.engine.Shared || time.Since(b.began) >= c.age
}

// current is the batch that is open, or a new one.
func (c *committer) current(ctx context.Context) (*batch, error) {
	if c.open != nil {
		return c.open, nil
	}
	if c.closed {
		return nil, sql.ErrConnDone
	}
	if c.conn == nil {
		fresh, err := dial(ctx, c.engine, c.db)
		if err != nil {
			return nil, err
		}
		c.conn = fresh
	}
	if err := c.conn.do(c.engine.BeginUpdate); err != nil {
		c.drop()
		return nil, err
	}
	c.open = &batch{began: time.Now(), done: make(chan struct{})}
	return c.open, nil
}

// run keeps what the deed wrote if it returns nil, and undoes it if it returns an
// error or does not return at all.
func (c *committer) run(b *batch, deed func(*conn, *aftermath) error) error {
	mark := c.mark(b)
	if err := c.conn.doAll(mark.begin); err != nil {
		c.lose(b, err)
		return err
	}
	kept := false
	defer func() {
		if !kept {
			c.undo(b, mark)
		}
	}()
	after := aftermath{head: b.after.head}
	if err := deed(c.conn, &after); err != nil {
		b.stale = c.engine.again(err)
		return err
	}
	if err := c.conn.doAll(mark.keep); err != nil {
		return err
	}
	kept = true
	b.deeds++
	b.after.join(after)
	return nil
}

// A mark is what a deed runs between.
type mark struct {
	begin, keep, undo []string
	all               bool // undo ends the transaction
}

// mark needs no savepoint for the first deed of a batch: when that is undone nothing
// is lost. It would be dear: SQLite keeps the pages that a savepoint can bring
// back in a list which each statement walks, and an import changes very many.
func (c *committer) mark(b *batch) mark {
	if b.deeds == 0 {
		return mark{undo: []string{"ROLLBACK"}, all: true}
	}
	return mark{
		begin: []string{"SAVEPOINT deed"},
		keep:  []string{"RELEASE SAVEPOINT deed"},
		undo:  []string{"ROLLBACK TO SAVEPOINT deed", "RELEASE SAVEPOINT deed"},
	}
}

func (c *committer) undo(b *batch, mark mark) {
	switch err := c.conn.doAll(mark.undo); {
	case err != nil:
		c.lose(b, err)
	case mark.all:
		c.end(b, nil) // nobody waits for it
	}
}

// lose ends a batch whose transaction is gone.
func (c *committer) lose(b *batch, cause error) {
	c.drop()
	c.end(b, fmt.Errorf("%w: %w", errLost, cause))
}

func (c *committer) commit(b *batch) {
	if err := c.finish(b); err != nil {
		c.drop()
		c.end(b, c.blame(b, err))
		return
	}
	err := c.conn.do(c.engine.commit(b.after.notes))
	if err != nil {
		c.drop()
		if c.engine.uncertain(err) {
			err = fmt.Errorf("%w: %w", errUnknown, err)
		}
	}
	if err == nil || errors.Is(err, errUnknown) {
		b.after.settle(err == nil)
	}
	c.end(b, err)
}

// blame lets deeds that failed together run again, each alone: what could not be
// written belonged to one of them.
func (c *committer) blame(b *batch, err error) error {
	if b.deeds == 1 || c.engine.again(err) {
		return err
	}
	c.alone = b.deeds
	return fmt.Errorf("%w: %w", errLost, err)
}

// finish writes what is written once for all deeds.
func (c *committer) finish(b *batch) error {
	if err := c.engine.append(c.conn, b.after.events); err != nil {
		return err
	}
	return c.engine.reindex(c.conn, b.after.touched)
}

func (c *committer) end(b *batch, err error) {
	c.open = nil
	b.err = err
	close(b.done)
}

// drop closes a connection in a state that nobody can be sure of; closing it
// rolls back what it had not committed.
func (c *committer) drop() {
	c.conn.discard()
	c.conn = nil
}

// close waits for its turn behind all who came before; who comes later is refused.
func (c *committer) close() error {
	c.waiting.Add(1)
	c.turn <- struct{}{}
	c.waiting.Add(-1)
	defer c.pass()
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
