package cli

import (
	"errors"
	"fmt"

	"roster.example/roster/internal/app"
)

type anchorCommand struct {
	Accept anchorAccept `cmd:"" help:"Go on with a database that has lost events, and record that."`
}

// Help is shown below the flags.
func (anchorCommand) Help() string {
	return `The file roster.anchor in the data folder names the newest event that was acknowledged. A
server does not start on a database that does not hold this event: its write-ahead log was
not copied, or it was restored from an older backup.

Example:
  roster anchor accept --data /var/lib/roster`
}

type anchorAccept struct{}

// Help is shown below the flags.
func (anchorAccept) Help() string {
	return `Look for a backup that holds the lost events first. This command cannot bring them back: it
records in an event that they are lost, and writes a new anchor. Stop the server first. Where
several nodes share a database, run it with the settings of each.

Examples:
  roster anchor accept --data /var/lib/roster`
}

// Run accepts while no server runs.
func (anchorAccept) Run(e *environment) error {
	cfg, err := e.loadConfig()
	if err != nil {
		return err
	}
	if app.IsEmpty(e.ctx, cfg) {
		return fmt.Errorf("there is no directory of people in %s; name another %s", location(cfg), locationFlag(cfg))
	}
	lost, err := app.AcceptEventLoss(e.ctx, cfg, e.quietLogger())
	if errors.Is(err, app.ErrLocked) {
		return fmt.Errorf("%w; stop the server first", err)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "accepted: %s\nan event (events.cut) records it; revoke or block again what may have been lost\n", printable(lost))
	return err
}
