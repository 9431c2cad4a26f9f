package client

import (
	"context"
	"iter"
	"net/url"
	"time"
)

// Event says who did what to whom, when, from where, through which API. Events are a
// chain: each holds the hash of the one before.
type Event struct {
	ID             int64     `json:"id"` // without gaps, from 1
	At             time.Time `json:"at"`
	Verb           string    `json:"verb"`          // "user.block"
	ActorID        int64     `json:"actor_id"`      // 0 for somebody unknown, or the operator
	RealActorID    int64     `json:"real_actor_id"` // another than the actor for an administrator who acts as somebody else
	Credential     string    `json:"credential"`    // what was shown: token, api_key, session, operator, link, or nothing
	Target         string    `json:"target"`        // the kind of thing: "user"
	TargetID       int64     `json:"target_id"`
	UserID         int64     `json:"user_id"`         // the person concerned; 0 for none
	OrganizationID int64     `json:"organization_id"` // the organization concerned; 0 for none
	API            string    `json:"api"`
	Address        string    `json:"address"` // from where
	Detail         string    `json:"detail"`  // names of what changed, or a reason
	Previous       string    `json:"previous"`
	Hash           string    `json:"hash"` // in hex
}

// Events is about what was recorded.
type Events struct{ c *Client }

// EventQuery chooses events. The zero value means all, the latest first.
type EventQuery struct {
	UserID         int64     // only about this person
	ActorID        int64     // only what this person did
	Verb           string    // only this verb, or those that begin with it if it ends with a dot
	Target         string    // only about this kind of thing
	TargetID       int64     // only about this thing; with Target
	OrganizationID int64     // only about this organization
	API            string    // only through this API
	Since          time.Time // not before
	Until          time.Time // before
	OldestFirst    bool      // the other way round
	Limit          int       // events on a page; 0 is 1000, the most
	Cursor         string    // where to begin: Next of a page; empty for the beginning
}

func (q EventQuery) values() url.Values {
	limit := q.Limit
	if limit == 0 {
		limit = 1000
	}
	v := values{}.number("user_id", q.UserID).number("actor_id", q.ActorID).text("verb", q.Verb).
		text("target", q.Target).number("target_id", q.TargetID).number("organization_id", q.OrganizationID).text("api", q.API).
		time("since", q.Since).time("until", q.Until).number("limit", int64(limit)).text("cursor", q.Cursor)
	if q.OldestFirst {
		v = v.text("sort", "id")
	}
	return url.Values(v)
}

// List goes through all events that the query chooses, page by page. It ends with
// the first error.
func (s Events) List(ctx context.Context, q EventQuery) iter.Seq2[Event, error] {
	return listPages[Event](ctx, s.c, "/events", q.values())
}

// Page reads one page; without a total.
func (s Events) Page(ctx context.Context, q EventQuery) (Page[Event], error) {
	return get[Page[Event]](ctx, s.c, "/events", q.values())
}

// Head is the latest event of the chain. Who keeps it elsewhere can find out with
// "roster doctor --head" whether it is still part of the chain.
type EventHead struct {
	ID   int64  `json:"id"`
	Hash string `json:"hash"` // in hex
}

// Head shows the head of the chain.
func (s Events) GetHead(ctx context.Context) (EventHead, error) {
	return get[EventHead](ctx, s.c, "/events/head", nil)
}
