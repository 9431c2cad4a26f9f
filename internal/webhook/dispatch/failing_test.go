package dispatch_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/webhook"
	"roster.example/roster/internal/webhook/dispatch"
)

// attempts is how many failed ones all deliveries had together.
func (h *fixture) attempts() int {
	h.t.Helper()
	n := 0
	for _, one := range h.deliveries(model.DeliveryFilter{Limit: 1000}) {
		n += one.Attempts
	}
	return n
}

// orgs are as many events without a person, which would all go out at once.
func (h *fixture) orgs(n int) {
	h.t.Helper()
	for i := range n {
		h.addOrganization("Org " + text(i))
	}
}

// What waits costs nothing: neither an attempt, nor a claim, nor a write.
func TestWebhookThatFailsIsProbedByOneDeliveryAtATime(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, loopback()), receive(t)
	r.answers(status(http.StatusInternalServerError))
	h.addWebhook(r.URL, model.OrganizationCreate)
	h.orgs(60)
	h.drain()
	r.wants(16)
	h.drain()
	r.wants(16)
	var pauses []time.Duration
	for n := 17; n < 25; n++ {
		paused := time.Duration(0)
		for len(r.messages()) < n && paused < time.Hour {
			h.clock.turn(time.Second)
			paused += time.Second
			h.drain()
		}
		r.wants(n)
		pauses = append(pauses, paused)
	}
	for i, paused := range pauses {
		if i > 0 && paused < pauses[i-1] || paused > 20*time.Minute {
			t.Errorf("the pauses are %v, want growing ones up to a quarter of an hour", pauses)
		}
	}
	if n := h.attempts(); n != 24 {
		t.Errorf("%d attempts were noted, want 24", n)
	}
	for _, one := range h.deliveries(model.DeliveryFilter{}) {
		if one.Attempts == 0 && !one.DueAt.Equal(one.CreatedAt) {
			t.Errorf("%+v was put off without an attempt", one)
		}
	}
}

func TestBacklogIsSentAfterASuccessfulProbe(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, loopback()), receive(t)
	r.answers(status(http.StatusInternalServerError))
	h.addWebhook(r.URL, model.UserCreate, model.UserChanged, model.OrganizationCreate)
	h.orgs(40)
	ada := h.addUser("ada")
	h.changeUser(ada, "first")
	h.changeUser(ada, "second")
	h.drain()
	h.clock.turn(time.Minute)
	h.drain()
	failed := len(r.messages())
	r.answers(nil)
	h.clock.turn(time.Hour)
	h.drain()
	if left := h.deliveries(model.DeliveryFilter{State: model.Pending}); len(left) != 0 {
		t.Errorf("%d are left, as %+v", len(left), left[0])
	}
	last := -1.0
	for _, m := range r.wants(failed + 43)[failed:] {
		if event := m.payload.Data["event_id"].(float64); text(m.payload.Data["user_id"]) == text(ada.ID) {
			if event < last {
				t.Errorf("event %v came after event %v", event, last)
			}
			last = event
		}
	}
}

func TestSeveralWorkersShareOneProbe(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, loopback()), receive(t)
	r.answers(status(http.StatusInternalServerError))
	h.addWebhook(r.URL, model.OrganizationCreate)
	h.orgs(30)
	h.drain()
	h.clock.turn(time.Minute)
	errs := make(chan error)
	for range 4 {
		go func() { errs <- h.Drain(t.Context()) }()
	}
	for range 4 {
		must(t, <-errs)
	}
	r.wants(17)
}

// A worker that dies while it probes leaves the webhook to others after the lease.
func TestProbeWithAnUnknownResultIsRepeated(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, loopback()), receive(t)
	r.answers(status(http.StatusInternalServerError))
	hook, _ := h.addWebhook(r.URL, model.OrganizationCreate)
	h.orgs(30)
	h.drain()
	h.clock.turn(time.Minute)
	died, err := webhook.NewQueue(h.Directory.Registry).Claim(t.Context(), hook.ID, 16, time.Minute)
	must(t, err)
	if len(died.Due) != 1 {
		t.Fatalf("a probe of %d deliveries was claimed", len(died.Due))
	}
	h.clock.turn(59 * time.Second)
	h.drain()
	r.wants(16)
	r.answers(nil)
	h.clock.turn(time.Second)
	h.drain()
	if left := h.deliveries(model.DeliveryFilter{State: model.Pending}); len(left) != 0 {
		t.Errorf("%d are left", len(left))
	}
}

// One message that a receiver cannot take holds up the others for a pause at most.
func TestOneFailingMessageDelaysOthersForSecondsOnly(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, loopback()), receive(t)
	r.answers(func(m message) int {
		if m.payload.Type == model.UserCreate {
			return http.StatusBadRequest
		}
		return http.StatusOK
	})
	h.addWebhook(r.URL, model.UserCreate, model.OrganizationCreate)
	h.addUser("ada")
	h.drain()
	h.orgs(20)
	h.drain()
	r.wants(1)
	h.clock.turn(7 * time.Second)
	h.drain()
	if done := h.deliveries(model.DeliveryFilter{State: model.Delivered}); len(done) != 20 {
		t.Errorf("%d of the others were delivered, want 20", len(done))
	}
}

