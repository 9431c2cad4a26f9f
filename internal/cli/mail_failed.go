package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"roster.example/roster/internal/directory"
)

type mailFailed struct{}

// Help is shown below the flags.
func (mailFailed) Help() string {
	return `An email is given up when the mail server rejects it for good, or cannot be reached for
too long. It is kept for 30 days and can be sent again. If other emails failed and will be
tried again, a line below the table says how many, since when, and why.

Examples:
  roster mail failed
  roster mail resend 12 13`
}

// Run lists the emails that were given up, and counts those that wait for another attempt.
func (c *mailFailed) Run(e *environment) error { return e.execute("mail failed", c) }

func (*mailFailed) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "ID", "TO", "SUBJECT", "CREATED", "ATTEMPTS", "REASON")
	for last := int64(0); ; {
		failed, err := d.FailedMails(ctx, directory.Operator(), last, 0)
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

// printWaiting prints a line about the emails that failed and will be tried again, if
// there are any.
func printWaiting(ctx context.Context, d *directory.Directory, out io.Writer, prefix string) error {
	waiting, err := d.RetryingMails(ctx, directory.Operator())
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
	IDs []int64 `arg:"" optional:"" name:"id" help:"Numbers of the emails; see 'roster mail failed'."`
	All bool    `help:"All that were given up."`
}

// Help is shown below the flags.
func (mailResend) Help() string {
	return `Sends the emails as they were written. A link in one may have expired: an invitation is
better sent again by 'roster org resend'.

Examples:
  roster mail resend 12 13
  roster mail resend --all`
}

// Run queues emails again.
func (c *mailResend) Run(e *environment) error {
	if len(c.IDs) == 0 != c.All {
		return usageError("name the emails by their numbers, or use --all")
	}
	return e.execute("mail resend", c)
}

func (c *mailResend) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	ids, err := c.numbers(ctx, d)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := d.RetryMail(ctx, directory.Operator(), id); err != nil {
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
		failed, err := d.FailedMails(ctx, directory.Operator(), last, 0)
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
