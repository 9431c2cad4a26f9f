package webhook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/idempotency"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
	"roster.example/roster/internal/webhook/endpoint"
)

// NewWebhook is the input for a new webhook.
type NewWebhook struct {
	URL         string
	Description string
	Verbs       []model.Verb // verbs, or groups such as "user."; none means all
	Disabled    bool         // receives nothing yet
}

// Change changes a webhook; nil fields stay as they are.
type Change struct {
	URL         *string
	Description *string
	Verbs       *[]model.Verb
	Enabled     *bool
}

const (
	maxWebhooks    = 100
	maxDescription = model.MaxLine
)

// Webhooks lists all webhooks by id, for administrators.
func (r *Registry) Webhooks(ctx context.Context, actor model.Actor) ([]model.Webhook, error) {
	var all []model.Webhook
	err := r.ops.Read(ctx, actor, model.WebhooksManage, 0, func(tx model.Reader, _ model.User) error {
		known, err := tx.Webhooks()
		all = slices.Clone(known)
		return err
	})
	return all, err
}

// Webhook returns one webhook.
func (r *Registry) Webhook(ctx context.Context, actor model.Actor, id model.WebhookID) (model.Webhook, error) {
	var found model.Webhook
	err := r.ops.Read(ctx, actor, model.WebhooksManage, 0, func(tx model.Reader, _ model.User) (err error) {
		found, err = find(tx, id)
		return err
	})
	return found, err
}

func find(tx model.Reader, id model.WebhookID) (model.Webhook, error) {
	all, err := tx.Webhooks()
	if err != nil {
		return model.Webhook{}, err
	}
	if i := slices.IndexFunc(all, func(h model.Webhook) bool { return h.ID == id }); i >= 0 {
		return all[i], nil
	}
	return model.Webhook{}, fault.Missing("webhook")
}

// CreateWebhook adds a webhook and returns its secret. No other call returns it.
func (r *Registry) CreateWebhook(ctx context.Context, actor model.Actor, n NewWebhook) (model.Webhook, secret.Text, error) {
	if err := r.ops.Can(ctx, actor, model.WebhooksManage, 0); err != nil {
		return model.Webhook{}, "", err
	}
	h := model.Webhook{
		URL: n.URL, Description: n.Description, Verbs: normalizeVerbs(n.Verbs), Enabled: !n.Disabled,
		CreatedAt: r.ops.Now(), UpdatedAt: r.ops.Now(),
	}
	if err := r.checkWebhook(h); err != nil {
		return model.Webhook{}, "", err
	}
	fresh := endpoint.NewSecret()
	var made model.Webhook
	err := r.ops.Update(ctx, actor, model.WebhooksManage, 0, func(tx model.Writer, _ model.User) (err error) {
		if err := r.ops.RequireRecentAuthentication(tx, actor); err != nil {
			return err
		}
		made = h
		if err := r.addWebhook(tx, actor, &made, fresh); err != nil {
			return err
		}
		return r.ops.StoreResult(ctx, tx, actor, idempotency.SecretResult[model.Webhook]{Value: made, Secret: fresh})
	})
	return made, fresh, err
}

func (r *Registry) addWebhook(tx model.Writer, actor model.Actor, h *model.Webhook, fresh secret.Text) error {
	all, err := tx.Webhooks()
	if err != nil {
		return err
	}
	if len(all) >= maxWebhooks {
		return fault.InvalidField("webhook", fault.TooMany, maxWebhooks)
	}
	if err := tx.AddWebhook(h); err != nil {
		return err
	}
	if err := r.sealWebhook(tx, h, endpoint.Secrets{Current: fresh}); err != nil {
		return err
	}
	return r.recordWebhook(tx, actor, model.WebhookCreate, h.ID, "")
}

func (r *Registry) recordWebhook(tx model.Writer, actor model.Actor, verb model.Verb, id model.WebhookID, detail string) error {
	return r.ops.Record(tx, actor, operation.EventSpec{Verb: verb, Target: "webhook", ID: int64(id), Detail: detail})
}

func (r *Registry) checkWebhook(h model.Webhook) error {
	var f fault.List
	endpoint.CheckURL(&f, h.URL, r.options.Private)
	unitext.CheckOptional(&f, "description", h.Description, maxDescription)
	operation.CheckVerbs(&f, h.Verbs...)
	err := f.Err()
	if refused, ok := errors.AsType[*fault.Error](err); ok && fault.Has(err, "url", fault.Closed) {
		refused.Msg = "webhooks go to public addresses by https; an operator can allow others with webhooks.allow_private, and a restart"
	}
	return operation.NameVerb(err, h.Verbs...)
}

// normalizeVerbs sorts verbs and removes duplicates.
func normalizeVerbs(verbs []model.Verb) []model.Verb {
	return slices.Compact(slices.Sorted(slices.Values(verbs)))
}

