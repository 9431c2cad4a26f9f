package audit_test

import (
	"context"
	"testing"
	"time"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// follow returns the events that a follower gets; the channel is closed when following
// ends.
func (h *fixture) follow(ctx context.Context, actor model.Actor, filter model.EventFilter, after model.EventID) <-chan followed {
	all := make(chan followed)
	go func() {
		defer close(all)
		for e, err := range h.FollowEvents(ctx, actor, filter, after) {
			select {
			case all <- followed{e, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return all
}

type followed struct {
	event model.Event
	err   error
}

// nextEvent fails unless an event arrives in time.
func nextEvent(t *testing.T, from <-chan followed) followed {
	t.Helper()
	select {
	case h, ok := <-from:
		if !ok {
			t.Fatal("nothing more is heard")
		}
		return h
	case <-time.After(5 * time.Minute):
		t.Fatal("nothing is heard")
	}
	return followed{}
}

func TestFollowerGetsPastAndNewEvents(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	ctx, cancel := context.WithCancel(t.Context())
	all := h.follow(ctx, operator(), model.EventFilter{}, 0)
	users := h.follow(ctx, operator(), model.EventFilter{Verb: "user."}, 1)
	for want := range model.EventID(len(h.AllEvents())) {
		if got := nextEvent(t, all); got.err != nil || got.event.ID != want+1 {
			t.Fatalf("got %+v, want event %d", got, want+1)
		}
	}
	nextEvent(t, users)
	for _, name := range []string{"eve", "odo"} {
		u := h.AddUser(name)
		h.AddOrganization("Org of " + name)
		if got := nextEvent(t, users); got.err != nil || got.event.User != u.ID || got.event.Verb != model.UserCreate {
			t.Errorf("of %s this is heard: %+v", name, got)
		}
	}
	cancel()
	for range all {
	}
	if _, more := <-users; more {
		t.Error("something is heard after the end")
	}
}

func TestFollowerOfManyEventsMissesNone(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	h.fill(1200, ada.ID)
	last, end := model.EventID(0), model.EventID(len(h.AllEvents()))
	for e, err := range h.FollowEvents(t.Context(), operator(), model.EventFilter{User: ada.ID}, 0) {
		h.Must(err)
		if last != 0 && e.ID != last+1 {
			t.Fatalf("event %d follows event %d", e.ID, last)
		}
		if last = e.ID; last == end {
			break
		}
	}
}

// Events that are written without this node, as by other nodes, are followed too.
func TestFollowerGetsEventsOfOtherNodes(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	other := directory.New(h.Store, h.Hasher, h.Keyring, nil, directorytest.WithDefaults(directory.Options{Now: h.Clock.Now}))
	events := h.follow(t.Context(), operator(), model.EventFilter{}, model.EventID(len(h.AllEvents())))
	_, err := other.CreateOrganization(t.Context(), operator(), "Elsewhere")
	h.Must(err)
	if got := nextEvent(t, events); got.err != nil || got.event.Verb != model.OrganizationCreate {
		t.Errorf("heard %+v", got)
	}
}

func TestFollowingEndsWithTheCredential(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(h *fixture, u model.User, token secret.Text){
		"revoked": func(h *fixture, u model.User, _ secret.Text) {
			tokens := must(h.T, func() ([]model.AccessToken, error) { return h.Tokens(h.T.Context(), operator(), u.ID) })
			h.Must(h.RevokeToken(h.T.Context(), operator(), u.ID, tokens[0].ID))
		},
		"blocked": func(h *fixture, u model.User, _ secret.Text) {
			h.Must(none(h.BlockUser(h.T.Context(), operator(), u.ID)))
		},
		"no administrator any more": func(h *fixture, u model.User, _ secret.Text) {
			h.Must(h.change(operator(), u.ID, directory.UserChange{Admin: ref(false)}))
		},
		"expired while nothing happens": func(h *fixture, _ model.User, _ secret.Text) { h.Clock.Advance(48 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t)
			h.AddUser("root", admin)
			ada := h.AddUser("ada", admin)
			_, token, err := h.CreateToken(t.Context(), operator(), credential.NewToken{
				Owner: ada.ID, Name: "stream", Scopes: model.Scopes{model.ScopeReadAPI}, ExpiresAt: h.Clock.Now().Add(24 * time.Hour),
			})
			h.Must(err)
			events := h.follow(t.Context(), h.ActorWith(token), model.EventFilter{}, model.EventID(len(h.AllEvents())))
			h.AddOrganization("Heard")
			if got := nextEvent(t, events); got.err != nil {
				t.Fatal(got.err)
			}
			end(h, ada, token)
			got := nextEvent(t, events)
			if kind := fault.KindOf(got.err); got.err == nil || kind != fault.Unauthenticated && kind != fault.Forbidden {
				t.Errorf("heard %+v after the end, and %v", got.event, got.err)
			}
		})
	}
}

func TestFollowingIsForAdministrators(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	actor := h.Actor(h.AddUser("boss", in(h.Home.ID, model.RoleAdmin)))
	for _, err := range h.FollowEvents(t.Context(), actor, model.EventFilter{}, 0) {
		wantKind(t, err, fault.Forbidden)
	}
}
