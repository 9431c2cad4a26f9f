package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// A round causes a failure of the cluster under load.
type round struct {
	what string
	do   func(context.Context) error // returns after the failure
	// undo restarts what do has stopped; nil if nothing.
	undo func(context.Context) error
}

// result has the outages of a round, as clients saw them.
type result struct {
	what          string
	writes, reads time.Duration // the longest time without a successful response, of the node with the longest
	back          time.Duration // the same for writes, during the restart
	from, to      string        // the primary before and after
}

// calm is the time without failures between two rounds.
const calm = 5 * time.Second

func (t *trial) play(ctx context.Context, r round) (result, error) {
	if err := errors.Join(t.waitUntilComplete(ctx), t.waitForWrites(ctx, time.Now())); err != nil {
		return result{}, fmt.Errorf("before the round: %w", err)
	}
	before, began := t.primary(ctx), time.Now()
	if err := r.do(ctx); err != nil {
		return result{}, fmt.Errorf("%s: %w", r.what, err)
	}
	if err := t.waitForWrites(ctx, time.Now()); err != nil {
		return result{}, fmt.Errorf("%s: writes are not acknowledged again: %w", r.what, err)
	}
	middle := time.Now()
	if r.undo != nil {
		if err := r.undo(ctx); err != nil {
			return result{}, fmt.Errorf("%s: %w", r.what, err)
		}
	}
	if err := errors.Join(t.waitUntilComplete(ctx), t.waitForWrites(ctx, time.Now())); err != nil {
		return result{}, fmt.Errorf("%s: after the recovery: %w", r.what, err)
	}
	seen := result{what: r.what, from: before.name, to: t.primary(ctx).name}
	seen.writes, seen.reads = t.ledger.outage(began, middle)
	seen.back, _ = t.ledger.outage(middle, time.Now())
	return seen, nil
}

// waitForWrites waits until each node has acknowledged a write that was sent after a moment, and
// then for the time calm.
func (t *trial) waitForWrites(ctx context.Context, moment time.Time) error {
	err := await(ctx, completeTimeout, func() bool { return t.ledger.acknowledgedSince(moment, t.nodes) })
	if err == nil {
		time.Sleep(calm)
	}
	return err
}

// outage returns the longest time between two successful responses of one node that overlaps
// a span, for writes and for reads.
func (l *ledger) outage(from, to time.Time) (writes, reads time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wrote := longest{from: from, to: to, last: map[string]time.Time{}}
	saw := longest{from: from, to: to, last: map[string]time.Time{}}
	for _, w := range l.writes {
		if w.status == http.StatusCreated {
			wrote.add(w.node, w.answered)
		}
	}
	for _, r := range l.reads {
		if r.good {
			saw.add(r.node, r.answered)
		}
	}
	return wrote.gap, saw.gap
}

// longest finds the longest gap within a span. Responses must be added in the order of time.
type longest struct {
	from, to time.Time
	last     map[string]time.Time
	gap      time.Duration
}

func (g *longest) add(node string, at time.Time) {
	since, again := g.last[node]
	if again && at.After(g.from) && since.Before(g.to) {
		g.gap = max(g.gap, at.Sub(since))
	}
	g.last[node] = at
}
