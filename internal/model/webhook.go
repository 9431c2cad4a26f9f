package model

import "time"

// WebhookID identifies a webhook.
type WebhookID int64

// Webhook is a URL that receives events, by the conventions of Standard Webhooks
// (https://www.standardwebhooks.com).
type Webhook struct {
	ID          WebhookID
	URL         string
	Description string
	Verbs       []Verb // of the events it receives: verbs, or groups such as "user."; none means all
	Enabled     bool
	Reason      string // why the server disabled it; empty unless it did
	Sealed      []byte // the secret, encrypted; see package webhook
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Wants reports whether the webhook receives an event. A test event is for one webhook.
func (h Webhook) Wants(e Event) bool {
	switch {
	case !h.Enabled:
		return false
	case e.Verb == WebhookTest:
		return e.TargetID == int64(h.ID)
	}
	for _, v := range h.Verbs {
		if v.covers(e.Verb) {
			return true
		}
	}
	return len(h.Verbs) == 0
}

// FailureState is the state of a failing webhook; the zero value is none. While it lasts, one delivery at
// a time is tried, at ProbeAt.
type FailureState struct {
	Failures int       // in a row
	Since    time.Time // of the first of them
	ProbeAt  time.Time // the earliest time of the next attempt
}

// DeliveryID identifies a delivery.
type DeliveryID int64

// DeliveryState is the state of a delivery.
type DeliveryState string

// The states of a delivery.
const (
	Pending   DeliveryState = "pending"   // not delivered yet; it is retried
	Delivered DeliveryState = "delivered" // the response had a success status
	Dead      DeliveryState = "dead"      // given up; see ReplayDelivery in package webhook
)

// Delivery is one event for one webhook.
type Delivery struct {
	ID          DeliveryID
	Webhook     WebhookID
	Event       EventID
	User        UserID // the user of the event: their events are delivered in order; zero if none
	Verb        Verb
	State       DeliveryState
	Attempts    int // failed attempts since the last replay
	CreatedAt   time.Time
	DueAt       time.Time // the earliest time of the next attempt
	LeasedUntil time.Time // the lease of a node; zero if none
	EndedAt     time.Time // when it was delivered or given up; zero while pending
	Status      int       // HTTP status of the last answer; 0 for none
	Reason      string    // why the last attempt failed
}

// DeliveryFilter narrows a list of deliveries, which is by id, ascending. Zero
// fields narrow nothing.
type DeliveryFilter struct {
	Webhook    WebhookID
	State      DeliveryState
	After      DeliveryID // only events with a higher id
	Before     DeliveryID // only events with a lower id
	Limit      int        // 0 means MaxDeliveries
	Descending bool       // newest first
}

// WebhookReader reads webhooks and deliveries.
type WebhookReader interface {
	Webhooks() ([]Webhook, error) // by id
	Deliveries(filter DeliveryFilter) ([]Delivery, error)
	// WebhooksDue lists the enabled webhooks with due deliveries that are not paused, by id.
	WebhooksDue(now time.Time) ([]WebhookID, error)
	WebhookFailures(id WebhookID) (FailureState, error)
	// PendingDeliveries counts the pending deliveries of a webhook, up to atMost.
	PendingDeliveries(of WebhookID, atMost int) (int, error)
	// UndeliveredSince returns the first event with a pending delivery; zero if there is none.
	UndeliveredSince() (EventID, error)
}

// WebhookWriter writes webhooks and deliveries.
type WebhookWriter interface {
	// CachedWebhooks returns Webhooks for enqueueing an event. They may come from the cache and
	// lack the change of a commit just before. To change a webhook, read it by Webhooks.
	CachedWebhooks() ([]Webhook, error)
	AddWebhook(h *Webhook) error
	ChangeWebhook(h Webhook) error // its failure state stays
	PutWebhookFailures(id WebhookID, t FailureState) error
	DropWebhook(id WebhookID) error     // with its deliveries
	AddDeliveries(all []Delivery) error // ids ascend in the order of the slice
	ChangeDelivery(one Delivery) error
	DropDeliveries(e EndedBefore) (int, error) // returns how many were deleted
	// ClaimDeliveries leases up to n due deliveries of a webhook, those that are due longest first. Of
	// the events of one user it returns the first pending one only.
	ClaimDeliveries(webhook WebhookID, now time.Time, n int, lease time.Duration) ([]Delivery, error)
	// ReplayDead makes dead deliveries of a webhook due, by id, and returns how many.
	ReplayDead(r Replay) (int, error)
	DeadLetterDeliveries(b DeadLetter) (int, error) // returns how many
}

// Replay selects dead deliveries to be sent again.
type Replay struct {
	Webhook WebhookID
	EndedBy time.Time // only those that were given up before
	At      time.Time // when they are due
	Limit   int
}

// DeadLetter selects pending deliveries to be given up.
type DeadLetter struct {
	Webhook WebhookID // zero for all webhooks that are disabled or gone
	At      time.Time
	Reason  string
	Limit   int
}

// EndedBefore selects deliveries to be deleted: those that ended before the times.
type EndedBefore struct {
	Delivered time.Time
	Dead      time.Time
	Limit     int
}
