package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

type webhookCommand struct {
	List   webhookList         `cmd:"" help:"List the webhooks."`
	Create webhookCreate       `cmd:"" help:"Make a webhook and show its secret once."`
	Show   webhookShow         `cmd:"" help:"Show one webhook."`
	Change webhookUpdate       `cmd:"" help:"Change a webhook: where it is, what it is told of, whether it is."`
	Rotate webhookRotateSecret `cmd:"" help:"Give a webhook a new secret and show it once. The one before signs for a day, too."`
	Test   webhookTest         `cmd:"" help:"Send a webhook a test: an event of the verb webhook.test, to it alone."`
	Delete webhookDelete       `cmd:"" help:"Delete a webhook with all that is on its way."`

	Deliveries webhookDeliveries `cmd:"" help:"List what was, or is to be, sent to webhooks."`
	Failed     webhookFailed     `cmd:"" help:"List what was given up, and why."`
	Replay     webhookReplay     `cmd:"" help:"Send once more: one delivery, or all of a webhook that were given up."`
}

// Help is shown below the flags.
func (webhookCommand) Help() string {
	return `A webhook is an address that is told of events. What is sent, and how a receiver
verifies it: docs/webhooks.md.

Examples:
  roster webhook create https://chat.example.org/hooks/people --verbs user.,key.add
  roster webhook test 1
  roster webhook failed
  roster webhook replay 1`
}

// aWebhook names a webhook on the command line.
type webhookArg struct {
	ID int64 `arg:"" help:"Number of the webhook, as 'roster webhook list' shows it."`
}

func (c webhookArg) id() directory.WebhookID { return directory.WebhookID(c.ID) }

// explain puts a refusal in words, also that there is no such webhook.
func (c webhookArg) explain(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return fmt.Errorf("there is no webhook %d; see 'roster webhook list'", c.ID)
	}
	return explain(err)
}

type webhookList struct{}

// Help is shown below the flags.
func (webhookList) Help() string {
	return `Examples:
  roster webhook list`
}

// Run lists webhooks.
func (c *webhookList) Run(e *environment) error { return e.execute("webhook list", c) }

func (c *webhookList) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	hooks, err := d.Webhooks(ctx, directory.Operator())
	if err != nil {
		return explain(err)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "ID", "URL", "VERBS", "ENABLED", "DESCRIPTION")
	for _, h := range hooks {
		row(table, fmt.Sprint(h.ID), h.URL, verbText(h.Verbs), yesNo(h.Enabled), orDash(h.Description))
	}
	return table.Flush()
}

func verbText(verbs []directory.Verb) string {
	if len(verbs) == 0 {
		return "all"
	}
	return joinVerbs(verbs)
}

type webhookCreate struct {
	URL         string `arg:"" help:"Address that is told: https, and public unless the setting webhooks.allow_private names it."`
	Verbs       string `help:"Of which events: verbs such as user.block, with a dot at its end all of a kind: user. All events if left out." placeholder:"VERB,..."`
	Description string `help:"What it is for." placeholder:"TEXT"`
	Disabled    bool   `help:"Do not tell it of anything yet; see 'roster webhook change --enable'."`
}

// Help is shown below the flags.
func (webhookCreate) Help() string {
	return `The last line is the secret by which the receiver knows that a message is ours.
docs/events.md lists the verbs.

Examples:
  roster webhook create https://chat.example.org/hooks/people --verbs user.,key.add
  roster webhook create https://audit.example.org/in --description 'everything, for the auditors'`
}

// Run makes a webhook.
func (c *webhookCreate) Run(e *environment) error {
	if err := checkVerbs("--verbs", splitWords[directory.Verb](c.Verbs)...); err != nil {
		return err
	}
	return e.execute("webhook create", c)
}

func (c *webhookCreate) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	h, fresh, err := d.CreateWebhook(ctx, directory.Operator(), directory.NewWebhook{
		URL: c.URL, Description: c.Description, Verbs: splitWords[directory.Verb](c.Verbs), Disabled: c.Disabled,
	})
	if err != nil {
		return explain(err)
	}
	return printWebhookSecret(out, h.ID, fresh)
}

func printWebhookSecret(out io.Writer, id directory.WebhookID, fresh secret.Text) error {
	_, err := fmt.Fprintf(out, "webhook %d; its secret, shown this once:\n%s\n", id, fresh.Reveal())
	return err
}

type webhookShow struct{ webhookArg }

// Help is shown below the flags.
func (webhookShow) Help() string {
	return `Says too why the server disabled it, if it did. Its secret is not shown again; see
'roster webhook rotate'.

Examples:
  roster webhook show 1`
}

// Run shows a webhook.
func (c *webhookShow) Run(e *environment) error { return e.execute("webhook show", c) }

