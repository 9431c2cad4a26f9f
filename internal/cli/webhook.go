package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/webhook"
)

type webhookCommand struct {
	List         webhookList         `cmd:"" help:"List webhooks."`
	Create       webhookCreate       `cmd:"" help:"Create a webhook and print its secret."`
	Show         webhookShow         `cmd:"" help:"Show a webhook."`
	Update       webhookUpdate       `cmd:"" help:"Update a webhook: URL, verbs, description, enabled."`
	RotateSecret webhookRotateSecret `cmd:"" help:"Replace the secret and print the new one. The previous one also signs for a day."`
	Test         webhookTest         `cmd:"" help:"Send a test event (webhook.test) to a webhook."`
	Delete       webhookDelete       `cmd:"" help:"Delete a webhook with its deliveries."`

	Deliveries webhookDeliveries `cmd:"" help:"List deliveries."`
	Failed     webhookFailed     `cmd:"" help:"List dead deliveries, with the reason."`
	Replay     webhookReplay     `cmd:"" help:"Replay one delivery, or all dead deliveries of a webhook."`
}

// Help is shown below the flags.
func (webhookCommand) Help() string {
	return `A webhook is a URL that receives events. docs/webhooks.md describes the requests and how to
verify them.

Examples:
  roster webhook create https://chat.example.org/hooks/people --verbs user.,key.add
  roster webhook test 1
  roster webhook failed
  roster webhook replay 1`
}

// webhookArg names a webhook on the command line.
type webhookArg struct {
	ID int64 `arg:"" help:"Id of the webhook, see 'roster webhook list'."`
}

func (c webhookArg) id() model.WebhookID { return model.WebhookID(c.ID) }

// explain words the error that there is no such webhook, and others.
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

func (c *webhookList) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	hooks, err := d.Webhooks(ctx, model.Operator())
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

func verbText(verbs []model.Verb) string {
	if len(verbs) == 0 {
		return "all"
	}
	return joinVerbs(verbs)
}

type webhookCreate struct {
	URL         string `arg:"" help:"URL: https, and a public address unless webhooks.allow_private contains it."`
	Verbs       string `help:"Verbs of events, such as user.block, or a prefix such as user. Default: all events." placeholder:"VERB,..." values:"verbs" list:""`
	Description string `help:"Description; may be empty." placeholder:"TEXT" empty:"allowed"`
	Disabled    bool   `help:"Create it disabled; enable it with 'roster webhook update --enable'."`
}

// Help is shown below the flags.
func (webhookCreate) Help() string {
	return `The last line of the output is the secret, with which the receiver verifies requests.
docs/events.md lists the verbs.

Examples:
  roster webhook create https://chat.example.org/hooks/people --verbs user.,key.add
  roster webhook create https://audit.example.org/in --description 'all events, for the auditors'`
}

// Run creates a webhook.
func (c *webhookCreate) Run(e *environment) error {
	if err := checkVerbs("--verbs", splitWords[model.Verb](c.Verbs)...); err != nil {
		return err
	}
	return e.execute("webhook create", c)
}

func (c *webhookCreate) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	h, fresh, err := d.CreateWebhook(ctx, model.Operator(), webhook.NewWebhook{
		URL: c.URL, Description: c.Description, Verbs: splitWords[model.Verb](c.Verbs), Disabled: c.Disabled,
	})
	if err != nil {
		return explain(err)
	}
	return printWebhookSecret(out, h.ID, fresh)
}

func printWebhookSecret(out io.Writer, id model.WebhookID, fresh secret.Text) error {
	_, err := fmt.Fprintf(out, "webhook %d; its secret is shown only once:\n%s\n", id, fresh.Reveal())
	return err
}

type webhookShow struct{ webhookArg }

// Help is shown below the flags.
func (webhookShow) Help() string {
	return `Also shows why the server disabled the webhook. The secret is never shown again; see
'roster webhook rotate-secret'.

Examples:
  roster webhook show 1`
}

// Run shows a webhook.
func (c *webhookShow) Run(e *environment) error { return e.execute("webhook show", c) }

func (c *webhookShow) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	h, err := d.Webhook(ctx, model.Operator(), c.id())
	if err != nil {
		return c.explain(err)
	}
	return showWebhook(out, h)
}

