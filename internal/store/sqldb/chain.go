package sqldb

import (
	"bytes"
	"context"
	"fmt"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// Each update appends events to one chain, and several updates share a commit. So the head of the chain
// is read once per commit, passed from update to update, and written once, with all events, before the
// commit. Until then, queries within the transaction do not return these events.

// LockEvents writes to the row that every append writes to, so a second transaction waits here for the
// end of the first.
func (w *writer) LockEvents() (model.EventID, []byte, error) {
	if err := w.ready(); err != nil {
		return 0, nil, err
	}
	if w.effects.head == nil {
		h, err := one(w.reader, "event", scanLockedHead, `UPDATE event_head SET last_id = last_id RETURNING last_id, last_hash, epoch`)
		if err != nil {
			return 0, nil, err
		}
		w.effects.head = &h
	}
	return w.effects.head.id, w.effects.head.hash, nil
}

// EventEpoch needs no query after LockEvents.
func (w *writer) EventEpoch() (int64, error) {
	if w.effects.head == nil {
		return w.reader.EventEpoch()
	}
	return w.effects.head.epoch, nil
}

// PutEventEpoch implements [model.EventWriter].
func (w *writer) PutEventEpoch(epoch int64) error {
	if _, _, err := w.LockEvents(); err != nil {
		return err
	}
	changed := *w.effects.head // another update of the batch may have the previous one
	changed.epoch = epoch
	w.effects.head = &changed
	return w.change("event", `UPDATE event_head SET epoch = $1`, epoch)
}

// AddEvent accepts only the event after the last one.
func (w *writer) AddEvent(e model.Event) error { return w.AddEvents([]model.Event{e}) }

// AddEvents accepts only events that continue the chain.
func (w *writer) AddEvents(events []model.Event) error {
	id, hash, err := w.LockEvents()
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.ID != id+1 || !bytes.Equal(e.Previous, hash) {
			w.failed = &fault.Error{Kind: fault.Conflict, Msg: "another event came first",
				Fields: []fault.Field{{Name: "event", Code: fault.Taken}}}
			return w.failed
		}
		id, hash = e.ID, e.Hash
	}
	w.effects.head = &head{id, hash, w.effects.head.epoch}
	w.effects.events = append(w.effects.events, events...)
	return nil
}

// append writes the events of a transaction, before its commit.
func (e Engine) append(c *conn, events []model.Event) error {
	if len(events) == 0 {
		return nil
	}
	w := &writer{newReader(context.Background(), e, c), &commitEffects{}}
	w.deadline = e.updateDeadline()
	first, last := events[0], events[len(events)-1]
	n, err := w.exec("event", `UPDATE event_head SET last_id = $1, last_hash = $2 WHERE last_id = $3 AND last_hash = $4`,
		last.ID, last.Hash, first.ID-1, first.Previous)
	if err == nil && n == 0 {
		return fmt.Errorf("%w: somebody else appended to the events", errLost)
	}
	if err != nil {
		return err
	}
	return insert(w, "event", `INSERT INTO events (`+eventColumns+`) VALUES `, events, eventValues)
}
