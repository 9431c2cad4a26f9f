package cache

import "roster.example/roster/internal/directory"

func (w writer) aboutWebhooks(err error) error {
	return w.after(err, func(c *changes) {
		c.about = append(c.about, aboutWebhooks)
		c.webhooks = true
	})
}

func (w writer) AddWebhook(h *directory.Webhook) error {
	return w.aboutWebhooks(w.Writer.AddWebhook(h))
}

func (w writer) ChangeWebhook(h directory.Webhook) error {
	return w.aboutWebhooks(w.Writer.ChangeWebhook(h))
}

func (w writer) DropWebhook(id directory.WebhookID) error {
	return w.aboutWebhooks(w.Writer.DropWebhook(id))
}

func (r *reader) Webhooks() ([]directory.Webhook, error) {
	return ask(r, key{kind: allWebhooks}, "webhook", subject{aboutWebhooks, false}, eachOf(weighWebhook), r.Reader.Webhooks)
}

// ToldWebhooks comes from memory: each deed asks, and most servers have none. What is
// not in memory is read beside the transaction, for what that one sees may be undone;
// and where another node has just changed them, memory is as late here as it is for
// readers.
func (w writer) ToldWebhooks() ([]directory.Webhook, error) {
	if w.did.webhooks || !w.store.trusted() {
		return w.Writer.Webhooks()
	}
	var all []directory.Webhook
	err := w.store.Glance(w.ctx, func(tx directory.Reader) (err error) {
		all, err = tx.Webhooks()
		return err
	})
	return all, err
}
