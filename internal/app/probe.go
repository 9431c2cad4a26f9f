package app

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// probeInterval is how long a successful result is valid, unless another write fails.
	probeInterval = 30 * time.Second
	// probeRetryInterval is how long a failed result is valid.
	probeRetryInterval = time.Second
	// provenFor is how long a thorough probe is valid, unless a write fails.
	provenFor = 10 * time.Minute
	// probeTimeout is the timeout of a probe.
	probeTimeout = 5 * time.Second
)

var errProbeSlow = errors.New("a write has been waiting for longer than " + probeTimeout.String())

// probe checks with a write whether the database accepts writes, and caches the result. At most
// one write runs at a time, also if it never returns.
//
// A write is thorough if none was for long, or if a write has failed since. After a
// failure, only a thorough write that succeeds makes the result good again.
type probe struct {
	mu      sync.Mutex  // not held while a write runs
	last    *probeRun   // the latest write that ended
	running *probeRun   // nil if there is none
	proven  time.Time   // the end of the last thorough write; zero if a write failed since
	failed  atomic.Bool // another write failed since the last probe
}

// probeFunc makes a write: a small one, or with thorough as large a one as operations make.
type probeFunc func(ctx context.Context, thorough bool) error

// probeRun is one write. done is closed at its end; ended and err are set before.
type probeRun struct {
	thorough       bool
	started, ended time.Time
	done           chan struct{}
	err            error
}

// check returns the result of the last write, or of a new one if the last is too old.
// While a write runs, check returns the result of the one before. A write that runs
// longer than probeTimeout is an error.
func (p *probe) check(ctx context.Context, write probeFunc) error {
	run := p.current(ctx, write)
	limit := time.NewTimer(time.Until(run.started.Add(probeTimeout)))
	defer limit.Stop()
	select {
	case <-run.done:
		return run.err
	default:
	}
	select {
	case <-run.done:
		return run.err
	case <-limit.C:
		return errProbeSlow
	case <-ctx.Done():
		return ctx.Err()
	}
}

// current returns the run with the result that is valid now. It starts one if necessary.
func (p *probe) current(ctx context.Context, write probeFunc) *probeRun {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running != nil {
		if p.last != nil && time.Since(p.running.started) < probeTimeout {
			return p.last
		}
		return p.running
	}
	failed := p.failed.Swap(false)
	if failed {
		p.proven = time.Time{}
	}
	if p.last != nil && p.last.isCurrent(failed) {
		return p.last
	}
	run := &probeRun{thorough: time.Since(p.proven) >= provenFor, started: time.Now(), done: make(chan struct{})}
	p.running = run
	go p.run(context.WithoutCancel(ctx), run, write)
	return run
}

// isCurrent reports whether the result is still valid. failed reports that another write failed
// since.
func (r *probeRun) isCurrent(failed bool) bool {
	age := time.Since(r.ended)
	return r.err == nil && !failed && age < probeInterval || r.err != nil && age < probeRetryInterval
}

// run makes the write in its own goroutine: not every stalled write ends with its context.
func (p *probe) run(ctx context.Context, run *probeRun, write probeFunc) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	err := write(ctx, run.thorough)
	p.mu.Lock()
	defer p.mu.Unlock()
	run.ended, run.err = time.Now(), err
	switch {
	case err != nil:
		p.proven = time.Time{}
	case run.thorough:
		p.proven = run.ended
	}
	p.last, p.running = run, nil
	close(run.done)
}
