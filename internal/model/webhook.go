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
	Sealed      []byte // the secret, encrypted; see [WebhookQueue]
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

// Trouble is the state of a failing webhook; the zero value is none. While it lasts, one delivery at
// a time is tried, at ProbeAt.
type Trouble struct {
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
	Dead      DeliveryState = "dead"      // given up; see [Directory.ReplayDelivery]
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
	Limit      int        // 0 means 100
	Descending bool       // newest first
}

// WebhookReader reads webhooks and deliveries.
type WebhookReader interface {
	Webhooks() ([]Webhook, error) // by id
	Deliveries(filter DeliveryFilter) ([]Delivery, error)
	// WebhooksDue lists those, by id, of which a claim may give any: that are enabled
	// and need not pause.
	WebhooksDue(now time.Time) ([]WebhookID, error)
	WebhookTrouble(id WebhookID) (Trouble, error)
	// PendingDeliveries counts what is pending of a webhook, to atMost at most.
	PendingDeliveries(of WebhookID, atMost int) (int, error)
	// UndeliveredSince is the first event that a delivery is still pending of;
	// zero for none.
	UndeliveredSince() (EventID, error)
}

// WebhookWriter writes webhooks and deliveries.
type WebhookWriter interface {
	// ToldWebhooks returns Webhooks for enqueueing an event. They may come from the cache and
	// lack the change of a commit just before. To change a webhook, read it by Webhooks.
	ToldWebhooks() ([]Webhook, error)
	AddWebhook(h *Webhook) error
	ChangeWebhook(h Webhook) error // its trouble stays
	PutWebhookTrouble(id WebhookID, t Trouble) error
	DropWebhook(id WebhookID) error            // with its deliveries
	AddDeliveries(all []Delivery) error        // ids are given in their order
	ChangeDelivery(one Delivery) error         // how far it has come
	DropDeliveries(e EndedBefore) (int, error) // and how many went
	// ClaimDeliveries hands out up to n deliveries of a webhook that are due and
	// keeps them from others until the lease ends. Of one person it gives the
	// first that is pending alone; those without a person are in no order. What has
	// been due longest goes first.
	ClaimDeliveries(webhook WebhookID, now time.Time, n int, lease time.Duration) ([]Delivery, error)
	// ReplayDead makes dead deliveries of a webhook due, the first by id, and says how many.
	ReplayDead(r Replay) (int, error)
	BuryDeliveries(b Burial) (int, error) // and how many were buried
}

// Replay says which dead deliveries are to be sent once more.
type Replay struct {
	Webhook WebhookID
	EndedBy time.Time // only those that had been given up by then
	At      time.Time // when they are due
	Limit   int       // at most so many at once
}

// Burial says which pending deliveries are to be given up, and why.
type Burial struct {
	Webhook WebhookID // zero for all webhooks that are disabled or gone
	At      time.Time
	Reason  string
	Limit   int // at most so many at once
}

// EndedBefore says which deliveries are to be dropped: those that ended before.
type EndedBefore struct {
	Delivered time.Time
	Dead      time.Time
	Limit     int // at most so many at once
}
