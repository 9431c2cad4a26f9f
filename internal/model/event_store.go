package model

import "time"

// EventReader reads events.
type EventReader interface {
	Events(filter EventFilter) ([]Event, error)
	// EventDays counts the newest events with a verb, at most limit, by day in UTC, the oldest day first.
	EventDays(verb Verb, limit int) ([]DayCount, error)
	EventHead() (EventID, []byte, error)  // zero and [GenesisHash] if there is none
	EventStart() (EventID, []byte, error) // the last deleted event; zero and [GenesisHash] if none was deleted
	// EventEpoch returns the number of the newest key of the chain; 0 if it has none.
	EventEpoch() (int64, error)
	Installation() (Installation, error)
	// Unrecorded returns the kind and id of a row for which no event of its creation exists,
	// or "" if there is none. If events were deleted because of their age, rows older than the
	// oldest event are left out.
	Unrecorded() (target string, id int64, err error)
}

// DayCount is a number of events on a day.
type DayCount struct {
	Day   time.Time // its beginning, in UTC
	Count int
}

// EventFilter selects events. Lists are ordered by id, ascending. Zero fields select all.
type EventFilter struct {
	After      EventID   // only events with a higher id
	Before     EventID   // only events with a lower id
	Limit      int       // 0 means MaxEvents
	User       UserID    // only about this user
	Actor      UserID    // only of this actor, impersonating or not
	Target     string    // only about this kind of target
	TargetID   int64     // only about targets with this id
	Verb       Verb      // one verb, or a prefix that ends with a dot: "user."
	API        API       // only through this API
	Org        OrgID     // only about this organization
	Since      time.Time // not before
	Until      time.Time // before
	Last       bool      // the last Limit events instead of the first
	Descending bool      // newest first
}

// EventWriter appends events. Lists in the same transaction need not include them.
type EventWriter interface {
	// LockEvents is EventHead for a transaction that is going to append: no other transaction
	// appends before this one ends.
	LockEvents() (EventID, []byte, error)
	AddEvent(e Event) error
	PutEventEpoch(epoch int64) error
	PutInstallation(i Installation) error
	// DropEvents deletes all events up to and including through, which EventStart returns from
	// then on. It does nothing if they were deleted before.
	DropEvents(through Event) error
}

// Installation identifies a database.
type Installation struct {
	UID      string // random
	Anchored bool   // the data folder must have an anchor
}
