package cli

import (
	"errors"
	"fmt"

	"roster.example/roster/internal/app"
)

type anchorCommand struct {
	Accept anchorAccept `cmd:"" help:"Accept that the database has lost events, and record it."`
}

// Help is shown below the flags.
func (anchorCommand) Help() string {
	return `The file roster.anchor in the data folder names the newest acknowledged event. A server
does not start on a database without this event: the database was restored from an older
backup, or its write-ahead log was not copied.

Example:
  roster anchor accept --data /var/lib/roster`
}

type anchorAccept struct{ confirmation }

// Help is shown below the flags.
func (anchorAccept) Help() string {
	return `First look for a backup that contains the lost events: this command cannot restore them. It
records the loss in an event and writes a new anchor. Stop the server first. If several
nodes share a database, run the command with the settings of each node.

Examples:
  roster anchor accept --data /var/lib/roster
  roster anchor accept --data /var/lib/roster --yes`
}

// Run accepts the loss after a confirmation. No server may run.
func (c anchorAccept) Run(e *environment) error {
	cfg, err := e.loadConfig()
	if err != nil {
		return err
	}
	if app.IsEmpty(e.ctx, cfg) {
		return fmt.Errorf("there is no directory in %s; name another %s", location(cfg), locationFlag(cfg))
	}
	if err := c.confirm(e, "Continue without the lost events?"); err != nil {
		return err
	}
	lost, err := app.AcceptEventLoss(e.ctx, cfg, e.quietLogger())
	if errors.Is(err, app.ErrLocked) {
		return fmt.Errorf("%w; stop the server first", err)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "accepted: %s\nan event (events.cut) records it; repeat revocations and blocks that may have been lost\n", printable(lost))
	return err
}