func TestWebhookThatFailedForADayIsDisabledAndItsBacklogCanBeReplayed(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, loopback()), receive(t)
	r.answers(status(http.StatusServiceUnavailable))
	hook, _ := h.addWebhook(r.URL, model.OrganizationCreate)
	h.orgs(30)
	begun := h.clock.Now()
	for h.enabled(hook.ID) && h.clock.Now().Sub(begun) < 48*time.Hour {
		h.drain()
		h.clock.turn(10 * time.Minute)
	}
	left, err := h.Webhook(t.Context(), operator(), hook.ID)
	must(t, err)
	if took := h.clock.Now().Sub(begun); took < 24*time.Hour || took > 25*time.Hour || !strings.Contains(left.Reason, "503") {
		t.Errorf("after %s the webhook is %+v", took, left)
	}
	if dead := h.deliveries(model.DeliveryFilter{State: model.Dead}); len(dead) != 30 {
		t.Errorf("%d are dead, want 30", len(dead))
	}
	h.turnOn(hook.ID)
	r.answers(nil)
	n, err := h.ReplayDead(t.Context(), operator(), hook.ID)
	must(t, err)
	h.drain()
	if done := h.deliveries(model.DeliveryFilter{State: model.Delivered}); n != 30 || len(done) != 30 {
		t.Errorf("%d were replayed and %d delivered, want 30", n, len(done))
	}
}

func TestWorkerDisablesAnOverfullWebhook(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, loopback(), func(o *directory.Options, w *dispatch.Options) {
		o.WebhookBacklog, w.Interval = 20, time.Millisecond
	}), receive(t)
	r.answers(status(http.StatusInternalServerError))
	hook, _ := h.addWebhook(r.URL, model.OrganizationCreate)
	stop := h.run()
	h.orgs(21)
	eventually(t, "it is disabled", func() bool { return !h.enabled(hook.ID) })
	stop()
	if dead := h.deliveries(model.DeliveryFilter{State: model.Dead}); len(dead) < 21 {
		t.Errorf("%d are dead, want all", len(dead))
	}
}

// Many webhooks at a host that is away cost about as much as one: what was a write
// for each event and webhook is a few for each webhook.
func TestManyFailingWebhooksArePaused(t *testing.T) {
	t.Parallel()
	const hooks, events = 40, 60
	h, r := newFixture(t, loopback()), receive(t)
	r.answers(status(http.StatusInternalServerError))
	for range hooks {
		h.addWebhook(r.URL, model.OrganizationCreate)
	}
	h.addOrganization("First")
	h.drain()
	r.wants(hooks)
	h.orgs(events)
	for range 5 {
		h.drain()
	}
	r.wants(hooks)
	h.clock.turn(6 * time.Second)
	h.drain()
	r.wants(2 * hooks)
}

// A pause without anything to deliver is no failure: what comes then gets its day.
func TestFailureTimeExcludesTimeWithoutDeliveries(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, loopback()), receive(t)
	r.answers(func(m message) int {
		if m.payload.Type == model.UserCreate {
			return http.StatusBadRequest
		}
		return http.StatusOK
	})
	hook, _ := h.addWebhook(r.URL, model.UserCreate, model.OrganizationCreate)
	h.addUser("ada")
	for i := range 12 {
		h.drain()
		if i < 11 {
			h.clock.turn(20 * time.Hour)
			h.addOrganization("Org " + text(i))
		}
	}
	if dead := h.deliveries(model.DeliveryFilter{State: model.Dead}); len(dead) != 1 {
		t.Fatalf("%d are dead, want 1", len(dead))
	}
	h.clock.turn(3 * 24 * time.Hour)
	h.addUser("eve")
	h.drain()
	if !h.enabled(hook.ID) {
		t.Error("the first failure after days without deliveries disabled it")
	}
}

// A replay or a change of a webhook ends its pause.
func TestFailingWebhookGetsATestDeliveryAtOnce(t *testing.T) {
	t.Parallel()
	for name, look := range map[string]func(*fixture, model.WebhookID) error{
		"a test": func(h *fixture, id model.WebhookID) error {
			_, err := h.TestWebhook(t.Context(), operator(), id)
			return err
		},
		"a replay": func(h *fixture, id model.WebhookID) error {
			_, err := h.ReplayDelivery(t.Context(), operator(), id, 1)
			return err
		},
		"off and on": func(h *fixture, id model.WebhookID) error {
			for _, on := range []bool{false, true} {
				if _, err := h.ChangeWebhook(t.Context(), operator(), id, webhook.Change{Enabled: &on}); err != nil {
					return err
				}
			}
			_, err := h.ReplayDead(t.Context(), operator(), id)
			return err
		},
		"another address": func(h *fixture, id model.WebhookID) error {
			all, err := h.Webhooks(t.Context(), operator())
			url := all[0].URL + "/elsewhere"
			if err == nil {
				_, err = h.ChangeWebhook(t.Context(), operator(), id, webhook.Change{URL: &url})
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, r := newFixture(t, loopback()), receive(t)
			r.answers(status(http.StatusInternalServerError))
			hook, _ := h.addWebhook(r.URL, model.OrganizationCreate)
			h.orgs(20)
			h.drain()
			r.wants(16)
			r.answers(nil)
			must(t, look(h, hook.ID))
			h.drain()
			if n := len(r.messages()); n < 20 {
				t.Errorf("%d messages came, want the rest of 20 at least", n)
			}
		})
	}
}

func (h *fixture) enabled(id model.WebhookID) bool {
	h.t.Helper()
	hook, err := h.Webhook(h.t.Context(), operator(), id)
	must(h.t, err)
	return hook.Enabled
}

func (h *fixture) turnOn(id model.WebhookID) {
	h.t.Helper()
	on := true
	_, err := h.ChangeWebhook(h.t.Context(), operator(), id, webhook.Change{Enabled: &on})
	must(h.t, err)
}
