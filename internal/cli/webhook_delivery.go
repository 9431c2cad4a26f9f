package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

// maxDeliveries is how many deliveries one call shows.
const maxDeliveries = 1000

// ofWebhooks says which deliveries to list.
type deliveryQuery struct {
	ID     *int64 `arg:"" optional:"" help:"Number of the webhook; all webhooks if left out."`
	Before int64  `help:"Only before the one with this number." placeholder:"ID"`
	Limit  int    `help:"How many to show, 1 to 1000: the newest, which come first." default:"100" placeholder:"N"`
}

func (c deliveryQuery) check() error {
	if c.Limit < 1 || c.Limit > maxDeliveries {
		return usageError(fmt.Sprintf("--limit must be 1 to %d; go on with --before and the last number shown", maxDeliveries))
	}
	return checkID(c.ID)
}

// numbered refuses a number that can be nobody's: left out it would mean all.
func checkID(id *int64) error {
	if id != nil && *id < 1 {
		return usageError("numbers begin with 1; leave it out for all")
	}
	return nil
}

func (c deliveryQuery) list(ctx context.Context, d *directory.Directory, out io.Writer, state directory.DeliveryState) error {
	filter := directory.DeliveryFilter{State: state, Before: directory.DeliveryID(c.Before), Limit: c.Limit, Descending: true}
	if c.ID != nil {
		filter.Webhook = directory.WebhookID(*c.ID)
		if _, err := d.Webhook(ctx, directory.Operator(), filter.Webhook); err != nil {
			return webhookArg{*c.ID}.explain(err)
		}
	}
	all, err := d.Deliveries(ctx, directory.Operator(), filter)
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

// statusText is an HTTP status; there is none where nobody answered.
func statusText(status int) string {
	if status == 0 {
		return "-"
	}
	return fmt.Sprint(status)
}

func nextOrEnd(one directory.Delivery) time.Time {
	if one.State == directory.Pending {
		return one.DueAt
	}
	return one.EndedAt
}

// moment is a time to the second.
func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

type webhookDeliveries struct {
	deliveryQuery
	State string `help:"Only those: pending, delivered or dead, which were given up." enum:"pending,delivered,dead," default:"" placeholder:"STATE"`
}

// Help is shown below the flags.
func (webhookDeliveries) Help() string {
	return `FAILED counts attempts, STATUS and ERROR are of the last one. What arrived is kept for 7
days, what was given up for 30.

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

func (c *webhookDeliveries) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	return c.list(ctx, d, out, directory.DeliveryState(c.State))
}

type webhookFailed struct{ deliveryQuery }

// Help is shown below the flags.
func (webhookFailed) Help() string {
	return `What failed but is still tried again is pending, and not among them. They are kept for 30
days, and are sent once more by 'roster webhook replay'.

Examples:
  roster webhook failed
  roster webhook failed 1 --limit 10
  roster webhook deliveries 1 --state pending`
}

// Run lists deliveries that were given up.
func (c *webhookFailed) Run(e *environment) error {
	if err := c.check(); err != nil {
		return err
	}
	return e.execute("webhook failed", c)
}

func (c *webhookFailed) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	return c.list(ctx, d, out, directory.Dead)
}

type webhookReplay struct {
	webhookArg
	Delivery *int64 `arg:"" optional:"" help:"Number of the delivery, as 'roster webhook deliveries' shows it; all that were given up if left out."`
}

// Help is shown below the flags.
func (webhookReplay) Help() string {
	return `They keep their webhook-id, by which a receiver knows what it has had already.

Examples:
  roster webhook replay 1
  roster webhook replay 1 77`
}

// Run sends once more.
func (c *webhookReplay) Run(e *environment) error {
	if err := checkID(c.Delivery); err != nil {
		return err
	}
	return e.execute("webhook replay", c)
}

func (c *webhookReplay) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	if _, err := d.Webhook(ctx, directory.Operator(), c.id()); err != nil {
		return c.explain(err)
	}
	n, err := c.replay(ctx, d)
	if err != nil && n > 0 {
		return fmt.Errorf("%d are on the way again; repeat the command for the others: %w", n, err)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, n, "on the way again")
	return err
}

// replay says how many deliveries are sent once more, also with an error.
func (c *webhookReplay) replay(ctx context.Context, d *directory.Directory) (int, error) {
	if c.Delivery == nil {
		n, err := d.ReplayDead(ctx, directory.Operator(), c.id())
		return n, explain(err)
	}
	_, err := d.ReplayDelivery(ctx, directory.Operator(), c.id(), directory.DeliveryID(*c.Delivery))
	if fault.KindOf(err) == fault.NotFound {
		return 0, fmt.Errorf("webhook %d has no delivery %d any more; see 'roster webhook deliveries %d'", c.ID, *c.Delivery, c.ID)
	}
	if err != nil {
		return 0, explain(err)
	}
	return 1, nil
}