func showWebhook(out io.Writer, h model.Webhook) error {
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
	URL         *string `help:"New URL." placeholder:"URL"`
	Verbs       *string `help:"New verbs; empty for all events." placeholder:"VERB,..." values:"verbs" list:"" empty:"allowed"`
	Description *string `help:"New description; empty removes it." placeholder:"TEXT" empty:"allowed"`
	Enable      bool    `help:"Enable the webhook." xor:"enabled"`
	Disable     bool    `help:"Disable the webhook. Pending deliveries become dead; they can be replayed for 30 days." xor:"enabled"`
}

// Help is shown below the flags.
func (webhookUpdate) Help() string {
	return `Examples:
  roster webhook update 1 --url https://chat.example.org/hooks/new --verbs user.
  roster webhook update 1 --disable
  roster webhook update 1 --enable && roster webhook replay 1`
}

// Run updates a webhook.
func (c *webhookUpdate) Run(e *environment) error {
	if c.URL == nil && c.Verbs == nil && c.Description == nil && !c.Enable && !c.Disable {
		return usageError("nothing to update; use --url, --verbs, --description, --enable or --disable")
	}
	if c.Verbs != nil {
		if err := checkVerbs("--verbs", splitWords[model.Verb](*c.Verbs)...); err != nil {
			return err
		}
	}
	return e.execute("webhook update", c)
}

func (c *webhookUpdate) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	change := webhook.Change{URL: c.URL, Description: c.Description}
	if c.Verbs != nil {
		verbs := splitWords[model.Verb](*c.Verbs)
		change.Verbs = &verbs
	}
	if c.Enable || c.Disable {
		change.Enabled = &c.Enable
	}
	h, err := d.ChangeWebhook(ctx, model.Operator(), c.id(), change)
	if err != nil {
		return c.explain(err)
	}
	return showWebhook(out, h)
}

type webhookRotateSecret struct{ webhookArg }

// Help is shown below the flags.
func (webhookRotateSecret) Help() string {
	return `The last line of the output is the new secret. For a day, requests have two signatures, by the
new and by the previous secret, so that the receiver can be reconfigured.

Examples:
  roster webhook rotate-secret 1
  (umask 077; roster webhook rotate-secret 1 | tail -n 1 > hook.secret)`
}

// Run replaces the secret.
func (c *webhookRotateSecret) Run(e *environment) error { return e.execute("webhook rotate-secret", c) }

func (c *webhookRotateSecret) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	fresh, err := d.RotateWebhookSecret(ctx, model.Operator(), c.id())
	if err != nil {
		return c.explain(err)
	}
	return printWebhookSecret(out, c.id(), fresh)
}

type webhookTest struct{ webhookArg }

// Help is shown below the flags.
func (webhookTest) Help() string {
	return `The server sends the event; if no server runs, the next one does. The second command shows the
result.

Examples:
  roster webhook test 1
  roster webhook deliveries 1 --limit 1`
}

// Run sends a test.
func (c *webhookTest) Run(e *environment) error { return e.execute("webhook test", c) }

func (c *webhookTest) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	event, err := d.TestWebhook(ctx, model.Operator(), c.id())
	if err != nil {
		return c.explain(err)
	}
	_, err = fmt.Fprintf(out, "event %d was queued; see 'roster webhook deliveries %d --limit 1'\n", event, c.ID)
	return err
}

type webhookDelete struct {
	webhookArg
	confirmation
}

// Help is shown below the flags.
func (webhookDelete) Help() string {
	return `To keep the webhook, disable it instead.

Examples:
  roster webhook delete 1
  roster webhook delete 1 --yes
  roster webhook update 1 --disable`
}

// Run deletes a webhook after a confirmation.
func (c *webhookDelete) Run(e *environment) error {
	if err := c.confirm(e, fmt.Sprintf("Delete webhook %d with all its deliveries?", c.ID)); err != nil {
		return err
	}
	return e.execute("webhook delete", c)
}

func (c *webhookDelete) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	if err := d.DeleteWebhook(ctx, model.Operator(), c.id()); err != nil {
		return c.explain(err)
	}
	_, err := fmt.Fprintf(out, "webhook %d was deleted\n", c.ID)
	return err
}
