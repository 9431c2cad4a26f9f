package webhook_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/webhook"
)

// claims leases a batch of the due deliveries of a webhook.
func (h *fixture) claims(id model.WebhookID, n int) webhook.Batch {
	h.T.Helper()
	return must(h.T, func() (webhook.Batch, error) { return h.queue().Claim(h.T.Context(), id, n, time.Minute) })
}

// fails records that a whole batch failed, and pauses the webhook.
func (h *fixture) fails(batch webhook.Batch, pause time.Duration) {
	h.T.Helper()
	at := h.Clock.Now().Add(pause)
	var failed []webhook.FailedAttempt
	for _, one := range batch.Due {
		failed = append(failed, webhook.FailedAttempt{Delivery: one.Delivery, Again: at, Status: 500, Reason: "it answered 500"})
	}
	h.Must(h.queue().Failed(h.T.Context(), batch, failed, at))
}

// addDeliveries adds n deliveries of one event to a webhook.
func (h *fixture) addDeliveries(id model.WebhookID, n int) {
	h.T.Helper()
	h.raw(fmt.Sprintf(`INSERT INTO deliveries (webhook_id, event_id, user_id, verb, state, attempts, created_at, due_at, leased_until, ended_at, status, reason)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		SELECT %d, 1, 0, 'user.create', 'pending', 0, 1, 1, 0, 0, 0, '' FROM n`, n, id))
}

func (h *fixture) webhookNow(id model.WebhookID) model.Webhook {
	h.T.Helper()
	return must(h.T, func() (model.Webhook, error) { return h.Webhook(h.T.Context(), operator(), id) })
}

// Attempts that several nodes made when the receiver failed are one failure.
func TestBatchesThatFailAtTheSameTimeCountOnce(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	hook := h.hook("user.")
	for _, name := range []string{"ada", "eve", "odo", "una"} {
		h.AddUser(name)
	}
	one, other := h.claims(hook.ID, 1), h.claims(hook.ID, 1)
	h.fails(one, time.Minute)
	h.fails(other, time.Hour)
	if early := h.claims(hook.ID, 9); len(early.Due) != 0 {
		t.Errorf("%d were claimed in the pause", len(early.Due))
	}
	h.Clock.Advance(time.Minute)
	if probe := h.claims(hook.ID, 9); len(probe.Due) != 1 || probe.Failures != 1 {
		t.Errorf("after the pause %d were claimed as %d failures", len(probe.Due), probe.Failures)
	}
}

// A failed message in a partly delivered batch is no failure of the receiver.
func TestPartlyDeliveredBatchCausesNoPause(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	hook := h.hook("user.")
	for _, name := range []string{"ada", "eve", "odo"} {
		h.AddUser(name)
	}
	batch := h.claims(hook.ID, 2)
	h.Must(h.queue().Delivered(t.Context(), batch, batch.Due[0].Delivery, 200))
	h.Must(h.queue().Failed(t.Context(), batch, []webhook.FailedAttempt{
		{Delivery: batch.Due[1].Delivery, Again: h.Clock.Now().Add(time.Hour), Reason: "nobody there"},
	}, time.Time{}))
	if next := h.claims(hook.ID, 9); len(next.Due) != 1 || next.Failures != 0 {
		t.Errorf("%d were claimed after %d failures", len(next.Due), next.Failures)
	}
}

// A delivery that fails after its webhook was disabled is not retried.
func TestFailedAttemptOfADisabledWebhookIsDead(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	hook := h.hook("user.")
	h.AddUser("ada")
	batch := h.claims(hook.ID, 1)
	h.Must(none(h.ChangeWebhook(t.Context(), operator(), hook.ID, webhook.Change{Enabled: ref(false)})))
	h.fails(batch, time.Minute)
	if left := h.deliveries(model.DeliveryFilter{Webhook: hook.ID}); len(left) != 1 || left[0].State != model.Dead {
		t.Errorf("got %+v, want one that is dead", left)
	}
}

func TestOverfullWebhookIsDisabled(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.WebhookBacklog = 300 })
	failing, slow := h.hook("user."), h.hook("user.")
	for _, hook := range []model.Webhook{failing, slow} {
		h.addDeliveries(hook.ID, 300)
	}
	h.fails(h.claims(failing.ID, 16), 24*time.Hour)
	h.Must(h.queue().DisableOverfull(t.Context()))
	if !h.webhookNow(failing.ID).Enabled {
		t.Error("the bound itself is too much")
	}
	h.addDeliveries(failing.ID, 1)
	h.addDeliveries(slow.ID, 2700)
	h.Must(h.queue().DisableOverfull(t.Context()))
	if got := h.webhookNow(failing.ID); got.Enabled || !strings.Contains(got.Reason, "300") {
		t.Errorf("the one that fails is %+v", got)
	}
	if got := h.webhookNow(slow.ID); !got.Enabled {
		t.Errorf("the one that is slow is %+v", got)
	}
	h.addDeliveries(slow.ID, 1)
	h.Must(h.queue().DisableOverfull(t.Context()))
	if got := h.webhookNow(slow.ID); got.Enabled || !strings.Contains(got.Reason, "3000") {
		t.Errorf("the one that is too slow is %+v", got)
	}
	if left := h.deliveries(model.DeliveryFilter{State: model.Pending}); len(left) != 0 {
		t.Errorf("%d are pending yet", len(left))
	}
	events := must(t, func() ([]model.Event, error) {
		return h.Events(t.Context(), operator(), model.EventFilter{Verb: model.WebhookDisable})
	})
	if len(events) != 2 {
		t.Errorf("%d events tell of it, want 2", len(events))
	}
}

// The backlog needs several transactions.
func TestLargeBacklogBecomesDead(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	hook, other := h.hook("user."), h.hook("user.")
	h.addDeliveries(hook.ID, 4500)
	h.addDeliveries(other.ID, 3)
	h.Must(none(h.ChangeWebhook(t.Context(), operator(), hook.ID, webhook.Change{Enabled: ref(false)})))
	left := h.deliveries(model.DeliveryFilter{State: model.Pending})
	if len(left) != 3 || left[0].Webhook != other.ID {
		t.Errorf("%d are pending, want the 3 of the other", len(left))
	}
}
