package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/idempotency"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
	"roster.example/roster/internal/webhook/endpoint"
)

// NewWebhook is the input for a new webhook.
type NewWebhook struct {
	URL         string
	Description string
	Verbs       []Verb // verbs, or groups such as "user."; none means all
	Disabled    bool   // receives nothing yet
}

// WebhookChange changes a webhook; nil fields stay as they are.
type WebhookChange struct {
	URL         *string
	Description *string
	Verbs       *[]Verb
	Enabled     *bool
}

const (
	maxWebhooks      = 100
	maxDescription   = 255
	deliveriesAtOnce = 1000 // maximum of one list
)

// Webhooks lists all webhooks by id, for administrators.
func (d *Directory) Webhooks(ctx context.Context, actor Actor) ([]Webhook, error) {
	var all []Webhook
	err := d.read(ctx, actor, WebhooksManage, 0, func(tx Reader, _ User) error {
		known, err := tx.Webhooks()
		all = slices.Clone(known)
		return err
	})
	return all, err
}

// Webhook returns one webhook.
func (d *Directory) Webhook(ctx context.Context, actor Actor, id WebhookID) (Webhook, error) {
	var found Webhook
	err := d.read(ctx, actor, WebhooksManage, 0, func(tx Reader, _ User) (err error) {
		found, err = webhook(tx, id)
		return err
	})
	return found, err
}

func webhook(tx Reader, id WebhookID) (Webhook, error) {
	all, err := tx.Webhooks()
	if err != nil {
		return Webhook{}, err
	}
	if i := slices.IndexFunc(all, func(h Webhook) bool { return h.ID == id }); i >= 0 {
		return all[i], nil
	}
	return Webhook{}, fault.Missing("webhook")
}

// CreateWebhook adds a webhook and returns its secret. No other call returns it.
func (d *Directory) CreateWebhook(ctx context.Context, actor Actor, n NewWebhook) (Webhook, secret.Text, error) {
	if err := d.Can(ctx, actor, WebhooksManage, 0); err != nil {
		return Webhook{}, "", err
	}
	h := Webhook{
		URL: n.URL, Description: n.Description, Verbs: tidyVerbs(n.Verbs), Enabled: !n.Disabled,
		CreatedAt: d.now(), UpdatedAt: d.now(),
	}
	if err := d.checkWebhook(h); err != nil {
		return Webhook{}, "", err
	}
	fresh := endpoint.NewSecret()
	var made Webhook
	err := d.update(ctx, actor, WebhooksManage, 0, func(tx Writer, _ User) (err error) {
		if err := d.requireRecentAuthentication(tx, actor); err != nil {
			return err
		}
		made = h
		if err := d.addWebhook(tx, actor, &made, fresh); err != nil {
			return err
		}
		return d.storeResponse(ctx, tx, actor, SecretResult[Webhook]{made, fresh})
	})
	return made, fresh, err
}

func (d *Directory) addWebhook(tx Writer, actor Actor, h *Webhook, fresh secret.Text) error {
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
	if err := d.sealWebhook(tx, h, endpoint.Secrets{Current: fresh}); err != nil {
		return err
	}
	return d.recordWebhook(tx, actor, WebhookCreate, h.ID, "")
}

func (d *Directory) recordWebhook(tx Writer, actor Actor, verb Verb, id WebhookID, detail string) error {
	return d.record(tx, actor, eventSpec{verb: verb, target: "webhook", id: int64(id), detail: detail})
}

func (d *Directory) checkWebhook(h Webhook) error {
	var f fault.List
	endpoint.CheckURL(&f, h.URL, d.options.WebhookPrivate)
	unitext.CheckOptional(&f, "description", h.Description, maxDescription)
	checkVerbs(&f, h.Verbs...)
	err := f.Err()
	if refused, ok := errors.AsType[*fault.Error](err); ok && fault.Has(err, "url", fault.Closed) {
		refused.Msg = "webhooks go to public addresses by https; an operator can allow others with webhooks.allow_private, and a restart"
	}
	return nameVerb(err, h.Verbs...)
}

// tidyVerbs sorts verbs and removes duplicates.
func tidyVerbs(verbs []Verb) []Verb { return slices.Compact(slices.Sorted(slices.Values(verbs))) }

