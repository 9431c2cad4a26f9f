package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// A round does something to the cluster while everybody writes.
type round struct {
	what string
	do   func(context.Context) error // returns when the harm is done
	// undo brings back what do took away; nil if there is nothing.
	undo func(context.Context) error
}

// result is what clients saw of a round.
type result struct {
	what          string
	writes, reads time.Duration // the longest time without a good answer at the node that suffered most
	back          time.Duration // the same for writes, while what was lost came back
	from, to      string        // the primary before and after
}

// calm is how long things go on undisturbed between two deeds.
const calm = 5 * time.Second

func (t *trial) play(ctx context.Context, r round) (result, error) {
	if err := errors.Join(t.whole(ctx), t.settled(ctx, time.Now())); err != nil {
		return result{}, fmt.Errorf("before it began: %w", err)
	}
	before, began := t.primary(ctx), time.Now()
	if err := r.do(ctx); err != nil {
		return result{}, fmt.Errorf("%s: %w", r.what, err)
	}
	if err := t.settled(ctx, time.Now()); err != nil {
		return result{}, fmt.Errorf("%s: writes are not acknowledged again: %w", r.what, err)
	}
	middle := time.Now()
	if r.undo != nil {
		if err := r.undo(ctx); err != nil {
			return result{}, fmt.Errorf("%s: %w", r.what, err)
		}
	}
	if err := errors.Join(t.whole(ctx), t.settled(ctx, time.Now())); err != nil {
		return result{}, fmt.Errorf("%s: after it came back: %w", r.what, err)
	}
	seen := result{what: r.what, from: before.name, to: t.primary(ctx).name}
	seen.writes, seen.reads = t.ledger.outage(began, middle)
	seen.back, _ = t.ledger.outage(middle, time.Now())
	return seen, nil
}

// settled waits until each node acknowledges what it is asked after a moment, and
// a while longer.
func (t *trial) settled(ctx context.Context, moment time.Time) error {
	err := await(ctx, patience, func() bool { return t.ledger.acknowledgedSince(moment, t.nodes) })
	if err == nil {
		time.Sleep(calm)
	}
	return err
}

// outage is the longest time between two good answers of one node that touches a
// span: of writes, and of reads.
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

// longest finds the longest gap within a span. Answers come in the order of time.
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
