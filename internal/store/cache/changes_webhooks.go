package cache

import "roster.example/roster/internal/model"

func (w writer) recordWebhooks(err error) error {
	return w.record(err, func(c *changes) {
		c.tags = append(c.tags, webhooksTag)
		c.webhooks = true
	})
}

func (w writer) AddWebhook(h *model.Webhook) error {
	return w.recordWebhooks(w.Writer.AddWebhook(h))
}

func (w writer) ChangeWebhook(h model.Webhook) error {
	return w.recordWebhooks(w.Writer.ChangeWebhook(h))
}

func (w writer) DropWebhook(id model.WebhookID) error {
	return w.recordWebhooks(w.Writer.DropWebhook(id))
}

func (r *reader) Webhooks() ([]model.Webhook, error) {
	return getOrLoad(r, key{kind: allWebhooks}, "webhook", dependency{webhooksTag, false}, sizeOfEach(sizeOfWebhook), r.Reader.Webhooks)
}

// CachedWebhooks reads from the cache, because each operation calls it and most servers have no
// webhooks. A missing entry is read outside of the transaction, because the transaction may
// be rolled back.
func (w writer) CachedWebhooks() ([]model.Webhook, error) {
	if w.changes.webhooks || !w.store.trusted() {
		return w.Writer.Webhooks()
	}
	var all []model.Webhook
	err := w.store.ReadCached(w.ctx, func(tx model.Reader) (err error) {
		all, err = tx.Webhooks()
		return err
	})
	return all, err
}
