package client

import (
	"cmp"
	"context"
	"iter"
	"net/url"
	"time"
)

// Webhook is a URL that receives events, by the Standard Webhooks conventions.
type Webhook struct {
	ID          int64     `json:"id"`
	URL         string    `json:"url"`
	Description string    `json:"description"`
	Verbs       []string  `json:"verbs"` // the events to deliver: verbs, or prefixes that end with a dot; empty means all
	Enabled     bool      `json:"enabled"`
	Reason      string    `json:"reason"` // why the server disabled it; else empty
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// NewWebhook is the input that creates a webhook.
type NewWebhook struct {
	URL         string   `json:"url"`
	Description string   `json:"description,omitempty"`
	Verbs       []string `json:"verbs,omitempty"`
}

// WebhookWithSecret is a new webhook with the secret that signs its deliveries. The secret is returned only once.
type WebhookWithSecret struct {
	Webhook Webhook `json:"webhook"`
	Secret  string  `json:"secret"`
}

// WebhookUpdate is an update of a webhook. Fields that are nil are not changed.
type WebhookUpdate struct {
	URL         *string   `json:"url,omitempty"`
	Description *string   `json:"description,omitempty"`
	Verbs       *[]string `json:"verbs,omitempty"`
	Enabled     *bool     `json:"enabled,omitempty"`
}

// Delivery is one event for one webhook, with its attempts.
type Delivery struct {
	ID             int64      `json:"id"`
	WebhookID      int64      `json:"webhook_id"`
	EventID        int64      `json:"event_id"`
	UserID         int64      `json:"user_id"` // the user that the event is about; 0 for none
	Verb           string     `json:"verb"`
	State          string     `json:"state"`           // pending, delivered or dead
	FailedAttempts int        `json:"failed_attempts"` // since the last replay
	LastStatus     int        `json:"last_status"`     // the HTTP status of the last answer; 0 for none
	LastError      string     `json:"last_error"`
	CreatedAt      time.Time  `json:"created_at"`
	DueAt          *time.Time `json:"due_at"`   // the earliest time of the next attempt; nil if the delivery has ended
	EndedAt        *time.Time `json:"ended_at"` // when it was delivered or became dead
}

// Webhooks contains operations on webhooks.
type Webhooks struct{ c *Client }

// List returns the webhooks.
func (s Webhooks) List(ctx context.Context) ([]Webhook, error) {
	return listAll[Webhook](ctx, s.c, "/webhooks")
}

// Get returns a webhook.
func (s Webhooks) Get(ctx context.Context, id int64) (Webhook, error) {
	return get[Webhook](ctx, s.c, path("/webhooks/%d", id), nil)
}

// Create creates a webhook. Its secret is returned only once.
func (s Webhooks) Create(ctx context.Context, n NewWebhook) (WebhookWithSecret, error) {
	return create[WebhookWithSecret](ctx, s.c, "/webhooks", n)
}

// Update updates a webhook.
func (s Webhooks) Update(ctx context.Context, id int64, change WebhookUpdate) (Webhook, error) {
	return patch[Webhook](ctx, s.c, path("/webhooks/%d", id), change, "")
}

// Delete deletes a webhook.
func (s Webhooks) Delete(ctx context.Context, id int64) error {
	return s.c.delete(ctx, path("/webhooks/%d", id))
}

// webhookSecret is a new secret.
type webhookSecret struct {
	Secret string `json:"secret"`
}

// RotateSecret creates a new secret, which is returned only once. For a transition period, deliveries are signed with the
// previous secret too.
func (s Webhooks) RotateSecret(ctx context.Context, id int64) (string, error) {
	shown, err := post[webhookSecret](ctx, s.c, path("/webhooks/%d/rotate", id), nil)
	return shown.Secret, err
}

// webhookTest is the event of a test.
type webhookTest struct {
	EventID int64 `json:"event_id"`
}

// Test sends an event webhook.test to this webhook only, and returns the id of the event.
func (s Webhooks) Test(ctx context.Context, id int64) (int64, error) {
	shown, err := post[webhookTest](ctx, s.c, path("/webhooks/%d/test", id), nil)
	return shown.EventID, err
}

// DeliveryQuery selects deliveries. The zero value selects all.
type DeliveryQuery struct {
	State  string // pending, delivered or dead; empty for all
	Limit  int    // deliveries on a page; 0 means 100, the maximum
	Cursor string // the Next of a page; empty for the first page
}

func (q DeliveryQuery) values() url.Values {
	limit := cmp.Or(q.Limit, maxPage)
	return url.Values(values{}.text("state", q.State).number("limit", int64(limit)).text("cursor", q.Cursor))
}

// ListDeliveries returns the deliveries of a webhook, the latest first.
func (s Webhooks) ListDeliveries(ctx context.Context, id int64, q DeliveryQuery) iter.Seq2[Delivery, error] {
	return listPages[Delivery](ctx, s.c, path("/webhooks/%d/deliveries", id), q.values())
}

// DeliveriesPage returns one page of deliveries, without a total.
func (s Webhooks) DeliveriesPage(ctx context.Context, id int64, q DeliveryQuery) (Page[Delivery], error) {
	return get[Page[Delivery]](ctx, s.c, path("/webhooks/%d/deliveries", id), q.values())
}

// ReplayDelivery sends a delivery again.
func (s Webhooks) ReplayDelivery(ctx context.Context, id, delivery int64) (Delivery, error) {
	return post[Delivery](ctx, s.c, path("/webhooks/%d/deliveries/%d/replay", id, delivery), nil)
}

// replayResult is the number of deliveries that are sent again.
type replayResult struct {
	Deliveries int `json:"deliveries"`
}

// ReplayDeadDeliveries sends all dead deliveries again, and returns their number.
func (s Webhooks) ReplayDeadDeliveries(ctx context.Context, id int64) (int, error) {
	shown, err := post[replayResult](ctx, s.c, path("/webhooks/%d/deliveries/replay", id), nil)
	return shown.Deliveries, err
}
