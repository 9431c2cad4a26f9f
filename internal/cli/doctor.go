package cli

import (
	"context"
	"fmt"
	"io"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/directory"
)

type doctorCommand struct{}

// Help is shown below the flags.
func (doctorCommand) Help() string {
	return `Looks at what an operator easily forgets: damage of the database, the chain of events,
the key file, mail, the public address. It changes nothing but the tables of an older version, and ends with status 1 if
something is wrong. It works while the server runs.

Example:
  roster doctor --data /var/lib/roster`
}

// Run checks settings and files here, and the data where they are.
func (doctorCommand) Run(e *environment) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	for _, line := range app.Advice(cfg) {
		if _, err := fmt.Fprintln(e.stdout, "note:", line); err != nil {
			return err
		}
	}
	return e.performWith(cfg, "doctor", &doctorDeed{})
}

type doctorDeed struct{}

func (doctorDeed) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	who := directory.Operator()
	n, events := d.VerifyEvents(ctx, who)
	keys, sealed := d.CheckKeys(ctx, who)
	admins, manned := d.CheckAdministrators(ctx, who)
	faults := 0
	for _, check := range []struct {
		fine string
		err  error
	}{
		{"the database is whole", d.CheckStore(ctx, who)},
		{"the chain of " + counted(n, "event") + " is whole", events},
		{counted(keys, "API key") + " can be decrypted", sealed},
		{counted(admins, "administrator") + " can come in", manned},
	} {
		verdict := "ok: " + check.fine
		if check.err != nil {
			faults++
			verdict = "WRONG: " + explain(check.err).Error()
		}
		if _, err := fmt.Fprintln(out, verdict); err != nil {
			return err
		}
	}
	if faults > 0 {
		return fmt.Errorf("%d of the checks failed; see the lines that begin with WRONG", faults)
	}
	return nil
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
