package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

type tokenCommand struct {
	List   tokenList   `cmd:"" help:"List the access tokens of a user."`
	Create tokenCreate `cmd:"" help:"Create an access token and print it."`
	Revoke tokenRevoke `cmd:"" help:"Revoke an access token."`
}

// Help is shown below the flags.
func (tokenCommand) Help() string {
	return `Examples:
  roster token create ada --name backup-script --scopes read_api --days 90
  roster token list ada
  roster token revoke ada 3`
}

type tokenList struct{ userArg }

// Help is shown below the flags.
func (tokenList) Help() string {
	return `Revoked and expired tokens stay in the list for the time of the setting security.ended_retention.

Example:
  roster token list ada`
}

// Run lists tokens.
func (c *tokenList) Run(e *environment) error { return e.execute("token list", c) }

func (c *tokenList) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	u, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	tokens, err := d.Tokens(ctx, model.Operator(), u.ID)
	if err != nil {
		return explain(err)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "ID", "NAME", "SCOPES", "CREATED", "EXPIRES", "LAST USED", "REVOKED")
	for _, t := range tokens {
		row(table, fmt.Sprint(t.ID), t.Name, scopeText(t.Scopes), date(t.CreatedAt), date(t.ExpiresAt), date(t.LastUsedAt), yesNo(!t.RevokedAt.IsZero()))
	}
	return table.Flush()
}

func scopeText(scopes model.Scopes) string {
	words := make([]string, 0, len(scopes))
	for _, s := range scopes {
		words = append(words, string(s))
	}
	return strings.Join(words, ",")
}

func date(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.DateOnly)
}

// maxTokenDays is the maximum of --days, about a hundred years.
const maxTokenDays = 36500

type tokenCreate struct {
	userArg
	Name   string   `help:"Name of the token." required:"" placeholder:"NAME"`
	Scopes []string `help:"Scopes: api, read_api, read_user, sudo." default:"api" placeholder:"SCOPE,..." values:"scopes" list:""`
	Days   int      `help:"Days until it expires, 1 to 36500; 0 for never." default:"365"`
}

// Help is shown below the flags.
func (tokenCreate) Help() string {
	return `The token is shown only once.

Examples:
  roster token create ada --name backup-script --scopes read_api --days 90
  roster token create ada --name backup-script --days 0`
}

// Run creates a token.
func (c *tokenCreate) Run(e *environment) error {
	if c.Days < 0 || c.Days > maxTokenDays {
		return usageError(fmt.Sprintf("--days must be 0 to %d; 0 means that the token never expires", maxTokenDays))
	}
	return e.execute("token create", c)
}

func (c *tokenCreate) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	u, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	n := credential.NewToken{Owner: u.ID, Name: c.Name}
	for _, s := range c.Scopes {
		n.Scopes = append(n.Scopes, model.Scope(s))
	}
	if c.Days != 0 {
		n.ExpiresAt = time.Now().AddDate(0, 0, c.Days)
	}
	_, text, err := d.CreateToken(ctx, model.Operator(), n)
	if fault.Has(err, "scopes", fault.Unknown) {
		return fmt.Errorf("unknown scope; a token can have: %s", scopeText(model.AllScopes()))
	}
	if err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintln(out, text.Reveal())
	return err
}

type tokenRevoke struct {
	userArg
	ID int64 `arg:"" help:"Id of the token, see 'roster token list'."`
	confirmation
}

// Help is shown below the flags.
func (tokenRevoke) Help() string {
	return `Programs that use the token are rejected at once. To end all access of a user, block the user,
which does not ask.

Examples:
  roster token revoke ada 3
  roster token revoke ada 3 --yes
  roster user block ada`
}

// Run revokes a token after a confirmation.
func (c *tokenRevoke) Run(e *environment) error {
	if err := c.confirm(e, fmt.Sprintf("Revoke access token %d of %s?", c.ID, c.User)); err != nil {
		return err
	}
	return e.execute("token revoke", c)
}

func (c *tokenRevoke) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	u, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	if err := d.RevokeToken(ctx, model.Operator(), u.ID, model.TokenID(c.ID)); err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintf(out, "token %d was revoked\n", c.ID)
	return err
}
