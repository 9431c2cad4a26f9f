// Package worker has what the workers of queues share: a loop that polls and can be woken, the delay
// before a retry, and a context for work that completes after the worker was stopped.
package worker

import (
	"context"
	"math"
	"math/rand/v2"
	"time"
)

// Loop runs the work of a queue.
type Loop struct {
	interval time.Duration
	wake     chan struct{}
}

// NewLoop returns a loop that polls at the interval.
func NewLoop(interval time.Duration) Loop {
	return Loop{interval, make(chan struct{}, 1)}
}

// Wake makes a running loop work now, or once more if it is working. Call it after a commit that
// added work. It never blocks.
func (l Loop) Wake() {
	select {
	case l.wake <- struct{}{}:
	default: // a wake-up is pending
	}
}

// Run calls work now, after each call of Wake, and after each interval, until ctx ends.
func (l Loop) Run(ctx context.Context, work func()) {
	tick := time.NewTicker(l.interval)
	defer tick.Stop()
	for ctx.Err() == nil {
		work()
		select {
		case <-ctx.Done():
		case <-l.wake:
		case <-tick.C:
		}
	}
}

// Backoff describes delays before retries. They grow with each attempt, from First to Max.
type Backoff struct {
	First  time.Duration
	Growth float64 // factor of each further attempt
	Max    time.Duration
	Jitter float64 // random part of the delay, so that work that failed together is not retried together
}

// Delay returns the delay after an attempt. earlier is the number of attempts before it.
func (b Backoff) Delay(earlier int) time.Duration {
	delay := min(float64(b.First)*math.Pow(b.Growth, float64(earlier)), float64(b.Max))
	delay *= 1 - b.Jitter + 2*b.Jitter*rand.Float64()
	return min(max(time.Duration(delay), b.First), b.Max)
}

// Completing returns a context for work that must not be interrupted at once when ctx ends: it ends
// grace later. The caller must call the function.
func Completing(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	completing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return completing, func() {
		stop()
		cancel()
	}
}
