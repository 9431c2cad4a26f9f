package sqldb

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

const newDeliveryColumns = `webhook_id, event_id, user_id, verb, state, attempts, created_at, due_at, leased_until, ended_at, status, reason`

const deliveryColumns = `id, ` + newDeliveryColumns

func scanDelivery(from row) (d model.Delivery, err error) {
	err = from.Scan(&d.ID, &d.Webhook, &d.Event, &d.User, &d.Verb, &d.State, &d.Attempts, scanTime(&d.CreatedAt), scanTime(&d.DueAt),
		scanTime(&d.LeasedUntil), scanTime(&d.EndedAt), &d.Status, &d.Reason)
	return d, err
}

func deliveryValues(d model.Delivery) []any {
	return []any{d.Webhook, d.Event, d.User, string(d.Verb), string(d.State), d.Attempts, toMicros(d.CreatedAt), toMicros(d.DueAt),
		toMicros(d.LeasedUntil), toMicros(d.EndedAt), d.Status, d.Reason}
}

func (r *reader) Deliveries(filter model.DeliveryFilter) ([]model.Delivery, error) {
	c := clauses{engine: r.engine}
	c.add(`id > ` + c.bind(filter.After))
	if filter.Before != 0 {
		c.add(`id < ` + c.bind(filter.Before))
	}
	if filter.Webhook != 0 {
		c.add(`webhook_id = ` + c.bind(filter.Webhook))
	}
	if filter.State != "" {
		c.add(`state = ` + c.bind(string(filter.State)))
	}
	query := `SELECT ` + deliveryColumns + ` FROM deliveries` + c.where() + ` ORDER BY id`
	if filter.Descending {
		query += ` DESC`
	}
	limit := filter.Limit
	if limit <= 0 {
		limit = model.MaxDeliveries
	}
	return list(r, "delivery", scanDelivery, query+` LIMIT `+c.bind(limit), c.args...)
}

func (r *reader) WebhooksDue(now time.Time) ([]model.WebhookID, error) {
	return list(r, "webhook", scanID[model.WebhookID], `SELECT id FROM webhooks WHERE enabled AND probe_at <= $1
		AND EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook_id = webhooks.id AND d.state = 'pending' AND d.due_at <= $1
		AND d.leased_until <= $1) ORDER BY id`, toMicros(now))
}

func (r *reader) PendingDeliveries(of model.WebhookID, atMost int) (int, error) {
	return one(r, "delivery", scanInt,
		`SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE webhook_id = $1 AND state = 'pending' LIMIT $2) found`, of, atMost)
}

func (r *reader) UndeliveredSince() (model.EventID, error) {
	id, err := one(r, "delivery", scanID[model.EventID],
		`SELECT event_id FROM deliveries WHERE state = 'pending' ORDER BY event_id LIMIT 1`)
	if fault.KindOf(err) == fault.NotFound {
		return 0, nil
	}
	return id, err
}

func (w *writer) AddDeliveries(all []model.Delivery) error {
	return insert(w, "delivery", `INSERT INTO deliveries (`+newDeliveryColumns+`) VALUES `, all, deliveryValues)
}

func (w *writer) ChangeDelivery(d model.Delivery) error {
	return w.change("delivery", `UPDATE deliveries SET state = $2, attempts = $3, due_at = $4, leased_until = $5, claimed_by = 0, ended_at = $6,
		status = $7, reason = $8 WHERE id = $1`,
		d.ID, string(d.State), d.Attempts, toMicros(d.DueAt), toMicros(d.LeasedUntil), toMicros(d.EndedAt), d.Status, d.Reason)
}

// Queries of ClaimDeliveries. Many deliveries can be due, and most of them may have to wait for an earlier
// one about the same user.
const (
	dueDeliveries = `SELECT id, user_id, due_at, leased_until FROM deliveries
		WHERE webhook_id = $1 AND state = 'pending' AND due_at <= $2 ORDER BY due_at, id LIMIT 500`
	firstDue = `SELECT e.due_at FROM deliveries e WHERE e.webhook_id = deliveries.webhook_id AND e.user_id = deliveries.user_id
		AND e.state = 'pending' ORDER BY e.id LIMIT 1`
	earlierDelivery = `SELECT 1 FROM deliveries e WHERE e.webhook_id = $1 AND e.user_id = due.user_id AND e.state = 'pending' AND e.id < due.id`
)

// ClaimDeliveries first delays deliveries that wait for a delayed one, because they would fill the limited
// query. It checks the conditions twice; see LeaseMails.
func (w *writer) ClaimDeliveries(webhook model.WebhookID, now time.Time, n int, lease time.Duration) ([]model.Delivery, error) {
	err := w.put("delivery", `UPDATE deliveries SET due_at = (`+firstDue+`) WHERE state = 'pending' AND user_id <> 0
		AND id IN (SELECT id FROM (`+dueDeliveries+`) due) AND (`+firstDue+`) > $2`, webhook, toMicros(now))
	if err != nil {
		return nil, err
	}
	claimed, err := list(w.reader, "delivery", scanDelivery, `UPDATE deliveries SET leased_until = $3, claimed_by = $5
		WHERE state = 'pending' AND due_at <= $2 AND leased_until <= $2 AND id IN
		(SELECT id FROM (`+dueDeliveries+`) due WHERE leased_until <= $2 AND (user_id = 0 OR NOT EXISTS (`+earlierDelivery+`))
		ORDER BY due_at, id LIMIT $4) RETURNING `+deliveryColumns, webhook, toMicros(now), toMicros(now.Add(lease)), n, w.engine.holder())
	slices.SortFunc(claimed, func(a, b model.Delivery) int { return cmp.Compare(a.ID, b.ID) })
	return claimed, err
}

func (w *writer) ReplayDead(r model.Replay) (int, error) {
	n, err := w.exec("delivery", `UPDATE deliveries SET state = 'pending', attempts = 0, due_at = $2, leased_until = 0, claimed_by = 0, ended_at = 0
		WHERE id IN (SELECT id FROM deliveries WHERE webhook_id = $1 AND state = 'dead' AND ended_at <= $3 ORDER BY id LIMIT $4)`,
		r.Webhook, toMicros(r.At), toMicros(r.EndedBy), r.Limit)
	return int(n), err
}

// DeadLetterDeliveries repeats the state in the subquery, so that it uses the index of pending deliveries.
func (w *writer) DeadLetterDeliveries(b model.DeadLetter) (int, error) {
	whose, args := `webhook_id NOT IN (SELECT id FROM webhooks WHERE enabled)`, []any{toMicros(b.At), b.Reason, b.Limit}
	if b.Webhook != 0 {
		whose, args = `webhook_id = $4`, append(args, b.Webhook)
	}
	n, err := w.exec("delivery", `UPDATE deliveries SET state = 'dead', claimed_by = 0, ended_at = $1, reason = $2 WHERE state = 'pending'
		AND id IN (SELECT id FROM deliveries WHERE state = 'pending' AND `+whose+` LIMIT $3)`, args...)
	return int(n), err
}

func (w *writer) DropDeliveries(e model.EndedBefore) (int, error) {
	dropped := 0
	var faults []error
	for state, before := range map[model.DeliveryState]time.Time{model.Delivered: e.Delivered, model.Dead: e.Dead} {
		n, err := w.exec("delivery", `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries
			WHERE state = $1 AND state <> 'pending' AND ended_at < $2 ORDER BY ended_at LIMIT $3)`,
			string(state), toMicros(before), max(e.Limit-dropped, 0))
		dropped += int(n)
		faults = append(faults, err)
	}
	return dropped, errors.Join(faults...)
}