// ChangeWebhook changes a webhook. Disabling it gives up its pending deliveries, which
// [Directory.ReplayDead] can send again.
func (d *Directory) ChangeWebhook(ctx context.Context, actor Actor, id WebhookID, c WebhookChange) (Webhook, error) {
	var changed Webhook
	err := d.update(ctx, actor, WebhooksManage, 0, func(tx Writer, _ User) error {
		h, err := webhook(tx, id)
		if err != nil {
			return err
		}
		if c.URL != nil && *c.URL != h.URL {
			if err := d.requireRecentAuthentication(tx, actor); err != nil {
				return err
			}
		}
		fields := h.apply(c)
		changed = h
		if err := d.checkWebhook(h); err != nil || len(fields) == 0 {
			return err
		}
		changed.UpdatedAt = d.now()
		if err := tx.ChangeWebhook(changed); err != nil {
			return err
		}
		if err := d.startAnew(tx, changed, fields); err != nil {
			return err
		}
		return d.recordWebhook(tx, actor, WebhookChanged, id, strings.Join(fields, ","))
	})
	if err == nil && !changed.Enabled {
		err = d.bury(ctx, id)
	}
	return changed, err
}

// startAnew gives up the pending deliveries of a webhook that was disabled, and resets the failures of
// one that was enabled or has another URL.
func (d *Directory) startAnew(tx Writer, changed Webhook, fields []string) error {
	if !changed.Enabled {
		_, err := d.burySome(tx, changed.ID)
		return err
	}
	if slices.Contains(fields, "enabled") || slices.Contains(fields, "url") {
		return tx.PutWebhookTrouble(changed.ID, Trouble{})
	}
	return nil
}

// webhookOff is the reason of deliveries that are given up because their webhook is disabled.
const webhookOff = "the webhook was disabled"

// apply sets the fields that differ and returns their names.
func (h *Webhook) apply(c WebhookChange) (fields []string) {
	setField(&fields, "url", &h.URL, c.URL)
	setField(&fields, "description", &h.Description, c.Description)
	setField(&fields, "enabled", &h.Enabled, c.Enabled)
	if c.Verbs != nil && !slices.Equal(h.Verbs, tidyVerbs(*c.Verbs)) {
		h.Verbs = tidyVerbs(*c.Verbs)
		fields = append(fields, "verbs")
	}
	if h.Enabled {
		h.Reason = ""
	}
	return fields
}

// RotateWebhookSecret replaces the secret of a webhook and returns the new one, which no other call
// returns. For a day, messages have signatures of both secrets.
func (d *Directory) RotateWebhookSecret(ctx context.Context, actor Actor, id WebhookID) (secret.Text, error) {
	fresh := endpoint.NewSecret()
	err := d.update(ctx, actor, WebhooksManage, 0, func(tx Writer, _ User) error {
		h, err := webhook(tx, id)
		if err != nil {
			return err
		}
		if err := d.requireRecentAuthentication(tx, actor); err != nil {
			return err
		}
		next := endpoint.Secrets{Current: fresh}
		if former, err := d.openWebhook(h); err == nil { // without the key it could not sign
			next.Former, next.Until = former.Current, d.now().Add(formerSecretLife)
		}
		h.UpdatedAt = d.now()
		if err := d.sealWebhook(tx, &h, next); err != nil {
			return err
		}
		return d.recordWebhook(tx, actor, WebhookRotate, id, "")
	})
	if err != nil {
		return "", err
	}
	return fresh, nil
}

// DeleteWebhook removes a webhook with all its deliveries.
func (d *Directory) DeleteWebhook(ctx context.Context, actor Actor, id WebhookID) error {
	return d.update(ctx, actor, WebhooksManage, 0, func(tx Writer, _ User) error {
		if _, err := webhook(tx, id); err != nil {
			return err
		}
		if err := tx.DropWebhook(id); err != nil {
			return err
		}
		return d.recordWebhook(tx, actor, WebhookDelete, id, "")
	})
}

