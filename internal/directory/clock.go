package directory

import (
	"sync"
	"sync/atomic"
	"time"
)

// steadyClock tells the time of the wall clock, but never goes back: after the wall
// clock was set back, it goes on at half speed until the wall clock has caught up. So a
// lock, a lease or a session that began before ends neither early nor later than its
// length plus the step, and what was just queued stays due. A step of more than
// largestStep is followed at once: then the time before it was wrong, and half speed
// would take days.
type steadyClock struct {
	wall       func() time.Time
	sinceStart func() time.Duration // since some moment, whatever happens to the wall clock

	lastMicros  atomic.Int64 // the newest time that was told, in microseconds; behind it by up to clockGrain
	mu          sync.Mutex
	last        time.Time // under mu, as at
	lastRunning time.Duration
}

const (
	maxSetBack = 24 * time.Hour
	// clockGrain is how far the time may go back: within it the wall clock is told as
	// it is, without a lock.
	clockGrain = time.Millisecond
)

// newSteadyClock reads the monotonic clock of the process.
func newSteadyClock() *steadyClock {
	start := time.Now()
	return &steadyClock{wall: time.Now, sinceStart: func() time.Duration { return time.Since(start) }}
}

// Now is the time.
func (c *steadyClock) Now() time.Time {
	wall := c.wall()
	if ahead := wall.UnixMicro() - c.lastMicros.Load(); ahead >= 0 && ahead < clockGrain.Microseconds() {
		return wall
	}
	return c.adjust(wall.Round(0)) // differences are of the wall clock
}

func (c *steadyClock) adjust(wall time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.sinceStart()
	passed := max(now-c.lastRunning, 0)
	next := c.last.Add(passed / 2)
	if wall.After(next) || next.Sub(wall) > maxSetBack {
		next = wall
	}
	c.last, c.lastRunning = next, now
	c.lastMicros.Store(next.UnixMicro())
	return next
}
