package directory_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

func TestUnusedSessionEndsBeforeItsLifetime(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	h := newFixture(t)
	h.AddUser("ada")
	session := func(kind model.SessionKind) secret.Text {
		return must(t, func() (secret.Text, error) { return h.AddSession("ada", kind) })
	}
	console, wekan := session(model.ConsoleLogin), session(model.WekanLogin)
	for range 5 {
		h.Clock.Advance(10 * day)
		if !h.IsValid(console) {
			t.Fatal("a session in use has ended")
		}
		h.Must(h.FlushLastUsed(t.Context(), operator()))
	}
	h.Clock.Advance(14 * day)
	if h.IsValid(console) {
		t.Error("a session is valid after 14 days without a request")
	}
	if !h.IsValid(wekan) {
		t.Error("a session of Wekan ended by idleness")
	}
	open := must(t, func() ([]model.Session, error) { return h.Sessions(t.Context(), h.ActorWith(wekan)) })
	if len(open) != 1 || open[0].Kind != model.WekanLogin {
		t.Errorf("the list has %+v", open)
	}
	h.Clock.Advance(27 * day)
	if fresh := session(model.ConsoleLogin); !h.IsValid(fresh) {
		t.Error("a new session has ended")
	}
}
