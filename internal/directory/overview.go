package directory

import (
	"context"
	"sync"
	"time"

	"roster.example/roster/internal/filter"
	"roster.example/roster/internal/model"
)

const (
	overviewDays = 30
	// overviewAge is the maximum age of the figures of an overview.
	overviewAge = 10 * time.Minute
	// overviewEvents is the maximum number of events that are counted for each curve.
	overviewEvents = 100_000
	// OverviewDormant is how long a dormant user of an overview, and of a list in the console, was not active.
	OverviewDormant = 90 * 24 * time.Hour
)

// Overview holds figures of the whole server that take longer to compute than a page may take.
type Overview struct {
	At                time.Time // when they were computed
	SignIns, Failures []model.DayCount
	Dormant           UserCount // active users that exist for 90 days and were not active in them
	WithoutFactor     UserCount // active users, without service accounts, that have no second factor
	Waiting           model.RetryingMails
	StoppedWebhooks   int // that the server disabled
}

// UserCount is a number of users. It is a lower bound if Capped is set.
type UserCount struct {
	N      int
	Capped bool
}

// overviewCache holds the last overview. The mutex makes concurrent requests wait for one computation.
type overviewCache struct {
	mu   sync.Mutex
	last Overview
}

// Overview returns figures that are at most ten minutes old. It requires server.manage.
func (d *Directory) Overview(ctx context.Context, actor model.Actor) (Overview, error) {
	if err := d.ops.Can(ctx, actor, model.ServerManage, 0); err != nil {
		return Overview{}, err
	}
	d.overview.mu.Lock()
	defer d.overview.mu.Unlock()
	now := d.ops.Now()
	if age := now.Sub(d.overview.last.At); age >= 0 && age < overviewAge {
		return d.overview.last, nil
	}
	o := Overview{At: now}
	err := d.ops.Read(ctx, actor, model.ServerManage, 0, func(tx model.Reader, _ model.User) error { return o.read(tx) })
	if err == nil {
		d.overview.last = o
	}
	return o, err
}

func (o *Overview) read(tx model.Reader) (err error) {
	if o.SignIns, err = eventDays(tx, model.SessionOpen, o.At); err != nil {
		return err
	}
	if o.Failures, err = eventDays(tx, model.SessionFail, o.At); err != nil {
		return err
	}
	since := o.At.Add(-OverviewDormant).UTC().Format(time.RFC3339)
	if o.Dormant, err = countUsers(tx, `state eq "active" and last_activity_at lt "`+since+`" and created_at lt "`+since+`"`); err != nil {
		return err
	}
	if o.WithoutFactor, err = countUsers(tx, `state eq "active" and service eq false and not (second_factor pr)`); err != nil {
		return err
	}
	if o.Waiting, err = tx.RetryingMails(); err != nil {
		return err
	}
	hooks, err := tx.Webhooks()
	o.StoppedWebhooks = 0
	for _, h := range hooks {
		if !h.Enabled && h.Reason != "" {
			o.StoppedWebhooks++
		}
	}
	return err
}

func countUsers(tx model.Reader, condition string) (UserCount, error) {
	where, err := filter.Parse(condition)
	if err != nil {
		return UserCount{}, err
	}
	page, err := tx.Users(model.UserFilter{Where: where, Limit: 1}, model.Visibility{All: true})
	return UserCount{page.Total, page.Capped}, err
}

// eventDays counts the events with a verb on each of the last days, the oldest first. Days before the newest
// overviewEvents events are left out, and so is the day on which these begin.
func eventDays(tx model.Reader, verb model.Verb, now time.Time) ([]model.DayCount, error) {
	counted, err := tx.EventDays(verb, overviewEvents)
	if err != nil {
		return nil, err
	}
	byDay, all := map[time.Time]int{}, 0
	for _, c := range counted {
		byDay[c.Day] = c.Count
		all += c.Count
	}
	today := now.UTC().Truncate(24 * time.Hour)
	var days []model.DayCount
	for i := overviewDays - 1; i >= 0; i-- {
		day := today.AddDate(0, 0, -i)
		if all >= overviewEvents && !day.After(counted[0].Day) {
			continue
		}
		days = append(days, model.DayCount{Day: day, Count: byDay[day]})
	}
	return days, nil
}
