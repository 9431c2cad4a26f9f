package storetest

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"roster.example/roster/internal/model"
)

func eventSearchTests() []contractTest {
	return []contractTest{
		{"events are found by each of their fields, in both orders", eventSearch},
		{"the number and hash of the last deleted event are kept", droppedEvents},
	}
}

// eventSearch compares the store with filterEvents.
func eventSearch(f fixture) {
	var all []model.Event
	rapid.Check(f.T, func(r *rapid.T) {
		if len(all) == 0 {
			all = f.addVariedEvents(r)
		}
		filter := drawFilter(r, len(all))
		for _, readFunc := range f.readFuncs()[:2] {
			var got []model.Event
			err := readFunc(f.Context(), func(tx model.Reader) (err error) {
				got, err = tx.Events(filter)
				return err
			})
			if want := filterEvents(all, filter); err != nil || !slices.EqualFunc(got, want, sameEvent) {
				r.Fatalf("%+v: got %v (%v), want %v", filter, numbersOf(got), err, numbersOf(want))
			}
		}
	})
}

// addVariedEvents appends some hundred events with random combinations of fields.
func (f fixture) addVariedEvents(r *rapid.T) []model.Event {
	at := sampleTime()
	f.update(func(tx model.Writer) error {
		for range 300 {
			at = at.Add(time.Duration(rapid.IntRange(-2, 5).Draw(r, "seconds")) * time.Second) // clocks can be set back
			actor := drawUser(r, "actor")
			e := model.Event{
				At: at, Actor: actor, Impersonator: actor, Verb: rapid.SampledFrom(model.Verbs()[:12]).Draw(r, "verb"),
				Target: rapid.SampledFrom([]string{"user", "key"}).Draw(r, "target"), TargetID: rapid.Int64Range(1, 3).Draw(r, "id"),
				User: drawUser(r, "user"), Org: model.OrgID(rapid.Int64Range(0, 2).Draw(r, "org")),
				API: rapid.SampledFrom([]model.API{model.GitLab, model.Wekan}).Draw(r, "api"),
			}
			if actor != 0 && rapid.Bool().Draw(r, "sudo") {
				e.Impersonator = 1
			}
			if err := record(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	return f.events(model.EventFilter{})
}

func drawUser(r *rapid.T, what string) model.UserID {
	return model.UserID(rapid.Int64Range(0, 3).Draw(r, what))
}

func drawFilter(r *rapid.T, n int) model.EventFilter {
	maybe := func(what string) bool { return rapid.IntRange(0, 2).Draw(r, what+" given") == 0 }
	filter := model.EventFilter{
		Limit: rapid.IntRange(0, 40).Draw(r, "limit"),
		Last:  rapid.Bool().Draw(r, "last"), Descending: rapid.Bool().Draw(r, "descending"),
	}
	place := func(what string) model.EventID { return model.EventID(rapid.IntRange(1, n).Draw(r, what)) }
	instant := func(what string) time.Time {
		return sampleTime().Add(time.Duration(rapid.IntRange(0, 600).Draw(r, what)) * time.Second)
	}
	for what, set := range map[string]func(){
		"after":  func() { filter.After = place("after") },
		"before": func() { filter.Before = place("before") },
		"user":   func() { filter.User = drawUser(r, "user") },
		"actor":  func() { filter.Actor = drawUser(r, "actor") },
		"target": func() {
			filter.Target = rapid.SampledFrom([]string{"user", "key", "none"}).Draw(r, "target")
			filter.TargetID = rapid.Int64Range(0, 3).Draw(r, "target id")
		},
		"verb": func() {
			filter.Verb = rapid.SampledFrom([]model.Verb{"user.", "password.", "email.", model.UserBlock, model.KeyAdd}).Draw(r, "verb")
		},
		"api":   func() { filter.API = model.Wekan },
		"org":   func() { filter.Org = model.OrgID(rapid.Int64Range(0, 2).Draw(r, "org")) },
		"since": func() { filter.Since = instant("since") },
		"until": func() { filter.Until = instant("until") },
	} {
		if maybe(what) {
			set()
		}
	}
	return filter
}

// filterEvents returns the events that a store must find.
func filterEvents(all []model.Event, f model.EventFilter) []model.Event {
	var found []model.Event
	for _, e := range all {
		if matchesFilter(e, f) {
			found = append(found, e)
		}
	}
	limit := f.Limit
	if limit == 0 {
		limit = 1000
	}
	if f.Last || f.Descending {
		found = found[max(0, len(found)-limit):]
	}
	found = found[:min(len(found), limit)]
	if f.Descending {
		slices.Reverse(found)
	}
	return found
}

func matchesFilter(e model.Event, f model.EventFilter) bool {
	return e.ID > f.After && (f.Before == 0 || e.ID < f.Before) &&
		(f.User == 0 || e.User == f.User) && (f.Org == 0 || e.Org == f.Org) && (f.API == "" || e.API == f.API) &&
		(f.Actor == 0 || e.Actor == f.Actor || e.Impersonator == f.Actor) &&
		(f.Target == "" || e.Target == f.Target) && (f.TargetID == 0 || e.TargetID == f.TargetID) &&
		(f.Verb == "" || slices.Contains(f.Verb.Matching(), e.Verb)) &&
		(f.Since.IsZero() || !e.At.Before(f.Since)) && (f.Until.IsZero() || e.At.Before(f.Until))
}

func sameEvent(a, b model.Event) bool { return a.ID == b.ID && string(a.Hash) == string(b.Hash) }

func numbersOf(events []model.Event) []model.EventID {
	ids := []model.EventID{}
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}

func droppedEvents(f fixture) {
	for range 5 {
		f.update(func(tx model.Writer) error { return record(tx, model.Event{At: sampleTime()}) })
	}
	all := f.events(model.EventFilter{})
	f.wantStart(0, model.GenesisHash())
	f.update(func(tx model.Writer) error { return tx.DropEvents(all[2]) })
	f.wantStart(3, all[2].Hash)
	f.wantEqual("what is left", f.events(model.EventFilter{}), all[3:])
	f.update(func(tx model.Writer) error { return tx.DropEvents(all[1]) })
	f.wantStart(3, all[2].Hash)
	f.update(func(tx model.Writer) error { return record(tx, model.Event{At: sampleTime()}) })
	f.wantEqual("the next number", f.events(model.EventFilter{Last: true, Limit: 1})[0].ID, model.EventID(6))
}

func (f fixture) wantStart(want model.EventID, hash []byte) {
	f.Helper()
	f.read(func(tx model.Reader) error {
		id, got, err := tx.EventStart()
		f.wantEqual("the last that was dropped", id, want)
		f.wantEqual("its hash", got, hash)
		return err
	})
}
