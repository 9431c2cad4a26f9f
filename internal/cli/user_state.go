package cli

import (
	"context"
	"fmt"
	"io"
	"slices"

	"roster.example/roster/internal/directory"
)

type userDeactivate struct{ userArg }

// Help is shown below the flags.
func (userDeactivate) Help() string {
	return `Like a block, this ends every credential at every API, but it says nothing against the
person. Somebody who is blocked stays so.

Examples:
  roster user deactivate grace
  roster user reactivate grace`
}

// Run puts a person to rest.
func (c *userDeactivate) Run(e *environment) error { return e.execute("user deactivate", c) }

func (c *userDeactivate) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	before, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	after, err := d.DeactivateUser(ctx, directory.Operator(), before.ID)
	if err != nil {
		return explain(err)
	}
	said := "is deactivated; every credential of theirs has ended"
	if after.Shown() == directory.Blocked {
		said = "is blocked, and stays so"
	}
	_, err = fmt.Fprintln(out, after.Label(), said)
	return err
}

type userReactivate struct{ userArg }

// Help is shown below the flags.
func (userReactivate) Help() string {
	return restoredHelp + `

Who was blocked is let in again by 'roster user unblock' instead.

Examples:
  roster user list --state deactivated
  roster user reactivate grace`
}

// comesBack is what somebody finds who was kept out.
const restoredHelp = `The password is good again, and so are SSH keys. Access tokens, the API key and logins ended
for good and have to be made anew. Who never came in waits for the invitation again.`

// Run wakes a person.
func (c *userReactivate) Run(e *environment) error { return e.execute("user reactivate", c) }

func (c *userReactivate) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	return c.restore(ctx, d, out, d.ReactivateUser, "deactivated", directory.Deactivated)
}

// wake lets a person in again by act, and says so of those who were in one of states.
func (w userArg) restore(ctx context.Context, d *directory.Directory, out io.Writer,
	act func(context.Context, directory.Actor, directory.UserID) (directory.User, error), word string, states ...directory.State) error {
	before, err := w.find(ctx, d)
	if err != nil {
		return err
	}
	after, err := act(ctx, directory.Operator(), before.ID)
	if err != nil {
		return explain(err)
	}
	said := restoredText(after)
	if !slices.Contains(states, before.Shown()) {
		said = "is not " + word + ", but " + string(before.Shown())
	}
	_, err = fmt.Fprintln(out, after.Label(), said)
	return err
}

// returns says with what somebody comes in again.
func restoredText(u directory.User) string {
	switch {
	case u.State == directory.Invited:
		return "waits for the invitation again"
	case !u.HasPassword:
		return "may come in again; tokens, API key and logins are gone and have to be made anew"
	}
	return "may come in again by the password of before; tokens, API key and logins are gone and have to be made anew"
}

type userErase struct {
	userArg
	confirmation
}

// Help is shown below the flags.
func (userErase) Help() string {
	return `Deletes the person with everything that is theirs, and letters and invitations to their
proven addresses. Events stay, and name the person by number alone; backups still hold
the person. The first command shows what there is.

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

func (c *userErase) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	u, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	if err := d.EraseUser(ctx, directory.Operator(), u.ID); err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintf(out, "user %d was erased\n", u.ID)
	return err
}
