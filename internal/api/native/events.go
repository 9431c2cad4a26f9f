package native

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

// directoryEvent says who did what to whom, when, from where, through which API.
type event struct {
	ID           int64     `json:"id" doc:"Without gaps, from 1." example:"4711"`
	At           time.Time `json:"at" example:"2026-01-02T15:04:05Z"`
	Verb         string    `json:"verb" example:"user.block"`
	Actor        int64     `json:"actor_id" doc:"0 for somebody unknown, or the operator." example:"1"`
	Real         int64     `json:"real_actor_id" doc:"Who really acted; another than the actor for an administrator who acts as somebody else." example:"1"`
	Credential   string    `json:"credential" doc:"What was shown: token, api_key, session, operator, link, or nothing." example:"token"`
	Target       string    `json:"target" doc:"The kind of thing." example:"user"`
	TargetID     int64     `json:"target_id" example:"42"`
	User         int64     `json:"user_id" doc:"The person concerned; 0 for none." example:"42"`
	Organization int64     `json:"organization_id" doc:"The organization concerned; 0 for none."`
	API          string    `json:"api" example:"native"`
	Address      string    `json:"address" doc:"From where." example:"192.0.2.7"`
	Detail       string    `json:"detail" doc:"Names of what changed, or a reason." example:"bio"`
	Previous     string    `json:"previous" doc:"The hash of the event before, in hex."`
	Hash         string    `json:"hash" doc:"SHA-256 over all of the above, in hex; see docs/events.md."`
}

func newEvent(e directory.Event) event {
	return event{
		ID: int64(e.ID), At: e.At, Verb: string(e.Verb), Actor: int64(e.Actor), Real: int64(e.Impersonator), Credential: string(e.Credential),
		Target: e.Target, TargetID: e.TargetID, User: int64(e.User), Organization: int64(e.Org), API: string(e.API), Address: e.Address,
		Detail: e.Detail, Previous: hex.EncodeToString(e.Previous), Hash: hex.EncodeToString(e.Hash),
	}
}

func (a api) addEventOperations(h huma.API, t *routeTable) {
	const tag = "events"
	add(h, operation{id: "listEvents", class: expensiveWith("user_id", "actor_id", "verb", "target", "target_id", "organization_id", "api", "since", "until"), method: "GET", path: "/events", permission: directory.AuditRead, tag: tag,
		summary: "Search the events", description: "The latest first, unless sort says otherwise."}, a.listEvents)
	add(h, operation{id: "getEventHead", method: "GET", path: "/events/head", permission: directory.AuditRead, tag: tag,
		summary: "Show the head of the chain", description: "Keep it elsewhere: roster doctor --head finds out whether it is still part of the chain."}, a.getEventHead)
	addRaw(h, t, streamOperation(h), a.streamEvents)
}

type listEventsIn struct {
	Cursor       int64     `query:"cursor" minimum:"1" doc:"Where to go on: next of the page before." example:"4700"`
	Limit        int       `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"How many on a page."`
	Sort         string    `query:"sort" enum:"id,-id" default:"-id" doc:"The order: the oldest or the latest first."`
	User         int64     `query:"user_id" minimum:"1" doc:"Only about this person." example:"42"`
	Actor        int64     `query:"actor_id" minimum:"1" doc:"Only what this person did."`
	Verb         string    `query:"verb" minLength:"1" maxLength:"100" doc:"Only this verb, or those that begin with it if it ends with a dot." example:"user."`
	Target       string    `query:"target" minLength:"1" maxLength:"100" doc:"Only about this kind of thing." example:"token"`
	TargetID     int64     `query:"target_id" minimum:"1" doc:"Only about this thing; with target."`
	Organization int64     `query:"organization_id" minimum:"1" doc:"Only about this organization."`
	API          string    `query:"api" enum:"native,gitlab,wekan,codebase,pm415,console,cli" doc:"Only through this API."`
	Since        time.Time `query:"since" doc:"Not before." example:"2026-01-01T00:00:00Z"`
	Until        time.Time `query:"until" doc:"Before." example:"2036-01-01T00:00:00Z"`
}

func (in listEventsIn) filter() directory.EventFilter {
	f := directory.EventFilter{
		Limit: in.Limit + 1, User: directory.UserID(in.User), Actor: directory.UserID(in.Actor), Verb: directory.Verb(in.Verb),
		Target: in.Target, TargetID: in.TargetID, Org: directory.OrgID(in.Organization), API: directory.API(in.API),
		Since: in.Since.UTC(), Until: in.Until.UTC(), Descending: in.Sort == "-id",
	}
	if f.Descending {
		f.Before = directory.EventID(in.Cursor)
	} else {
		f.After = directory.EventID(in.Cursor)
	}
	return f
}

func (a api) listEvents(ctx context.Context, who directory.Actor, in *listEventsIn) (*body[list[event]], error) {
	events, err := a.directory.Events(ctx, who, in.filter())
	if err != nil {
		return nil, err
	}
	var shown list[event]
	if len(events) > in.Limit {
		events = events[:in.Limit]
		shown.Next = strconv.FormatInt(int64(events[in.Limit-1].ID), 10)
	}
	shown.Items = mapSlice(events, newEvent)
	return bodyOf(shown), nil
}

type eventHead struct {
	ID   int64  `json:"id" doc:"The latest event." example:"4711"`
	Hash string `json:"hash" doc:"Its hash, in hex."`
}

func (a api) getEventHead(ctx context.Context, who directory.Actor, _ *struct{}) (*body[eventHead], error) {
	head, err := a.directory.EventHead(ctx, who)
	if err != nil {
		return nil, err
	}
	return bodyOf(eventHead{int64(head.ID), hex.EncodeToString(head.Hash)}), nil
}

func streamOperation(h huma.API) huma.Operation {
	o := operation{
		id: "streamEvents", method: "GET", path: "/events/stream", permission: directory.AuditRead, tag: "events", summary: "Follow the events",
		description: "Server-Sent Events: what is there after a place, and then what comes, as it comes. The name of each is its verb, its data an event as /events shows it, its id the place: send it as Last-Event-ID to go on. Without a place it begins with what comes.",
	}
	op := o.describe()
	op.Parameters = []*huma.Param{
		queryParameter("after", "The id of the last event that is known; 0 for none.", &huma.Schema{Type: huma.TypeInteger, Minimum: pointerTo(0.0)}),
		queryParameter("user_id", "Only about this person.", &huma.Schema{Type: huma.TypeInteger, Minimum: pointerTo(1.0)}),
		queryParameter("verb", "Only this verb, or those that begin with it if it ends with a dot.", &huma.Schema{Type: huma.TypeString, MinLength: pointerTo(1), MaxLength: pointerTo(100)}),
		{Name: "Last-Event-ID", In: "header", Description: "As browsers send it; wins over after.", Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: pointerTo(0.0)}},
	}
	return withResponses(h, op, "Events as they come; comments keep the connection alive.", "text/event-stream")
}

// streamEvents answers GET /events/stream.
func (a api) streamEvents(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	filter, after, err := a.streamStart(r, who)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy would keep events back
	if r.Method == http.MethodHead {
		return nil
	}
	r = web.Unlimited(r)
	to := idleTimeoutWriter{idleTimeout{http.NewResponseController(w), a.Idle}, w}
	if _, err := fmt.Fprint(to, ": events follow\n\n"); err != nil {
		return nil // the client has gone
	}
	return a.writeEvents(r.Context(), who, filter, after, to)
}
