package dispatch_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/webhook"
)

func TestMessageFollowsStandardWebhooks(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, loopback()), receive(t)
	_, shown := h.addWebhook(r.URL+"/hook?tenant=7", model.UserCreate)
	r.knows(shown)
	u := h.addUser("ada")
	h.drain()
	m := r.wants(1)[0]
	events, err := h.Events(t.Context(), operator(), model.EventFilter{Verb: model.UserCreate})
	must(t, err)
	e := events[0]
	want := map[string]any{
		"event_id": float64(e.ID), "actor_id": nil, "real_actor_id": nil, "credential": "operator", "api": "cli",
		"target": "user", "target_id": float64(u.ID), "user_id": float64(u.ID), "organization_id": nil, "detail": nil,
	}
	for name, value := range m.payload.Data {
		if name == "organization_id" || name == "detail" { // may be given or not
			want[name] = value
		}
	}
	if diff := cmp.Diff(want, m.payload.Data); diff != "" || m.payload.Type != model.UserCreate || !m.payload.Timestamp.Equal(e.At) {
		t.Errorf("got %s: %s", m.body, diff)
	}
	if m.id != "evt_"+text(e.ID)+"_1" || m.header.Get("Content-Type") != "application/json" {
		t.Errorf("the headers are %v", m.header)
	}
	for _, personal := range []string{"ada", "example.org"} {
		if strings.Contains(string(m.body), personal) {
			t.Errorf("%s stands in %s", personal, m.body)
		}
	}
	if one := h.only(); one.State != model.Delivered || one.Status != 204 {
		t.Errorf("the delivery is %+v", one)
	}
}

// For a day after a rotation, a message can be verified with either secret.
func TestBothSecretsVerifyDuringARotation(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, loopback()), receive(t)
	hook, first := h.addWebhook(r.URL, "organization.")
	second, err := h.RotateWebhookSecret(t.Context(), operator(), hook.ID)
	must(t, err)
	r.knows(first)
	h.addOrganization("One")
	h.drain()
	r.knows(second)
	h.addOrganization("Two")
	h.drain()
	r.wants(2)
}

func TestFailedMessageIsRetriedWithItsIDForADay(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, loopback()), receive(t)
	r.answers(status(http.StatusInternalServerError))
	hook, _ := h.addWebhook(r.URL, model.OrganizationCreate)
	h.addOrganization("Acme")
	begun := h.clock.Now()
	for range 100 {
		h.drain()
		one := h.only()
		if one.State != model.Pending {
			break
		}
		if wait := one.DueAt.Sub(h.clock.Now()); wait > 0 {
			h.clock.turn(wait - time.Second)
			before := len(r.messages())
			h.drain()
			if len(r.messages()) != before {
				t.Fatal("it was tried before its time")
			}
			h.clock.turn(2 * time.Second)
		}
	}
	one := h.only()
	if one.State != model.Dead || one.Attempts != 12 || one.Status != 500 || !strings.Contains(one.Reason, "500") {
		t.Errorf("at the end it is %+v", one)
	}
	if took := h.clock.Now().Sub(begun); took < 24*time.Hour || took > 32*time.Hour {
		t.Errorf("it was given up after %s, want about a day", took)
	}
	got := r.wants(12)
	for _, m := range got {
		if m.id != got[0].id || string(m.body) != string(got[0].body) {
			t.Errorf("%s %s differs from %s %s", m.id, m.body, got[0].id, got[0].body)
		}
	}
	r.answers(nil)
	h.turnOn(hook.ID) // it failed for a day
	_, err := h.ReplayDelivery(t.Context(), operator(), one.Webhook, one.ID)
	must(t, err)
	h.drain()
	if one = h.only(); one.State != model.Delivered || r.wants(13)[12].id != got[0].id {
		t.Errorf("replayed it is %+v", one)
	}
}

// Only what is about the same person waits.
func TestEventsOfOneUserArriveInOrder(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, loopback()), receive(t)
	h.addWebhook(r.URL, model.UserCreate, model.UserChanged)
	ada := h.addUser("ada")
	r.answers(func(m message) int {
		if text(m.payload.Data["user_id"]) == text(ada.ID) {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	})
	h.changeUser(ada, "first")
	eve := h.addUser("eve")
	h.changeUser(ada, "second")
	h.changeUser(eve, "likewise")
	h.drain()
	if pending := h.deliveries(model.DeliveryFilter{State: model.Pending}); len(pending) != 3 {
		t.Errorf("%d are pending, want all three of ada's", len(pending))
	}
	r.answers(nil)
	h.clock.turn(time.Minute)
	h.drain()
	last := map[string]float64{}
	taken := 0
	for _, m := range r.messages() {
		user, event := text(m.payload.Data["user_id"]), m.payload.Data["event_id"].(float64)
		if event < last[user] {
			t.Errorf("event %v of person %s came after event %v", event, user, last[user])
		}
		last[user] = event
		taken++
	}
	if pending := h.deliveries(model.DeliveryFilter{State: model.Pending}); len(pending) != 0 || taken != 6 {
		t.Errorf("%d are pending, %d messages came", len(pending), taken)
	}
}

