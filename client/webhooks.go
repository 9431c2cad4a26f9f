package client

import (
	"context"
	"iter"
	"net/url"
	"time"
)

// Webhook is an address that is told of events, by the Standard Webhooks conventions.
type Webhook struct {
	ID          int64     `json:"id"`
	URL         string    `json:"url"`
	Description string    `json:"description"`
	Verbs       []string  `json:"verbs"` // of which events: verbs, or groups that end with a dot; none means all
	Enabled     bool      `json:"enabled"`
	Reason      string    `json:"reason"` // why the server disabled it; empty unless it did
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// NewWebhook is a webhook to be made.
type NewWebhook struct {
	URL         string   `json:"url"`
	Description string   `json:"description,omitempty"`
	Verbs       []string `json:"verbs,omitempty"`
}

// MadeWebhook is a webhook this once with its secret, by which deliveries are signed.
type WebhookWithSecret struct {
	Webhook Webhook `json:"webhook"`
	Secret  string  `json:"secret"`
}

// WebhookChange is what to change of a webhook; nil leaves it as it is.
type WebhookUpdate struct {
	URL         *string   `json:"url,omitempty"`
	Description *string   `json:"description,omitempty"`
	Verbs       *[]string `json:"verbs,omitempty"`
	Enabled     *bool     `json:"enabled,omitempty"`
}

// Delivery is an event on its way to a webhook, or one that was.
type Delivery struct {
	ID             int64      `json:"id"`
	WebhookID      int64      `json:"webhook_id"`
	EventID        int64      `json:"event_id"`
	UserID         int64      `json:"user_id"` // the person concerned, whose events arrive in order; 0 for none
	Verb           string     `json:"verb"`
	State          string     `json:"state"`           // pending, delivered or dead
	FailedAttempts int        `json:"failed_attempts"` // since it was last replayed
	LastStatus     int        `json:"last_status"`     // of the last answer; 0 for none
	LastError      string     `json:"last_error"`
	CreatedAt      time.Time  `json:"created_at"`
	DueAt          *time.Time `json:"due_at"`   // when it is tried next, at the earliest; nil when it is over
	EndedAt        *time.Time `json:"ended_at"` // when it was delivered or given up
}

// Webhooks is about other servers that are told of events.
type Webhooks struct{ c *Client }

// List lists the webhooks.
func (s Webhooks) List(ctx context.Context) ([]Webhook, error) {
	return listAll[Webhook](ctx, s.c, "/webhooks")
}

// Get shows a webhook.
func (s Webhooks) Get(ctx context.Context, id int64) (Webhook, error) {
	return get[Webhook](ctx, s.c, path("/webhooks/%d", id), nil)
}

// Create makes a webhook. Its secret is shown this once.
func (s Webhooks) Create(ctx context.Context, n NewWebhook) (WebhookWithSecret, error) {
	return create[WebhookWithSecret](ctx, s.c, "/webhooks", n)
}

// Change changes a webhook.
func (s Webhooks) Update(ctx context.Context, id int64, change WebhookUpdate) (Webhook, error) {
	return patch[Webhook](ctx, s.c, path("/webhooks/%d", id), change, "")
}

// Delete deletes a webhook.
func (s Webhooks) Delete(ctx context.Context, id int64) error {
	return s.c.delete(ctx, path("/webhooks/%d", id))
}

// secret is a secret this once.
type webhookSecret struct {
	Secret string `json:"secret"`
}

// RotateSecret gives a webhook a new secret, which is shown this once. Deliveries
// are signed with the one before as well for a while.
func (s Webhooks) RotateSecret(ctx context.Context, id int64) (string, error) {
	shown, err := post[webhookSecret](ctx, s.c, path("/webhooks/%d/rotate", id), nil)
	return shown.Secret, err
}

// sent is the event of a test.
type webhookTest struct {
	EventID int64 `json:"event_id"`
}

// Test sends a webhook, and no other, an event of the verb webhook.test, and returns
// the id of that event.
func (s Webhooks) Test(ctx context.Context, id int64) (int64, error) {
	shown, err := post[webhookTest](ctx, s.c, path("/webhooks/%d/test", id), nil)
	return shown.EventID, err
}

// DeliveryQuery chooses deliveries. The zero value means all.
type DeliveryQuery struct {
	State  string // pending, delivered or dead; empty for all
	Limit  int    // deliveries on a page; 0 is 100, the most
	Cursor string // where to begin: Next of a page; empty for the latest
}

func (q DeliveryQuery) values() url.Values {
	limit := q.Limit
	if limit == 0 {
		limit = 100
	}
	return url.Values(values{}.text("state", q.State).number("limit", int64(limit)).text("cursor", q.Cursor))
}

// Deliveries goes through the deliveries of a webhook, the latest first.
func (s Webhooks) ListDeliveries(ctx context.Context, id int64, q DeliveryQuery) iter.Seq2[Delivery, error] {
	return listPages[Delivery](ctx, s.c, path("/webhooks/%d/deliveries", id), q.values())
}

// DeliveriesPage reads one page of them; without a total.
func (s Webhooks) DeliveriesPage(ctx context.Context, id int64, q DeliveryQuery) (Page[Delivery], error) {
	return get[Page[Delivery]](ctx, s.c, path("/webhooks/%d/deliveries", id), q.values())
}

// Replay delivers once more.
func (s Webhooks) ReplayDelivery(ctx context.Context, id, delivery int64) (Delivery, error) {
	return post[Delivery](ctx, s.c, path("/webhooks/%d/deliveries/%d/replay", id, delivery), nil)
}

// replayed says how many are on their way again.
type replayResult struct {
	Deliveries int `json:"deliveries"`
}

// ReplayDead delivers all dead ones once more, and says how many they are.
func (s Webhooks) ReplayDeadDeliveries(ctx context.Context, id int64) (int, error) {
	shown, err := post[replayResult](ctx, s.c, path("/webhooks/%d/deliveries/replay", id), nil)
	return shown.Deliveries, err
}