func (c *webhookShow) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	h, err := d.Webhook(ctx, directory.Operator(), c.id())
	if err != nil {
		return c.explain(err)
	}
	return showWebhook(out, h)
}

func showWebhook(out io.Writer, h directory.Webhook) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "id", fmt.Sprint(h.ID))
	row(table, "url", h.URL)
	row(table, "description", orDash(h.Description))
	row(table, "verbs", verbText(h.Verbs))
	row(table, "enabled", yesNo(h.Enabled))
	if h.Reason != "" {
		row(table, "disabled because", h.Reason)
	}
	row(table, "created", timestamp(h.CreatedAt))
	row(table, "changed", timestamp(h.UpdatedAt))
	return table.Flush()
}

type webhookUpdate struct {
	webhookArg
	URL         *string `help:"Another address." placeholder:"URL"`
	Verbs       *string `help:"Of which events from now on; an empty text for all." placeholder:"VERB,..."`
	Description *string `help:"What it is for." placeholder:"TEXT"`
	Enable      bool    `help:"Tell it of events again." xor:"enabled"`
	Disable     bool    `help:"Tell it of nothing. What is on its way is given up." xor:"enabled"`
}

// Help is shown below the flags.
func (webhookUpdate) Help() string {
	return `Examples:
  roster webhook change 1 --url https://chat.example.org/hooks/new --verbs user.
  roster webhook change 1 --disable
  roster webhook change 1 --enable && roster webhook replay 1`
}

// Run changes a webhook.
func (c *webhookUpdate) Run(e *environment) error {
	if c.URL == nil && c.Verbs == nil && c.Description == nil && !c.Enable && !c.Disable {
		return usageError("nothing to change; say what with --url, --verbs, --description, --enable or --disable")
	}
	if c.Verbs != nil {
		if err := checkVerbs("--verbs", splitWords[directory.Verb](*c.Verbs)...); err != nil {
			return err
		}
	}
	return e.execute("webhook change", c)
}

func (c *webhookUpdate) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	change := directory.WebhookChange{URL: c.URL, Description: c.Description}
	if c.Verbs != nil {
		verbs := splitWords[directory.Verb](*c.Verbs)
		change.Verbs = &verbs
	}
	if c.Enable || c.Disable {
		change.Enabled = &c.Enable
	}
	h, err := d.ChangeWebhook(ctx, directory.Operator(), c.id(), change)
	if err != nil {
		return c.explain(err)
	}
	return showWebhook(out, h)
}

type webhookRotateSecret struct{ webhookArg }

// Help is shown below the flags.
func (webhookRotateSecret) Help() string {
	return `The last line is the new secret. For a day messages carry two signatures, by the new and
by the former secret, so that the receiver can change over at leisure.

Examples:
  roster webhook rotate 1
  (umask 077; roster webhook rotate 1 | tail -n 1 > hook.secret)`
}

// Run replaces the secret.
func (c *webhookRotateSecret) Run(e *environment) error { return e.execute("webhook rotate", c) }

func (c *webhookRotateSecret) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	fresh, err := d.RotateWebhookSecret(ctx, directory.Operator(), c.id())
	if err != nil {
		return c.explain(err)
	}
	return printWebhookSecret(out, c.id(), fresh)
}

type webhookTest struct{ webhookArg }

// Help is shown below the flags.
func (webhookTest) Help() string {
	return `The server sends it; without one, it is sent when one starts. The second command shows
what became of it.

Examples:
  roster webhook test 1
  roster webhook deliveries 1 --limit 1`
}

// Run sends a test.
func (c *webhookTest) Run(e *environment) error { return e.execute("webhook test", c) }

func (c *webhookTest) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	event, err := d.TestWebhook(ctx, directory.Operator(), c.id())
	if err != nil {
		return c.explain(err)
	}
	_, err = fmt.Fprintf(out, "event %d is on its way; see 'roster webhook deliveries %d --limit 1'\n", event, c.ID)
	return err
}

type webhookDelete struct {
	webhookArg
	confirmation
}

// Help is shown below the flags.
func (webhookDelete) Help() string {
	return `One that is needed again later can be disabled instead.

Examples:
  roster webhook delete 1
  roster webhook delete 1 --yes
  roster webhook change 1 --disable`
}

// Run deletes a webhook after a confirmation.
func (c *webhookDelete) Run(e *environment) error {
	if err := c.confirm(e, fmt.Sprintf("Delete webhook %d with all its deliveries?", c.ID)); err != nil {
		return err
	}
	return e.execute("webhook delete", c)
}

func (c *webhookDelete) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	if err := d.DeleteWebhook(ctx, directory.Operator(), c.id()); err != nil {
		return c.explain(err)
	}
	_, err := fmt.Fprintf(out, "webhook %d was deleted\n", c.ID)
	return err
}
