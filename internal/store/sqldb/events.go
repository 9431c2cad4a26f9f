package sqldb

import (
	"slices"

	"roster.example/roster/internal/directory"
)

const eventColumns = `id, at, actor_id, real_id, credential, verb, target, target_id, user_id, organization_id,
	api, address, detail, previous, hash`

func scanEvent(from row) (e directory.Event, err error) {
	err = from.Scan(&e.ID, when(&e.At), &e.Actor, &e.Real, &e.Credential, &e.Verb, &e.Target, &e.TargetID, &e.User, &e.Org,
		&e.API, &e.Address, &e.Detail, &e.Previous, &e.Hash)
	return e, err
}

// eventLimit is how many events a list holds that names no limit.
const eventLimit = 1000

func (r *reader) Events(filter directory.EventFilter) ([]directory.Event, error) {
	c := clauses{engine: r.engine}
	c.add(`id > ` + c.bind(filter.After))
	if filter.User != 0 {
		c.add(`user_id = ` + c.bind(filter.User))
	}
	limit := filter.Limit
	if limit <= 0 {
		limit = eventLimit
	}
	order := ` ORDER BY id`
	if filter.Last {
		order += ` DESC`
	}
	events, err := list(r, "event", scanEvent, `SELECT `+eventColumns+` FROM events`+c.where()+order+` LIMIT `+c.bind(limit), c.args...)
	if filter.Last {
		slices.Reverse(events)
	}
	return events, err
}

// head is the last event.
type head struct {
	id   directory.EventID
	hash []byte
}

func scanHead(from row) (h head, err error) {
	err = from.Scan(&h.id, &h.hash)
	return h, err
}

func (r *reader) EventHead() (directory.EventID, []byte, error) {
	h, err := one(r, "event", scanHead, `SELECT last_id, last_hash FROM event_head`)
	return h.id, h.hash, err
}

func eventValues(e directory.Event) []any {
	return []any{e.ID, stamp(e.At), e.Actor, e.Real, string(e.Credential), string(e.Verb), e.Target, e.TargetID, e.User, e.Org,
		string(e.API), e.Address, e.Detail, e.Previous, e.Hash}
}
