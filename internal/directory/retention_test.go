package directory_test

import (
	"context"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
)

func keeping(keep time.Duration) func(*directory.Options) {
	return func(o *directory.Options) { o.KeepEvents = keep }
}

func (h *house) verify() int {
	h.t.Helper()
	return need(h.t, func() (directory.ChainReport, error) { return h.VerifyChain(h.t.Context(), operator()) }).Events
}

func (h *house) tend() {
	h.t.Helper()
	h.must(h.Tend(h.t.Context(), operator()))
}

func TestOldEventsAreDroppedAndTheChainStaysWhole(t *testing.T) {
	t.Parallel()
	h := open(t, keeping(30*24*time.Hour))
	h.person("ada")
	old := len(h.events())
	head := need(t, func() (directory.EventHead, error) { return h.EventHead(t.Context(), operator()) })
	h.clock.turn(20 * 24 * time.Hour)
	h.person("eve")
	h.clock.turn(10*24*time.Hour + 12*time.Hour)
	h.tend()
	if got := h.events(); got[0].ID != 1 {
		t.Error("events were dropped for the sake of half a day")
	}
	h.clock.turn(13 * time.Hour)
	h.tend()
	events := h.events()
	last := events[len(events)-1]
	if first := events[0]; int(first.ID) != old+1 || last.Verb != directory.EventsTrim || int(last.TargetID) != old {
		t.Errorf("the first is %+v, the last %+v, want one that tells of %d", first, last, old)
	}
	if n := h.verify(); n != len(events) {
		t.Errorf("%d events were verified of %d", n, len(events))
	}
	h.must(h.VerifyHead(t.Context(), operator(), head)) // the very last that went
	h.clock.turn(time.Hour)
	h.tend()
	if again := h.events(); len(again) != len(events) {
		t.Errorf("%d events became %d without anything to drop", len(events), len(again))
	}
}

func TestEventsAreKeptForEverUnlessSaidOtherwise(t *testing.T) {
	t.Parallel()
	h := open(t)
	before := len(h.events())
	h.clock.turn(20 * 365 * 24 * time.Hour)
	h.tend()
	if after := len(h.events()); after != before {
		t.Errorf("of %d events %d are left", before, after)
	}
}

func TestManyOldEventsAreDroppedInBatches(t *testing.T) {
	t.Parallel()
	h := open(t, keeping(24*time.Hour))
	h.fill(4200, 0)
	total := len(h.events())
	h.clock.turn(72 * time.Hour)
	h.tend()
	left := h.events()
	if len(left) != 1+total/1000 || left[0].Verb != directory.EventsTrim {
		t.Errorf("of %d events %d are left, the first %s", total, len(left), left[0].Verb)
	}
	h.verify()
}

// fill appends many events about a person, as deeds would.
func (h *house) fill(n int, about directory.UserID) {
	h.t.Helper()
	h.must(h.store.Update(h.t.Context(), func(tx directory.Writer) error {
		last, previous, err := tx.LockEvents()
		if err != nil {
			return err
		}
		key := h.chainKey(tx)
		for range n {
			last++
			e := directory.Event{ID: last, At: h.clock.Now(), Verb: directory.UserChanged, User: about, Previous: previous}
			e.Hash = e.Sum(key)
			if err := tx.AddEvent(e); err != nil {
				return err
			}
			previous = e.Hash
		}
		return nil
	}))
}

// An event that a receiver has not heard of yet is not dropped.
func TestEventsOnTheirWayAreKept(t *testing.T) {
	t.Parallel()
	h := open(t, keeping(24*time.Hour))
	hook := h.hook(directory.UserCreate)
	before := len(h.events())
	h.person("ada")
	h.clock.turn(72 * time.Hour)
	h.tend()
	told := h.takes(hook.ID)
	if len(told) != 1 || int(told[0].Event.ID) <= before {
		t.Fatalf("took %+v", told)
	}
	if first := h.events()[0]; first.ID != told[0].Event.ID {
		t.Errorf("the first event is %d, want %d", first.ID, told[0].Event.ID)
	}
	h.must(h.queue().GiveUp(t.Context(), told[0].Delivery, 0, "nobody there"))
	h.clock.turn(time.Hour)
	h.tend()
	refused(t, none(h.ReplayDelivery(t.Context(), operator(), hook.ID, told[0].ID)), directory.NotFound)
	h.must(none(h.ReplayDead(t.Context(), operator(), hook.ID)))
	if again := h.takes(hook.ID); len(again) != 0 {
		t.Errorf("took %+v, whose event is gone", again)
	}
	if dead := h.deliveries(directory.DeliveryFilter{Webhook: hook.ID, State: directory.Dead}); len(dead) != 1 {
		t.Errorf("the delivery is %+v, want it given up", dead)
	}
	h.verify()
}

