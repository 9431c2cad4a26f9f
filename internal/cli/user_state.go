package cli

import (
	"context"
	"fmt"
	"io"
	"slices"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

type userDeactivate struct{ userArg }

// Help is shown below the flags.
func (userDeactivate) Help() string {
	return `Revokes all credentials, like a block. A blocked user stays blocked. The user can be reactivated
with 'roster user reactivate'.

Examples:
  roster user deactivate grace
  roster user reactivate grace`
}

// Run deactivates a user.
func (c *userDeactivate) Run(e *environment) error { return e.execute("user deactivate", c) }

func (c *userDeactivate) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	before, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	after, err := d.DeactivateUser(ctx, model.Operator(), before.ID)
	if err != nil {
		return explain(err)
	}
	text := "is deactivated. All sessions and tokens were revoked."
	if after.Shown() == model.Blocked {
		text = "is already blocked."
	}
	_, err = fmt.Fprintln(out, after.Label(), text)
	return err
}

type userReactivate struct{ userArg }

// Help is shown below the flags.
func (userReactivate) Help() string {
	return restoredHelp + `

To unblock a blocked user, use 'roster user unblock'.

Examples:
  roster user list --state deactivated
  roster user reactivate grace`
}

// restoredHelp explains which credentials work again.
const restoredHelp = `The password and SSH keys work again. Access tokens, the API key and sessions stay revoked:
create new ones. A user that never signed in is invited again.`

// Run reactivates a user.
func (c *userReactivate) Run(e *environment) error { return e.execute("user reactivate", c) }

func (c *userReactivate) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	return c.restore(ctx, d, out, d.ReactivateUser, "deactivated", model.Deactivated)
}

// restore calls act, which restores the access of a user in one of states. word names these
// states.
func (w userArg) restore(ctx context.Context, d *directory.Directory, out io.Writer,
	act func(context.Context, model.Actor, model.UserID) (model.User, error), word string, states ...model.State) error {
	before, err := w.find(ctx, d)
	if err != nil {
		return err
	}
	after, err := act(ctx, model.Operator(), before.ID)
	if err != nil {
		return explain(err)
	}
	text := restoredText(after)
	if !slices.Contains(states, before.Shown()) {
		text = "is not " + word + ", but " + string(before.Shown()) + "."
	}
	_, err = fmt.Fprintln(out, after.Label(), text)
	return err
}

// restoredText describes which credentials of a restored user work.
func restoredText(u model.User) string {
	switch {
	case u.State == model.Invited:
		return "is invited again."
	case !u.HasPassword:
		return "is active again. Sessions, tokens and the API key stay revoked."
	}
	return "is active again and can sign in with the previous password. Sessions, tokens and the API key stay revoked."
}

type userErase struct {
	userArg
	confirmation
}

// Help is shown below the flags.
func (userErase) Help() string {
	return `Deletes the user with all data, and all emails and invitations to the verified addresses. Events
stay and contain only the id of the user. Backups still contain the data. The first command
below shows the data.

Examples:
  roster user data grace
  roster user erase grace --yes`
}

// Run erases a user after a confirmation.
func (c *userErase) Run(e *environment) error {
	if err := c.confirm(e, fmt.Sprintf("Erase user %s and everything stored about them?", c.User)); err != nil {
		return err
	}
	return e.execute("user erase", c)
}

func (c *userErase) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	u, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	if err := d.EraseUser(ctx, model.Operator(), u.ID); err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintf(out, "user %d was erased\n", u.ID)
	return err
}
