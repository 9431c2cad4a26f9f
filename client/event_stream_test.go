package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"roster.example/roster/client"
	"roster.example/roster/rostertest"
)

func TestEventsAreListedAndStreamed(t *testing.T) {
	t.Parallel()
	s := rostertest.Start(t)
	c, ada, ctx := s.Client(), s.AddUser("ada"), t.Context()
	head := must[client.EventHead](t)(c.Events.GetHead(ctx))
	must[client.User](t)(c.Users.Block(ctx, ada.ID))
	must[client.User](t)(c.Users.Unblock(ctx, ada.ID))
	var verbs []string
	for e, err := range c.Events.Stream(ctx, client.StreamQuery{After: &head.ID, UserID: ada.ID, Verb: "user."}) {
		if err != nil {
			t.Fatal(err)
		}
		if verbs = append(verbs, e.Verb); e.Verb == "user.unblock" {
			break
		}
	}
	if len(verbs) < 2 || verbs[0] != "user.block" {
		t.Errorf("the stream has %v", verbs)
	}
	page := must[client.Page[client.Event]](t)(c.Events.Page(ctx, client.EventQuery{
		UserID: ada.ID, ActorID: s.Admin.ID, Verb: "user.", Target: "user", TargetID: ada.ID, API: "native", Limit: 1,
		Since: must[client.User](t)(c.Users.Get(ctx, ada.ID)).CreatedAt,
	}))
	if len(page.Items) != 1 || page.Items[0].Verb != "user.unblock" || page.Next == "" {
		t.Errorf("the latest is %+v", page)
	}
	last := int64(0)
	for e, err := range c.Events.List(ctx, client.EventQuery{OldestFirst: true, Limit: 2}) {
		if err != nil || e.ID != last+1 {
			t.Fatalf("after %d follows %+v, %v", last, e, err)
		}
		last = e.ID
	}
	if last <= head.ID {
		t.Errorf("the last is %d", last)
	}
}

// streamEvents sends these events and then closes the connection.
func streamEvents(ids ...int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = fmt.Fprint(w, ": events follow\n\n")
		for _, id := range ids {
			_, _ = fmt.Fprintf(w, "id: %d\nevent: user.block\ndata: {\"id\":%d,\"verb\":\"user.block\"}\n\n", id, id)
		}
	}
}

func TestBrokenStreamContinuesAfterTheLastEvent(t *testing.T) {
	t.Parallel()
	d := newFakeServer(t, respond(200, `{"id":4}`), dropConnection, streamEvents(5, 6), respond(503, ""), streamEvents(6, 7), respond(502, "<html>"), streamEvents(8))
	var got []int64
	for e, err := range d.Events.Stream(t.Context(), client.StreamQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, e.ID); e.ID == 8 {
			break
		}
	}
	if fmt.Sprint(got) != "[5 6 7 8]" {
		t.Errorf("got %v", got)
	}
	var after []string
	for _, r := range d.requests()[1:] {
		after = append(after, r.Header.Get("Last-Event-ID"))
	}
	if fmt.Sprint(after) != "[4 4 6 6 7 7]" {
		t.Errorf("the requests continue after %v", after)
	}
}

func TestStreamEndsWithAPermanentError(t *testing.T) {
	t.Parallel()
	rejection := respond(200, "event: error\ndata: {\"status\":401,\"code\":\"unauthenticated\",\"detail\":\"the token was revoked\"}\n\n")
	for _, last := range []http.HandlerFunc{rejection, respond(401, `{}`)} {
		d := newFakeServer(t, streamEvents(1), last)
		var got []error
		for _, err := range d.Events.Stream(t.Context(), client.StreamQuery{After: new(int64)}) {
			got = append(got, err)
		}
		if len(got) != 2 || got[0] != nil || !errors.Is(got[1], client.ErrUnauthenticated) {
			t.Errorf("got %v", got)
		}
	}
}

func TestStreamEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	d := newFakeServer(t, streamEvents(1))
	var last error
	for _, last = range d.Events.Stream(ctx, client.StreamQuery{After: new(int64)}) {
		cancel()
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("it ended with %v", last)
	}
}
