package operation

import (
	"sync"
	"sync/atomic"
	"time"
)

// steadyClock returns the time of the wall clock, but never goes back: after the wall clock
// was set back, it runs at half speed until the wall clock has caught up. So locks, leases and
// sessions end neither early nor later than their length plus the step, and rows that were
// just queued stay due. A step of more than maxSetBack is followed at once: then the time
// before it was wrong, and half speed would take days.
type steadyClock struct {
	wall       func() time.Time
	sinceStart func() time.Duration // monotonic

	lastMicros  atomic.Int64 // latest returned time in microseconds, less up to clockGrain
	mu          sync.Mutex
	last        time.Time // under mu, as at
	lastRunning time.Duration
}

const (
	maxSetBack = 24 * time.Hour
	// clockGrain is how far the time may go back: within it the wall clock is returned without
	// a lock.
	clockGrain = time.Millisecond
)

// SteadyClock returns the time function of a steady clock on the wall clock and the monotonic clock
// of the process.
func SteadyClock() func() time.Time {
	start := time.Now()
	return SteadyClockOf(time.Now, func() time.Duration { return time.Since(start) })
}

// SteadyClockOf is SteadyClock on the given clocks: the wall clock, and one that never goes back.
func SteadyClockOf(wall func() time.Time, sinceStart func() time.Duration) func() time.Time {
	return newClock(wall, sinceStart).Now
}

func newClock(wall func() time.Time, sinceStart func() time.Duration) *steadyClock {
	return &steadyClock{wall: wall, sinceStart: sinceStart}
}

// Now returns the time.
func (c *steadyClock) Now() time.Time {
	wall := c.wall()
	if ahead := wall.UnixMicro() - c.lastMicros.Load(); ahead >= 0 && ahead < clockGrain.Microseconds() {
		return wall
	}
	return c.adjust(wall.Round(0)) // drops the monotonic reading, for differences of wall clock times
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
