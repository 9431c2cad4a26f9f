package sqldb

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"roster.example/roster/internal/model"
)

const eventColumns = `id, at, actor_id, real_id, credential, verb, target, target_id, user_id, organization_id,
	api, address, detail, previous, hash`

func scanEvent(from row) (e model.Event, err error) {
	err = from.Scan(&e.ID, scanTime(&e.At), &e.Actor, &e.Impersonator, &e.Credential, &e.Verb, &e.Target, &e.TargetID, &e.User, &e.Org,
		&e.API, &e.Address, &e.Detail, &e.Previous, &e.Hash)
	return e, err
}

func (r *reader) Events(filter model.EventFilter) ([]model.Event, error) {
	query, args := EventsQuery(r.engine, filter)
	events, err := list(r, "event", scanEvent, query, args...)
	if filter.Last && !filter.Descending {
		slices.Reverse(events)
	}
	return events, err
}

// EventsQuery returns the query of a list, also for tests of its plan. It walks an index in the order of
// the events, so a page costs the same at every position. If a filter matches one of several values, the
// first events of each value are read from the index.
func EventsQuery(engine Engine, filter model.EventFilter) (string, []any) {
	c := clauses{engine: engine}
	limit := filter.Limit
	if limit <= 0 {
		limit = model.MaxEvents
	}
	order := ` ORDER BY id`
	if filter.Last || filter.Descending {
		order += ` DESC`
	}
	order += ` LIMIT ` + c.bind(limit)
	common := c.eventTerms(filter)
	var ways []string
	for _, actor := range c.actorTerms(filter.Actor) {
		for _, verb := range c.verbTerms(filter.Verb) {
			ways = append(ways, ` WHERE `+common+actor+verb+order)
		}
	}
	if len(ways) == 1 {
		return `SELECT ` + eventColumns + ` FROM events` + ways[0], c.args
	}
	for i, way := range ways {
		ways[i] = `SELECT id FROM (SELECT id FROM events` + way + `) way` + strconv.Itoa(i)
	}
	return `SELECT ` + eventColumns + ` FROM events WHERE id IN (` + strings.Join(ways, ` UNION ALL `) + `)` + order, c.args
}

func (c *clauses) eventTerms(filter model.EventFilter) string {
	terms := c.idRange(filter)
	also := func(wanted bool, term string, value any) {
		if wanted {
			terms += ` AND ` + term + c.bind(value)
		}
	}
	also(filter.User != 0, `user_id = `, filter.User)
	also(filter.Target == "user", `target = `, filter.Target)
	also(filter.Target != "" && filter.Target != "user", `target <> 'user' AND target = `, filter.Target)
	also(filter.TargetID != 0, `target_id = `, filter.TargetID)
	also(filter.API != "", `api = `, string(filter.API))
	also(filter.Org != 0, `organization_id <> 0 AND organization_id = `, filter.Org)
	also(!filter.Since.IsZero(), `at >= `, toMicros(filter.Since))
	also(!filter.Until.IsZero(), `at < `, toMicros(filter.Until))
	return terms
}

// idRange limits the ids of events to those of a time span. Clocks can go back, so events are not sorted by
// time; but the events of a span have ids between the least and the greatest id of the span.
func (c *clauses) idRange(filter model.EventFilter) string {
	after, before := c.bind(filter.After), ""
	if filter.Before != 0 {
		before = c.bind(filter.Before)
	}
	if filter.Since.IsZero() {
		if before == "" {
			return `id > ` + after
		}
		return `id > ` + after + ` AND id < ` + before
	}
	none := c.bind(int64(math.MaxInt64))
	if before == "" {
		before = none
	}
	// + 0 prevents the engines from searching the least id from the beginning, one
	// event after the other.
	span := ` FROM events WHERE at >= ` + c.bind(toMicros(filter.Since))
	if !filter.Until.IsZero() {
		span += ` AND at < ` + c.bind(toMicros(filter.Until))
		before = `(SELECT CASE WHEN max(id + 0) < ` + before + ` THEN max(id + 0) + 1 ELSE ` + before + ` END` + span + `)`
	}
	return `id > (SELECT CASE WHEN min(id + 0) IS NULL THEN ` + none + ` WHEN min(id + 0) > ` + after + ` THEN min(id + 0) - 1 ELSE ` + after + ` END` +
		span + `) AND id < ` + before
}

// actorTerms select the events of a user, and those of the user as an impersonator.
func (c *clauses) actorTerms(actor model.UserID) []string {
	if actor == 0 {
		return []string{""}
	}
	id := c.bind(actor)
	return []string{` AND actor_id <> 0 AND actor_id = ` + id, ` AND real_id <> actor_id AND real_id = ` + id}
}

func (c *clauses) verbTerms(verb model.Verb) []string {
	if verb == "" {
		return []string{""}
	}
	verbs := verb.Matching()
	if len(verbs) == 0 {
		verbs = []model.Verb{verb}
	}
	var terms []string
	for _, one := range verbs {
		terms = append(terms, ` AND verb = `+c.bind(string(one)))
	}
	return terms
}

// head is the last event.
type head struct {
	id    model.EventID
	hash  []byte
	epoch int64 // set by LockEvents
}

func scanHead(from row) (h head, err error) {
	err = from.Scan(&h.id, &h.hash)
	return h, err
}

func scanLockedHead(from row) (h head, err error) {
	err = from.Scan(&h.id, &h.hash, &h.epoch)
	return h, err
}

// EventEpoch implements [model.EventReader].
func (r *reader) EventEpoch() (epoch int64, err error) {
	return one(r, "event", func(from row) (epoch int64, err error) {
		err = from.Scan(&epoch)
		return epoch, err
	}, `SELECT epoch FROM event_head`)
}

// EventDays implements [model.EventReader].
func (r *reader) EventDays(verb model.Verb, limit int) ([]model.DayCount, error) {
	return list(r, "event", func(from row) (c model.DayCount, err error) {
		var day int64
		err = from.Scan(&day, &c.Count)
		c.Day = time.Unix(day*24*60*60, 0).UTC()
		return c, err
	}, `SELECT day, COUNT(*) FROM (SELECT at / 86400000000 AS day FROM events WHERE verb = $1 ORDER BY id DESC LIMIT $2) newest
		GROUP BY day ORDER BY day`, string(verb), limit)
}

func (r *reader) EventHead() (model.EventID, []byte, error) {
	h, err := one(r, "event", scanHead, `SELECT last_id, last_hash FROM event_head`)
	return h.id, h.hash, err
}

func (r *reader) EventStart() (model.EventID, []byte, error) {
	h, err := one(r, "event", scanHead, `SELECT last_id, last_hash FROM event_start`)
	return h.id, h.hash, err
}

func (w *writer) DropEvents(through model.Event) error {
	n, err := w.exec("event", `UPDATE event_start SET last_id = $1, last_hash = $2 WHERE last_id < $1`, through.ID, nonNil(through.Hash))
	if err != nil || n == 0 {
		return err
	}
	return w.drop("event", `DELETE FROM events WHERE id <= $1`, through.ID)
}

func eventValues(e model.Event) []any {
	return []any{e.ID, toMicros(e.At), e.Actor, e.Impersonator, string(e.Credential), string(e.Verb), e.Target, e.TargetID, e.User, e.Org,
		string(e.API), e.Address, e.Detail, e.Previous, e.Hash}
}
