package secondfactor_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
)

func TestPendingAppIsShownToTheSessionThatAddsIt(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Reauthenticate = 5 * time.Minute })
	ada := h.AddUser("ada")
	h.AddUser("eve")
	session := h.SessionOf("ada")
	begun := must(t, func() (secondfactor.TOTPEnrolment, error) { return h.BeginTOTP(t.Context(), session) })
	pending := func(actor model.Actor, ceremony secret.Text) (secondfactor.TOTPEnrolment, error) {
		return h.PendingTOTP(t.Context(), actor, ceremony)
	}
	if again, err := pending(session, begun.Ceremony); err != nil || again != begun {
		t.Errorf("%v, %v", again, err)
	}
	for what, refused := range map[string]struct {
		actor    model.Actor
		ceremony secret.Text
		kind     fault.Kind
	}{
		"another user": {h.SessionOf("eve"), begun.Ceremony, fault.Expired},
		"unknown":      {session, "unknown", fault.Expired},
		"empty":        {session, "", fault.Expired},
		"access token": {h.Actor(ada), begun.Ceremony, fault.Forbidden},
	} {
		if e, err := pending(refused.actor, refused.ceremony); fault.KindOf(err) != refused.kind || e.Secret != "" {
			t.Errorf("%s: %v, %v", what, e, err)
		}
	}
	h.Clock.Advance(6 * time.Minute)
	_, err := pending(session, begun.Ceremony)
	wantFault(t, err, "reauthentication", fault.Required)
	h.Clock.Advance(5 * time.Minute)
	if _, err := pending(h.SessionOf("ada"), begun.Ceremony); fault.KindOf(err) != fault.Expired {
		t.Errorf("after its lifetime: %v", err)
	}
}
