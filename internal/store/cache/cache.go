package cache

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/model"
)

// Options are the settings of a Store.
type Options struct {
	// Memory is the maximum size of all entries in bytes. Lists are not
	// included: all users with a few bits or bytes each, and members with 8 MiB.
	Memory int64
	// Feed delivers the messages of other nodes; nil if there are none.
	Feed model.Feed
	Log  *slog.Logger // nil discards all lines
}

// Store caches the reads of another store.
type Store struct {
	*table
	backend      model.Store
	lists        *lists
	shared       bool
	started      time.Time
	trustedUntil atomic.Int64 // wall-clock time in nanoseconds until which entries may be served
	trustedMono  atomic.Int64 // the same time on the monotonic clock, in nanoseconds since started
	warned       atomic.Bool  // the log has a line about the missing feed
	probe        feedProbe
	log          *slog.Logger
	readBeginner readBeginner // backend, if it is one
	stop         context.CancelFunc
	done         chan struct{} // closed when the feed has ended
}

// New returns a cache in front of backend. Closing it closes backend.
func New(backend model.Store, o Options) *Store {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Store{
		table: newTable(uint64(o.Memory)), backend: backend, shared: o.Feed != nil,
		log: o.Log, stop: stop, done: make(chan struct{}), started: time.Now(),
	}
	s.readBeginner, _ = backend.(readBeginner)
	s.lists = newLists(admission.Mark(ctx, admission.ExpensiveReads), backend, o.Log)
	s.probe.init()
	go s.follow(ctx, o.Feed)
	return s
}

// Read implements [model.Store]. It reads one snapshot of the database.
func (s *Store) Read(ctx context.Context, fn func(model.Reader) error) error {
	return s.backend.Read(ctx, fn)
}

// ReadCached implements [model.Store].
func (s *Store) ReadCached(ctx context.Context, fn func(model.Reader) error) error {
	if !s.trusted() {
		return s.backend.Read(ctx, fn)
	}
	at := s.now.Load()
	if s.readBeginner == nil {
		return s.backend.ReadCached(ctx, func(tx model.Reader) error {
			return fn(&reader{Reader: tx, store: s, epoch: at})
		})
	}
	tx := s.readBeginner.BeginRead(ctx)
	defer tx.End()
	return fn(&reader{Reader: tx, store: s, epoch: at})
}

// Update implements [model.Store].
func (s *Store) Update(ctx context.Context, fn func(model.Writer) error) error {
	return s.backend.Update(ctx, func(tx model.Writer) error {
		c := &changes{}
		if err := fn(writer{tx, c, s, ctx}); err != nil || c.isEmpty() {
			return err
		}
		if s.shared {
			if err := s.announce(tx, c); err != nil {
				return err
			}
		}
		tx.AtCommit(func(sure bool) { s.applyCommit(*c, sure) })
		return nil
	})
}

// applyCommit updates the cache after a commit. If the outcome of the commit is unknown, lists
// are dropped and read again.
func (s *Store) applyCommit(c changes, sure bool) {
	s.invalidate(c.tags, c.orgs)
	if sure {
		s.lists.apply(c.version, c.lists)
	} else if len(c.lists) > 0 {
		s.lists.clear()
	}
}

// trusted reports whether entries may be served. It checks two clocks: the wall clock can be
// set back, and the monotonic clock stops while the machine sleeps.
func (s *Store) trusted() bool {
	if !s.shared {
		return true
	}
	now := time.Now()
	return now.UnixNano() < s.trustedUntil.Load() && int64(now.Sub(s.started)) < s.trustedMono.Load()
}

// Check implements [model.Store].
func (s *Store) Check(ctx context.Context) error { return s.backend.Check(ctx) }

// Close implements [model.Store].
func (s *Store) Close() error {
	s.stop()
	<-s.done
	s.lists.wait()
	s.entries.InvalidateAll()
	return errors.Join(s.backend.Close())
}
