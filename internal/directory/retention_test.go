package directory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"roster.example/roster/internal/audit"
	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/throttle"
)

func keeping(keep time.Duration) func(*directory.Options) {
	return func(o *directory.Options) { o.KeepEvents = keep }
}

func keepingEnded(keep time.Duration) func(*directory.Options) {
	return func(o *directory.Options) { o.KeepEnded = keep }
}

func TestEndedCredentialsAreDeletedAfterTheirRetention(t *testing.T) {
	t.Parallel()
	const keep = 90 * 24 * time.Hour
	for _, c := range []struct {
		name      string
		retention time.Duration
		age       time.Duration
		gone      bool
	}{
		{"within the retention", keep, keep - time.Hour, false},
		{"after the retention", keep, keep + time.Hour, true},
		{"with a short retention", time.Hour, 2 * time.Hour, true},
		{"without a limit", 0, 100 * keep, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t, keepingEnded(c.retention))
			ada := h.AddUser("ada")
			create := func(name string, expires time.Time) model.TokenID {
				token, _, err := h.CreateToken(t.Context(), operator(), credential.NewToken{Owner: ada.ID, Name: name, Scopes: model.Scopes{model.ScopeReadUser}, ExpiresAt: expires})
				h.Must(err)
				return token.ID
			}
			revoked, live := create("revoked", time.Time{}), create("live", time.Time{})
			create("expired", h.Clock.Now().Add(time.Second))
			later := create("expires later", h.Clock.Now().Add(200*keep))
			h.Must(h.RevokeToken(t.Context(), operator(), ada.ID, revoked))
			before := len(h.AllEvents())
			h.Clock.Advance(c.age)
			h.tend()
			tokens := must(t, func() ([]model.AccessToken, error) { return h.Tokens(t.Context(), operator(), ada.ID) })
			if c.gone && (len(tokens) != 2 || tokens[0].ID != live || tokens[1].ID != later) || !c.gone && len(tokens) != 4 {
				t.Errorf("%d tokens are left: %+v", len(tokens), tokens)
			}
			if after := len(h.AllEvents()); after != before {
				t.Errorf("%d events became %d", before, after)
			}
			h.verify()
		})
	}
}

func TestManyEndedCredentialsAreDeletedInBatches(t *testing.T) {
	t.Parallel()
	h := newFixture(t, keepingEnded(time.Hour))
	ada := h.AddUser("ada")
	h.Must(h.Store.Update(t.Context(), func(tx model.Writer) error {
		for i := range 2500 {
			token := model.AccessToken{Owner: ada.ID, Name: "old", RevokedAt: h.Clock.Now()}
			if err := tx.AddToken(&token, []byte{byte(i), byte(i >> 8)}); err != nil {
				return err
			}
		}
		return nil
	}))
	h.Clock.Advance(2 * time.Hour)
	h.wantDropped(directory.Options{KeepEnded: time.Hour}, "ended", 1000, 1000, 500)
	if tokens := must(t, func() ([]model.AccessToken, error) { return h.Tokens(t.Context(), operator(), ada.ID) }); len(tokens) != 0 {
		t.Errorf("%d tokens are left", len(tokens))
	}
}

func TestManyExpiredRecordsAreDeletedInBatches(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.Must(h.Store.Update(t.Context(), func(tx model.Writer) error {
		for i := range 4500 {
			if err := tx.PutThrottle(throttle.Counter{Key: fmt.Sprint("flood:", i), Failures: 1, Since: h.Clock.Now()}); err != nil {
				return err
			}
		}
		return nil
	}))
	h.Clock.Advance(48 * time.Hour)
	dropped := h.wantDropped(directory.Options{}, model.ExpiringThrottles, 2000, 2000, 500)
	for _, kind := range model.ExpiringKinds() {
		if n := len(dropped[kind]); n != 1 && kind != model.ExpiringThrottles {
			t.Errorf("rows of the kind %s, of which none has expired, were deleted by %d transactions", kind, n)
		}
	}
	h.Must(h.Store.Read(t.Context(), func(tx model.Reader) error {
		left, err := tx.ThrottlesUnder("flood:")
		if len(left) != 0 {
			t.Errorf("%d counters are left", len(left))
		}
		return err
	}))
}

// dropRecorder is a store that records how many rows of a kind each transaction deleted.
type dropRecorder struct {
	model.Store
	dropped map[model.ExpiringKind][]int
}

func (s dropRecorder) Update(ctx context.Context, fn func(model.Writer) error) error {
	calls := 0
	err := s.Store.Update(ctx, func(tx model.Writer) error { return fn(dropRecordingWriter{tx, s.dropped, &calls}) })
	if calls > 1 {
		err = errors.Join(err, fmt.Errorf("one transaction deleted %d batches", calls))
	}
	return err
}

type dropRecordingWriter struct {
	model.Writer
	dropped map[model.ExpiringKind][]int
	calls   *int
}

func (w dropRecordingWriter) Expire(kind model.ExpiringKind, now time.Time, limit int) (int, error) {
	n, err := w.Writer.Expire(kind, now, limit)
	w.dropped[kind] = append(w.dropped[kind], n)
	*w.calls++
	return n, err
}

func (w dropRecordingWriter) DropEnded(before time.Time, limit int) (int, error) {
	n, err := w.Writer.DropEnded(before, limit)
	w.dropped["ended"] = append(w.dropped["ended"], n)
	*w.calls++
	return n, err
}

// wantDropped runs the maintenance of a directory with these options. It compares how many rows of the
// kind each transaction deleted, and returns these numbers for all kinds.
func (h *fixture) wantDropped(o directory.Options, kind model.ExpiringKind, want ...int) map[model.ExpiringKind][]int {
	h.T.Helper()
	store := dropRecorder{h.Store, map[model.ExpiringKind][]int{}}
	o.Now = h.Clock.Now
	h.Must(directory.New(store, h.Hasher, h.Keyring, nil, directorytest.WithDefaults(o)).RunMaintenance(h.T.Context(), operator()))
	if got := store.dropped[kind]; !slices.Equal(got, want) {
		h.T.Errorf("the transactions deleted %v rows of the kind %s, want %v", got, kind, want)
	}
	return store.dropped
}

func (h *fixture) verify() int {
	h.T.Helper()
	return must(h.T, func() (audit.ChainReport, error) { return h.VerifyChain(h.T.Context(), operator()) }).Events
}

func (h *fixture) tend() {
	h.T.Helper()
	h.Must(h.RunMaintenance(h.T.Context(), operator()))
}

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
