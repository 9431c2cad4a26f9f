package operation

import (
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// EventByID returns one event; NotFound if there is none, or none any more.
func EventByID(tx model.Reader, id model.EventID) (model.Event, error) {
	found, err := tx.Events(model.EventFilter{After: id - 1, Before: id + 1, Limit: 1})
	if err != nil || len(found) == 1 {
		return append(found, model.Event{})[0], err
	}
	return model.Event{}, fault.Missing("event")
}