// TestWebhook sends a webhook an event of the verb [WebhookTest], whatever its verbs are, and returns
// the id of the event.
func (d *Directory) TestWebhook(ctx context.Context, actor Actor, id WebhookID) (EventID, error) {
	var sent EventID
	err := d.update(ctx, actor, WebhooksManage, 0, func(tx Writer, _ User) error {
		err := d.attend(tx, id)
		if err != nil {
			return err
		}
		if err := d.recordWebhook(tx, actor, WebhookTest, id, ""); err != nil {
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
func (d *Directory) Deliveries(ctx context.Context, actor Actor, filter DeliveryFilter) ([]Delivery, error) {
	if filter.Limit > deliveriesAtOnce {
		return nil, fault.InvalidField("limit", fault.TooMany, deliveriesAtOnce)
	}
	var all []Delivery
	err := d.read(ctx, actor, WebhooksManage, 0, func(tx Reader, _ User) (err error) {
		all, err = tx.Deliveries(filter)
		return err
	})
	return all, err
}

// ReplayDelivery sends a delivery of a webhook again, with the same message id.
func (d *Directory) ReplayDelivery(ctx context.Context, actor Actor, of WebhookID, id DeliveryID) (Delivery, error) {
	var again Delivery
	err := d.update(ctx, actor, WebhooksManage, 0, func(tx Writer, _ User) (err error) {
		if again, err = d.replayable(tx, of, id); err != nil {
			return err
		}
		again.State, again.Attempts, again.DueAt = Pending, 0, d.now()
		again.LeasedUntil, again.EndedAt = time.Time{}, time.Time{}
		if err := tx.ChangeDelivery(again); err != nil {
			return err
		}
		if err := d.probeNow(tx, of); err != nil {
			return err
		}
		return d.recordWebhook(tx, actor, WebhookReplay, of, "1 delivery")
	})
	return again, err
}

func (d *Directory) replayable(tx Reader, of WebhookID, id DeliveryID) (Delivery, error) {
	if err := takesDeliveries(tx, of); err != nil {
		return Delivery{}, err
	}
	found, err := tx.Deliveries(DeliveryFilter{Webhook: of, After: id - 1, Before: id + 1})
	if err != nil {
		return Delivery{}, err
	}
	if len(found) == 0 {
		return Delivery{}, fault.Missing("delivery")
	}
	if found[0].State == Pending && found[0].LeasedUntil.After(d.now()) {
		return Delivery{}, fault.New(fault.Conflict, "this delivery is on its way; look again in a moment", fault.Field{Name: "delivery", Code: fault.Taken})
	}
	_, err = eventByID(tx, found[0].Event)
	return found[0], err
}

// replayBatch is the number of deliveries that one transaction replays, because other writers wait.
const replayBatch = 500

// ReplayDead sends all dead deliveries of a webhook again and returns their number. Each batch is a
// transaction with an event of its own: after an error, the returned number is still sent.
func (d *Directory) ReplayDead(ctx context.Context, actor Actor, of WebhookID) (int, error) {
	replay := Replay{Webhook: of, EndedBy: d.now(), Limit: replayBatch}
	for all := 0; ; {
		n, err := d.replaySome(ctx, actor, replay)
		if all += n; err != nil || n < replayBatch {
			return all, err
		}
		ctx = idempotency.WithoutKey(ctx) // its key was for the first batch
	}
}

func (d *Directory) replaySome(ctx context.Context, actor Actor, r Replay) (int, error) {
	n := 0
	err := d.update(ctx, actor, WebhooksManage, 0, func(tx Writer, _ User) (err error) {
		n = 0
		if err := d.attend(tx, r.Webhook); err != nil {
			return err
		}
		r.At = d.now()
		replayed, err := tx.ReplayDead(r)
		if err != nil || replayed == 0 {
			return err
		}
		n = replayed
		return d.recordWebhook(tx, actor, WebhookReplay, r.Webhook, fmt.Sprintf("%d deliveries", n))
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

func takesDeliveries(tx Reader, of WebhookID) error {
	h, err := webhook(tx, of)
	if err == nil && !h.Enabled {
		err = disabledWebhook()
	}
	return err
}

// attend returns an error unless the webhook is enabled, and ends its pause.
func (d *Directory) attend(tx Writer, of WebhookID) error {
	if err := takesDeliveries(tx, of); err != nil {
		return err
	}
	return d.probeNow(tx, of)
}
