package secret

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// ErrBusy reports that no hash slot is free and the queue is full. Respond with "too many
// requests" and a time to try again.
var ErrBusy = errors.New("too many passwords are being checked: try again in a few seconds")

// Origin is the network of a request for a hash. Waiting wide networks get slots in turn,
// and within a wide network its narrow networks do.
type Origin struct {
	Wide   string // such as the /48 or /24 of the client's address
	Narrow string // such as its /64, or the address itself
}

type originKey struct{}

// WithOrigin returns a context whose hashes are queued under origin. Contexts without an
// origin share one.
func WithOrigin(ctx context.Context, origin Origin) context.Context {
	return context.WithValue(ctx, originKey{}, origin)
}

func originOf(ctx context.Context) Origin {
	origin, _ := ctx.Value(originKey{}).(Origin)
	return origin
}

// totalQueue is the bound of the whole queue, as a multiple of the bound of one origin.
const totalQueue = 8

// slots bounds the hashes that run at the same time and the requests that wait.
//
// One hash takes 19 MiB and tens of milliseconds. Without a bound, a flood of logins would
// use all memory and block every other request. Waiting requests are served in turn over
// their origins, so a flood from one address only delays its own requests.
type slots struct {
	mu      sync.Mutex
	free    int
	each    int // bound of waiting requests of one origin
	total   int // bound of all waiting requests
	waiting []*waiter
	clock   uint64            // counts turns
	turns   map[Origin]uint64 // last turn of each waiting network; Narrow is empty for a wide network
}

// waiter is a request that waits for a slot.
type waiter struct {
	origin  Origin
	granted chan error // receives one value: nil for a slot, ErrBusy if it was evicted
}

// newSlots allows run hashes, at least one, and queue waiting requests for each origin.
func newSlots(run, queue int) *slots {
	queue = max(queue, 0)
	return &slots{free: max(run, 1), each: queue, total: queue * totalQueue, turns: map[Origin]uint64{}}
}

// take blocks until a slot is free. It returns ErrBusy if the queue is full, and the
// error of ctx if ctx ends first.
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

// enter takes a free slot and returns nil, or returns a queued waiter.
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
	if len(s.waiting) >= s.total && !s.evictFor(origin) {
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

// networks returns the keys in slots.turns of an origin.
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

// evictFor rejects the newest request of the network with the most waiting requests, and
// reports false if the network of origin has as many.
func (s *slots) evictFor(origin Origin) bool {
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

// leave removes a waiter. A slot that it was granted meanwhile is released.
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

// remove removes a waiter, and the turns of networks without waiters.
func (s *slots) remove(w *waiter) {
	s.waiting = slices.DeleteFunc(s.waiting, func(one *waiter) bool { return one == w })
	if s.count(func(one *waiter) bool { return one.origin == w.origin }) == 0 {
		delete(s.turns, w.origin)
	}
	if s.count(func(one *waiter) bool { return one.origin.Wide == w.origin.Wide }) == 0 {
		delete(s.turns, Origin{Wide: w.origin.Wide})
	}
}

// release frees a slot. It grants the slot to the waiter whose wide network, and within it
// whose narrow network, had the oldest turn.
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
