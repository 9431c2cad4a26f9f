package storetest

import (
	"errors"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func eventTests() []contractTest {
	return []contractTest{
		{"an event is read as written", eventRoundTrip},
		{"events are listed in pages and by user", eventFilters},
		{"events are counted by day", eventDays},
		{"the first event follows the genesis hash", genesis},
		{"an event that does not follow the last one is rejected", eventOrder},
		{"the number of the chain's key is stored, and rolled back with its transaction", eventEpoch},
		{"the name of the installation is stored", installation},
		{"rows without an event of their creation are found", unrecorded},
	}
}

func eventRoundTrip(f fixture) {
	e := model.Event{
		At: sampleTime(), Actor: 1, Impersonator: 2, Credential: model.ByAccessToken, Verb: model.UserCreate, Target: "user", TargetID: 3,
		User: 4, Org: 5, API: model.GitLab, Address: "192.0.2.1", Detail: "name, email",
	}
	f.update(func(tx model.Writer) error { return record(tx, e) })
	e.ID, e.Previous = 1, model.GenesisHash()
	e.Hash = e.Sum(nil)
	f.wantEqual("events", f.events(model.EventFilter{}), []model.Event{e})
	f.wantChain()
}

func (f fixture) events(filter model.EventFilter) []model.Event {
	f.Helper()
	return readValue(f, func(tx model.Reader) ([]model.Event, error) { return tx.Events(filter) })
}

func eventDays(f fixture) {
	day := sampleTime().UTC().Truncate(24 * time.Hour)
	f.update(func(tx model.Writer) error {
		for _, e := range []model.Event{
			{At: day, Verb: model.SessionOpen}, {At: day.Add(24*time.Hour - time.Microsecond), Verb: model.SessionOpen},
			{At: day.AddDate(0, 0, 2), Verb: model.SessionOpen}, {At: day, Verb: model.SessionFail},
		} {
			if err := record(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	for limit, want := range map[int][]model.DayCount{
		10: {{Day: day, Count: 2}, {Day: day.AddDate(0, 0, 2), Count: 1}},
		2:  {{Day: day, Count: 1}, {Day: day.AddDate(0, 0, 2), Count: 1}},
	} {
		f.wantEqual("days", readValue(f, func(tx model.Reader) ([]model.DayCount, error) { return tx.EventDays(model.SessionOpen, limit) }), want)
	}
}

func eventFilters(f fixture) {
	f.update(func(tx model.Writer) error {
		for i := range 1005 {
			if err := record(tx, model.Event{At: sampleTime(), User: model.UserID(1 + i%2)}); err != nil {
				return err
			}
		}
		return nil
	})
	for what, c := range map[string]struct {
		filter model.EventFilter
		want   []model.EventID // first and last
		n      int
	}{
		"no limit":      {model.EventFilter{}, []model.EventID{1, 1000}, 1000},
		"a stretch":     {model.EventFilter{After: 10, Limit: 5}, []model.EventID{11, 15}, 5},
		"one user":      {model.EventFilter{After: 1, User: 1, Limit: 3}, []model.EventID{3, 7}, 3},
		"the last ones": {model.EventFilter{Last: true, Limit: 3}, []model.EventID{1003, 1005}, 3},
		"one's last":    {model.EventFilter{Last: true, User: 2, Limit: 2}, []model.EventID{1002, 1004}, 2},
		"past the last": {model.EventFilter{After: 1005}, nil, 0},
	} {
		got := f.events(c.filter)
		f.wantEqual("number for "+what, len(got), c.n)
		if len(got) > 0 {
			f.wantEqual("first and last for "+what, []model.EventID{got[0].ID, got[len(got)-1].ID}, c.want)
		}
	}
}

func genesis(f fixture) {
	f.read(func(tx model.Reader) error {
		id, hash, err := tx.EventHead()
		f.wantEqual("number before the first", id, model.EventID(0))
		f.wantEqual("hash before the first", hash, model.GenesisHash())
		return err
	})
	f.update(func(tx model.Writer) error { return record(tx, model.Event{At: sampleTime()}) })
	f.update(func(tx model.Writer) error { return record(tx, model.Event{At: sampleTime()}) })
	f.wantChain()
}

func eventOrder(f fixture) {
	f.update(func(tx model.Writer) error { return record(tx, model.Event{At: sampleTime()}) })
	last := f.events(model.EventFilter{})[0]
	for what, e := range map[string]model.Event{
		"a gap":               {ID: 3, Previous: last.Hash},
		"a repeated number":   {ID: 1, Previous: model.GenesisHash()},
		"another predecessor": {ID: 2, Previous: model.GenesisHash()},
	} {
		e.Hash = e.Sum(nil)
		err := f.failedUpdate(func(tx model.Writer) error { return tx.AddEvent(e) })
		if fault.KindOf(err) != fault.Conflict {
			f.Errorf("%s: got %v, want a conflict", what, err)
		}
	}
	f.wantChain()
}

func eventEpoch(f fixture) {
	epoch := func(tx model.Reader) (int64, error) { return tx.EventEpoch() }
	f.wantEqual("at first", readValue(f, epoch), int64(0))
	f.update(func(tx model.Writer) error {
		if err := tx.PutEventEpoch(3); err != nil {
			return err
		}
		got, err := tx.EventEpoch()
		f.wantEqual("within the transaction", got, int64(3))
		return errors.Join(err, record(tx, model.Event{At: sampleTime()}))
	})
	f.wantEqual("after it", readValue(f, epoch), int64(3))
	undone := errors.New("undone")
	err := f.store.Update(f.Context(), func(tx model.Writer) error { return errors.Join(tx.PutEventEpoch(4), undone) })
	if !errors.Is(err, undone) {
		f.Errorf("got %v, want %v", err, undone)
	}
	f.update(func(tx model.Writer) error {
		got, err := tx.EventEpoch()
		f.wantEqual("after one that was undone", got, int64(3))
		return errors.Join(err, record(tx, model.Event{At: sampleTime()}))
	})
	f.wantEqual("the events go on", len(f.events(model.EventFilter{})), 2)
}

func installation(f fixture) {
	get := func(tx model.Reader) (model.Installation, error) { return tx.Installation() }
	wantNotFound(f, "before the first start", get)
	for _, i := range []model.Installation{{UID: "one"}, {UID: "one", Anchored: true}} {
		f.update(func(tx model.Writer) error { return tx.PutInstallation(i) })
		f.wantEqual("the installation", readValue(f, get), i)
	}
}

func unrecorded(f fixture) {
	want := func(target string, id int64) {
		f.Helper()
		f.read(func(tx model.Reader) error {
			gotTarget, gotID, err := tx.Unrecorded()
			f.wantEqual("the kind of thing", gotTarget, target)
			f.wantEqual("its id", gotID, id)
			return err
		})
	}
	want("", 0)
	u, o := f.user("ada"), f.organization("Acme")
	want("user", int64(u.ID))
	f.update(func(tx model.Writer) error { // an event about the user alone does not record the creation
		return record(tx, model.Event{At: sampleTime(), Verb: model.SessionOpen, Target: "session", TargetID: 1, User: u.ID})
	})
	want("user", int64(u.ID))
	f.update(func(tx model.Writer) error {
		return record(tx, model.Event{At: sampleTime(), Verb: model.UserRegister, Target: "user", TargetID: int64(u.ID), User: u.ID})
	})
	want("organization", int64(o.ID))
	f.update(func(tx model.Writer) error {
		return record(tx, model.Event{At: sampleTime(), Verb: model.OrganizationCreate, Target: "organization", TargetID: int64(o.ID), Org: o.ID})
	})
	want("", 0)
	token := model.AccessToken{Owner: u.ID, Name: "laptop", CreatedAt: sampleTime()}
	f.update(func(tx model.Writer) error { return tx.AddToken(&token, []byte("hash")) })
	want("token", int64(token.ID))
	f.update(func(tx model.Writer) error {
		return record(tx, model.Event{At: sampleTime(), Verb: model.TokenRotate, Target: "token", TargetID: int64(token.ID), User: u.ID})
	})
	want("", 0)
	// Rows as old as deleted events cannot be checked.
	all := f.events(model.EventFilter{})
	f.update(func(tx model.Writer) error { return tx.DropEvents(all[len(all)-2]) })
	want("", 0)
	young := model.AccessToken{Owner: u.ID, Name: "phone", CreatedAt: sampleTime().Add(time.Hour)}
	f.update(func(tx model.Writer) error { return tx.AddToken(&young, []byte("other")) })
	want("token", int64(young.ID))
}
