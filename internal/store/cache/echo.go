package cache

import (
	"context"
	"crypto/rand"
	"strings"
	"sync/atomic"
	"time"

	"roster.example/roster/internal/directory"
)

// A feed that is alive need not be the right one: its address may lead to a copy,
// or to a server that was the primary once. So each node listens for itself. Its
// notes go out by the address that it writes to, and come back by the feed; only
// then memory is trusted. Whoever does not write now and then sends a note all the
// same.

// echo is what a node knows of its own notes.
type echo struct {
	node   string
	sent   atomic.Int64 // the number of the last one
	heard  atomic.Int64 // the greatest number that came back
	proof  atomic.Int64 // what was sent when the feed was connected: only more counts
	acked  atomic.Pointer[acknowledged]
	wanted chan struct{} // holds one when a note is wanted at once
}

// acknowledged is the last of its notes that was surely committed, and since when.
type acknowledged struct {
	number int64
	since  time.Time
}

// echoed is which node sent a note, and which of its notes that was.
type echoed struct {
	node   string
	number int64
}

func (e *echo) start() {
	e.node = strings.ToLower(rand.Text()[:10])
	e.wanted = make(chan struct{}, 1)
}

func (e echoed) word() string { return "e" + e.node + "." + digits(e.number) }

func readEchoed(rest string) echoed {
	node, n, _ := strings.Cut(rest, ".")
	which, _ := number[int64](n) // 0, which is nobody's, for what is not understood
	return echoed{node, which}
}

// next is the name of the next note. Notes are made by who has the turn to write,
// so their numbers rise with the commits.
func (e *echo) next() echoed { return echoed{e.node, e.sent.Add(1)} }

// committed notes that a note is on its way.
func (e *echo) committed(n int64) { e.acked.Store(&acknowledged{n, time.Now()}) }

// hear notes that one came back.
func (e *echo) hear(from echoed) {
	if from.node == e.node && from.number > e.heard.Load() {
		e.heard.Store(from.number)
	}
}

// doubt asks for a new proof.
func (e *echo) doubt() {
	e.proof.Store(e.sent.Load())
	select {
	case e.wanted <- struct{}{}:
	default:
	}
}

// proves reports whether all came back that was committed before asOf.
func (e *echo) proves(asOf time.Time) bool {
	heard := e.heard.Load()
	if heard <= e.proof.Load() {
		return false
	}
	last := e.acked.Load()
	return last == nil || last.number <= heard || !last.since.Before(asOf)
}

// heartbeat is how often a node that has nothing else to say listens for itself.
const heartbeat = 5 * time.Second

// follow hears the feed until ctx ends, and proves it meanwhile.
func (s *Store) follow(ctx context.Context, feed directory.Feed) {
	defer close(s.done)
	if feed == nil {
		return
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		s.prove(ctx)
	}()
	feed.Follow(ctx, s)
	<-stopped
}

func (s *Store) prove(ctx context.Context) {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.echo.wanted:
		}
		// Where the database is away the next one will do.
		_ = s.below.Update(ctx, func(tx directory.Writer) error {
			s.sign(tx, &changes{})
			return nil
		})
	}
}

// sign announces what was done in this node's name.
func (s *Store) sign(tx directory.Writer, did *changes) {
	did.from = s.echo.next()
	for _, note := range did.notes() {
		tx.Announce(note)
	}
	tx.AtCommit(func(sure bool) {
		if sure {
			s.echo.committed(did.from.number)
		}
	})
}

// announce is sign for changes that others have to put in order.
func (s *Store) announce(tx directory.Writer, did *changes) error {
	if len(did.lists) > 0 {
		version, _, err := tx.LockEvents()
		if err != nil {
			return err
		}
		did.version = version
	}
	s.sign(tx, did)
	return nil
}
