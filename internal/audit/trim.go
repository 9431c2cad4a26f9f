package audit

import (
	"context"
	"fmt"
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// trimBatch is the number of events that one transaction deletes.
const trimBatch = 1000

// Trim drops the events that are older than they are to be kept. Each batch is an
// event itself, so trimming once for all that is due in a day, or in a tenth of a
// shorter time, keeps these from replacing each other for ever.
func Trim(ctx context.Context, l *Log, actor model.Actor) error {
	keep := l.keep
	if keep <= 0 {
		return nil
	}
	before := l.ops.Now().Add(-keep)
	due := false
	err := l.store.Read(ctx, func(tx model.Reader) error {
		first, err := tx.Events(model.EventFilter{Limit: 1})
		due = len(first) > 0 && first[0].At.Before(before.Add(-min(24*time.Hour, keep/10)))
		return err
	})
	if err != nil || !due {
		return err
	}
	return l.ops.Repeat(ctx, trimBatch, func(tx model.Writer) (int, error) { return l.trimBatch(tx, actor, before) })
}

// trimBatch stops before an event that is still on its way to a webhook.
func (l *Log) trimBatch(tx model.Writer, actor model.Actor, before time.Time) (int, error) {
	if _, _, err := tx.LockEvents(); err != nil { // of several nodes one trims
		return 0, err
	}
	events, err := tx.Events(model.EventFilter{Limit: trimBatch})
	if err != nil {
		return 0, err
	}
	needed, err := tx.UndeliveredSince()
	if err != nil {
		return 0, err
	}
	n := 0
	for n < len(events) && events[n].At.Before(before) && (needed == 0 || events[n].ID < needed) {
		n++
	}
	if n == 0 {
		return 0, nil
	}
	last := events[n-1]
	if err := tx.DropEvents(last); err != nil {
		return 0, err
	}
	return n, l.ops.Record(tx, actor, operation.EventSpec{Verb: model.EventsTrim, Target: "event", ID: int64(last.ID), Detail: fmt.Sprintf("%d events", n)})
}
