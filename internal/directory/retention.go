package directory

import (
	"context"
	"errors"

	"roster.example/roster/internal/audit"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/webhook"
)

const (
	// The number of rows of each kind that one transaction deletes.
	endedBatch  = 1000
	expireBatch = 2000
	signUpBatch = 100
)

// deleteExpired deletes what has been kept long enough, in batches.
func (d *Directory) deleteExpired(ctx context.Context, actor model.Actor) error {
	return errors.Join(
		d.expire(ctx),
		d.deleteExpiredSignUps(ctx, actor),
		webhook.DeleteEnded(ctx, d.Registry),
		d.dropEnded(ctx),
		audit.Trim(ctx, d.Log, actor),
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
// links have expired: see package maillink. Each repeated sign-up at such an address adds one.
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
			if err := d.users.DeleteInvited(tx, actor, id, "the link of the sign-up has expired"); err != nil {
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
