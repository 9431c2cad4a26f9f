package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// deliveryQuery selects the deliveries to list.
type deliveryQuery struct {
	ID     *int64 `arg:"" optional:"" help:"Id of the webhook. Default: all webhooks."`
	Before int64  `help:"Only deliveries before this id." placeholder:"ID"`
	Limit  int    `help:"Maximum number of deliveries, 1 to 1000, newest first." default:"100" placeholder:"N"`
}

func (c deliveryQuery) check() error {
	if c.Limit < 1 || c.Limit > model.MaxDeliveries {
		return usageError(fmt.Sprintf("--limit must be 1 to %d; continue with --before and the last id shown", model.MaxDeliveries))
	}
	return checkID(c.ID)
}

// checkID rejects ids below 1, because 0 would select all.
func checkID(id *int64) error {
	if id != nil && *id < 1 {
		return usageError("ids begin with 1; omit the id to select all")
	}
	return nil
}

func (c deliveryQuery) list(ctx context.Context, d *directory.Directory, out io.Writer, state model.DeliveryState) error {
	filter := model.DeliveryFilter{State: state, Before: model.DeliveryID(c.Before), Limit: c.Limit, Descending: true}
	if c.ID != nil {
		filter.Webhook = model.WebhookID(*c.ID)
		if _, err := d.Webhook(ctx, model.Operator(), filter.Webhook); err != nil {
			return webhookArg{*c.ID}.explain(err)
		}
	}
	all, err := d.Deliveries(ctx, model.Operator(), filter)
	if err != nil {
		return explain(err)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "ID", "WEBHOOK", "EVENT", "VERB", "STATE", "FAILED", "STATUS", "NEXT OR END", "ERROR")
	for _, one := range all {
		row(table, fmt.Sprint(one.ID), fmt.Sprint(one.Webhook), fmt.Sprint(one.Event), string(one.Verb), string(one.State),
			fmt.Sprint(one.Attempts), statusText(one.Status), timestamp(nextOrEnd(one)), orDash(one.Reason))
	}
	return table.Flush()
}

// statusText formats an HTTP status; 0 means that there was no response.
func statusText(status int) string {
	if status == 0 {
		return "-"
	}
	return fmt.Sprint(status)
}

func nextOrEnd(one model.Delivery) time.Time {
	if one.State == model.Pending {
		return one.DueAt
	}
	return one.EndedAt
}

// timestamp formats a time to the second.
func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

type webhookDeliveries struct {
	deliveryQuery
	State choice `help:"Only deliveries in this state: pending, delivered, or dead (no more attempts)." enum:"pending,delivered,dead," default:"" placeholder:"STATE"`
}

// Help is shown below the flags.
func (webhookDeliveries) Help() string {
	return `FAILED counts attempts; STATUS and ERROR are those of the last attempt. Successful
deliveries are kept for 7 days, dead ones for 30 days.

Examples:
  roster webhook deliveries 1 --limit 10
  roster webhook deliveries --state pending`
}

// Run lists deliveries.
func (c *webhookDeliveries) Run(e *environment) error {
	if err := c.check(); err != nil {
		return err
	}
	return e.execute("webhook deliveries", c)
}

func (c *webhookDeliveries) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	return c.list(ctx, d, out, model.DeliveryState(c.State))
}

type webhookFailed struct{ deliveryQuery }

// Help is shown below the flags.
func (webhookFailed) Help() string {
	return `Lists dead deliveries: all attempts failed. They are kept for 30 days; 'roster webhook replay'
sends them again. Deliveries that will be retried are pending.

Examples:
  roster webhook failed
  roster webhook failed 1 --limit 10
  roster webhook deliveries 1 --state pending`
}

// Run lists dead deliveries.
func (c *webhookFailed) Run(e *environment) error {
	if err := c.check(); err != nil {
		return err
	}
	return e.execute("webhook failed", c)
}

func (c *webhookFailed) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	return c.list(ctx, d, out, model.Dead)
}

type webhookReplay struct {
	webhookArg
	Delivery *int64 `arg:"" optional:"" help:"Id of the delivery, see 'roster webhook deliveries'. Default: all dead deliveries."`
}

// Help is shown below the flags.
func (webhookReplay) Help() string {
	return `A replayed delivery keeps its webhook-id, so that the receiver can detect duplicates.

Examples:
  roster webhook replay 1
  roster webhook replay 1 77`
}

// Run replays deliveries.
func (c *webhookReplay) Run(e *environment) error {
	if err := checkID(c.Delivery); err != nil {
		return err
	}
	return e.execute("webhook replay", c)
}

func (c *webhookReplay) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	if _, err := d.Webhook(ctx, model.Operator(), c.id()); err != nil {
		return c.explain(err)
	}
	n, err := c.replay(ctx, d)
	if err != nil && n > 0 {
		return fmt.Errorf("%s queued; repeat the command for the others: %w", countOf(n, "delivery"), err)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s queued\n", countOf(n, "delivery"))
	return err
}

// replay returns how many deliveries were queued, also with an error.
func (c *webhookReplay) replay(ctx context.Context, d *directory.Directory) (int, error) {
	if c.Delivery == nil {
		n, err := d.ReplayDead(ctx, model.Operator(), c.id())
		return n, explain(err)
	}
	_, err := d.ReplayDelivery(ctx, model.Operator(), c.id(), model.DeliveryID(*c.Delivery))
	if fault.KindOf(err) == fault.NotFound {
		return 0, fmt.Errorf("webhook %d has no delivery %d; see 'roster webhook deliveries %d'", c.ID, *c.Delivery, c.ID)
	}
	if err != nil {
		return 0, explain(err)
	}
	return 1, nil
}