// ChangeWebhook changes a webhook. Disabling it gives up its pending deliveries, which
// [Registry.ReplayDead] can send again.
func (r *Registry) ChangeWebhook(ctx context.Context, actor model.Actor, id model.WebhookID, c Change) (model.Webhook, error) {
	var changed model.Webhook
	err := r.ops.Update(ctx, actor, model.WebhooksManage, 0, func(tx model.Writer, _ model.User) error {
		h, err := find(tx, id)
		if err != nil {
			return err
		}
		if c.URL != nil && *c.URL != h.URL {
			if err := r.ops.RequireRecentAuthentication(tx, actor); err != nil {
				return err
			}
		}
		fields := changeWebhookFields(&h, c)
		changed = h
		if err := r.checkWebhook(h); err != nil || len(fields) == 0 {
			return err
		}
		changed.UpdatedAt = r.ops.Now()
		if err := tx.ChangeWebhook(changed); err != nil {
			return err
		}
		if err := r.resetFailures(tx, changed, fields); err != nil {
			return err
		}
		return r.recordWebhook(tx, actor, model.WebhookChanged, id, strings.Join(fields, ","))
	})
	if err == nil && !changed.Enabled {
		err = r.deadLetterAll(ctx, id)
	}
	return changed, err
}

// resetFailures gives up the pending deliveries of a webhook that was disabled, and resets the failures of
// one that was enabled or has another URL.
func (r *Registry) resetFailures(tx model.Writer, changed model.Webhook, fields []string) error {
	if !changed.Enabled {
		_, err := r.deadLetterSome(tx, changed.ID)
		return err
	}
	if slices.Contains(fields, "enabled") || slices.Contains(fields, "url") {
		return tx.PutWebhookFailures(changed.ID, model.FailureState{})
	}
	return nil
}

// reasonDisabled is the reason of deliveries that are given up because their webhook is disabled.
const reasonDisabled = "the webhook was disabled"

// changeWebhookFields sets the fields that differ and returns their names.
func changeWebhookFields(h *model.Webhook, c Change) (fields []string) {
	operation.SetField(&fields, "url", &h.URL, c.URL)
	operation.SetField(&fields, "description", &h.Description, c.Description)
	operation.SetField(&fields, "enabled", &h.Enabled, c.Enabled)
	if c.Verbs != nil && !slices.Equal(h.Verbs, normalizeVerbs(*c.Verbs)) {
		h.Verbs = normalizeVerbs(*c.Verbs)
		fields = append(fields, "verbs")
	}
	if h.Enabled {
		h.Reason = ""
	}
	return fields
}

// RotateWebhookSecret replaces the secret of a webhook and returns the new one, which no other call
// returns. For a day, messages have signatures of both secrets.
func (r *Registry) RotateWebhookSecret(ctx context.Context, actor model.Actor, id model.WebhookID) (secret.Text, error) {
	fresh := endpoint.NewSecret()
	err := r.ops.Update(ctx, actor, model.WebhooksManage, 0, func(tx model.Writer, _ model.User) error {
		h, err := find(tx, id)
		if err != nil {
			return err
		}
		if err := r.ops.RequireRecentAuthentication(tx, actor); err != nil {
			return err
		}
		next := endpoint.Secrets{Current: fresh}
		if former, err := r.openWebhook(h); err == nil { // without the key it could not sign
			next.Former, next.Until = former.Current, r.ops.Now().Add(formerSecretLife)
		}
		h.UpdatedAt = r.ops.Now()
		if err := r.sealWebhook(tx, &h, next); err != nil {
			return err
		}
		return r.recordWebhook(tx, actor, model.WebhookRotate, id, "")
	})
	if err != nil {
		return "", err
	}
	return fresh, nil
}

// DeleteWebhook removes a webhook with all its deliveries.
func (r *Registry) DeleteWebhook(ctx context.Context, actor model.Actor, id model.WebhookID) error {
	return r.ops.Update(ctx, actor, model.WebhooksManage, 0, func(tx model.Writer, _ model.User) error {
		if _, err := find(tx, id); err != nil {
			return err
		}
		if err := tx.DropWebhook(id); err != nil {
			return err
		}
		return r.recordWebhook(tx, actor, model.WebhookDelete, id, "")
	})
}

// TestWebhook sends a webhook an event of the verb [model.WebhookTest], whatever its verbs are, and returns
// the id of the event.
func (r *Registry) TestWebhook(ctx context.Context, actor model.Actor, id model.WebhookID) (model.EventID, error) {
	var sent model.EventID
	err := r.ops.Update(ctx, actor, model.WebhooksManage, 0, func(tx model.Writer, _ model.User) error {
		err := r.requireEnabled(tx, id)
		if err != nil {
			return err
		}
		if err := r.recordWebhook(tx, actor, model.WebhookTest, id, ""); err != nil {
			return err
		}
		sent, _, err = tx.LockEvents()
		return err
	})
	return sent, err
}

