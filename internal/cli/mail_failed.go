package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"roster.example/roster/internal/directory"
)

type mailFailed struct{}

// Help is shown below the flags.
func (mailFailed) Help() string {
	return `An email is given up when the mail server rejects it for good, or cannot be reached for
too long. It is kept for 30 days and can be sent again.

Examples:
  roster mail failed
  roster mail resend 12 13`
}

// Run lists emails that were given up.
func (c *mailFailed) Run(e *environment) error { return e.perform("mail failed", c) }

func (*mailFailed) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line(table, "ID", "TO", "SUBJECT", "CREATED", "ATTEMPTS", "REASON")
	for last := int64(0); ; {
		failed, err := d.FailedMails(ctx, directory.Operator(), last, 0)
		if err != nil {
			return explain(err)
		}
		if len(failed) == 0 {
			return table.Flush()
		}
		for _, m := range failed {
			line(table, fmt.Sprint(m.ID), m.To, m.Subject, date(m.CreatedAt), fmt.Sprint(m.Attempts), m.Reason)
			last = m.ID
		}
	}
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
		return misuse("name the emails by their numbers, or use --all")
	}
	return e.perform("mail resend", c)
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
	_, err = fmt.Fprintf(out, "%s queued\n", counted(len(ids), "email"))
	return err
}

func (c *mailResend) numbers(ctx context.Context, d *directory.Directory) ([]int64, error) {
	if !c.All {
		return c.IDs, nil
	}
	failed, err := d.FailedMails(ctx, directory.Operator(), 0, 0)
	if err != nil {
		return nil, explain(err)
	}
	ids := make([]int64, 0, len(failed))
	for _, m := range failed {
		ids = append(ids, m.ID)
	}
	return ids, nil
}
