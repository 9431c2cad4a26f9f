package directory

import (
	"context"
	"net/netip"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
	"roster.example/roster/internal/webhook/endpoint"
)

// enqueueWebhooks adds a delivery of each event for each webhook that receives it, in the transaction
// of the operation, so that webhooks get committed events and no others.
func enqueueWebhooks(tx model.Writer, events ...model.Event) error {
	hooks, err := tx.ToldWebhooks()
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

// WebhookQueue hands deliveries to whoever sends them. It is the server's own and
// knows no actor.
type WebhookQueue struct{ d *Directory }

// NewWebhookQueue opens the queue of d.
func NewWebhookQueue(d *Directory) WebhookQueue { return WebhookQueue{d} }

// WebhookBatch is what one webhook is to be sent now. Its deliveries are in no
// order: the next of a person comes only once theirs has ended.
type WebhookBatch struct {
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
func (q WebhookQueue) Due(ctx context.Context) ([]model.WebhookID, error) {
	var due []model.WebhookID
	err := q.d.store.ReadCached(ctx, func(tx model.Reader) (err error) {
		due, err = tx.WebhooksDue(q.d.ops.Now())
		return err
	})
	return due, err
}

// Claim hands out up to n deliveries of a webhook that are due, and keeps them from
// other senders for the lease. Of a webhook that fails it gives one, a probe, and
// after the pause alone. A webhook whose secret cannot be opened any more is
// disabled, but only by a node that has the key in use.
func (q WebhookQueue) Claim(ctx context.Context, id model.WebhookID, n int, lease time.Duration) (WebhookBatch, error) {
	var batch WebhookBatch
	var claimed []model.Delivery
	err := q.d.ops.Write(ctx, func(tx model.Writer) error {
		claimed = nil
		h, err := webhook(tx, id)
		if fault.KindOf(err) == fault.NotFound || err == nil && !h.Enabled {
			return nil
		}
		if err != nil {
			return err
		}
		if err := q.d.ops.UseCurrentKey(tx); err != nil {
			return err
		}
		secrets, err := q.d.openWebhook(h)
		if err != nil {
			return q.d.disableWebhook(tx, model.Operator(), h, mailKeyLost)
		}
		batch = WebhookBatch{Webhook: h.ID, URL: h.URL, Secrets: secrets.Signing(q.d.ops.Now())}
		claimed, batch.Failures, err = q.d.claimDeliveries(tx, id, n, lease)
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
func (q WebhookQueue) withEvents(ctx context.Context, claimed []model.Delivery) ([]QueuedDelivery, error) {
	var due []QueuedDelivery
	var lost []model.Delivery
	err := q.d.store.Read(ctx, func(tx model.Reader) error {
		for _, c := range claimed {
			e, err := eventByID(tx, c.Event)
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

func eventByID(tx model.Reader, id model.EventID) (model.Event, error) {
	found, err := tx.Events(model.EventFilter{After: id - 1, Before: id + 1, Limit: 1})
	if err != nil || len(found) == 1 {
		return append(found, model.Event{})[0], err
	}
	return model.Event{}, fault.Missing("event")
}

// GiveUp stops trying. The delivery is kept for 30 days, to be looked at and replayed.
func (q WebhookQueue) GiveUp(ctx context.Context, one model.Delivery, status int, reason string) error {
	one.Attempts++
	one.State, one.EndedAt, one.Status, one.Reason = model.Dead, q.d.ops.Now(), status, unitext.Truncate(reason, maxReason)
	return q.change(ctx, one)
}

const maxReason = 500 // bytes

// change is content when the webhook was deleted meanwhile.
func (q WebhookQueue) change(ctx context.Context, one model.Delivery) error {
	one.LeasedUntil = time.Time{}
	err := q.d.store.Update(ctx, func(tx model.Writer) error { return tx.ChangeDelivery(one) })
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

// Disable ends a webhook whose receiver does not want to hear from it again. What is
// on its way is given up.
func (q WebhookQueue) Disable(ctx context.Context, id model.WebhookID, reason string) error {
	err := q.d.ops.Write(ctx, func(tx model.Writer) error {
		h, err := webhook(tx, id)
		if err != nil {
			return err
		}
		return q.d.disableWebhook(tx, model.Operator(), h, unitext.Truncate(reason, maxReason))
	})
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return q.d.bury(ctx, id)
}

// MayCall reports whether a message may be sent to this address; plain means without TLS. The sender
// calls it with the resolved address of each connection, because a name can resolve to anything.
func (q WebhookQueue) MayCall(to netip.Addr, plain bool) bool {
	return endpoint.Allowed(to, plain, q.d.options.WebhookPrivate)
}

// Now returns the time of the directory.
func (q WebhookQueue) Now() time.Time { return q.d.ops.Now() }