func TestForgedBeginningOfTheChainIsFound(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(h *house){
		"dropped behind our back": func(h *house) {
			h.raw(`UPDATE event_start SET last_id = 2, last_hash = (SELECT hash FROM events WHERE id = 2)`)
			h.raw(`DELETE FROM events WHERE id <= 2`)
		},
		"more than was told": func(h *house) {
			h.clock.turn(72 * time.Hour)
			h.tend()
			h.raw(`UPDATE event_start SET last_id = last_id + 1, last_hash = (SELECT hash FROM events ORDER BY id LIMIT 1)`)
			h.raw(`DELETE FROM events WHERE id = (SELECT min(id) FROM events)`)
		},
		"another hash": func(h *house) {
			h.clock.turn(72 * time.Hour)
			h.tend()
			h.raw(`UPDATE event_start SET last_hash = zeroblob(32)`)
		},
	} {
		h := open(t, keeping(24*time.Hour))
		h.person("ada")
		h.clock.turn(time.Hour)
		forge(h)
		h.person("eve")
		_, err := h.VerifyChain(t.Context(), operator())
		if directory.KindOf(err) != directory.Conflict {
			t.Errorf("%s: got %v, want a fault in the chain", name, err)
		}
	}
}

func TestHeadThatWasPublishedProvesWhatLiesBeforeIt(t *testing.T) {
	t.Parallel()
	h := open(t, keeping(24*time.Hour))
	h.must(h.VerifyHead(t.Context(), operator(), directory.EventHead{Hash: directory.GenesisHash()}))
	early := need(t, func() (directory.EventHead, error) { return h.EventHead(t.Context(), operator()) })
	ada := h.person("ada")
	late := need(t, func() (directory.EventHead, error) { return h.EventHead(t.Context(), operator()) })
	h.must(h.VerifyHead(t.Context(), operator(), early))
	h.must(h.VerifyHead(t.Context(), operator(), late))
	for name, head := range map[string]directory.EventHead{
		"a forged hash":        {ID: early.ID, Hash: late.Hash},
		"one that never was":   {ID: late.ID + 1, Hash: late.Hash},
		"the hash of no event": {ID: 0, Hash: late.Hash},
	} {
		if err := h.VerifyHead(t.Context(), operator(), head); directory.KindOf(err) != directory.Conflict {
			t.Errorf("%s: got %v", name, err)
		}
	}
	h.clock.turn(72 * time.Hour)
	h.tend()
	refused(t, h.VerifyHead(t.Context(), operator(), early), directory.Conflict) // too old to tell
	refused(t, none(h.EventHead(t.Context(), h.as(ada))), directory.Forbidden)
	refused(t, h.VerifyHead(t.Context(), h.as(ada), late), directory.Forbidden)
}

func TestEventsAreSearchedByVerbsThatThereAre(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person("ada")
	find := func(verb directory.Verb) (n int, err error) {
		events, err := h.Events(context.Background(), operator(), directory.EventFilter{Verb: verb})
		return len(events), err
	}
	for verb, want := range map[directory.Verb]int{"user.": 1, directory.UserCreate: 1, "organization.": 1, directory.KeyAdd: 0} {
		if n := need(t, func() (int, error) { return find(verb) }); n != want {
			t.Errorf("%s: found %d, want %d", verb, n, want)
		}
	}
	_, err := h.Events(t.Context(), operator(), directory.EventFilter{TargetID: 1})
	faulty(t, err, "target", directory.Blank)
	for _, verb := range []directory.Verb{"user", "nothing.", ".", "user.%"} {
		_, err := find(verb)
		faulty(t, err, "verb", directory.Unknown)
	}
}
