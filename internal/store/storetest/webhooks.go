package storetest

import (
	"errors"
	"sync"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

func webhookPromises() []promise {
	return []promise{
		{"a webhook comes back as written, and goes with its deliveries", webhookRoundTrip},
		{"a transaction sees its own webhooks, and nobody those of one that failed", webhooksWithin},
		{"deliveries are listed in stretches, by webhook and by state", deliveryFilters},
		{"of one person a delivery waits for the one before, and others do not wait", deliveryTurns},
		{"webhooks are due that are enabled and have something to take", webhooksDue},
		{"a webhook that fails pauses, however it is changed", webhookTroubles},
		{"of what is due, that comes first which has been so longest", longestDueFirst},
		{"a delivery that was put off holds up the person's later ones, however many", heldUp},
		{"a delivery comes back when its lease has ended", deliveryLease},
		{"each delivery is claimed by one of many, and in order", claimedInOrder},
		{"dead deliveries are replayed, and those without a webhook buried", replayedAndBuried},
		{"dead deliveries are replayed in batches, the first of them first, and none that died since", replayedInBatches},
		{"deliveries that have ended are dropped, and only they", droppedDeliveries},
	}
}

func (f fixture) webhook(url string) directory.Webhook {
	f.Helper()
	h := directory.Webhook{
		URL: url, Description: "for the " + url, Verbs: []directory.Verb{directory.UserBlock, "key."}, Enabled: true,
		Sealed: []byte{0, 1}, CreatedAt: moment(), UpdatedAt: moment(),
	}
	f.update(func(tx directory.Writer) error { return tx.AddWebhook(&h) })
	return h
}

func (f fixture) webhooks() []directory.Webhook {
	f.Helper()
	return read(f, func(tx directory.Reader) ([]directory.Webhook, error) { return tx.Webhooks() })
}

func webhookRoundTrip(f fixture) {
	f.same("at first", f.webhooks(), []directory.Webhook{})
	one, other := f.webhook("https://one.example"), f.webhook("https://other.example")
	f.same("webhooks", f.webhooks(), []directory.Webhook{one, other})
	one.URL, one.Verbs, one.Enabled, one.Reason, one.Sealed = "https://new.example", nil, false, "gone", []byte("anew")
	one.UpdatedAt = moment().Add(time.Hour)
	f.update(func(tx directory.Writer) error { return tx.ChangeWebhook(one) })
	f.same("changed", f.webhooks(), []directory.Webhook{one, other})
	f.wantKind(f.refused(func(tx directory.Writer) error { return tx.ChangeWebhook(directory.Webhook{ID: 99}) }), fault.NotFound)
	f.deliveries(other.ID, 1, 2)
	kept := f.deliveries(one.ID, 1)
	f.update(func(tx directory.Writer) error { return errors.Join(tx.DropWebhook(other.ID), tx.DropWebhook(99)) })
	f.same("left", f.webhooks(), []directory.Webhook{one})
	f.same("deliveries left", f.listed(directory.DeliveryFilter{}), kept)
}

func webhooksWithin(f fixture) {
	f.same("at first", f.webhooks(), []directory.Webhook{})
	failed := errors.New("failed")
	err := f.store.Update(f.Context(), func(tx directory.Writer) error {
		if err := tx.AddWebhook(&directory.Webhook{URL: "https://one.example"}); err != nil {
			return err
		}
		all, err := tx.Webhooks()
		f.same("seen within", len(all), 1)
		return errors.Join(err, failed)
	})
	if !errors.Is(err, failed) {
		f.Fatal(err)
	}
	f.update(func(tx directory.Writer) error {
		all, err := tx.Webhooks()
		f.same("seen by the next", len(all), 0)
		return err
	})
	f.same("at last", f.webhooks(), []directory.Webhook{})
}

// deliveries adds one for each of these people, in this order.
func (f fixture) deliveries(to directory.WebhookID, about ...directory.UserID) []directory.Delivery {
	f.Helper()
	before := f.listed(directory.DeliveryFilter{Descending: true, Limit: 1})
	var last directory.DeliveryID
	if len(before) > 0 {
		last = before[0].ID
	}
	f.update(func(tx directory.Writer) error {
		var all []directory.Delivery
		for i, user := range about {
			all = append(all, directory.Delivery{
				Webhook: to, Event: directory.EventID(int(last) + i + 1), User: user, Verb: directory.KeyAdd, State: directory.Pending,
				CreatedAt: moment(), DueAt: moment(),
			})
		}
		return tx.AddDeliveries(all)
	})
	return f.listed(directory.DeliveryFilter{After: last, Limit: 10_000})
}

func (f fixture) listed(filter directory.DeliveryFilter) []directory.Delivery {
	f.Helper()
	return read(f, func(tx directory.Reader) ([]directory.Delivery, error) { return tx.Deliveries(filter) })
}

func (f fixture) claimed(from directory.WebhookID, now time.Time, n int) []directory.Delivery {
	f.Helper()
	var claimed []directory.Delivery
	f.update(func(tx directory.Writer) (err error) {
		claimed, err = tx.ClaimDeliveries(from, now, n, time.Minute)
		return err
	})
	return claimed
}

func (f fixture) put(one directory.Delivery) {
	f.Helper()
	f.update(func(tx directory.Writer) error { return tx.ChangeDelivery(one) })
}

// end marks a delivery as ended.
func (f fixture) end(one directory.Delivery, state directory.DeliveryState, at time.Time) directory.Delivery {
	f.Helper()
	one.State, one.EndedAt, one.LeasedUntil, one.Attempts, one.Status, one.Reason = state, at, time.Time{}, 2, 500, "answered 500"
	f.put(one)
	return one
}

// names are the ids of deliveries.
func names(all []directory.Delivery) []directory.DeliveryID {
	ids := []directory.DeliveryID{}
	for _, one := range all {
		ids = append(ids, one.ID)
	}
	return ids
}

func deliveryFilters(f fixture) {
	all := f.deliveries(1, 1, 2, 3, 4)
	other := f.deliveries(2, 1)[0]
	all[1] = f.end(all[1], directory.Dead, moment())
	all[2] = f.end(all[2], directory.Delivered, moment())
	for what, c := range map[string]struct {
		filter directory.DeliveryFilter
		want   []directory.Delivery
	}{
		"of one webhook": {directory.DeliveryFilter{Webhook: 1}, all},
		"dead":           {directory.DeliveryFilter{State: directory.Dead}, all[1:2]},
		"delivered":      {directory.DeliveryFilter{Webhook: 1, State: directory.Delivered}, all[2:3]},
		"a stretch":      {directory.DeliveryFilter{Webhook: 1, After: all[0].ID, Before: all[3].ID}, all[1:3]},
		"the newest":     {directory.DeliveryFilter{Descending: true, Limit: 1}, []directory.Delivery{other}},
	} {
		f.same(what, f.listed(c.filter), c.want)
	}
	since := read(f, func(tx directory.Reader) (directory.EventID, error) { return tx.UndeliveredSince() })
	f.same("the first that is pending", since, all[0].Event)
	f.wantKind(f.refused(func(tx directory.Writer) error {
		return tx.ChangeDelivery(directory.Delivery{ID: 99, State: directory.Dead})
	}),
		fault.NotFound)
}

func deliveryTurns(f fixture) {
	all := f.deliveries(1, 7, 7, 8, 0, 0, 7)
	f.deliveries(2, 7)
	f.same("before they are due", names(f.claimed(1, moment().Add(-time.Second), 9)), []directory.DeliveryID{})
	first := f.claimed(1, moment(), 9)
	f.same("first", names(first), []directory.DeliveryID{all[0].ID, all[2].ID, all[3].ID, all[4].ID})
	f.same("the lease", first[0].LeasedUntil, moment().Add(time.Minute))
	f.same("meanwhile", names(f.claimed(1, moment(), 9)), []directory.DeliveryID{})
	f.end(first[0], directory.Delivered, moment())
	second := f.claimed(1, moment(), 9)
	f.same("second", names(second), []directory.DeliveryID{all[1].ID})
	f.end(second[0], directory.Dead, moment())
	f.same("third", names(f.claimed(1, moment(), 9)), []directory.DeliveryID{all[5].ID})
	f.same("elsewhere", len(f.claimed(2, moment(), 9)), 1)
}

// due are the webhooks that something is due for.
func (f fixture) due(at time.Time) []directory.WebhookID {
	f.Helper()
	return read(f, func(tx directory.Reader) ([]directory.WebhookID, error) { return tx.WebhooksDue(at) })
}

func webhooksDue(f fixture) {
	one, other, off := f.webhook("https://one.example"), f.webhook("https://other.example"), f.webhook("https://off.example")
	off.Enabled = false
	f.update(func(tx directory.Writer) error { return tx.ChangeWebhook(off) })
	for _, h := range []directory.Webhook{one, other, off} {
		f.deliveries(h.ID, 7)
	}
	none, both := []directory.WebhookID{}, []directory.WebhookID{one.ID, other.ID}
	f.same("before", f.due(moment().Add(-time.Second)), none)
	f.same("in time", f.due(moment()), both)
	f.claimed(other.ID, moment(), 1)
	f.same("with a lease", f.due(moment()), both[:1])
	f.same("after the lease", f.due(moment().Add(time.Minute)), both)
	f.end(f.claimed(one.ID, moment(), 1)[0], directory.Delivered, moment())
	f.same("when one has ended", f.due(moment().Add(time.Minute)), both[1:])
}

func webhookTroubles(f fixture) {
	one, other := f.webhook("https://one.example"), f.webhook("https://other.example")
	f.deliveries(one.ID, 7)
	trouble := func(of directory.Webhook) directory.Trouble {
		return read(f, func(tx directory.Reader) (directory.Trouble, error) { return tx.WebhookTrouble(of.ID) })
	}
	f.same("at first", trouble(one), directory.Trouble{})
	want := directory.Trouble{Failures: 3, Since: moment(), ProbeAt: moment().Add(time.Hour)}
	f.update(func(tx directory.Writer) error { return tx.PutWebhookTrouble(one.ID, want) })
	one.Description = "changed"
	f.update(func(tx directory.Writer) error { return tx.ChangeWebhook(one) })
	f.same("of the one", trouble(one), want)
	f.same("of the other", trouble(other), directory.Trouble{})
	f.same("due in the pause", f.due(moment()), []directory.WebhookID{})
	f.same("due after it", f.due(moment().Add(time.Hour)), []directory.WebhookID{one.ID})
	f.update(func(tx directory.Writer) error { return tx.PutWebhookTrouble(one.ID, directory.Trouble{}) })
	f.same("at last", trouble(one), directory.Trouble{})
	f.wantKind(f.refused(func(tx directory.Writer) error { return tx.PutWebhookTrouble(99, want) }), fault.NotFound)
}

// A probe that looked at the first alone would look at it for ever.
func longestDueFirst(f fixture) {
	all := f.deliveries(1, 0, 0)
	put := all[0]
	put.DueAt = moment().Add(time.Minute)
	f.put(put)
	f.same("first", names(f.claimed(1, moment().Add(time.Hour), 1)), []directory.DeliveryID{all[1].ID})
}

func heldUp(f fixture) {
	about := make([]directory.UserID, 1200)
	for i := range about {
		about[i] = 7
	}
	all := f.deliveries(1, append(about, 8)...)
	head := f.claimed(1, moment(), 1)[0]
	head.DueAt, head.LeasedUntil, head.Attempts = moment().Add(time.Hour), time.Time{}, 1
	f.put(head)
	var got []directory.DeliveryID
	for range 5 {
		got = append(got, names(f.claimed(1, moment().Add(time.Minute), 9))...)
	}
	f.same("who does not wait", got, []directory.DeliveryID{all[1200].ID})
	f.same("before its time", names(f.claimed(1, moment().Add(59*time.Minute), 9)), []directory.DeliveryID{all[1200].ID})
	f.end(all[1200], directory.Delivered, moment())
	f.same("in its time", f.claimed(1, moment().Add(time.Hour), 9)[0].Attempts, 1)
	f.end(head, directory.Delivered, moment())
	f.same("the next", names(f.claimed(1, moment().Add(time.Hour), 9)), []directory.DeliveryID{all[1].ID})
}

func deliveryLease(f fixture) {
	one := f.deliveries(1, 7)[0]
	f.claimed(1, moment(), 1)
	f.same("under lease", names(f.claimed(1, moment().Add(59*time.Second), 1)), []directory.DeliveryID{})
	f.same("after the lease", names(f.claimed(1, moment().Add(time.Minute), 1)), []directory.DeliveryID{one.ID})
}

func claimedInOrder(f fixture) {
	const people, each = 5, 8
	var about []directory.UserID
	for range each {
		for user := range people {
			about = append(about, directory.UserID(user+1))
		}
	}
	f.deliveries(1, about...)
	var mu sync.Mutex
	taken := map[directory.UserID][]directory.DeliveryID{}
	f.crowd(6, func(int) error {
		for range people * each {
			var claimed []directory.Delivery
			err := f.write(func(tx directory.Writer) (err error) {
				claimed, err = tx.ClaimDeliveries(1, moment(), 3, time.Hour)
				return err
			})
			if err != nil {
				return err
			}
			for _, one := range claimed {
				mu.Lock()
				taken[one.User] = append(taken[one.User], one.ID)
				mu.Unlock()
				one.State, one.EndedAt = directory.Delivered, moment()
				if err := f.write(func(tx directory.Writer) error { return tx.ChangeDelivery(one) }); err != nil {
					return err
				}
			}
		}
		return nil
	}, nil)
	for user := range people {
		ids := taken[directory.UserID(user+1)]
		f.same("deliveries about one person", len(ids), each)
		for i := 1; i < len(ids); i++ {
			if ids[i] <= ids[i-1] {
				f.Errorf("of person %d, %v came in this order", user+1, ids)
			}
		}
	}
}

func replayedAndBuried(f fixture) {
	on, off := f.webhook("https://on.example"), f.webhook("https://off.example")
	off.Enabled = false
	f.update(func(tx directory.Writer) error { return tx.ChangeWebhook(off) })
	all := f.deliveries(on.ID, 7, 8)
	f.end(all[0], directory.Dead, moment())
	f.deliveries(off.ID, 7)
	f.deliveries(99, 7)
	later := moment().Add(time.Hour)
	f.update(func(tx directory.Writer) error {
		for _, want := range []int{1, 1, 0} {
			n, err := tx.BuryDeliveries(directory.Burial{At: later, Reason: "off", Limit: 1})
			if err != nil {
				return err
			}
			f.same("in a batch", n, want)
		}
		n, err := tx.ReplayDead(directory.Replay{Webhook: on.ID, EndedBy: later, At: later, Limit: 9})
		f.same("replayed", n, 1)
		return err
	})
	f.same("pending", names(f.listed(directory.DeliveryFilter{State: directory.Pending})), names(all))
	f.same("attempts of the replayed", f.listed(directory.DeliveryFilter{})[0].Attempts, 0)
	dead := f.listed(directory.DeliveryFilter{State: directory.Dead})
	f.same("buried", len(dead), 2)
	f.same("why", dead[0].Reason, "off")
	f.same("when", dead[1].EndedAt, later)
	pending := func(atMost int) int {
		return read(f, func(tx directory.Reader) (int, error) { return tx.PendingDeliveries(on.ID, atMost) })
	}
	f.same("pending of the one", pending(9), 2)
	f.same("to a bound", pending(1), 1)
	f.update(func(tx directory.Writer) error {
		n, err := tx.BuryDeliveries(directory.Burial{Webhook: on.ID, At: later, Reason: "off", Limit: 9})
		f.same("buried of the one", n, 2)
		return err
	})
	f.same("pending at last", pending(9), 0)
}

func replayedInBatches(f fixture) {
	on, other := f.webhook("https://on.example"), f.webhook("https://other.example")
	all := f.deliveries(on.ID, 1, 2, 3, 4)
	for _, one := range append(all[:3:3], f.deliveries(other.ID, 1)...) {
		f.end(one, directory.Dead, moment())
	}
	f.end(all[3], directory.Dead, moment().Add(time.Microsecond))
	for _, want := range [][]directory.DeliveryID{names(all[:2]), names(all[:3]), names(all[:3])} {
		f.update(func(tx directory.Writer) error {
			_, err := tx.ReplayDead(directory.Replay{Webhook: on.ID, EndedBy: moment(), At: moment().Add(time.Hour), Limit: 2})
			return err
		})
		f.same("pending", names(f.listed(directory.DeliveryFilter{State: directory.Pending})), want)
	}
	f.same("due", f.listed(directory.DeliveryFilter{})[2].DueAt, moment().Add(time.Hour))
	f.same("ended", f.listed(directory.DeliveryFilter{})[2].EndedAt, time.Time{})
}

func droppedDeliveries(f fixture) {
	all := f.deliveries(1, 1, 2, 3, 4, 5)
	f.end(all[0], directory.Delivered, moment())
	f.end(all[1], directory.Delivered, moment().Add(time.Minute))
	f.end(all[2], directory.Dead, moment())
	f.end(all[3], directory.Dead, moment().Add(time.Minute))
	drop := func(limit int) (n int) {
		f.update(func(tx directory.Writer) (err error) {
			n, err = tx.DropDeliveries(directory.EndedBefore{Delivered: moment().Add(time.Second), Dead: moment().Add(time.Hour), Limit: limit})
			return err
		})
		return n
	}
	f.same("in a batch", drop(2), 2)
	f.same("the rest", drop(9), 1)
	f.same("left", names(f.listed(directory.DeliveryFilter{})), []directory.DeliveryID{all[1].ID, all[4].ID})
}
