package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

type mailFailed struct{}

// Help is shown below the flags.
func (mailFailed) Help() string {
	return `An email is undelivered if the mail server rejects it permanently, or cannot be reached for
too long. It is kept for 30 days and can be sent again. If other emails failed and will be
retried, a line below the table shows how many, since when, and why.

Examples:
  roster mail failed
  roster mail resend 12 13`
}

// Run lists undelivered emails, and counts the emails that will be retried.
func (c *mailFailed) Run(e *environment) error { return e.execute("mail failed", c) }

func (*mailFailed) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "ID", "TO", "SUBJECT", "CREATED", "ATTEMPTS", "REASON")
	for last := int64(0); ; {
		failed, err := d.FailedMails(ctx, model.Operator(), last, 0)
		if err != nil {
			return explain(err)
		}
		if len(failed) == 0 {
			return errors.Join(table.Flush(), printWaiting(ctx, d, out, ""))
		}
		for _, m := range failed {
			row(table, fmt.Sprint(m.ID), m.To, m.Subject, date(m.CreatedAt), fmt.Sprint(m.Attempts), m.Reason)
			last = m.ID
		}
	}
}

// printWaiting prints a line about the emails that failed and will be retried, if there are
// any.
func printWaiting(ctx context.Context, d *directory.Directory, out io.Writer, prefix string) error {
	waiting, err := d.RetryingMails(ctx, model.Operator())
	if err != nil || waiting.Count == 0 {
		return explain(err)
	}
	verb := "wait"
	if waiting.Count == 1 {
		verb = "waits"
	}
	_, err = fmt.Fprintf(out, "%s%s %s for another attempt, the oldest since %s, its last error: %s\n",
		prefix, countOf(waiting.Count, "email"), verb, timestamp(waiting.Oldest), printable(waiting.Reason))
	return err
}

type mailResend struct {
	IDs []int64 `arg:"" optional:"" name:"id" help:"Ids of the emails; see 'roster mail failed'."`
	All bool    `help:"Send all undelivered emails."`
}

// Help is shown below the flags.
func (mailResend) Help() string {
	return `Sends the same emails again. A link in an email may have expired: to send an invitation again,
use 'roster invitation resend'.

Examples:
  roster mail resend 12 13
  roster mail resend --all`
}

// Run queues emails again.
func (c *mailResend) Run(e *environment) error {
	if len(c.IDs) == 0 != c.All {
		return usageError("name the emails by their ids, or use --all")
	}
	return e.execute("mail resend", c)
}

func (c *mailResend) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	ids, err := c.numbers(ctx, d)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := d.RetryMail(ctx, model.Operator(), id); err != nil {
			return fmt.Errorf("email %d: %w", id, explain(err))
		}
	}
	_, err = fmt.Fprintf(out, "%s queued\n", countOf(len(ids), "email"))
	return err
}

func (c *mailResend) numbers(ctx context.Context, d *directory.Directory) ([]int64, error) {
	if !c.All {
		return c.IDs, nil
	}
	var ids []int64
	for last := int64(0); ; last = ids[len(ids)-1] {
		failed, err := d.FailedMails(ctx, model.Operator(), last, 0)
		if err != nil {
			return nil, explain(err)
		}
		if len(failed) == 0 {
			return ids, nil
		}
		for _, m := range failed {
			ids = append(ids, m.ID)
		}
	}
}
