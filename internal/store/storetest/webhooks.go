package storetest

import (
	"errors"
	"sync"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func webhookTests() []contractTest {
	return []contractTest{
		{"a webhook is read as written, and deleted with its deliveries", webhookRoundTrip},
		{"a transaction sees its own webhooks, and no other those of one that failed", webhooksWithin},
		{"deliveries are listed in pages, by webhook and by state", deliveryFilters},
		{"a delivery waits for the one before about the same user, and not for others", deliveryOrder},
		{"webhooks are due if they are enabled and have a delivery that can be claimed", webhooksDue},
		{"a webhook that fails pauses, however it is changed", failingWebhook},
		{"what has been due longest comes first", longestDueFirst},
		{"a delayed delivery delays all later ones about the same user", blockedDeliveries},
		{"a delivery is claimed again when its lease has expired", deliveryLease},
		{"each delivery is claimed by one of many workers, in order", claimedInOrder},
		{"dead deliveries are replayed, and those without a webhook stay dead", replayedAndDeadLettered},
		{"dead deliveries are replayed in batches, the oldest first, and none that died since", replayedInBatches},
		{"only deliveries that have ended are deleted", droppedDeliveries},
	}
}

func (f fixture) webhook(url string) model.Webhook {
	f.Helper()
	h := model.Webhook{
		URL: url, Description: "for the " + url, Verbs: []model.Verb{model.UserBlock, "key."}, Enabled: true,
		Sealed: []byte{0, 1}, CreatedAt: sampleTime(), UpdatedAt: sampleTime(),
	}
	f.update(func(tx model.Writer) error { return tx.AddWebhook(&h) })
	return h
}

func (f fixture) webhooks() []model.Webhook {
	f.Helper()
	return readValue(f, func(tx model.Reader) ([]model.Webhook, error) { return tx.Webhooks() })
}

func webhookRoundTrip(f fixture) {
	f.wantEqual("at first", f.webhooks(), []model.Webhook{})
	one, other := f.webhook("https://one.example"), f.webhook("https://other.example")
	f.wantEqual("webhooks", f.webhooks(), []model.Webhook{one, other})
	one.URL, one.Verbs, one.Enabled, one.Reason, one.Sealed = "https://new.example", nil, false, "gone", []byte("anew")
	one.UpdatedAt = sampleTime().Add(time.Hour)
	f.update(func(tx model.Writer) error { return tx.ChangeWebhook(one) })
	f.wantEqual("changed", f.webhooks(), []model.Webhook{one, other})
	f.wantKind(f.failedUpdate(func(tx model.Writer) error { return tx.ChangeWebhook(model.Webhook{ID: 99}) }), fault.NotFound)
	f.deliveries(other.ID, 1, 2)
	kept := f.deliveries(one.ID, 1)
	f.update(func(tx model.Writer) error { return errors.Join(tx.DropWebhook(other.ID), tx.DropWebhook(99)) })
	f.wantEqual("left", f.webhooks(), []model.Webhook{one})
	f.wantEqual("deliveries left", f.listed(model.DeliveryFilter{}), kept)
}

func webhooksWithin(f fixture) {
	f.wantEqual("at first", f.webhooks(), []model.Webhook{})
	failed := errors.New("failed")
	err := f.store.Update(f.Context(), func(tx model.Writer) error {
		if err := tx.AddWebhook(&model.Webhook{URL: "https://one.example"}); err != nil {
			return err
		}
		all, err := tx.Webhooks()
		f.wantEqual("seen within", len(all), 1)
		return errors.Join(err, failed)
	})
	if !errors.Is(err, failed) {
		f.Fatal(err)
	}
	f.update(func(tx model.Writer) error {
		all, err := tx.Webhooks()
		f.wantEqual("seen by the next", len(all), 0)
		return err
	})
	f.wantEqual("after the reset", f.webhooks(), []model.Webhook{})
}

// deliveries adds a delivery about each of these users, in this order.
func (f fixture) deliveries(to model.WebhookID, about ...model.UserID) []model.Delivery {
	f.Helper()
	before := f.listed(model.DeliveryFilter{Descending: true, Limit: 1})
	var last model.DeliveryID
	if len(before) > 0 {
		last = before[0].ID
	}
	f.update(func(tx model.Writer) error {
		var all []model.Delivery
		for i, user := range about {
			all = append(all, model.Delivery{
				Webhook: to, Event: model.EventID(int(last) + i + 1), User: user, Verb: model.KeyAdd, State: model.Pending,
				CreatedAt: sampleTime(), DueAt: sampleTime(),
			})
		}
		return tx.AddDeliveries(all)
	})
	return f.listed(model.DeliveryFilter{After: last, Limit: 10_000})
}

func (f fixture) listed(filter model.DeliveryFilter) []model.Delivery {
	f.Helper()
	return readValue(f, func(tx model.Reader) ([]model.Delivery, error) { return tx.Deliveries(filter) })
}

func (f fixture) claimed(from model.WebhookID, now time.Time, n int) []model.Delivery {
	f.Helper()
	var claimed []model.Delivery
	f.update(func(tx model.Writer) (err error) {
		claimed, err = tx.ClaimDeliveries(from, now, n, time.Minute)
		return err
	})
	return claimed
}

func (f fixture) put(one model.Delivery) {
	f.Helper()
	f.update(func(tx model.Writer) error { return tx.ChangeDelivery(one) })
}

// end puts a delivery into a final state.
func (f fixture) end(one model.Delivery, state model.DeliveryState, at time.Time) model.Delivery {
	f.Helper()
	one.State, one.EndedAt, one.LeasedUntil, one.Attempts, one.Status, one.Reason = state, at, time.Time{}, 2, 500, "answered 500"
	f.put(one)
	return one
}

// deliveryIDs returns the ids of deliveries.
func deliveryIDs(all []model.Delivery) []model.DeliveryID {
	ids := []model.DeliveryID{}
	for _, one := range all {
		ids = append(ids, one.ID)
	}
	return ids
}

func deliveryFilters(f fixture) {
	all := f.deliveries(1, 1, 2, 3, 4)
	other := f.deliveries(2, 1)[0]
	all[1] = f.end(all[1], model.Dead, sampleTime())
	all[2] = f.end(all[2], model.Delivered, sampleTime())
	for what, c := range map[string]struct {
		filter model.DeliveryFilter
		want   []model.Delivery
	}{
		"of one webhook": {model.DeliveryFilter{Webhook: 1}, all},
		"dead":           {model.DeliveryFilter{State: model.Dead}, all[1:2]},
		"delivered":      {model.DeliveryFilter{Webhook: 1, State: model.Delivered}, all[2:3]},
		"a stretch":      {model.DeliveryFilter{Webhook: 1, After: all[0].ID, Before: all[3].ID}, all[1:3]},
		"the newest":     {model.DeliveryFilter{Descending: true, Limit: 1}, []model.Delivery{other}},
	} {
		f.wantEqual(what, f.listed(c.filter), c.want)
	}
	since := readValue(f, func(tx model.Reader) (model.EventID, error) { return tx.UndeliveredSince() })
	f.wantEqual("the first that is pending", since, all[0].Event)
	f.wantKind(f.failedUpdate(func(tx model.Writer) error {
		return tx.ChangeDelivery(model.Delivery{ID: 99, State: model.Dead})
	}),
		fault.NotFound)
}

func deliveryOrder(f fixture) {
	all := f.deliveries(1, 7, 7, 8, 0, 0, 7)
	f.deliveries(2, 7)
	f.wantEqual("before they are due", deliveryIDs(f.claimed(1, sampleTime().Add(-time.Second), 9)), []model.DeliveryID{})
	first := f.claimed(1, sampleTime(), 9)
	f.wantEqual("first", deliveryIDs(first), []model.DeliveryID{all[0].ID, all[2].ID, all[3].ID, all[4].ID})
	f.wantEqual("the lease", first[0].LeasedUntil, sampleTime().Add(time.Minute))
	f.wantEqual("meanwhile", deliveryIDs(f.claimed(1, sampleTime(), 9)), []model.DeliveryID{})
	f.end(first[0], model.Delivered, sampleTime())
	second := f.claimed(1, sampleTime(), 9)
	f.wantEqual("second", deliveryIDs(second), []model.DeliveryID{all[1].ID})
	f.end(second[0], model.Dead, sampleTime())
	f.wantEqual("third", deliveryIDs(f.claimed(1, sampleTime(), 9)), []model.DeliveryID{all[5].ID})
	f.wantEqual("elsewhere", len(f.claimed(2, sampleTime(), 9)), 1)
}

// due returns the webhooks with due deliveries.
func (f fixture) due(at time.Time) []model.WebhookID {
	f.Helper()
	return readValue(f, func(tx model.Reader) ([]model.WebhookID, error) { return tx.WebhooksDue(at) })
}

func webhooksDue(f fixture) {
	one, other, off := f.webhook("https://one.example"), f.webhook("https://other.example"), f.webhook("https://off.example")
	off.Enabled = false
	f.update(func(tx model.Writer) error { return tx.ChangeWebhook(off) })
	for _, h := range []model.Webhook{one, other, off} {
		f.deliveries(h.ID, 7)
	}
	none, both := []model.WebhookID{}, []model.WebhookID{one.ID, other.ID}
	f.wantEqual("before", f.due(sampleTime().Add(-time.Second)), none)
	f.wantEqual("in time", f.due(sampleTime()), both)
	f.claimed(other.ID, sampleTime(), 1)
	f.wantEqual("with a lease", f.due(sampleTime()), both[:1])
	f.wantEqual("after the lease", f.due(sampleTime().Add(time.Minute)), both)
	f.end(f.claimed(one.ID, sampleTime(), 1)[0], model.Delivered, sampleTime())
	f.wantEqual("when one has ended", f.due(sampleTime().Add(time.Minute)), both[1:])
}

func failingWebhook(f fixture) {
	one, other := f.webhook("https://one.example"), f.webhook("https://other.example")
	f.deliveries(one.ID, 7)
	failures := func(of model.Webhook) model.FailureState {
		return readValue(f, func(tx model.Reader) (model.FailureState, error) { return tx.WebhookFailures(of.ID) })
	}
	f.wantEqual("at first", failures(one), model.FailureState{})
	want := model.FailureState{Failures: 3, Since: sampleTime(), ProbeAt: sampleTime().Add(time.Hour)}
	f.update(func(tx model.Writer) error { return tx.PutWebhookFailures(one.ID, want) })
	one.Description = "changed"
	f.update(func(tx model.Writer) error { return tx.ChangeWebhook(one) })
	f.wantEqual("of the one", failures(one), want)
	f.wantEqual("of the other", failures(other), model.FailureState{})
	f.wantEqual("due in the pause", f.due(sampleTime()), []model.WebhookID{})
	f.wantEqual("due after it", f.due(sampleTime().Add(time.Hour)), []model.WebhookID{one.ID})
	f.update(func(tx model.Writer) error { return tx.PutWebhookFailures(one.ID, model.FailureState{}) })
	f.wantEqual("after the reset", failures(one), model.FailureState{})
	f.wantKind(f.failedUpdate(func(tx model.Writer) error { return tx.PutWebhookFailures(99, want) }), fault.NotFound)
}

// A query that checks only the first delivery would block for ever.
func longestDueFirst(f fixture) {
	all := f.deliveries(1, 0, 0)
	put := all[0]
	put.DueAt = sampleTime().Add(time.Minute)
	f.put(put)
	f.wantEqual("first", deliveryIDs(f.claimed(1, sampleTime().Add(time.Hour), 1)), []model.DeliveryID{all[1].ID})
}

func blockedDeliveries(f fixture) {
	about := make([]model.UserID, 1200)
	for i := range about {
		about[i] = 7
	}
	all := f.deliveries(1, append(about, 8)...)
	head := f.claimed(1, sampleTime(), 1)[0]
	head.DueAt, head.LeasedUntil, head.Attempts = sampleTime().Add(time.Hour), time.Time{}, 1
	f.put(head)
	var got []model.DeliveryID
	for range 5 {
		got = append(got, deliveryIDs(f.claimed(1, sampleTime().Add(time.Minute), 9))...)
	}
	f.wantEqual("deliveries that do not wait", got, []model.DeliveryID{all[1200].ID})
	f.wantEqual("before its time", deliveryIDs(f.claimed(1, sampleTime().Add(59*time.Minute), 9)), []model.DeliveryID{all[1200].ID})
	f.end(all[1200], model.Delivered, sampleTime())
	f.wantEqual("in its time", f.claimed(1, sampleTime().Add(time.Hour), 9)[0].Attempts, 1)
	f.end(head, model.Delivered, sampleTime())
	f.wantEqual("the next", deliveryIDs(f.claimed(1, sampleTime().Add(time.Hour), 9)), []model.DeliveryID{all[1].ID})
}

func deliveryLease(f fixture) {
	one := f.deliveries(1, 7)[0]
	f.claimed(1, sampleTime(), 1)
	f.wantEqual("under lease", deliveryIDs(f.claimed(1, sampleTime().Add(59*time.Second), 1)), []model.DeliveryID{})
	f.wantEqual("after the lease", deliveryIDs(f.claimed(1, sampleTime().Add(time.Minute), 1)), []model.DeliveryID{one.ID})
}

func claimedInOrder(f fixture) {
	const users, each = 5, 8
	var about []model.UserID
	for range each {
		for user := range users {
			about = append(about, model.UserID(user+1))
		}
	}
	f.deliveries(1, about...)
	var mu sync.Mutex
	taken := map[model.UserID][]model.DeliveryID{}
	f.concurrently(6, func(int) error {
		for range users * each {
			var claimed []model.Delivery
			err := f.write(func(tx model.Writer) (err error) {
				claimed, err = tx.ClaimDeliveries(1, sampleTime(), 3, time.Hour)
				return err
			})
			if err != nil {
				return err
			}
			for _, one := range claimed {
				mu.Lock()
				taken[one.User] = append(taken[one.User], one.ID)
				mu.Unlock()
				one.State, one.EndedAt = model.Delivered, sampleTime()
				if err := f.write(func(tx model.Writer) error { return tx.ChangeDelivery(one) }); err != nil {
					return err
				}
			}
		}
		return nil
	}, nil)
	for user := range users {
		ids := taken[model.UserID(user+1)]
		f.wantEqual("deliveries about one user", len(ids), each)
		for i := 1; i < len(ids); i++ {
			if ids[i] <= ids[i-1] {
				f.Errorf("user %d: %v were claimed in this order", user+1, ids)
			}
		}
	}
}

func replayedAndDeadLettered(f fixture) {
	on, off := f.webhook("https://on.example"), f.webhook("https://off.example")
	off.Enabled = false
	f.update(func(tx model.Writer) error { return tx.ChangeWebhook(off) })
	all := f.deliveries(on.ID, 7, 8)
	f.end(all[0], model.Dead, sampleTime())
	f.deliveries(off.ID, 7)
	f.deliveries(99, 7)
	later := sampleTime().Add(time.Hour)
	f.update(func(tx model.Writer) error {
		for _, want := range []int{1, 1, 0} {
			n, err := tx.DeadLetterDeliveries(model.DeadLetter{At: later, Reason: "off", Limit: 1})
			if err != nil {
				return err
			}
			f.wantEqual("in a batch", n, want)
		}
		n, err := tx.ReplayDead(model.Replay{Webhook: on.ID, EndedBy: later, At: later, Limit: 9})
		f.wantEqual("replayed", n, 1)
		return err
	})
	f.wantEqual("pending", deliveryIDs(f.listed(model.DeliveryFilter{State: model.Pending})), deliveryIDs(all))
	f.wantEqual("attempts of the replayed", f.listed(model.DeliveryFilter{})[0].Attempts, 0)
	dead := f.listed(model.DeliveryFilter{State: model.Dead})
	f.wantEqual("given up", len(dead), 2)
	f.wantEqual("why", dead[0].Reason, "off")
	f.wantEqual("when", dead[1].EndedAt, later)
	pending := func(atMost int) int {
		return readValue(f, func(tx model.Reader) (int, error) { return tx.PendingDeliveries(on.ID, atMost) })
	}
	f.wantEqual("pending of the one", pending(9), 2)
	f.wantEqual("to a bound", pending(1), 1)
	f.update(func(tx model.Writer) error {
		n, err := tx.DeadLetterDeliveries(model.DeadLetter{Webhook: on.ID, At: later, Reason: "off", Limit: 9})
		f.wantEqual("given up of the one", n, 2)
		return err
	})
	f.wantEqual("pending at last", pending(9), 0)
}

func replayedInBatches(f fixture) {
	on, other := f.webhook("https://on.example"), f.webhook("https://other.example")
	all := f.deliveries(on.ID, 1, 2, 3, 4)
	for _, one := range append(all[:3:3], f.deliveries(other.ID, 1)...) {
		f.end(one, model.Dead, sampleTime())
	}
	f.end(all[3], model.Dead, sampleTime().Add(time.Microsecond))
	for _, want := range [][]model.DeliveryID{deliveryIDs(all[:2]), deliveryIDs(all[:3]), deliveryIDs(all[:3])} {
		f.update(func(tx model.Writer) error {
			_, err := tx.ReplayDead(model.Replay{Webhook: on.ID, EndedBy: sampleTime(), At: sampleTime().Add(time.Hour), Limit: 2})
			return err
		})
		f.wantEqual("pending", deliveryIDs(f.listed(model.DeliveryFilter{State: model.Pending})), want)
	}
	f.wantEqual("due", f.listed(model.DeliveryFilter{})[2].DueAt, sampleTime().Add(time.Hour))
	f.wantEqual("ended", f.listed(model.DeliveryFilter{})[2].EndedAt, time.Time{})
}

func droppedDeliveries(f fixture) {
	all := f.deliveries(1, 1, 2, 3, 4, 5)
	f.end(all[0], model.Delivered, sampleTime())
	f.end(all[1], model.Delivered, sampleTime().Add(time.Minute))
	f.end(all[2], model.Dead, sampleTime())
	f.end(all[3], model.Dead, sampleTime().Add(time.Minute))
	drop := func(limit int) (n int) {
		f.update(func(tx model.Writer) (err error) {
			n, err = tx.DropDeliveries(model.EndedBefore{Delivered: sampleTime().Add(time.Second), Dead: sampleTime().Add(time.Hour), Limit: limit})
			return err
		})
		return n
	}
	f.wantEqual("in a batch", drop(2), 2)
	f.wantEqual("the rest", drop(9), 1)
	f.wantEqual("left", deliveryIDs(f.listed(model.DeliveryFilter{})), []model.DeliveryID{all[1].ID, all[4].ID})
}
