package cli

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

type adminCommand struct {
	Create        adminCreate        `cmd:"" help:"Make an administrator, or let one in again who is locked out."`
	ResetPassword adminResetPassword `cmd:"" help:"Give somebody a new password, or a link to choose one."`
	Unlock        adminUnlock        `cmd:"" help:"Remove what keeps somebody from logging in."`
}

// Help is shown below the flags.
func (adminCommand) Help() string {
	return `For the day nobody can log in. They work with the server stopped and while it runs;
see docs/rescue.md.

Examples:
  roster admin create --username ada --email ada@example.org
  roster admin unlock ada
  roster admin reset-password ada`
}

type adminCreate struct {
	Username     string `help:"Username to log in with." required:"" placeholder:"NAME"`
	Email        string `help:"E-mail address." required:"" placeholder:"ADDRESS"`
	PasswordFile string `help:"Read the password from this file, or from standard input with '-'. Asked for on a terminal otherwise." placeholder:"FILE" json:"-"`

	Password string `kong:"-"`
}

// Help is shown below the flags.
func (adminCreate) Help() string {
	return `The same command makes the first administrator and recovers access: for a username
that exists, the person becomes an active administrator with this address and password.
It works while the server runs, too.

Examples:
  roster admin create --username ada --email ada@example.org
  echo "$PASSWORD" | roster admin create --username ada --email ada@example.org --password-file -`
}

// Run reads the password here and does the deed where the data is.
func (c *adminCreate) Run(e *environment) (err error) {
	if c.Password, err = e.readPassword(c.PasswordFile); err != nil {
		return err
	}
	return e.execute("admin create", c)
}

func (c *adminCreate) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	u, err := d.CreateAdministrator(ctx, directory.Operator(), directory.Administrator{
		Username: c.Username, Email: c.Email, Password: secret.Text(c.Password),
	})
	if err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintf(out, "administrator %s is ready (user %d)\n", u.Username, u.ID)
	return err
}

type adminResetPassword struct {
	userArg
	PasswordFile string `help:"Read the new password from this file, or from standard input with '-'. A link to choose one is made otherwise." placeholder:"FILE" json:"-"`

	Password string `kong:"-"`
}

// Help is shown below the flags.
func (adminResetPassword) Help() string {
	return `Every login of the person ends, and what wrong passwords have locked is open again.
Without a password, a link is printed by which they choose one: whoever has it can come
in until it expires, so hand it over as you would a password.

Examples:
  roster admin reset-password ada
  roster admin reset-password ada --password-file new-password
  pwgen 20 1 | tee /dev/tty | roster admin reset-password ada --password-file -`
}

// Run reads the password here and does the deed where the data is.
func (c *adminResetPassword) Run(e *environment) (err error) {
	if c.PasswordFile != "" {
		if c.Password, err = e.readPassword(c.PasswordFile); err != nil {
			return err
		}
	}
	return e.execute("admin reset-password", c)
}

func (c *adminResetPassword) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	u, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	if c.Password == "" {
		return c.link(ctx, d, u, out)
	}
	if u, err = d.SetPasswordAsOperator(ctx, directory.Operator(), u.ID, secret.Text(c.Password)); err != nil {
		return explain(err)
	}
	if _, err := fmt.Fprintf(out, "%s has a new password; every login of theirs has ended\n", u.Label()); err != nil {
		return err
	}
	return printState(u, out)
}

func (c *adminResetPassword) link(ctx context.Context, d *directory.Directory, u directory.User, out io.Writer) error {
	u, link, err := d.CreateResetLink(ctx, directory.Operator(), u.ID)
	if err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintf(out, "%s can choose a new password until %s at\n  %s\nevery login of theirs has ended\n",
		u.Label(), link.ExpiresAt.Format(time.RFC3339), link.URL.Reveal())
	return err
}

// keptOut says what still stands in the way of somebody.
func printState(u directory.User, out io.Writer) (err error) {
	switch {
	case u.State == directory.Active:
	case u.State == directory.Blocked && u.Admin:
		_, err = fmt.Fprintf(out, "they are blocked, and cannot log in before 'roster admin unlock %d'\n", u.ID)
	case u.State == directory.Blocked:
		_, err = fmt.Fprintf(out, "they are blocked, and cannot log in before 'roster user unblock %d'\n", u.ID)
	default:
		_, err = fmt.Fprintln(out, "they cannot log in before they follow the link that they were mailed")
	}
	return err
}

type adminUnlock struct {
	userArg
	Address string `help:"Forget the failed logins from this network address, too." placeholder:"IP"`
}

// Help is shown below the flags.
func (adminUnlock) Help() string {
	return `Forgets the failed logins that were counted against a person, so that they need not wait,
and lets an administrator in again who is blocked or put to rest. Tokens and keys that
ended with the block do not come back.

Examples:
  roster admin unlock ada
  roster admin unlock ada --address 192.0.2.7`
}

// Run does the deed where the data is.
func (c *adminUnlock) Run(e *environment) error {
	if c.Address != "" {
		if _, err := netip.ParseAddr(c.Address); err != nil {
			return usageError("--address is no network address; write it like 192.0.2.7 or 2001:db8::7")
		}
	}
	return e.execute("admin unlock", c)
}

func (c *adminUnlock) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	u, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	did, err := d.Unlock(ctx, directory.Operator(), u.ID, c.Address)
	if err != nil {
		return explain(err)
	}
	lines := []string{unlockText(u.Label(), did.Failures, did.Locked)}
	if c.Address != "" {
		lines = append(lines, unlockText(c.Address, did.AddressFailures, did.AddressLocked))
	}
	if did.Reactivated {
		lines = append(lines, u.Label()+" was kept out, and is an active administrator again")
	}
	if _, err := fmt.Fprintln(out, strings.Join(lines, "\n")); err != nil {
		return err
	}
	return printState(did.User, out)
}

func unlockText(whose string, failures int, locked bool) string {
	switch {
	case locked:
		return fmt.Sprintf("%s was locked for %d tries, and is not any more", whose, failures)
	case failures > 0:
		return fmt.Sprintf("%s had %d tries counted, which are forgotten", whose, failures)
	}
	return whose + " was not locked"
}
