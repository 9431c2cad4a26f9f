package directory

import (
	"context"
	"iter"
	"sync"
	"time"
)

const (
	// pollInterval is how often somebody looks for the events of other nodes.
	pollInterval = time.Second
	// standInterval is how long a follower to whom nothing happens is taken at
	// their word.
	revalidateInterval = 3 * time.Second
	followBatch        = 500
)

// FollowEvents gives the events after the one with this id, and then those that
// come: what this node does at once, what others do within about a second. It
// needs [AuditRead], and ends with an error when the credential no longer stands or
// the store fails; when ctx ends, it just ends. Of the filter, After, Before, Limit
// and the order have no meaning here.
func (d *Directory) FollowEvents(ctx context.Context, actor Actor, filter EventFilter, after EventID) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		filter, err := filter.checked()
		if err != nil {
			yield(Event{}, err)
			return
		}
		f := eventFollower{directory: d, actor: actor, filter: filter, last: after}
		f.filter.Before, f.filter.Last, f.filter.Descending, f.filter.Limit = 0, false, false, followBatch
		for ctx.Err() == nil {
			news := d.events.subscribe()
			events, err := f.next(ctx)
			if err != nil {
				if ctx.Err() == nil {
					yield(Event{}, err)
				}
				return
			}
			for _, e := range events {
				if !yield(e, nil) {
					return
				}
			}
			if len(events) < followBatch {
				f.wait(ctx, news)
			}
		}
	}
}

// follower is one who follows the events.
type eventFollower struct {
	directory   *Directory
	actor       Actor
	filter      EventFilter
	last        EventID   // everything up to it was looked at
	validatedAt time.Time // when the credential was last looked at, by the steady clock
}

// look gives what is new. Nothing is given to a credential that was not looked at
// in the same snapshot.
func (f *eventFollower) next(ctx context.Context) ([]Event, error) {
	var events []Event
	err := f.directory.store.Read(ctx, func(tx Reader) error {
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

func (f *eventFollower) revalidate(tx Reader) error {
	if _, err := authorize(tx, f.actor, AuditRead, 0); err != nil {
		return err
	}
	if err := f.directory.revalidateCredential(tx, f.actor); err != nil {
		return err
	}
	f.validatedAt = time.Now()
	return nil
}

// wait returns when there is news, when the credential is to be looked at again, or
// when ctx ends. One of all followers looks for the news of other nodes.
func (f *eventFollower) wait(ctx context.Context, news <-chan struct{}) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-news:
			return
		case <-tick.C:
		}
		if f.directory.events.pollDue() {
			f.directory.pollEvents(ctx)
		}
		if time.Since(f.validatedAt) >= revalidateInterval {
			return
		}
	}
}

// poll wakes all followers when the chain has grown. Where the database is away,
// they find out for themselves.
func (d *Directory) pollEvents(ctx context.Context) {
	var head EventID
	err := d.store.Read(ctx, func(tx Reader) (err error) {
		head, _, err = tx.EventHead()
		return err
	})
	if err != nil || d.events.headChanged(head) {
		d.events.broadcast()
	}
}

// news wakes those who follow the events.
type eventSignal struct {
	mu     sync.Mutex
	next   chan struct{} // closed with the next news; nil while nobody listens
	polled time.Time
	head   EventID // at the last poll
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

// due reports whether it is time to poll, to one of all who ask.
func (n *eventSignal) pollDue() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if time.Since(n.polled) < pollInterval*9/10 {
		return false
	}
	n.polled = time.Now()
	return true
}

func (n *eventSignal) headChanged(head EventID) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	grown := head != n.head
	n.head = head
	return grown
}
