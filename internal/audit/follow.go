package audit

import (
	"context"
	"iter"
	"sync"
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

const (
	// pollInterval is how often the database is polled for events of other nodes.
	pollInterval = time.Second
	// revalidateInterval is how often the credential of an idle follower is revalidated.
	revalidateInterval = 3 * time.Second
	followBatch        = 500
)

// FollowEvents yields the events after the given id, and then new ones: those of this node at
// once, those of other nodes within about a second. It requires [model.AuditRead] and ends with an
// error if the credential is no longer valid or the store fails. It ends without an error when
// ctx ends. The fields After, Before and Limit and the order of the filter are ignored.
func (l *Log) FollowEvents(ctx context.Context, actor model.Actor, filter model.EventFilter, after model.EventID) iter.Seq2[model.Event, error] {
	return func(yield func(model.Event, error) bool) {
		filter, err := checkedEventFilter(filter)
		if err != nil {
			yield(model.Event{}, err)
			return
		}
		f := eventFollower{log: l, actor: actor, filter: filter, last: after}
		f.filter.Before, f.filter.Last, f.filter.Descending, f.filter.Limit = 0, false, false, followBatch
		for ctx.Err() == nil {
			changed := l.signal.subscribe()
			events, err := f.next(ctx)
			if err != nil {
				if ctx.Err() == nil {
					yield(model.Event{}, err)
				}
				return
			}
			for _, e := range events {
				if !yield(e, nil) {
					return
				}
			}
			if len(events) < followBatch {
				f.wait(ctx, changed)
			}
		}
	}
}

// eventFollower is the state of one FollowEvents call.
type eventFollower struct {
	log         *Log
	actor       model.Actor
	filter      model.EventFilter
	last        model.EventID // the last event that was read
	validatedAt time.Time     // last revalidation of the credential, by the monotonic clock
}

// next returns new events. The credential is revalidated in the same snapshot.
func (f *eventFollower) next(ctx context.Context) ([]model.Event, error) {
	var events []model.Event
	err := f.log.store.Read(ctx, func(tx model.Reader) error {
		head, _, err := tx.EventHead()
		if err != nil || head == f.last && time.Since(f.validatedAt) < revalidateInterval {
			return err
		}
		if err := f.revalidate(tx); err != nil {
			return err
		}
		f.filter.After = f.last
		if events, err = tx.Events(f.filter); err != nil {
			return err
		}
		if f.last = max(f.last, head); len(events) == followBatch {
			f.last = events[followBatch-1].ID
		}
		return nil
	})
	return events, err
}

func (f *eventFollower) revalidate(tx model.Reader) error {
	if _, err := operation.Authorize(tx, f.actor, model.AuditRead, 0); err != nil {
		return err
	}
	if err := f.log.ops.RevalidateCredential(tx, f.actor); err != nil {
		return err
	}
	f.validatedAt = time.Now()
	return nil
}

// wait returns when there may be new events, when the credential is to be revalidated, or when
// ctx ends. One of all followers polls for events of other nodes.
func (f *eventFollower) wait(ctx context.Context, changed <-chan struct{}) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
			return
		case <-tick.C:
		}
		if f.log.signal.pollDue() {
			f.log.pollEvents(ctx)
		}
		if time.Since(f.validatedAt) >= revalidateInterval {
			return
		}
	}
}

// pollEvents wakes all followers if another node has recorded events, or if the database
// cannot be read: then each follower gets the error itself.
func (l *Log) pollEvents(ctx context.Context) {
	var head model.EventID
	err := l.store.Read(ctx, func(tx model.Reader) (err error) {
		head, _, err = tx.EventHead()
		return err
	})
	if err != nil || l.signal.headChanged(head) {
		l.signal.broadcast()
	}
}

// eventSignal wakes the followers of events.
type eventSignal struct {
	mu     sync.Mutex
	next   chan struct{} // closed by the next broadcast; nil without subscribers
	polled time.Time
	head   model.EventID // last event at the last poll
}

func (n *eventSignal) subscribe() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == nil {
		n.next = make(chan struct{})
	}
	return n.next
}

func (n *eventSignal) broadcast() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next != nil {
		close(n.next)
		n.next = nil
	}
}

// pollDue reports whether it is time to poll. It returns true to one caller per interval.
func (n *eventSignal) pollDue() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if time.Since(n.polled) < pollInterval*9/10 {
		return false
	}
	n.polled = time.Now()
	return true
}

func (n *eventSignal) headChanged(head model.EventID) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	grown := head != n.head
	n.head = head
	return grown
}
