package directory

import (
	"context"
	"fmt"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

const (
	// failingLife is how long a webhook may fail without a success before it is disabled.
	failingLife = 24 * time.Hour
	// webhookBacklog is the maximum number of pending deliveries of a failing webhook. A working
	// one may have ten times as many, for example after an import.
	webhookBacklog = 100_000
	patienceFactor = 10
	// buryBatch is the number of deliveries that one transaction gives up.
	buryBatch = 2000
)

// claimDeliveries leases deliveries and returns the number of failures in a row. The pause then lasts
// as long as the lease, so that only one of several nodes probes.
func (d *Directory) claimDeliveries(tx model.Writer, id model.WebhookID, n int, lease time.Duration) ([]model.Delivery, int, error) {
	t, err := tx.WebhookTrouble(id)
	if err != nil || t.ProbeAt.After(d.ops.Now()) {
		return nil, 0, err
	}
	if t.Failures == 0 {
		claimed, err := tx.ClaimDeliveries(id, d.ops.Now(), n, lease)
		return claimed, 0, err
	}
	claimed, err := tx.ClaimDeliveries(id, d.ops.Now(), 1, lease)
	if err != nil || len(claimed) == 0 {
		return nil, t.Failures, err
	}
	t.ProbeAt = d.ops.Now().Add(lease)
	return claimed, t.Failures, tx.PutWebhookTrouble(id, t)
}

// Delivered records that a delivery of a batch succeeded, with the HTTP status. A successful probe ends
// the pause.
func (q WebhookQueue) Delivered(ctx context.Context, batch WebhookBatch, one model.Delivery, status int) error {
	one.State, one.EndedAt, one.Status, one.Reason = model.Delivered, q.d.ops.Now(), status, ""
	one.LeasedUntil = time.Time{}
	return q.note(ctx, func(tx model.Writer) error {
		if err := tx.ChangeDelivery(one); err != nil || batch.Failures == 0 {
			return err
		}
		return tx.PutWebhookTrouble(batch.Webhook, model.Trouble{})
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
func (q WebhookQueue) Failed(ctx context.Context, batch WebhookBatch, failed []FailedAttempt, probeAt time.Time) error {
	over := false
	err := q.note(ctx, func(tx model.Writer) (err error) {
		over = false
		h, err := webhook(tx, batch.Webhook)
		if err != nil {
			return err
		}
		last := !h.Enabled
		for _, f := range failed {
			last = last || f.Again.IsZero()
			if err := q.d.noteFailure(tx, f, !h.Enabled); err != nil {
				return err
			}
		}
		if h.Enabled && !probeAt.IsZero() {
			over, err = q.d.pauseWebhook(tx, batch, probeAt, last)
		}
		return err
	})
	if err != nil || !over {
		return err
	}
	return q.Disable(ctx, batch.Webhook, "it failed for a day without one success; at last: "+failed[len(failed)-1].Reason)
}

// note ignores that the webhook was deleted meanwhile.
func (q WebhookQueue) note(ctx context.Context, fn func(tx model.Writer) error) error {
	err := q.d.store.Update(ctx, fn)
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

func (d *Directory) noteFailure(tx model.Writer, f FailedAttempt, off bool) error {
	one := f.Delivery
	one.Attempts++
	one.LeasedUntil, one.Status, one.Reason = time.Time{}, f.Status, unitext.Truncate(f.Reason, maxReason)
	if off || f.Again.IsZero() {
		one.State, one.EndedAt = model.Dead, d.ops.Now()
	} else {
		one.DueAt = f.Again
	}
	return tx.ChangeDelivery(one)
}

// pauseWebhook reports whether the webhook has failed for too long. Of several batches that failed at
// the same time one counts. Without pending deliveries none counts, so that a delivery of next week
// gets its full day.
func (d *Directory) pauseWebhook(tx model.Writer, batch WebhookBatch, until time.Time, last bool) (over bool, err error) {
	t, err := tx.WebhookTrouble(batch.Webhook)
	if err != nil || t.Failures != batch.Failures {
		return false, err
	}
	if t.Failures == 0 {
		t.Since = d.ops.Now()
	}
	t.Failures, t.ProbeAt = t.Failures+1, until
	if over = d.ops.Now().Sub(t.Since) >= failingLife; last && !over {
		left, err := tx.PendingDeliveries(batch.Webhook, 1)
		if err != nil {
			return false, err
		}
		if left == 0 {
			t = model.Trouble{}
		}
	}
	return over, tx.PutWebhookTrouble(batch.Webhook, t)
}

// probeNow ends the pause of a webhook after a change or replay.
func (d *Directory) probeNow(tx model.Writer, id model.WebhookID) error {
	t, err := tx.WebhookTrouble(id)
	if err != nil || t.Failures == 0 {
		return err
	}
	t.ProbeAt = d.ops.Now()
	return tx.PutWebhookTrouble(id, t)
}

// burySome gives up one batch of deliveries of a disabled webhook.
func (d *Directory) burySome(tx model.Writer, of model.WebhookID) (int, error) {
	return tx.BuryDeliveries(model.Burial{Webhook: of, At: d.ops.Now(), Reason: webhookOff, Limit: buryBatch})
}

// bury gives up the other batches, unless the webhook was enabled meanwhile.
func (d *Directory) bury(ctx context.Context, of model.WebhookID) error {
	return d.ops.Repeat(ctx, buryBatch, func(tx model.Writer) (int, error) {
		if h, err := webhook(tx, of); err != nil || h.Enabled {
			return 0, err
		}
		return d.burySome(tx, of)
	})
}

// Curb disables webhooks with too many pending deliveries. Others are only read.
func (q WebhookQueue) Curb(ctx context.Context) error {
	var full map[model.WebhookID]int
	err := q.d.store.Read(ctx, func(tx model.Reader) (err error) {
		full, err = q.d.overfull(tx)
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
func (d *Directory) overfull(tx model.Reader) (map[model.WebhookID]int, error) {
	full := map[model.WebhookID]int{}
	hooks, err := tx.Webhooks()
	for _, h := range hooks {
		if err != nil || !h.Enabled {
			continue
		}
		var bound, n int
		if bound, err = d.backlog(tx, h.ID); err == nil {
			n, err = tx.PendingDeliveries(h.ID, bound+1)
		}
		if n > bound {
			full[h.ID] = bound
		}
	}
	return full, err
}

// backlog returns the maximum number of pending deliveries of a webhook.
func (d *Directory) backlog(tx model.Reader, id model.WebhookID) (int, error) {
	bound := webhookBacklog
	if d.options.WebhookBacklog > 0 {
		bound = d.options.WebhookBacklog
	}
	t, err := tx.WebhookTrouble(id)
	if t.Failures == 0 {
		bound *= patienceFactor
	}
	return bound, err
}
