package sqldb

import (
	"strings"

	"roster.example/roster/internal/model"
)

// CachedWebhooks does not cache.
func (w *writer) CachedWebhooks() ([]model.Webhook, error) { return w.Webhooks() }

func (r *reader) Webhooks() ([]model.Webhook, error) {
	return list(r, "webhook", func(from row) (h model.Webhook, err error) {
		var verbs string
		err = from.Scan(&h.ID, &h.URL, &h.Description, &verbs, &h.Enabled, &h.Reason, &h.Sealed, scanTime(&h.CreatedAt), scanTime(&h.UpdatedAt))
		h.Verbs = splitVerbs(verbs)
		return h, err
	}, `SELECT id, url, description, verbs, enabled, reason, sealed, created_at, updated_at FROM webhooks ORDER BY id`)
}

func webhookValues(h model.Webhook) []any {
	return []any{h.URL, h.Description, joinVerbs(h.Verbs), h.Enabled, h.Reason, nonNil(h.Sealed), toMicros(h.CreatedAt), toMicros(h.UpdatedAt)}
}

func (w *writer) AddWebhook(h *model.Webhook) error {
	return add(w, "webhook", &h.ID, `INSERT INTO webhooks (url, description, verbs, enabled, reason, sealed, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, webhookValues(*h)...)
}

func (w *writer) ChangeWebhook(h model.Webhook) error {
	return w.change("webhook", `UPDATE webhooks SET url = $1, description = $2, verbs = $3, enabled = $4, reason = $5, sealed = $6,
		created_at = $7, updated_at = $8 WHERE id = $9`, append(webhookValues(h), h.ID)...)
}

func (r *reader) WebhookFailures(id model.WebhookID) (model.FailureState, error) {
	return one(r, "webhook", func(from row) (t model.FailureState, err error) {
		err = from.Scan(&t.Failures, scanTime(&t.Since), scanTime(&t.ProbeAt))
		return t, err
	}, `SELECT failures, failing_since, probe_at FROM webhooks WHERE id = $1`, id)
}

func (w *writer) PutWebhookFailures(id model.WebhookID, t model.FailureState) error {
	return w.change("webhook", `UPDATE webhooks SET failures = $2, failing_since = $3, probe_at = $4 WHERE id = $1`,
		id, t.Failures, toMicros(t.Since), toMicros(t.ProbeAt))
}

func (w *writer) DropWebhook(id model.WebhookID) error {
	if err := w.drop("delivery", `DELETE FROM deliveries WHERE webhook_id = $1`, id); err != nil {
		return err
	}
	return w.drop("webhook", `DELETE FROM webhooks WHERE id = $1`, id)
}

func joinVerbs(verbs []model.Verb) string {
	words := make([]string, len(verbs))
	for i, v := range verbs {
		words[i] = string(v)
	}
	return strings.Join(words, " ")
}

func splitVerbs(text string) []model.Verb {
	var verbs []model.Verb
	for word := range strings.FieldsSeq(text) {
		verbs = append(verbs, model.Verb(word))
	}
	return verbs
}
