package storetest

import (
	"roster.example/roster/internal/directory"
)

func eventPromises() []promise {
	return []promise{
		{"an event comes back as written", eventRoundTrip},
		{"events are listed in stretches and by person", eventFilters},
		{"the first event follows the genesis hash", genesis},
		{"an event that does not follow the last is refused", eventOrder},
	}
}

func eventRoundTrip(f fixture) {
	e := directory.Event{
		At: moment(), Actor: 1, Real: 2, Credential: directory.ByAccessToken, Verb: directory.UserCreate, Target: "user", TargetID: 3,
		User: 4, Org: 5, API: directory.GitLab, Address: "192.0.2.1", Detail: "name, email",
	}
	f.update(func(tx directory.Writer) error { return record(tx, e) })
	e.ID, e.Previous = 1, directory.GenesisHash()
	e.Hash = e.Sum()
	f.same("events", f.events(directory.EventFilter{}), []directory.Event{e})
	f.wantChain()
}

func (f fixture) events(filter directory.EventFilter) []directory.Event {
	f.Helper()
	return read(f, func(tx directory.Reader) ([]directory.Event, error) { return tx.Events(filter) })
}

func eventFilters(f fixture) {
	f.update(func(tx directory.Writer) error {
		for i := range 1005 {
			if err := record(tx, directory.Event{At: moment(), User: directory.UserID(1 + i%2)}); err != nil {
				return err
			}
		}
		return nil
	})
	for what, c := range map[string]struct {
		filter directory.EventFilter
		want   []directory.EventID // first and last
		n      int
	}{
		"no limit":      {directory.EventFilter{}, []directory.EventID{1, 1000}, 1000},
		"a stretch":     {directory.EventFilter{After: 10, Limit: 5}, []directory.EventID{11, 15}, 5},
		"one person":    {directory.EventFilter{After: 1, User: 1, Limit: 3}, []directory.EventID{3, 7}, 3},
		"the last ones": {directory.EventFilter{Last: true, Limit: 3}, []directory.EventID{1003, 1005}, 3},
		"one's last":    {directory.EventFilter{Last: true, User: 2, Limit: 2}, []directory.EventID{1002, 1004}, 2},
		"past the last": {directory.EventFilter{After: 1005}, nil, 0},
	} {
		got := f.events(c.filter)
		f.same("number for "+what, len(got), c.n)
		if len(got) > 0 {
			f.same("first and last for "+what, []directory.EventID{got[0].ID, got[len(got)-1].ID}, c.want)
		}
	}
}

func genesis(f fixture) {
	f.view(func(tx directory.Reader) error {
		id, hash, err := tx.EventHead()
		f.same("number before the first", id, directory.EventID(0))
		f.same("hash before the first", hash, directory.GenesisHash())
		return err
	})
	f.update(func(tx directory.Writer) error { return record(tx, directory.Event{At: moment()}) })
	f.update(func(tx directory.Writer) error { return record(tx, directory.Event{At: moment()}) })
	f.wantChain()
}

func eventOrder(f fixture) {
	f.update(func(tx directory.Writer) error { return record(tx, directory.Event{At: moment()}) })
	last := f.events(directory.EventFilter{})[0]
	for what, e := range map[string]directory.Event{
		"a gap":               {ID: 3, Previous: last.Hash},
		"a repeated number":   {ID: 1, Previous: directory.GenesisHash()},
		"another predecessor": {ID: 2, Previous: directory.GenesisHash()},
	} {
		e.Hash = e.Sum()
		err := f.refused(func(tx directory.Writer) error { return tx.AddEvent(e) })
		if directory.KindOf(err) != directory.Conflict {
			f.Errorf("%s: got %v, want a conflict", what, err)
		}
	}
	f.wantChain()
}
