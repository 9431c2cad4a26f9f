package cli

import (
	"errors"
	"fmt"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
)

type keyCommand struct {
	Rotate keyRotate `cmd:"" help:"Replace the encryption key: new secrets use a new one, old ones are encrypted anew."`
}

// Help is shown below the flags.
func (keyCommand) Help() string {
	return `Example:
  roster key rotate --data /var/lib/roster`
}

type keyRotate struct {
	Lost bool `help:"The key file is lost for good: start a new one, and drop the API keys that only the old one could decrypt."`
}

// Help is shown below the flags.
func (keyRotate) Help() string {
	return `Stop the server first: it holds the keys in memory. The old key leaves the key file
only after everything was encrypted anew, so the command can be repeated after a failure.
Logins, passwords and access tokens stay; they do not depend on the key.

Where several nodes share a database, or the key comes from ROSTER_KEY, put the new key in
front of the old one on every node, start each again, and then run this with --data of a
folder that no server owns: it brings that key into use. Take the old one away afterwards.

Examples:
  roster key rotate --data /var/lib/roster
  roster key rotate --data /var/lib/roster --lost`
}

// Run replaces the key while no server runs.
func (c *keyRotate) Run(e *environment) error {
	cfg, err := e.loadConfig()
	if err != nil {
		return err
	}
	if app.IsEmpty(e.ctx, cfg) {
		return fmt.Errorf("there is no directory of people in %s; name another %s", location(cfg), locationFlag(cfg))
	}
	rotate := replaceKey
	if c.Lost {
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
		_, _ = fmt.Fprintf(e.stderr, "%d API keys done\n", done)
	})
	return fmt.Sprintf("the key was replaced; %d API keys are encrypted anew", n), errors.Join(err, a.Close())
}

func startKey(e *environment, cfg config.Config) (string, error) {
	a, err := app.OpenWithNewKey(e.ctx, cfg, e.quietLogger())
	if err != nil {
		return "", err
	}
	n, err := a.Directory.DropLostKeys(e.ctx, directory.Operator())
	return fmt.Sprintf("%d API keys that cannot be decrypted were dropped; 'roster user api-key NAME' makes new ones", n),
		errors.Join(err, a.Close())
}
