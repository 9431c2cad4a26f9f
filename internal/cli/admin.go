package cli

import (
	"context"
	"fmt"
	"io"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

type adminCommand struct {
	Create adminCreate `cmd:"" help:"Make an administrator, or let one in again who is locked out."`
}

// Help is shown below the flags.
func (adminCommand) Help() string {
	return `Example:
  roster admin create --username ada --email ada@example.org`
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
	if c.Password, err = e.password(c.PasswordFile); err != nil {
		return err
	}
	return e.perform("admin create", c)
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
