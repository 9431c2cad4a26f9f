package webhook

import (
	"context"
	"fmt"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

const (
	// maxFailing is how long a webhook may fail without a success before it is disabled.
	maxFailing = 24 * time.Hour
	// webhookBacklog is the maximum number of pending deliveries of a failing webhook. A working
	// one may have ten times as many, for example after an import.
	webhookBacklog       = 100_000
	healthyBacklogFactor = 10
	// deadLetterBatch is the number of deliveries that one transaction gives up.
	deadLetterBatch = 2000
)

// claimDeliveries leases deliveries and returns the number of failures in a row. The pause then lasts
// as long as the lease, so that only one of several nodes probes.
func (r *Registry) claimDeliveries(tx model.Writer, id model.WebhookID, n int, lease time.Duration) ([]model.Delivery, int, error) {
	t, err := tx.WebhookFailures(id)
	if err != nil || t.ProbeAt.After(r.ops.Now()) {
		return nil, 0, err
	}
	if t.Failures == 0 {
		claimed, err := tx.ClaimDeliveries(id, r.ops.Now(), n, lease)
		return claimed, 0, err
	}
	claimed, err := tx.ClaimDeliveries(id, r.ops.Now(), 1, lease)
	if err != nil || len(claimed) == 0 {
		return nil, t.Failures, err
	}
	t.ProbeAt = r.ops.Now().Add(lease)
	return claimed, t.Failures, tx.PutWebhookFailures(id, t)
}

// Delivered records that a delivery of a batch succeeded, with the HTTP status. A successful probe ends
// the pause.
func (q Queue) Delivered(ctx context.Context, batch Batch, one model.Delivery, status int) error {
	one.State, one.EndedAt, one.Status, one.Reason = model.Delivered, q.registry.ops.Now(), status, ""
	one.LeasedUntil = time.Time{}
	return q.changeUnlessDeleted(ctx, func(tx model.Writer) error {
		if err := tx.ChangeDelivery(one); err != nil || batch.Failures == 0 {
			return err
		}
		return tx.PutWebhookFailures(batch.Webhook, model.FailureState{})
	})
}

// FailedAttempt is a failed attempt.
type FailedAttempt struct {
	Delivery model.Delivery
	Again    time.Time // time of the next attempt; zero for none
	Status   int       // HTTP status; 0 without a response
	Reason   string
}

// Failed records the failed deliveries of a batch in one transaction. If none of the batch succeeded,
// probeAt is the time of the next attempt; otherwise it is zero. A webhook that fails for a day without
// a success is disabled.
func (q Queue) Failed(ctx context.Context, batch Batch, failed []FailedAttempt, probeAt time.Time) error {
	over := false
	err := q.changeUnlessDeleted(ctx, func(tx model.Writer) (err error) {
		over = false
		h, err := find(tx, batch.Webhook)
		if err != nil {
			return err
		}
		last := !h.Enabled
		for _, f := range failed {
			last = last || f.Again.IsZero()
			if err := q.registry.recordFailure(tx, f, !h.Enabled); err != nil {
				return err
			}
		}
		if h.Enabled && !probeAt.IsZero() {
			over, err = q.registry.pauseWebhook(tx, batch, probeAt, last)
		}
		return err
	})
	if err != nil || !over {
		return err
	}
	return q.Disable(ctx, batch.Webhook, "it failed for a day without one success; at last: "+failed[len(failed)-1].Reason)
}

// changeUnlessDeleted ignores that the webhook was deleted meanwhile.
func (q Queue) changeUnlessDeleted(ctx context.Context, fn func(tx model.Writer) error) error {
	err := q.registry.store.Update(ctx, fn)
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

func (r *Registry) recordFailure(tx model.Writer, f FailedAttempt, off bool) error {
	one := f.Delivery
	one.Attempts++
	one.LeasedUntil, one.Status, one.Reason = time.Time{}, f.Status, unitext.Truncate(f.Reason, maxReason)
	if off || f.Again.IsZero() {
		one.State, one.EndedAt = model.Dead, r.ops.Now()
	} else {
		one.DueAt = f.Again
	}
	return tx.ChangeDelivery(one)
}

// pauseWebhook reports whether the webhook has failed for too long. Of several batches that failed at
// the same time one counts. Without pending deliveries none counts, so that a delivery of next week
// gets its full day.
func (r *Registry) pauseWebhook(tx model.Writer, batch Batch, until time.Time, last bool) (over bool, err error) {
	t, err := tx.WebhookFailures(batch.Webhook)
	if err != nil || t.Failures != batch.Failures {
		return false, err
	}
	if t.Failures == 0 {
		t.Since = r.ops.Now()
	}
	t.Failures, t.ProbeAt = t.Failures+1, until
	if over = r.ops.Now().Sub(t.Since) >= maxFailing; last && !over {
		left, err := tx.PendingDeliveries(batch.Webhook, 1)
		if err != nil {
			return false, err
		}
		if left == 0 {
			t = model.FailureState{}
		}
	}
	return over, tx.PutWebhookFailures(batch.Webhook, t)
}

// endPause ends the pause of a webhook after a change or replay.
func (r *Registry) endPause(tx model.Writer, id model.WebhookID) error {
	t, err := tx.WebhookFailures(id)
	if err != nil || t.Failures == 0 {
		return err
	}
	t.ProbeAt = r.ops.Now()
	return tx.PutWebhookFailures(id, t)
}

// deadLetterSome gives up one batch of deliveries of a disabled webhook.
func (r *Registry) deadLetterSome(tx model.Writer, of model.WebhookID) (int, error) {
	return tx.DeadLetterDeliveries(model.DeadLetter{Webhook: of, At: r.ops.Now(), Reason: reasonDisabled, Limit: deadLetterBatch})
}

// deadLetterAll gives up the other batches, unless the webhook was enabled meanwhile.
func (r *Registry) deadLetterAll(ctx context.Context, of model.WebhookID) error {
	return r.ops.Repeat(ctx, deadLetterBatch, func(tx model.Writer) (int, error) {
		if h, err := find(tx, of); err != nil || h.Enabled {
			return 0, err
		}
		return r.deadLetterSome(tx, of)
	})
}

// DisableOverfull disables webhooks with too many pending deliveries. Others are only read.
func (q Queue) DisableOverfull(ctx context.Context) error {
	var full map[model.WebhookID]int
	err := q.registry.store.Read(ctx, func(tx model.Reader) (err error) {
		full, err = q.registry.overfull(tx)
		return err
	})
	for id, bound := range full {
		if err == nil {
			err = q.Disable(ctx, id, fmt.Sprintf("more than %d deliveries waited for it", bound))
		}
	}
	return err
}

// overfull returns the webhooks with too many pending deliveries, with their bounds.
func (r *Registry) overfull(tx model.Reader) (map[model.WebhookID]int, error) {
	full := map[model.WebhookID]int{}
	hooks, err := tx.Webhooks()
	for _, h := range hooks {
		if err != nil || !h.Enabled {
			continue
		}
		var bound, n int
		if bound, err = r.backlog(tx, h.ID); err == nil {
			n, err = tx.PendingDeliveries(h.ID, bound+1)
		}
		if n > bound {
			full[h.ID] = bound
		}
	}
	return full, err
}

// backlog returns the maximum number of pending deliveries of a webhook.
func (r *Registry) backlog(tx model.Reader, id model.WebhookID) (int, error) {
	bound := webhookBacklog
	if r.options.Backlog > 0 {
		bound = r.options.Backlog
	}
	t, err := tx.WebhookFailures(id)
	if t.Failures == 0 {
		bound *= healthyBacklogFactor
	}
	return bound, err
}
