package cli

import (
	"errors"
	"fmt"

	"roster.example/roster/internal/app"
)

type migrateCommand struct {
	From string `required:"" env:"ROSTER_MIGRATE_FROM" placeholder:"SOURCE" help:"Data folder, or postgres://USER:PASSWORD@HOST/NAME."`
	To   string `required:"" env:"ROSTER_MIGRATE_TO" placeholder:"TARGET" help:"Empty data folder, or the address of an empty database."`
}

// Help is shown below the flags.
func (migrateCommand) Help() string {
	return `Copies a whole directory from SQLite to PostgreSQL or back: users, keys, tokens, sessions,
queued emails and events. Ids, passwords and tokens stay the same. Stop all servers first.
The command reads the copy again, compares it with the source and verifies the event chain.
After a failure the target is empty again. The source is never changed.

Other users of the machine can see command lines in the list of processes. Pass an address
with a password in ROSTER_MIGRATE_FROM or ROSTER_MIGRATE_TO.

Examples:
  ROSTER_MIGRATE_TO=postgres://roster:…@db.example.org/roster \
    roster migrate --from /var/lib/roster
  roster migrate --from postgres://roster@db.example.org/roster --to /var/lib/roster`
}

// Run migrates the directory. No server may run.
func (c migrateCommand) Run(e *environment) error {
	from, err := app.ParseLocation(c.From)
	if err != nil {
		return fmt.Errorf("--from cannot be used: %w", err)
	}
	to, err := app.ParseLocation(c.To)
	if err != nil {
		return fmt.Errorf("--to cannot be used: %w", err)
	}
	result, err := app.Migrate(e.ctx, from, to, e.startProgress)
	if errors.Is(err, app.ErrLocked) {
		return fmt.Errorf("%w; stop the server first", err)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "copied %d rows of %d tables from %s to %s\nverified all rows and the chain of %s%s\n%s\n",
		result.Rows, result.Tables, from, to, countOf(result.Events, "event"), proofNote(result), keyNote(result, from, to))
	return err
}

func proofNote(result app.MigrateResult) string {
	if result.Unproven == 0 {
		return ""
	}
	return fmt.Sprintf("; the hashes of %d need the key: run 'roster doctor' on the target", result.Unproven)
}

// startProgress shows the progress of one step on standard error.
func (e *environment) startProgress(noun string, rows int64) (add func(int64), end func()) {
	p := newProgress(e.stderr, rows, noun)
	return p.Add, p.Finish
}

// keyNote returns what to do with the key file, without which a server does not start.
func keyNote(result app.MigrateResult, from, to app.Location) string {
	folder, local := to.Folder()
	switch {
	case result.KeyCopied:
		return "the key file was copied, too; start the server with --data " + folder
	case result.Key != "":
		return fmt.Sprintf("the key is not in the database: every node needs %s in its data folder, or its content in ROSTER_KEY", result.Key)
	case local:
		return fmt.Sprintf("the key is not in the database: copy secret.key of a node into %s before you start the server, or set ROSTER_KEY to its content", folder)
	}
	return fmt.Sprintf("there was no key file beside the database %s; start the servers with the key that was used before", from)
}
