package directory

import (
	"context"
	"slices"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// maxOwnEvents is the maximum number of events that [Directory.MyEvents] returns.
const maxOwnEvents = 100

// MyEvents returns events about or by the actor's user, newest first: those before the event with the
// id before, or the newest ones for 0. Network addresses of other actors are left out. It requires a
// credential of full scope, as [Directory.PersonalData].
func (d *Directory) MyEvents(ctx context.Context, actor model.Actor, before model.EventID, limit int) ([]model.Event, error) {
	limit = min(max(limit, 1), maxOwnEvents)
	var events []model.Event
	err := d.ops.Read(ctx, actor, model.SelfCredentials, 0, func(tx model.Reader, self model.User) error {
		if err := operation.RequireFullScope(actor); err != nil {
			return err
		}
		events = nil
		for _, filter := range []model.EventFilter{{User: self.ID}, {Actor: self.ID}} {
			filter.Before, filter.Limit, filter.Descending = before, limit, true
			some, err := tx.Events(filter)
			if err != nil {
				return err
			}
			events = append(events, some...)
		}
		slices.SortFunc(events, func(x, y model.Event) int { return int(y.ID - x.ID) })
		events = slices.CompactFunc(events, func(x, y model.Event) bool { return x.ID == y.ID })
		events = events[:min(len(events), limit)]
		redactAddresses(events, self.ID)
		return nil
	})
	return events, err
}

// redactAddresses removes the network addresses of events that other actors than the user caused.
func redactAddresses(events []model.Event, user model.UserID) {
	for i, e := range events {
		if e.Actor != user && e.Impersonator != user {
			events[i].Address = ""
		}
	}
}
