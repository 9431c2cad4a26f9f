package client

import (
	"cmp"
	"context"
	"iter"
	"net/url"
	"time"
)

// Event is the audit record of one change. Events form a chain: each contains the hash of the previous one.
type Event struct {
	ID             int64     `json:"id"` // numbered from 1 without gaps
	At             time.Time `json:"at"`
	Verb           string    `json:"verb"`          // "user.block"
	ActorID        int64     `json:"actor_id"`      // 0 for an unauthenticated caller and for the operator
	RealActorID    int64     `json:"real_actor_id"` // the administrator, if one acted as another user
	Credential     string    `json:"credential"`    // token, api_key, session, operator, link, or empty
	Target         string    `json:"target"`        // the type of the object: "user"
	TargetID       int64     `json:"target_id"`
	UserID         int64     `json:"user_id"`         // the user that the event is about; 0 for none
	OrganizationID int64     `json:"organization_id"` // the organization that the event is about; 0 for none
	API            string    `json:"api"`
	Address        string    `json:"address"` // the network address of the caller
	Detail         string    `json:"detail"`  // the names of the changed members, or a reason
	Previous       string    `json:"previous"`
	Hash           string    `json:"hash"` // in hex
}

// Events reads the audit log.
type Events struct{ c *Client }

// EventQuery selects events. The zero value selects all, the latest first.
type EventQuery struct {
	UserID         int64     // events about this user
	ActorID        int64     // events that this user caused
	Verb           string    // this verb; with a dot at the end, all verbs with this prefix
	Target         string    // events about objects of this type
	TargetID       int64     // events about this object; requires Target
	OrganizationID int64     // events about this organization
	API            string    // events caused through this API
	Since          time.Time // at or after this time
	Until          time.Time // before this time
	OldestFirst    bool      // the oldest first
	Limit          int       // events on a page; 0 is 1000, the most
	Cursor         string    // the Next of a page; empty for the first page
}

func (q EventQuery) values() url.Values {
	limit := cmp.Or(q.Limit, maxEventPage)
	v := values{}.number("user_id", q.UserID).number("actor_id", q.ActorID).text("verb", q.Verb).
		text("target", q.Target).number("target_id", q.TargetID).number("organization_id", q.OrganizationID).text("api", q.API).
		time("since", q.Since).time("until", q.Until).number("limit", int64(limit)).text("cursor", q.Cursor)
	if q.OldestFirst {
		v = v.text("sort", "id")
	}
	return url.Values(v)
}

// List returns all selected events, page by page. It ends with the first error.
func (s Events) List(ctx context.Context, q EventQuery) iter.Seq2[Event, error] {
	return listPages[Event](ctx, s.c, "/events", q.values())
}

// Page returns one page, without a total.
func (s Events) Page(ctx context.Context, q EventQuery) (Page[Event], error) {
	return get[Page[Event]](ctx, s.c, "/events", q.values())
}

// EventHead is the latest event of the chain. If it is stored on another system, "roster doctor --head" verifies later that
// it is still part of the chain.
type EventHead struct {
	ID   int64  `json:"id"`
	Hash string `json:"hash"` // in hex
}

// GetHead returns the head of the event chain.
func (s Events) GetHead(ctx context.Context) (EventHead, error) {
	return get[EventHead](ctx, s.c, "/events/head", nil)
}
