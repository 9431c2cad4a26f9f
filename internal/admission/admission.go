// Package admission bounds how many requests of one class the server works on at
// the same time, for each caller and in all, so that one caller cannot take the
// server from the others.
//
// A route declares its class. The router enters the class before the handler runs
// and leaves it afterwards, so no handler decides. Each class has slots and a short
// queue. A free slot goes to the waiting request whose caller has the fewest running
// requests, and among these to the first in the queue.
package admission

import (
	"context"
	"sync"
	"time"
)

// Class is a kind of requests with common limits.
type Class string

const (
	// Ordinary requests are not limited: point reads, writes, logins.
	Ordinary Class = ""
	// ExpensiveReads look at many rows: searches, filters, totals, unpaged lists,
	// exports, statistics, searches of events.
	ExpensiveReads Class = "expensive reads"
)

// Limits are the bounds of one class.
type Limits struct {
	Slots     int           // requests at work at the same time
	PerCaller int           // of these, requests of one caller
	Queue     int           // requests that may wait for a slot; one caller may take a quarter of the places
	Wait      time.Duration // longest time in the queue
}

// Controller holds the classes that have limits.
type Controller struct{ limiters map[Class]*limiter }

// New returns a controller. Classes without limits are not bounded.
func New(limits map[Class]Limits) *Controller {
	c := &Controller{limiters: map[Class]*limiter{}}
	for class, l := range limits {
		c.limiters[class] = &limiter{class: class, limits: l, held: map[string]int{}, working: map[string]int{}}
	}
	return c
}

// Enter returns a ticket of class for caller, and blocks until a slot is free. It
// returns a [*Rejected] when the queue is full or the wait is over, and the error
// of ctx when ctx ends first. The ticket is nil where the class is not bounded.
func (c *Controller) Enter(ctx context.Context, class Class, caller string) (*Ticket, error) {
	if c == nil || c.limiters[class] == nil {
		return nil, nil
	}
	return c.limiters[class].enter(ctx, caller)
}

// Rejected is the error that a limit of a class is reached.
type Rejected struct {
	Class      Class
	ByCaller   bool // the limit of the caller, not of the server
	RetryAfter time.Duration
}

// Error names the bound.
func (r *Rejected) Error() string {
	if r.ByCaller {
		return "this caller has too many " + string(r.Class) + " under way"
	}
	return "the server has too many " + string(r.Class) + " under way"
}

// limiter bounds one class.
type limiter struct {
	class  Class
	limits Limits

	mu      sync.Mutex
	busy    int            // slots in use
	held    map[string]int // tickets by caller, at work or paused
	working map[string]int // tickets by caller, at work
	queue   []*waiter
}

// waiter is one request in the queue.
type waiter struct {
	caller   string
	resuming bool // holds a ticket already and resumes
	ready    chan struct{}
}

func (g *limiter) enter(ctx context.Context, caller string) (*Ticket, error) {
	g.mu.Lock()
	w := &waiter{caller: caller, ready: make(chan struct{})}
	g.queue = append(g.queue, w)
	g.dispatch()
	if full, own := g.isFull(w); full {
		defer g.mu.Unlock()
		return nil, g.reject(w, own)
	}
	g.mu.Unlock()
	wait := time.NewTimer(g.limits.Wait)
	defer wait.Stop()
	select {
	case <-w.ready:
	case <-wait.C:
		if err := g.abandon(w); err != nil {
			return nil, err
		}
	case <-ctx.Done():
		if g.abandon(w) != nil {
			return nil, ctx.Err()
		}
	}
	return &Ticket{limiter: g, class: g.class, caller: caller}, nil
}

// isFull reports whether w waits where the queue has no place for it, and whether
// that is because of its own caller.
func (g *limiter) isFull(w *waiter) (full, own bool) {
	if !g.isWaiting(w) {
		return false, false
	}
	all, ofCaller := 0, 0
	for _, other := range g.queue {
		if other.resuming {
			continue
		}
		all++
		if other.caller == w.caller {
			ofCaller++
		}
	}
	own = ofCaller > (g.limits.Queue+3)/4 && g.limits.Queue > 0
	return own || all > g.limits.Queue, own
}

func (g *limiter) isWaiting(w *waiter) bool {
	select {
	case <-w.ready:
		return false
	default:
		return true
	}
}

// abandon takes w out of the queue; nil means that w got its slot meanwhile.
func (g *limiter) abandon(w *waiter) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.isWaiting(w) {
		return nil
	}
	return g.reject(w, false)
}

func (g *limiter) reject(w *waiter, own bool) error {
	g.remove(w)
	if own || g.held[w.caller] >= g.limits.PerCaller {
		return &Rejected{Class: g.class, ByCaller: true, RetryAfter: time.Second}
	}
	return &Rejected{Class: g.class, RetryAfter: max(time.Second, g.limits.Wait)}
}

func (g *limiter) remove(w *waiter) {
	for i, other := range g.queue {
		if other == w {
			g.queue = append(g.queue[:i], g.queue[i+1:]...)
			return
		}
	}
}

// dispatch gives free slots to waiters.
func (g *limiter) dispatch() {
	for g.busy < g.limits.Slots {
		w := g.next()
		if w == nil {
			return
		}
		g.remove(w)
		g.busy++
		g.working[w.caller]++
		if !w.resuming {
			g.held[w.caller]++
		}
		close(w.ready)
	}
}

// next returns the waiter whose caller has the fewest running requests, or nil if no waiter may have
// a slot.
func (g *limiter) next() (best *waiter) {
	for _, w := range g.queue {
		if !w.resuming && g.held[w.caller] >= g.limits.PerCaller {
			continue
		}
		if best == nil || g.working[w.caller] < g.working[best.caller] {
			best = w
		}
	}
	return best
}

// release frees the slot of caller, and its ticket where the request has ended.
func (g *limiter) release(caller string, working, ended bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if working {
		g.busy--
		decrement(g.working, caller)
	}
	if ended {
		decrement(g.held, caller)
	}
	g.dispatch()
}

func decrement(counts map[string]int, caller string) {
	if counts[caller]--; counts[caller] <= 0 {
		delete(counts, caller)
	}
}

// resume blocks until caller, which holds a ticket, has a slot again.
func (g *limiter) resume(ctx context.Context, caller string) error {
	w := &waiter{caller: caller, resuming: true, ready: make(chan struct{})}
	g.mu.Lock()
	g.queue = append(g.queue, w)
	g.dispatch()
	g.mu.Unlock()
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
		if g.abandon(w) != nil {
			return ctx.Err()
		}
		return nil
	}
}

// Waiting returns how many requests of class are in its queue.
func (c *Controller) Waiting(class Class) int {
	g := c.limiters[class]
	if g == nil {
		return 0
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.queue)
}
