package native

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// event is the audit record of one change.
type event struct {
	ID           int64     `json:"id" doc:"Numbered from 1 without gaps." example:"4711"`
	At           time.Time `json:"at" example:"2026-01-02T15:04:05Z"`
	Verb         string    `json:"verb" example:"user.block"`
	Actor        int64     `json:"actor_id" doc:"The user who acted; 0 for an unauthenticated caller and for the operator." example:"1"`
	Real         int64     `json:"real_actor_id" doc:"The administrator, if an administrator acted as another user; else the same as actor_id." example:"1"`
	Credential   string    `json:"credential" doc:"The kind of credential: token, api_key, session, operator, link, or empty." example:"token"`
	Target       string    `json:"target" doc:"The type of the object." example:"user"`
	TargetID     int64     `json:"target_id" example:"42"`
	User         int64     `json:"user_id" doc:"The user that the event is about; 0 for none." example:"42"`
	Organization int64     `json:"organization_id" doc:"The organization that the event is about; 0 for none."`
	API          string    `json:"api" example:"native"`
	Address      string    `json:"address" doc:"The network address of the caller." example:"192.0.2.7"`
	Detail       string    `json:"detail" doc:"The names of the changed members, or a reason." example:"bio"`
	Previous     string    `json:"previous" doc:"The hash of the previous event, in hex."`
	Hash         string    `json:"hash" doc:"HMAC-SHA256 of all members above, in hex; see docs/events.md."`
}

func newEvent(e model.Event) event {
	return event{
		ID: int64(e.ID), At: e.At, Verb: string(e.Verb), Actor: int64(e.Actor), Real: int64(e.Impersonator), Credential: string(e.Credential),
		Target: e.Target, TargetID: e.TargetID, User: int64(e.User), Organization: int64(e.Org), API: string(e.API), Address: e.Address,
		Detail: e.Detail, Previous: hex.EncodeToString(e.Previous), Hash: hex.EncodeToString(e.Hash),
	}
}

func (a api) addEventOperations(h huma.API, t *routeTable) {
	const tag = "events"
	add(h, operation{id: "listEvents", class: expensiveWith("user_id", "actor_id", "verb", "target", "target_id", "organization_id", "api", "since", "until"), method: "GET", path: "/events", permission: model.AuditRead, tag: tag,
		summary: "List events", description: "The latest event is first, unless sort is id. Administrators see the events of the whole server. With organization_id, a user that " +
			"has audit.read in that organization sees its events, without hashes and without the network addresses of other users."}, a.listEvents)
	add(h, operation{id: "getEventHead", method: "GET", path: "/events/head", permission: model.AuditRead, tag: tag,
		summary:     "Get the head of the event chain",
		description: "Store it on another system. roster doctor --head verifies later that it is still part of the chain."}, a.getEventHead)
	addRaw(h, t, streamOperation(h), a.streamEvents)
}

type listEventsQuery struct {
	Cursor       int64     `query:"cursor" minimum:"1" doc:"The member next of the previous page." example:"4700"`
	Limit        int       `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"The number of items on a page."`
	Sort         string    `query:"sort" enum:"id,-id" default:"-id" doc:"The order: id is oldest first, -id is latest first."`
	User         int64     `query:"user_id" minimum:"1" doc:"Only events about this user." example:"42"`
	Actor        int64     `query:"actor_id" minimum:"1" doc:"Only events that this user caused."`
	Verb         string    `query:"verb" minLength:"1" maxLength:"100" doc:"Only this verb; with a dot at the end, all verbs with this prefix." example:"user."`
	Target       string    `query:"target" minLength:"1" maxLength:"100" doc:"Only events about objects of this type." example:"token"`
	TargetID     int64     `query:"target_id" minimum:"1" doc:"Only events about this object. Requires target."`
	Organization int64     `query:"organization_id" minimum:"1" doc:"Only events about this organization."`
	API          string    `query:"api" enum:"native,gitlab,wekan,codebase,pm415,console,cli" doc:"Only events caused through this API."`
	Since        time.Time `query:"since" doc:"Only events at or after this time." example:"2026-01-01T00:00:00Z"`
	Until        time.Time `query:"until" doc:"Only events before this time." example:"2036-01-01T00:00:00Z"`
}

