package audit_test

import (
	"context"
	"testing"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func TestOldEventsAreDeletedAndTheChainRemainsValid(t *testing.T) {
	t.Parallel()
	h := newFixture(t, keeping(30*24*time.Hour))
	h.AddUser("ada")
	old := len(h.AllEvents())
	head := must(t, func() (model.EventHead, error) { return h.EventHead(t.Context(), operator()) })
	h.Clock.Advance(20 * 24 * time.Hour)
	h.AddUser("eve")
	h.Clock.Advance(10*24*time.Hour + 12*time.Hour)
	h.tend()
	if got := h.AllEvents(); got[0].ID != 1 {
		t.Error("events were dropped for the sake of half a day")
	}
	h.Clock.Advance(13 * time.Hour)
	h.tend()
	events := h.AllEvents()
	last := events[len(events)-1]
	if first := events[0]; int(first.ID) != old+1 || last.Verb != model.EventsTrim || int(last.TargetID) != old {
		t.Errorf("the first is %+v, the last %+v, want one that tells of %d", first, last, old)
	}
	if n := h.verify(); n != len(events) {
		t.Errorf("%d events were verified of %d", n, len(events))
	}
	h.Must(h.VerifyHead(t.Context(), operator(), head)) // the last deleted one
	h.Clock.Advance(time.Hour)
	h.tend()
	if again := h.AllEvents(); len(again) != len(events) {
		t.Errorf("%d events became %d without anything to drop", len(events), len(again))
	}
}

func TestEventsAreKeptByDefault(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	before := len(h.AllEvents())
	h.Clock.Advance(20 * 365 * 24 * time.Hour)
	h.tend()
	if after := len(h.AllEvents()); after != before {
		t.Errorf("of %d events %d are left", before, after)
	}
}

func TestManyOldEventsAreDeletedInBatches(t *testing.T) {
	t.Parallel()
	h := newFixture(t, keeping(24*time.Hour))
	h.fill(4200, 0)
	total := len(h.AllEvents())
	h.Clock.Advance(72 * time.Hour)
	h.tend()
	left := h.AllEvents()
	if len(left) != 1+total/1000 || left[0].Verb != model.EventsTrim {
		t.Errorf("of %d events %d are left, the first %s", total, len(left), left[0].Verb)
	}
	h.verify()
}

// fill appends many events about a user.
func (h *fixture) fill(n int, about model.UserID) {
	h.T.Helper()
	h.Must(h.Store.Update(h.T.Context(), func(tx model.Writer) error {
		last, previous, err := tx.LockEvents()
		if err != nil {
			return err
		}
		key := h.chainKey(tx)
		for range n {
			last++
			e := model.Event{ID: last, At: h.Clock.Now(), Verb: model.UserChanged, User: about, Previous: previous}
			e.Hash = e.Sum(key)
			if err := tx.AddEvent(e); err != nil {
				return err
			}
			previous = e.Hash
		}
		return nil
	}))
}

// An event that was not delivered yet is not deleted.
func TestUndeliveredEventsAreKept(t *testing.T) {
	t.Parallel()
	h := newFixture(t, keeping(24*time.Hour))
	hook := h.hook(model.UserCreate)
	before := len(h.AllEvents())
	h.AddUser("ada")
	h.Clock.Advance(72 * time.Hour)
	h.tend()
	lineSeq := h.takes(hook.ID)
	if len(lineSeq) != 1 || int(lineSeq[0].Event.ID) <= before {
		t.Fatalf("took %+v", lineSeq)
	}
	if first := h.AllEvents()[0]; first.ID != lineSeq[0].Event.ID {
		t.Errorf("the first event is %d, want %d", first.ID, lineSeq[0].Event.ID)
	}
	h.Must(h.queue().GiveUp(t.Context(), lineSeq[0].Delivery, 0, "nobody there"))
	h.Clock.Advance(time.Hour)
	h.tend()
	wantKind(t, none(h.ReplayDelivery(t.Context(), operator(), hook.ID, lineSeq[0].ID)), fault.NotFound)
	h.Must(none(h.ReplayDead(t.Context(), operator(), hook.ID)))
	if again := h.takes(hook.ID); len(again) != 0 {
		t.Errorf("took %+v, whose event is gone", again)
	}
	if dead := h.deliveries(model.DeliveryFilter{Webhook: hook.ID, State: model.Dead}); len(dead) != 1 {
		t.Errorf("the delivery is %+v, want it given up", dead)
	}
	h.verify()
}

func TestForgedStartOfTheChainIsDetected(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(h *fixture){
		"dropped behind our back": func(h *fixture) {
			h.raw(`UPDATE event_start SET last_id = 2, last_hash = (SELECT hash FROM events WHERE id = 2)`)
			h.raw(`DELETE FROM events WHERE id <= 2`)
		},
		"more than was told": func(h *fixture) {
			h.Clock.Advance(72 * time.Hour)
			h.tend()
			h.raw(`UPDATE event_start SET last_id = last_id + 1, last_hash = (SELECT hash FROM events ORDER BY id LIMIT 1)`)
			h.raw(`DELETE FROM events WHERE id = (SELECT min(id) FROM events)`)
		},
		"another hash": func(h *fixture) {
			h.Clock.Advance(72 * time.Hour)
			h.tend()
			h.raw(`UPDATE event_start SET last_hash = zeroblob(32)`)
		},
	} {
		h := newFixture(t, keeping(24*time.Hour))
		h.AddUser("ada")
		h.Clock.Advance(time.Hour)
		forge(h)
		h.AddUser("eve")
		_, err := h.VerifyChain(t.Context(), operator())
		if fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s: got %v, want a fault in the chain", name, err)
		}
	}
}

