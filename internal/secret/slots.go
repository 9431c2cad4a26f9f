package secret

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// ErrBusy reports that no hash slot is free and that the queue has no room. The
// caller should answer "too many requests" and name a time to come back.
var ErrBusy = errors.New("too many passwords are being checked: try again in a few seconds")

// Origin is where a request for a hash comes from. Slots are shared out by turns
// among the wide networks that wait, and within one among its narrow ones.
type Origin struct {
	Wide   string // such as the /48 or /24 of the client's address
	Narrow string // such as its /64, or the address itself
}

type originKey struct{}

// WithOrigin returns a context whose hashes are queued under origin. Without it
// they share one origin.
func WithOrigin(ctx context.Context, origin Origin) context.Context {
	return context.WithValue(ctx, originKey{}, origin)
}

func originOf(ctx context.Context) Origin {
	origin, _ := ctx.Value(originKey{}).(Origin)
	return origin
}

// totalQueue is how many times the bound of one origin may wait in total.
const totalQueue = 8

// slots lets a fixed number of hashes run at once and a bounded number wait.
//
// One hash takes 19 MiB and tens of milliseconds. Without a limit a flood of
// logins would take all memory and starve every other request. Waiting requests
// are served by turns over their origins, so that a flood from one address delays
// its own requests alone.
type slots struct {
	mu      sync.Mutex
	free    int
	each    int // waiting requests of one origin
	total   int // waiting requests of all
	waiting []*waiter
	clock   uint64            // counts turns
	turns   map[Origin]uint64 // the last turn of each network that waits; Narrow is empty for a wide one
}

// waiter is a request that waits for a slot.
type waiter struct {
	origin  Origin
	granted chan error // receives one value: nil for a slot, ErrBusy if it had to make room
}

// newSlots allows at least one hash to run; a negative queue counts as none.
func newSlots(run, queue int) *slots {
	queue = max(queue, 0)
	return &slots{free: max(run, 1), each: queue, total: queue * totalQueue, turns: map[Origin]uint64{}}
}

// take gets a slot, waiting if the queue has room. It fails with ErrBusy at once
// if not, and with the context's error if that ends first.
func (s *slots) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for a hash slot: %w", err)
	}
	w, err := s.enter(originOf(ctx))
	if w == nil || err != nil {
		return err
	}
	select {
	case err := <-w.granted:
		return err
	case <-ctx.Done():
		s.leave(w)
		return fmt.Errorf("wait for a hash slot: %w", ctx.Err())
	}
}

// enter takes a free slot, and returns no waiter, or queues one.
func (s *slots) enter(origin Origin) (*waiter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.free > 0 {
		s.free--
		return nil, nil
	}
	if s.count(func(w *waiter) bool { return w.origin == origin }) >= s.each {
		return nil, ErrBusy
	}
	if len(s.waiting) >= s.total && !s.makeRoom(origin) {
		return nil, ErrBusy
	}
	w := &waiter{origin: origin, granted: make(chan error, 1)}
	s.waiting = append(s.waiting, w)
	for _, network := range origin.networks() {
		if _, waits := s.turns[network]; !waits {
			s.turns[network] = s.tick()
		}
	}
	return w, nil
}

// networks are the keys of turns that belong to an origin.
func (o Origin) networks() [2]Origin { return [2]Origin{{Wide: o.Wide}, o} }

func (s *slots) tick() uint64 {
	s.clock++
	return s.clock
}

func (s *slots) count(match func(*waiter) bool) (n int) {
	for _, w := range s.waiting {
		if match(w) {
			n++
		}
	}
	return n
}

// makeRoom refuses the newest request of the network that has the most waiting,
// unless origin's own has as many.
func (s *slots) makeRoom(origin Origin) bool {
	wide, narrow := map[string]int{}, map[Origin]int{}
	for _, w := range s.waiting {
		wide[w.origin.Wide]++
		narrow[w.origin]++
	}
	load := func(o Origin) [2]int { return [2]int{wide[o.Wide], narrow[o]} }
	last := slices.Clone(s.waiting)
	slices.Reverse(last)
	most := slices.MaxFunc(last, func(a, b *waiter) int {
		x, y := load(a.origin), load(b.origin)
		return slices.Compare(x[:], y[:])
	})
	own, other := load(origin), load(most.origin)
	level := 0 // between wide networks
	if origin.Wide == most.origin.Wide {
		level = 1
	}
	if own[level]+1 >= other[level] {
		return false
	}
	s.remove(most)
	most.granted <- ErrBusy
	return true
}

// leave withdraws a waiter; a slot that it was granted meanwhile goes on.
func (s *slots) leave(w *waiter) {
	s.mu.Lock()
	waits := slices.Contains(s.waiting, w)
	if waits {
		s.remove(w)
	}
	s.mu.Unlock()
	if !waits && <-w.granted == nil {
		s.release()
	}
}

// remove takes a waiter out, and forgets the turns of networks without any.
func (s *slots) remove(w *waiter) {
	s.waiting = slices.DeleteFunc(s.waiting, func(one *waiter) bool { return one == w })
	if s.count(func(one *waiter) bool { return one.origin == w.origin }) == 0 {
		delete(s.turns, w.origin)
	}
	if s.count(func(one *waiter) bool { return one.origin.Wide == w.origin.Wide }) == 0 {
		delete(s.turns, Origin{Wide: w.origin.Wide})
	}
}

// release gives back what take got: to the waiter whose wide network, and within
// that whose narrow one, had its last turn the longest ago.
func (s *slots) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 {
		s.free++
		return
	}
	next := slices.MinFunc(s.waiting, func(a, b *waiter) int {
		return cmp.Or(
			cmp.Compare(s.turns[Origin{Wide: a.origin.Wide}], s.turns[Origin{Wide: b.origin.Wide}]),
			cmp.Compare(s.turns[a.origin], s.turns[b.origin]))
	})
	now := s.tick()
	for _, network := range next.origin.networks() {
		s.turns[network] = now
	}
	s.remove(next)
	next.granted <- nil
}