func (in listEventsQuery) filter() model.EventFilter {
	f := model.EventFilter{
		Limit: in.Limit + 1, User: model.UserID(in.User), Actor: model.UserID(in.Actor), Verb: model.Verb(in.Verb),
		Target: in.Target, TargetID: in.TargetID, Org: model.OrgID(in.Organization), API: model.API(in.API),
		Since: in.Since.UTC(), Until: in.Until.UTC(), Descending: in.Sort == "-id",
	}
	if f.Descending {
		f.Before = model.EventID(in.Cursor)
	} else {
		f.After = model.EventID(in.Cursor)
	}
	return f
}

func (a api) listEvents(ctx context.Context, actor model.Actor, in *listEventsQuery) (*body[list[event]], error) {
	events, err := a.directory.Events(ctx, actor, in.filter())
	if err != nil {
		return nil, err
	}
	var result list[event]
	if len(events) > in.Limit {
		events = events[:in.Limit]
		result.Next = strconv.FormatInt(int64(events[in.Limit-1].ID), 10)
	}
	result.Items = mapSlice(events, newEvent)
	return bodyOf(result), nil
}

type eventHead struct {
	ID   int64  `json:"id" doc:"The id of the latest event." example:"4711"`
	Hash string `json:"hash" doc:"The hash of that event, in hex."`
}

func (a api) getEventHead(ctx context.Context, actor model.Actor, _ *struct{}) (*body[eventHead], error) {
	head, err := a.directory.EventHead(ctx, actor)
	if err != nil {
		return nil, err
	}
	return bodyOf(eventHead{int64(head.ID), hex.EncodeToString(head.Hash)}), nil
}

func streamOperation(h huma.API) huma.Operation {
	o := operation{
		id: "streamEvents", method: "GET", path: "/events/stream", permission: model.AuditRead, tag: "events",
		summary: "Stream events",
		description: "Server-Sent Events: first the stored events after a given event, then new events as they happen. The name of each message is the " +
			"verb of the event, its data is an event as in /events, and its id is the id of the event. To continue a stream, send that id as " +
			"Last-Event-ID. Without it and without after, the stream begins with new events.",
	}
	op := o.describe()
	op.Parameters = []*huma.Param{
		queryParameter("after", "The id of the event after which the stream begins; 0 for all events.", &huma.Schema{Type: huma.TypeInteger, Minimum: pointerTo(0.0)}),
		queryParameter("user_id", "Only events about this user.", &huma.Schema{Type: huma.TypeInteger, Minimum: pointerTo(1.0)}),
		queryParameter("verb", "Only this verb; with a dot at the end, all verbs with this prefix.", &huma.Schema{Type: huma.TypeString, MinLength: pointerTo(1), MaxLength: pointerTo(100)}),
		{Name: "Last-Event-ID", In: "header", Description: "As browsers send it. Takes precedence over after.", Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: pointerTo(0.0)}},
	}
	return withResponses(h, op, "A stream of events. Comments keep the connection alive.", "text/event-stream")
}

// streamEvents answers GET /events/stream.
func (a api) streamEvents(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	filter, after, err := a.streamStart(r, actor)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would buffer events
	if r.Method == http.MethodHead {
		return nil
	}
	r = web.Unlimited(r)
	to := idleTimeoutWriter{idleTimeout{http.NewResponseController(w), a.Idle}, w}
	if _, err := fmt.Fprint(to, ": stream of events\n\n"); err != nil {
		return nil // the client disconnected
	}
	return a.writeEvents(r.Context(), actor, filter, after, to)
}
