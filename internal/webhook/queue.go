package webhook

import (
	"context"
	"net/netip"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
	"roster.example/roster/internal/webhook/endpoint"
)

// Enqueue adds a delivery of each event for each webhook that receives it, in the transaction
// of the operation, so that webhooks get committed events and no others.
func Enqueue(tx model.Writer, events ...model.Event) error {
	hooks, err := tx.CachedWebhooks()
	if err != nil || len(hooks) == 0 {
		return err
	}
	var due []model.Delivery
	for _, e := range events {
		for _, h := range hooks {
			if h.Wants(e) {
				due = append(due, model.Delivery{
					Webhook: h.ID, Event: e.ID, User: e.User, Verb: e.Verb, State: model.Pending, CreatedAt: e.At, DueAt: e.At,
				})
			}
		}
	}
	if len(due) == 0 {
		return nil
	}
	return tx.AddDeliveries(due)
}

// Queue is the queue of deliveries for the worker that sends them. It is used by the server
// itself and takes no actor.
type Queue struct{ registry *Registry }

// NewQueue returns the queue of a registry.
func NewQueue(r *Registry) Queue { return Queue{r} }

// Batch is what one webhook is to be sent now. Its deliveries are in no order: of the events
// of one user it has the first pending one only.
type Batch struct {
	Webhook model.WebhookID
	URL     string
	Secrets []secret.Text // each signs; the current one first
	Due     []QueuedDelivery
	// Failures in a row came before this, which is a probe if there were any.
	Failures int
}

// QueuedDelivery is a delivery to be sent.
type QueuedDelivery struct {
	model.Delivery
	Event model.Event
}

// Due lists the webhooks for which something is due.
func (q Queue) Due(ctx context.Context) ([]model.WebhookID, error) {
	var due []model.WebhookID
	err := q.registry.store.ReadCached(ctx, func(tx model.Reader) (err error) {
		due, err = tx.WebhooksDue(q.registry.ops.Now())
		return err
	})
	return due, err
}

// Claim returns up to n due deliveries of a webhook and hides them from other workers for the duration
// lease. Of a failing webhook it returns one, as a probe, and only after the pause. A webhook whose
// secret cannot be decrypted is disabled, but only by a node that has the current encryption key.
func (q Queue) Claim(ctx context.Context, id model.WebhookID, n int, lease time.Duration) (Batch, error) {
	var batch Batch
	var claimed []model.Delivery
	err := q.registry.ops.Write(ctx, func(tx model.Writer) error {
		claimed = nil
		h, err := find(tx, id)
		if fault.KindOf(err) == fault.NotFound || err == nil && !h.Enabled {
			return nil
		}
		if err != nil {
			return err
		}
		if err := q.registry.ops.UseCurrentKey(tx); err != nil {
			return err
		}
		secrets, err := q.registry.openWebhook(h)
		if err != nil {
			return q.registry.disableWebhook(tx, model.Operator(), h, operation.KeyLost)
		}
		batch = Batch{Webhook: h.ID, URL: h.URL, Secrets: secrets.Signing(q.registry.ops.Now())}
		claimed, batch.Failures, err = q.registry.claimDeliveries(tx, id, n, lease)
		return err
	})
	if err != nil || len(claimed) == 0 {
		return batch, err
	}
	if batch.Due, err = q.withEvents(ctx, claimed); err == nil && len(batch.Due) == 0 {
		return q.Claim(ctx, id, n, lease) // those were lost, but there may be more
	}
	return batch, err
}

// withEvents gives up deliveries of events that were deleted.
func (q Queue) withEvents(ctx context.Context, claimed []model.Delivery) ([]QueuedDelivery, error) {
	var due []QueuedDelivery
	var lost []model.Delivery
	err := q.registry.store.Read(ctx, func(tx model.Reader) error {
		for _, c := range claimed {
			e, err := operation.EventByID(tx, c.Event)
			switch {
			case fault.KindOf(err) == fault.NotFound:
				lost = append(lost, c)
			case err != nil:
				return err
			default:
				due = append(due, QueuedDelivery{c, e})
			}
		}
		return nil
	})
	for _, c := range lost {
		if err == nil {
			err = q.GiveUp(ctx, c, 0, "its event is kept no longer")
		}
	}
	return due, err
}

// GiveUp ends the attempts. The delivery is kept for 30 days, so that it can be replayed.
func (q Queue) GiveUp(ctx context.Context, one model.Delivery, status int, reason string) error {
	one.Attempts++
	one.State, one.EndedAt, one.Status, one.Reason = model.Dead, q.registry.ops.Now(), status, unitext.Truncate(reason, maxReason)
	return q.change(ctx, one)
}

const maxReason = 500 // bytes

// change ignores that the webhook was deleted meanwhile.
func (q Queue) change(ctx context.Context, one model.Delivery) error {
	one.LeasedUntil = time.Time{}
	err := q.registry.store.Update(ctx, func(tx model.Writer) error { return tx.ChangeDelivery(one) })
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

// Disable disables a webhook, for example after a response that asks for it, and gives up its pending
// deliveries.
func (q Queue) Disable(ctx context.Context, id model.WebhookID, reason string) error {
	err := q.registry.ops.Write(ctx, func(tx model.Writer) error {
		h, err := find(tx, id)
		if err != nil {
			return err
		}
		return q.registry.disableWebhook(tx, model.Operator(), h, unitext.Truncate(reason, maxReason))
	})
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return q.registry.deadLetterAll(ctx, id)
}

// MayCall reports whether a message may be sent to this address; plain means without TLS. The sender
// calls it with the resolved address of each connection, because a name can resolve to anything.
func (q Queue) MayCall(to netip.Addr, plain bool) bool {
	return endpoint.Allowed(to, plain, q.registry.options.Private)
}

// Now returns the time of the directory.
func (q Queue) Now() time.Time { return q.registry.ops.Now() }
