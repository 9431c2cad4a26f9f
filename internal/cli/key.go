package cli

import (
	"errors"
	"fmt"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/model"
)

type keyCommand struct {
	Rotate keyRotate `cmd:"" help:"Replace the encryption key and re-encrypt all secrets."`
}

// Help is shown below the flags.
func (keyCommand) Help() string {
	return `Example:
  roster key rotate --data /var/lib/roster`
}

type keyRotate struct {
	confirmation
	Lost bool `help:"The key file is lost permanently: create a new key, and delete the API keys that only the lost key could decrypt."`
}

// Help is shown below the flags.
func (keyRotate) Help() string {
	return `Stop the server first: it holds the keys in memory. The old key is removed from the key file
only after everything was re-encrypted, so the command can be repeated after a failure.
Sessions, passwords and access tokens stay valid; they do not depend on the key.

If several nodes share a database, or the key comes from ROSTER_KEY, insert the new key before
the old one on every node and restart each node. Then run this command with --data of a
folder that no server uses, which activates the new key. Remove the old key afterwards.

With --lost, secrets that only the lost key could decrypt are deleted. The command asks first.

Examples:
  roster key rotate --data /var/lib/roster
  roster key rotate --data /var/lib/roster --lost
  roster key rotate --data /var/lib/roster --lost --yes`
}

// Run replaces the key. No server may run.
func (c *keyRotate) Run(e *environment) error {
	cfg, err := e.loadConfig()
	if err != nil {
		return err
	}
	if app.IsEmpty(e.ctx, cfg) {
		return fmt.Errorf("there is no directory in %s; name another %s", location(cfg), locationFlag(cfg))
	}
	rotate := replaceKey
	if c.Lost {
		if err := c.confirm(e, "Create a new key, and delete all secrets that only the lost key can decrypt?"); err != nil {
			return err
		}
		rotate = startKey
	}
	done, err := rotate(e, cfg)
	if errors.Is(err, app.ErrLocked) {
		return fmt.Errorf("%w; stop the server first", err)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, done)
	return err
}

func replaceKey(e *environment, cfg config.Config) (string, error) {
	a, err := app.Open(e.ctx, cfg, e.quietLogger())
	if err != nil {
		return "", err
	}
	n, err := a.RotateKey(e.ctx, func(done int) {
		_, _ = fmt.Fprintf(e.stderr, "%s re-encrypted\n", countOf(done, "API key"))
	})
	return "the key was replaced; " + countOf(n, "API key") + " re-encrypted", errors.Join(err, a.Close())
}

func startKey(e *environment, cfg config.Config) (string, error) {
	a, err := app.OpenWithNewKey(e.ctx, cfg, e.quietLogger())
	if err != nil {
		return "", err
	}
	n, err := a.Directory.DropLostKeys(e.ctx, model.Operator())
	return countOf(n, "API key") + " deleted that could not be decrypted; create new ones with 'roster user api-key NAME'",
		errors.Join(err, a.Close())
}
