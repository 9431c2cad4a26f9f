package native

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// keepAliveInterval is the maximal time between two messages of a stream. Without events a comment is sent, because many
// proxies close connections that are idle for a minute.
const keepAliveInterval = 15 * time.Second

// streamStart returns the filter of a stream and the event after which it begins. It runs the query once, so that invalid
// filters are rejected while the response can still have an error status.
func (a api) streamStart(r *http.Request, actor model.Actor) (model.EventFilter, model.EventID, error) {
	filter, after, err := a.parseStreamRequest(r, actor)
	if err != nil {
		return filter, after, err
	}
	try := filter
	try.After, try.Limit = after, 1
	_, err = a.directory.Events(r.Context(), actor, try)
	return filter, after, err
}

func (a api) parseStreamRequest(r *http.Request, actor model.Actor) (model.EventFilter, model.EventID, error) {
	query, err := web.ReadQuery(r)
	if err != nil {
		return model.EventFilter{}, 0, err
	}
	verb, _, _ := query.Text("verb") // the router has rejected repeated parameters
	of, _, _ := query.Text("user_id")
	filter := model.EventFilter{Verb: model.Verb(verb)}
	user, _, err := parseNumber(of, "user_id")
	if err != nil {
		return filter, 0, err
	}
	filter.User = model.UserID(user)
	field := "Last-Event-ID"
	place, resumed, err := web.SingleHeader(r, field)
	if err != nil {
		return filter, 0, err
	}
	if !resumed {
		field = "after"
		place, _, _ = query.Text("after")
	}
	after, given, err := parseNumber(place, field)
	if err != nil || given {
		return filter, model.EventID(after), err
	}
	head, err := a.directory.EventHead(r.Context(), actor)
	return filter, head.ID, err
}

func parseNumber(text, field string) (n int64, given bool, err error) {
	if text == "" {
		return 0, false, nil
	}
	n, err = strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || !isCanonicalNumber(text) {
		return 0, true, &web.Error{Status: http.StatusBadRequest, Code: web.Invalid, Field: field, Msg: field + " must be a number from 0"}
	}
	return n, true, nil
}

// writeEvents writes events until the client disconnects, the server stops or the credential is no longer valid. The client
// can reconnect and continue after the last event.
func (a api) writeEvents(ctx context.Context, actor model.Actor, filter model.EventFilter, after model.EventID, w http.ResponseWriter) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	to := &sseWriter{w: w, cancel: stop}
	var beside sync.WaitGroup
	beside.Go(func() { a.sendKeepAlives(ctx, stop, to) })
	for e, err := range a.directory.FollowEvents(ctx, actor, filter, after) {
		if err != nil {
			to.write("event: error\ndata: %s\n\n", mustMarshal(problemFor(err)))
			break
		}
		to.write("id: %d\nevent: %s\ndata: %s\n\n", e.ID, e.Verb, mustMarshal(newEvent(e)))
	}
	stop()
	beside.Wait()
	return nil
}

// sendKeepAlives sends comments more often than Idle requires, and ends the stream when the server stops.
func (a api) sendKeepAlives(ctx context.Context, stop func(), to *sseWriter) {
	tick := time.NewTicker(min(keepAliveInterval, a.Idle/2))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.Stopping:
			stop()
			return
		case <-tick.C:
			to.write(": keep-alive\n\n")
		}
	}
}

// sseWriter writes Server-Sent Events (HTML standard, section 9.2).
type sseWriter struct {
	mu     sync.Mutex
	w      http.ResponseWriter
	cancel func() // called after a write error
}

func (s *sseWriter) write(format string, parts ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := fmt.Fprintf(s.w, format, parts...); err != nil {
		s.cancel()
	}
}

func mustMarshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		return []byte(`{}`) // unreachable for the types of this API
	}
	return text
}