func TestPublishedHeadVerifiesEarlierEvents(t *testing.T) {
	t.Parallel()
	h := newFixture(t, keeping(24*time.Hour))
	h.Must(h.VerifyHead(t.Context(), operator(), model.EventHead{Hash: model.GenesisHash()}))
	early := must(t, func() (model.EventHead, error) { return h.EventHead(t.Context(), operator()) })
	ada := h.AddUser("ada")
	late := must(t, func() (model.EventHead, error) { return h.EventHead(t.Context(), operator()) })
	h.Must(h.VerifyHead(t.Context(), operator(), early))
	h.Must(h.VerifyHead(t.Context(), operator(), late))
	for name, head := range map[string]model.EventHead{
		"a forged hash":        {ID: early.ID, Hash: late.Hash},
		"one that never was":   {ID: late.ID + 1, Hash: late.Hash},
		"the hash of no event": {ID: 0, Hash: late.Hash},
	} {
		if err := h.VerifyHead(t.Context(), operator(), head); fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s: got %v", name, err)
		}
	}
	h.Clock.Advance(72 * time.Hour)
	h.tend()
	wantKind(t, h.VerifyHead(t.Context(), operator(), early), fault.Conflict) // older than the oldest event
	wantKind(t, none(h.EventHead(t.Context(), h.Actor(ada))), fault.Forbidden)
	wantKind(t, h.VerifyHead(t.Context(), h.Actor(ada), late), fault.Forbidden)
}

func TestUnknownVerbsAreRejected(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	find := func(verb model.Verb) (n int, err error) {
		events, err := h.Events(context.Background(), operator(), model.EventFilter{Verb: verb})
		return len(events), err
	}
	for verb, want := range map[model.Verb]int{"user.": 1, model.UserCreate: 1, "organization.": 1, model.KeyAdd: 0} {
		if n := must(t, func() (int, error) { return find(verb) }); n != want {
			t.Errorf("%s: found %d, want %d", verb, n, want)
		}
	}
	_, err := h.Events(t.Context(), operator(), model.EventFilter{TargetID: 1})
	wantFault(t, err, "target", fault.Blank)
	for _, verb := range []model.Verb{"user", "nothing.", ".", "user.%"} {
		_, err := find(verb)
		wantFault(t, err, "verb", fault.Unknown)
	}
}
