package operation

import "roster.example/roster/internal/model"

// EventSpec is the content of an event besides its actor.
type EventSpec struct {
	Verb   model.Verb
	Target string
	ID     int64
	User   model.UserID
	Org    model.OrgID
	Detail string
}

// Record appends an event to the chain, in the transaction of its operation.
func (r *Runner) Record(tx model.Writer, actor model.Actor, spec EventSpec) error {
	last, previous, err := tx.LockEvents()
	if err != nil {
		return err
	}
	key, err := r.currentChainKey(tx)
	if err != nil {
		return err
	}
	e := r.event(actor, spec, last+1, previous, key)
	if err := tx.AddEvent(e); err != nil {
		return err
	}
	return r.options.Enqueue(tx, e)
}

// RecordAll is record for several events.
func (r *Runner) RecordAll(tx model.Writer, actor model.Actor, specs []EventSpec) error {
	last, previous, err := tx.LockEvents()
	if err != nil {
		return err
	}
	key, err := r.currentChainKey(tx)
	if err != nil {
		return err
	}
	events := make([]model.Event, len(specs))
	for i, spec := range specs {
		last++
		events[i] = r.event(actor, spec, last, previous, key)
		previous = events[i].Hash
	}
	if err := tx.AddEvents(events); err != nil {
		return err
	}
	return r.options.Enqueue(tx, events...)
}

func (r *Runner) event(actor model.Actor, spec EventSpec, id model.EventID, previous, key []byte) model.Event {
	e := model.Event{
		ID: id, At: r.Now(), Actor: actor.UserID(), Impersonator: actor.Impersonator(), Credential: actor.Credential(),
		Verb: spec.Verb, Target: spec.Target, TargetID: spec.ID, User: spec.User, Org: spec.Org,
		API: actor.API(), Address: actor.Address(), Detail: spec.Detail, Previous: previous,
	}
	e.Hash = e.Sum(key)
	return e
}

// RecordUser is record for an event about a user.
func (r *Runner) RecordUser(tx model.Writer, actor model.Actor, verb model.Verb, user model.UserID, detail string) error {
	return r.Record(tx, actor, EventSpec{Verb: verb, Target: "user", ID: int64(user), User: user, Detail: detail})
}
