package cache

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/directory"
)

// Options are the settings of a Store.
type Options struct {
	// Memory is how many bytes the facts may take; 0 means 16 MiB. Lists come
	// besides: all people in a few bits or bytes each, members in 8 MiB.
	Memory int64
	// Feed tells of the commits of other nodes; nil where there are none.
	Feed directory.Feed
	Log  *slog.Logger // nil discards
}

const defaultMemory = 16 << 20

// Store remembers what the store below says.
type Store struct {
	*memory
	below  directory.Store
	lists  *lists
	shared bool
	born   time.Time
	until  atomic.Int64 // of other nodes' commits, everything was heard but for the last moment until then
	steady atomic.Int64 // the same moment, counted from born: see trusted
	told   atomic.Bool  // that the feed cannot be had, so that it is said once
	echo   echo
	log    *slog.Logger
	looker looker // below, if it is one
	stop   context.CancelFunc
	done   chan struct{} // closed when nobody follows the feed any more
}

// New puts a memory before below. Closing it closes below.
func New(below directory.Store, o Options) *Store {
	if o.Memory <= 0 {
		o.Memory = defaultMemory
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Store{
		memory: newMemory(uint64(o.Memory)), below: below, shared: o.Feed != nil,
		log: o.Log, stop: stop, done: make(chan struct{}), born: time.Now(),
	}
	s.looker, _ = below.(looker)
	s.lists = newLists(admission.Mark(ctx, admission.ExpensiveReads), below, o.Log)
	s.echo.start()
	go s.follow(ctx, o.Feed)
	return s
}

// View implements [directory.Store]. Its one snapshot is the database's alone.
func (s *Store) View(ctx context.Context, fn func(directory.Reader) error) error {
	return s.below.View(ctx, fn)
}

// Glance implements [directory.Store].
func (s *Store) Glance(ctx context.Context, fn func(directory.Reader) error) error {
	if !s.trusted() {
		return s.below.View(ctx, fn)
	}
	at := s.now.Load()
	if s.looker == nil {
		return s.below.Glance(ctx, func(tx directory.Reader) error {
			return fn(&reader{Reader: tx, store: s, at: at})
		})
	}
	tx := s.looker.Look(ctx)
	defer tx.End()
	return fn(&reader{Reader: tx, store: s, at: at})
}

// Update implements [directory.Store].
func (s *Store) Update(ctx context.Context, fn func(directory.Writer) error) error {
	return s.below.Update(ctx, func(tx directory.Writer) error {
		did := &changes{}
		if err := fn(writer{tx, did, s, ctx}); err != nil || did.none() {
			return err
		}
		if s.shared {
			if err := s.announce(tx, did); err != nil {
				return err
			}
		}
		tx.AtCommit(func(sure bool) { s.noticed(*did, sure) })
		return nil
	})
}

// noticed brings the memory up to date with a commit. Of one that nobody is sure
// of, only the database knows.
func (s *Store) noticed(did changes, sure bool) {
	s.note(did.about, did.orgs)
	if sure {
		s.lists.apply(did.version, did.lists)
	} else if len(did.lists) > 0 {
		s.lists.forget()
	}
}

// trusted reports whether memory may answer. It looks at two clocks: that on the
// wall can be set back, and the steady one stands still while the machine sleeps.
func (s *Store) trusted() bool {
	if !s.shared {
		return true
	}
	now := time.Now()
	return now.UnixNano() < s.until.Load() && int64(now.Sub(s.born)) < s.steady.Load()
}

// Check implements [directory.Store].
func (s *Store) Check(ctx context.Context) error { return s.below.Check(ctx) }

// Close implements [directory.Store].
func (s *Store) Close() error {
	s.stop()
	<-s.done
	s.lists.wait()
	s.entries.InvalidateAll()
	return errors.Join(s.below.Close())
}
