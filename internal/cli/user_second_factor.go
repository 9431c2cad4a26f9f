package cli

import (
	"context"
	"fmt"
	"io"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

type userResetSecondFactor struct{ userArg }

// Help is shown below the flags.
func (userResetSecondFactor) Help() string {
	return `For a user that lost the authenticator app, the passkeys and the recovery codes. Removes all of
them and ends all sessions. The user signs in with the password and receives an email about it.
Make sure that the request comes from the user: the password alone opens the account afterwards.

Examples:
  roster user reset-second-factor grace`
}

// Run removes the second factors.
func (c *userResetSecondFactor) Run(e *environment) error {
	return e.execute("user reset-second-factor", c)
}

func (c *userResetSecondFactor) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	before, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	u, removed, err := d.ResetSecondFactor(ctx, model.Operator(), before.ID)
	if err != nil {
		return explain(err)
	}
	text := "has no second factor."
	if removed > 0 {
		text = fmt.Sprintf("has no second factor any more: %s removed. All sessions were revoked.", countOf(removed, "authenticator"))
	}
	_, err = fmt.Fprintln(out, u.Label(), text)
	return err
}
