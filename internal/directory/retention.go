package directory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/webhook"
)

const (
	// The number of rows of each kind that one transaction deletes.
	trimBatch   = 1000
	endedBatch  = 1000
	expireBatch = 2000
	signUpBatch = 100
)

// deleteExpired deletes what has been kept long enough, in batches.
func (d *Directory) deleteExpired(ctx context.Context, actor model.Actor) error {
	return errors.Join(
		d.expire(ctx),
		d.deleteExpiredSignUps(ctx, actor),
		webhook.DeleteEnded(d.Registry, ctx),
		d.dropEnded(ctx),
		d.trim(ctx, actor),
	)
}

// expire deletes what has expired, kind by kind: one with many rows does not repeat the others.
func (d *Directory) expire(ctx context.Context) error {
	var faults []error
	for _, kind := range model.ExpiringKinds() {
		faults = append(faults, d.ops.Repeat(ctx, expireBatch, func(tx model.Writer) (int, error) { return tx.Expire(kind, d.ops.Now(), expireBatch) }))
	}
	return errors.Join(faults...)
}

// deleteExpiredSignUps deletes sign-ups at an address that another account claims, after their
// links have expired: see [model.User.awaitsEmail]. Each repeated sign-up at such an address adds one.
func (d *Directory) deleteExpiredSignUps(ctx context.Context, actor model.Actor) error {
	due := false
	err := d.store.Read(ctx, func(tx model.Reader) error {
		first, err := tx.ExpiredSignUps(d.ops.Now(), 1)
		due = len(first) > 0
		return err
	})
	if err != nil || !due {
		return err
	}
	return d.ops.Repeat(ctx, signUpBatch, func(tx model.Writer) (int, error) {
		expired, err := tx.ExpiredSignUps(d.ops.Now(), signUpBatch)
		if err != nil {
			return 0, err
		}
		for _, id := range expired {
			if err := d.deleteInvitedUser(tx, actor, id, "the link of the sign-up has expired"); err != nil {
				return 0, err
			}
		}
		return len(expired), nil
	})
}

// dropEnded deletes tokens, invitations and links that ended more than KeepEnded ago. It records
// no events: those about the end of a token or invitation stay.
func (d *Directory) dropEnded(ctx context.Context) error {
	keep := d.options.KeepEnded
	if keep <= 0 {
		return nil
	}
	return d.ops.Repeat(ctx, endedBatch, func(tx model.Writer) (int, error) { return tx.DropEnded(d.ops.Now().Add(-keep), endedBatch) })
}

// trim drops the events that are older than they are to be kept. Each batch is an
// event itself, so trimming once for all that is due in a day, or in a tenth of a
// shorter time, keeps these from replacing each other for ever.
func (d *Directory) trim(ctx context.Context, actor model.Actor) error {
	keep := d.options.KeepEvents
	if keep <= 0 {
		return nil
	}
	before := d.ops.Now().Add(-keep)
	due := false
	err := d.store.Read(ctx, func(tx model.Reader) error {
		first, err := tx.Events(model.EventFilter{Limit: 1})
		due = len(first) > 0 && first[0].At.Before(before.Add(-min(24*time.Hour, keep/10)))
		return err
	})
	if err != nil || !due {
		return err
	}
	return d.ops.Repeat(ctx, trimBatch, func(tx model.Writer) (int, error) { return d.trimBatch(tx, actor, before) })
}

// trimBatch stops before an event that is still on its way to a webhook.
func (d *Directory) trimBatch(tx model.Writer, actor model.Actor, before time.Time) (int, error) {
	if _, _, err := tx.LockEvents(); err != nil { // of several nodes one trims
		return 0, err
	}
	events, err := tx.Events(model.EventFilter{Limit: trimBatch})
	if err != nil {
		return 0, err
	}
	needed, err := tx.UndeliveredSince()
	if err != nil {
		return 0, err
	}
	n := 0
	for n < len(events) && events[n].At.Before(before) && (needed == 0 || events[n].ID < needed) {
		n++
	}
	if n == 0 {
		return 0, nil
	}
	last := events[n-1]
	if err := tx.DropEvents(last); err != nil {
		return 0, err
	}
	return n, d.ops.Record(tx, actor, operation.EventSpec{Verb: model.EventsTrim, Target: "event", ID: int64(last.ID), Detail: fmt.Sprintf("%d events", n)})
}
