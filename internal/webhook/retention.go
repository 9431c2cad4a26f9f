package webhook

import (
	"context"
	"errors"
	"time"

	"roster.example/roster/internal/model"
)

const (
	// dropBatch is the number of deliveries that one transaction deletes.
	dropBatch = 2000

	keepDelivered = 7 * 24 * time.Hour
	keepDead      = 30 * 24 * time.Hour
)

// DeleteEnded deletes the deliveries that ended long ago, and gives up those of disabled
// webhooks.
func DeleteEnded(ctx context.Context, r *Registry) error {
	return errors.Join(
		r.ops.Repeat(ctx, deadLetterBatch, func(tx model.Writer) (int, error) {
			return tx.DeadLetterDeliveries(model.DeadLetter{At: r.ops.Now(), Reason: reasonDisabled, Limit: deadLetterBatch})
		}),
		r.ops.Repeat(ctx, dropBatch, func(tx model.Writer) (int, error) {
			return tx.DropDeliveries(model.EndedBefore{Delivered: r.ops.Now().Add(-keepDelivered), Dead: r.ops.Now().Add(-keepDead), Limit: dropBatch})
		}),
	)
}