func disabledWebhook() error {
	return fault.New(fault.Conflict, "this webhook is disabled; enable it first", fault.Field{Name: "enabled", Code: fault.Inactive})
}

// Deliveries lists deliveries. Delivered ones are kept for 7 days, dead ones for 30.
func (r *Registry) Deliveries(ctx context.Context, actor model.Actor, filter model.DeliveryFilter) ([]model.Delivery, error) {
	if filter.Limit > model.MaxDeliveries {
		return nil, fault.InvalidField("limit", fault.TooMany, model.MaxDeliveries)
	}
	var all []model.Delivery
	err := r.ops.Read(ctx, actor, model.WebhooksManage, 0, func(tx model.Reader, _ model.User) (err error) {
		all, err = tx.Deliveries(filter)
		return err
	})
	return all, err
}

// ReplayDelivery sends a delivery of a webhook again, with the same message id.
func (r *Registry) ReplayDelivery(ctx context.Context, actor model.Actor, of model.WebhookID, id model.DeliveryID) (model.Delivery, error) {
	var again model.Delivery
	err := r.ops.Update(ctx, actor, model.WebhooksManage, 0, func(tx model.Writer, _ model.User) (err error) {
		if again, err = r.replayable(tx, of, id); err != nil {
			return err
		}
		again.State, again.Attempts, again.DueAt = model.Pending, 0, r.ops.Now()
		again.LeasedUntil, again.EndedAt = time.Time{}, time.Time{}
		if err := tx.ChangeDelivery(again); err != nil {
			return err
		}
		if err := r.endPause(tx, of); err != nil {
			return err
		}
		return r.recordWebhook(tx, actor, model.WebhookReplay, of, "1 delivery")
	})
	return again, err
}

func (r *Registry) replayable(tx model.Reader, of model.WebhookID, id model.DeliveryID) (model.Delivery, error) {
	if err := requireEnabledWebhook(tx, of); err != nil {
		return model.Delivery{}, err
	}
	found, err := tx.Deliveries(model.DeliveryFilter{Webhook: of, After: id - 1, Before: id + 1})
	if err != nil {
		return model.Delivery{}, err
	}
	if len(found) == 0 {
		return model.Delivery{}, fault.Missing("delivery")
	}
	if found[0].State == model.Pending && found[0].LeasedUntil.After(r.ops.Now()) {
		return model.Delivery{}, fault.New(fault.Conflict, "this delivery is on its way; look again in a moment", fault.Field{Name: "delivery", Code: fault.Taken})
	}
	_, err = operation.EventByID(tx, found[0].Event)
	return found[0], err
}

// replayBatch is the number of deliveries that one transaction replays, because other writers wait.
const replayBatch = 500

// ReplayDead sends all dead deliveries of a webhook again and returns their number. Each batch is a
// transaction with an event of its own: after an error, the returned number is still sent.
func (r *Registry) ReplayDead(ctx context.Context, actor model.Actor, of model.WebhookID) (int, error) {
	replay := model.Replay{Webhook: of, EndedBy: r.ops.Now(), Limit: replayBatch}
	for all := 0; ; {
		n, err := r.replaySome(ctx, actor, replay)
		if all += n; err != nil || n < replayBatch {
			return all, err
		}
		ctx = idempotency.WithoutKey(ctx) // its key was for the first batch
	}
}

func (r *Registry) replaySome(ctx context.Context, actor model.Actor, replay model.Replay) (int, error) {
	n := 0
	err := r.ops.Update(ctx, actor, model.WebhooksManage, 0, func(tx model.Writer, _ model.User) (err error) {
		n = 0
		if err := r.requireEnabled(tx, replay.Webhook); err != nil {
			return err
		}
		replay.At = r.ops.Now()
		replayed, err := tx.ReplayDead(replay)
		if err != nil || replayed == 0 {
			return err
		}
		n = replayed
		return r.recordWebhook(tx, actor, model.WebhookReplay, replay.Webhook, fmt.Sprintf("%d deliveries", n))
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

func requireEnabledWebhook(tx model.Reader, of model.WebhookID) error {
	h, err := find(tx, of)
	if err == nil && !h.Enabled {
		err = disabledWebhook()
	}
	return err
}

// requireEnabled returns an error unless the webhook is enabled, and ends its pause.
func (r *Registry) requireEnabled(tx model.Writer, of model.WebhookID) error {
	if err := requireEnabledWebhook(tx, of); err != nil {
		return err
	}
	return r.endPause(tx, of)
}
