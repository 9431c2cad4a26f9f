package cli

import (
	"context"
	"io"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

type userData struct {
	userArg
	Output string `short:"o" help:"File to write, with mode 0600. Default: standard output." placeholder:"FILE" json:"-"`
}

// Help is shown below the flags.
func (userData) Help() string {
	return `Writes the same JSON as POST /api/v1/users/ID/personal-data: profile, email addresses,
identities, organizations, projects, keys, tokens and sessions without secrets, invitations,
and the latest 10,000 events. The request is recorded as an event.

Examples:
  roster user data grace -o grace.json
  roster user data grace | jq .sessions`
}

// Run writes the data to a file or to standard output.
func (c *userData) Run(e *environment) error {
	cfg, err := e.loadConfig()
	if err != nil {
		return err
	}
	if isStdout(c.Output) {
		return e.executeWith(cfg, "user data", c)
	}
	return replaceFile(c.Output, func(out io.Writer) error { return e.executeOn(cfg, "user data", c, nil, out) })
}

func (c *userData) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	u, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	all, err := d.PersonalData(ctx, model.Operator(), u.ID)
	if err != nil {
		return explain(err)
	}
	return app.WritePersonalData(out, all)
}
