package directory

import "roster.example/roster/internal/model"

// eventSpec is the content of an event besides its actor.
type eventSpec struct {
	verb   model.Verb
	target string
	id     int64
	user   model.UserID
	org    model.OrgID
	detail string
}

// record appends an event to the chain, in the transaction of its operation.
func (d *Directory) record(tx model.Writer, actor model.Actor, spec eventSpec) error {
	last, previous, err := tx.LockEvents()
	if err != nil {
		return err
	}
	key, err := d.currentChainKey(tx)
	if err != nil {
		return err
	}
	e := d.event(actor, spec, last+1, previous, key)
	if err := tx.AddEvent(e); err != nil {
		return err
	}
	return enqueueWebhooks(tx, e)
}

// recordAll is record for several events.
func (d *Directory) recordAll(tx model.Writer, actor model.Actor, deeds []eventSpec) error {
	last, previous, err := tx.LockEvents()
	if err != nil {
		return err
	}
	key, err := d.currentChainKey(tx)
	if err != nil {
		return err
	}
	events := make([]model.Event, len(deeds))
	for i, spec := range deeds {
		last++
		events[i] = d.event(actor, spec, last, previous, key)
		previous = events[i].Hash
	}
	if err := tx.AddEvents(events); err != nil {
		return err
	}
	return enqueueWebhooks(tx, events...)
}

func (d *Directory) event(actor model.Actor, spec eventSpec, id model.EventID, previous, key []byte) model.Event {
	e := model.Event{
		ID: id, At: d.now(), Actor: actor.UserID(), Impersonator: actor.Impersonator(), Credential: actor.Credential(),
		Verb: spec.verb, Target: spec.target, TargetID: spec.id, User: spec.user, Org: spec.org,
		API: actor.API(), Address: actor.Address(), Detail: spec.detail, Previous: previous,
	}
	e.Hash = e.Sum(key)
	return e
}

// recordUser is record for an event about a user.
func (d *Directory) recordUser(tx model.Writer, actor model.Actor, verb model.Verb, user model.UserID, detail string) error {
	return d.record(tx, actor, eventSpec{verb: verb, target: "user", id: int64(user), user: user, detail: detail})
}