func TestDeadLetterDelaysNoOtherDelivery(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, loopback()), receive(t)
	h.addWebhook(r.URL, model.UserCreate, model.UserChanged, model.OrganizationCreate)
	r.answers(func(m message) int {
		if m.payload.Type == model.UserCreate {
			return http.StatusBadRequest
		}
		return http.StatusOK
	})
	h.changeUser(h.addUser("ada"), "waits for the first")
	for i := range 13 {
		h.addOrganization("Org " + text(i)) // or it would have failed for a day
		h.drain()
		h.clock.turn(24 * time.Hour)
	}
	if dead := h.deliveries(model.DeliveryFilter{State: model.Dead}); len(dead) != 1 {
		t.Errorf("%d are dead", len(dead))
	}
	if !slices.ContainsFunc(r.messages(), func(m message) bool { return m.payload.Type == model.UserChanged }) {
		t.Error("what waited for the dead one did not come")
	}
}

func TestGoneReceiverIsNotRetried(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, loopback()), receive(t)
	r.answers(status(http.StatusGone))
	hook, _ := h.addWebhook(r.URL, "organization.")
	h.addOrganization("Acme")
	h.drain()
	h.addOrganization("Other")
	h.drain()
	r.wants(1)
	left, err := h.Webhook(t.Context(), operator(), hook.ID)
	must(t, err)
	if left.Enabled || !strings.Contains(left.Reason, "410") {
		t.Errorf("the webhook is %+v", left)
	}
	if one := h.only(); one.State != model.Dead || one.Status != http.StatusGone {
		t.Errorf("the delivery is %+v", one)
	}
	events, err := h.Events(t.Context(), operator(), model.EventFilter{Verb: model.WebhookDisable})
	must(t, err)
	if len(events) != 1 || events[0].TargetID != int64(hook.ID) {
		t.Errorf("no event tells of it: %+v", events)
	}
}

func TestSlowWebhookDelaysNoOther(t *testing.T) {
	t.Parallel()
	h, slow, quick := newFixture(t, loopback()), receive(t), receive(t)
	release := make(chan struct{})
	slow.answers(func(message) int { <-release; return http.StatusOK })
	h.addWebhook(slow.URL, "organization.")
	h.addWebhook(quick.URL, "organization.")
	stop := h.run()
	h.addOrganization("Acme")
	eventually(t, "the quick one is told", func() bool { return len(quick.messages()) == 1 })
	close(release)
	eventually(t, "both have taken it", func() bool { return len(h.deliveries(model.DeliveryFilter{State: model.Delivered})) == 2 })
	stop()
}

// The worker of this house is woken by commits alone, or it would sleep for an hour.
func TestDeliveryQueuedDuringWorkIsSent(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, loopback()), receive(t)
	h.addWebhook(r.URL, "organization.")
	stop := h.run()
	for i := range 100 {
		h.addOrganization("Org " + text(i))
		eventually(t, "it is told", func() bool { return len(r.messages()) > i })
	}
	stop()
}

// run has the worker work until the function that it returns is called.
func (h *fixture) run() func() {
	ctx, cancel := context.WithCancel(h.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.Run(ctx)
	}()
	return func() { cancel(); <-done }
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came to pass that %s", what)
		}
	}
}

// Workers of several nodes share the work, and each message comes once where nobody
// dies.
func TestSeveralWorkersShareTheWork(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, loopback()), receive(t)
	var taken atomic.Int64
	r.answers(func(m message) int {
		taken.Add(1)
		return http.StatusOK
	})
	h.addWebhook(r.URL, "organization.", "user.")
	const people = 40
	for i := range people {
		h.changeUser(h.addUser("person"+text(i)), "changed")
	}
	errs := make(chan error)
	for range 3 {
		go func() { errs <- h.Drain(t.Context()) }()
	}
	for range 3 {
		must(t, <-errs)
	}
	h.drain()
	if got := taken.Load(); got != 2*people {
		t.Errorf("%d messages came, want %d", got, 2*people)
	}
}

// What was on its way when the program died comes again, after the lease.
func TestMessageWithAnUnknownResultIsSentAgain(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, loopback()), receive(t)
	hook, _ := h.addWebhook(r.URL, "organization.")
	h.addOrganization("Acme")
	died, err := webhook.NewQueue(h.Directory.Registry).Claim(t.Context(), hook.ID, 10, time.Minute)
	must(t, err)
	if len(died.Due) != 1 {
		t.Fatalf("claimed %+v", died)
	}
	h.drain()
	r.wants(0)
	h.clock.turn(time.Minute)
	h.drain()
	r.wants(1)
}
