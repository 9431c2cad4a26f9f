package directory

import (
	"context"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// ReleaseLeases makes due what processes that have ended still hold of the queues of
// emails and webhooks, and reports how many processes that were. Ended tells whether one
// has; it is asked outside of a transaction.
func (d *Directory) ReleaseLeases(ctx context.Context, actor model.Actor, ended func(model.LeaseHolder) (bool, error)) (int, error) {
	if !actor.IsOperator() {
		return 0, fault.New(fault.Forbidden, "only the server itself may do this")
	}
	var holders []model.LeaseHolder
	err := d.store.ReadCached(ctx, func(tx model.Reader) (err error) {
		holders, err = tx.LeaseHolders()
		return err
	})
	released := 0
	for _, one := range holders {
		if err != nil {
			return released, err
		}
		var over bool
		if over, err = ended(one); err != nil || !over {
			continue
		}
		if err = d.store.Update(ctx, func(tx model.Writer) error { return tx.ReleaseLeases(one, d.ops.Now()) }); err == nil {
			released++
		}
	}
	if released > 0 {
		d.wakeQueues()
	}
	return released, err
}

// wakeQueues wakes the workers that send emails and webhooks.
func (d *Directory) wakeQueues() {
	if d.options.MailQueued != nil {
		d.options.MailQueued()
	}
	if d.options.WebhookQueued != nil {
		d.options.WebhookQueued()
	}
}
