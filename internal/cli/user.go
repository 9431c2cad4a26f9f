package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

type userCommand struct {
	List    userList    `cmd:"" help:"List people."`
	Show    userShow    `cmd:"" help:"Show one person."`
	Create  userCreate  `cmd:"" help:"Make a person who can come in at once."`
	Block   userBlock   `cmd:"" help:"Keep a person out: every credential of theirs ends at once."`
	Unblock userUnblock `cmd:"" help:"Let a blocked person in again: by the password; tokens, API key and logins are gone."`

	Deactivate userDeactivate `cmd:"" help:"Put a person to rest: as a block, but nothing is held against them."`
	Reactivate userReactivate `cmd:"" help:"Let in again who was put to rest: by the password; tokens, API key and logins are gone."`

	Delete userDelete `cmd:"" help:"Delete a person. Events stay."`
	Erase  userErase  `cmd:"" help:"Delete a person, and letters and invitations to their proven addresses."`
	Data   userData   `cmd:"" help:"Write all that is stored of a person, as JSON."`
	APIKey userAPIKey `cmd:"" name:"api-key" help:"Make a new API key for a person and show it once. The one before ends."`
}

// Help is shown below the flags.
func (userCommand) Help() string {
	return `A user is named by username, id, email address or uid. What names two users is refused;
id:329, username:329, email:… and uid:… say which one is meant.

Examples:
  roster user list --search hopper --state active --order name
  roster user create --username grace --email grace@example.org
  roster user block grace
  roster user api-key grace
  roster user data grace -o grace.json`
}

type userList struct {
	Search     string `help:"Part of name, username or address." placeholder:"TEXT"`
	State      string `help:"Only people in this state: active, blocked, deactivated or invited." enum:"active,blocked,deactivated,invited," default:"" placeholder:"STATE"`
	Org        string `help:"Only members of the organization with this short name." placeholder:"SLUG"`
	Order      string `help:"Sorted by id, name, username or created." enum:"id,name,username,created" default:"id" placeholder:"ORDER"`
	Descending bool   `help:"The last one first."`
	Limit      int    `help:"How many to show; 0 shows all." default:"0" placeholder:"NUMBER"`
	After      string `help:"Go on where an earlier list ended, with what it said last." placeholder:"PLACE"`
}

// Help is shown below the flags.
func (userList) Help() string {
	return `A list that was cut by --limit ends with the place where the next one goes on:
  roster user list --order name --limit 50
  roster user list --order name --limit 50 --after bmFtZTo3OmdyYWNl`
}

// Run lists people.
func (c *userList) Run(e *environment) error { return e.execute("user list", c) }

func (c *userList) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	filter, err := c.filter(ctx, d)
	if err != nil {
		return err
	}
	page, err := d.Users(ctx, directory.Operator(), filter)
	if err != nil {
		return explain(err)
	}
	shown := page.Items
	if c.Limit > 0 {
		shown = shown[:min(c.Limit, len(shown))]
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "ID", "USERNAME", "NAME", "ADDRESS", "STATE", "ADMIN")
	for _, u := range shown {
		row(table, fmt.Sprint(u.ID), orDash(u.Username), orDash(u.Name), orDash(u.Primary().Address), string(u.Shown()), yesNo(u.Admin))
	}
	if err := table.Flush(); err != nil || len(shown) == len(page.Items) {
		return err
	}
	all := fmt.Sprint(page.Total)
	if page.Capped {
		all = "more than " + all
	}
	_, err = fmt.Fprintf(out, "%s in all; go on with --after %s\n", all, filter.Order.At(shown[len(shown)-1]))
	return err
}

// filter asks for one person more than are shown, to know whether there is one.
func (c *userList) filter(ctx context.Context, d *directory.Directory) (directory.UserFilter, error) {
	filter := directory.UserFilter{Search: c.Search, Descending: c.Descending}
	if c.State != "" {
		where := directory.Condition{Op: directory.Equal, Field: directory.FieldState, Value: c.State}
		filter.State, filter.Where = where.OnlyState()
	}
	if c.Order != "id" {
		filter.Order = directory.Order(c.Order)
	}
	if c.Limit > 0 {
		filter.Limit = c.Limit + 1
	}
	if c.After != "" {
		place, err := directory.ParseCursor(c.After)
		if err != nil || place.Order != filter.Order {
			return filter, errors.New("--after is not a place in this list; copy it from the end of a list with the same --order")
		}
		filter.After = &place
	}
	if c.Org != "" {
		org, err := findOrganization(ctx, d, c.Org)
		if err != nil {
			return filter, err
		}
		filter.Org = org.ID
	}
	return filter, nil
}

// line writes one row; the table keeps a failure for Flush.
func row(table *tabwriter.Writer, cells ...string) {
	_, _ = fmt.Fprintln(table, strings.Join(cells, "\t"))
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// whom names a person on the command line.
type userArg struct {
	User string `arg:"" help:"Username, id, email address or uid of the user, or id:N, username:NAME, email:ADDRESS, uid:UID."`
}

func (w userArg) find(ctx context.Context, d *directory.Directory) (directory.User, error) {
	return findUser(ctx, d, w.User)
}

// findUser returns the one user that text names; what names two is an error.
func findUser(ctx context.Context, d *directory.Directory, text string) (directory.User, error) {
	u, err := d.UserNamed(ctx, directory.Operator(), text)
	if fault.KindOf(err) == fault.NotFound {
		return u, fmt.Errorf("nobody is called %q; see 'roster user list'", text)
	}
	return u, explain(err)
}

type userShow struct{ userArg }

// Run shows one person.
func (c *userShow) Run(e *environment) error { return e.execute("user show", c) }

func (c *userShow) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	u, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	memberships, err := d.MembershipsOf(ctx, directory.Operator(), u.ID)
	if err != nil {
		return explain(err)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "id", fmt.Sprint(u.ID))
	row(table, "uid", u.UID)
	row(table, "username", orDash(u.Username))
	row(table, "name", orDash(u.Name))
	for _, e := range u.Emails {
		row(table, "address", e.Address+emailNotes(e))
	}
	row(table, "state", string(u.Shown()))
	row(table, "administrator", yesNo(u.Admin))
	for _, m := range memberships {
		row(table, "member of", m.Organization.Slug+" as "+m.Role.Name)
	}
	row(table, "created", u.CreatedAt.Format("2006-01-02 15:04:05 MST"))
	return table.Flush()
}

func emailNotes(e directory.Email) string {
	var words []string
	if e.Primary {
		words = append(words, "primary")
	}
	if !e.Verified {
		words = append(words, "not verified")
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}

type userCreate struct {
	Username     string `help:"Username." required:"" placeholder:"NAME"`
	Email        string `help:"E-mail address." required:"" placeholder:"ADDRESS"`
	Name         string `help:"Name; the username if left out." placeholder:"'FULL NAME'"`
	Org          string `help:"Short name of the organization to join; the home organization if left out." placeholder:"SLUG"`
	PasswordFile string `help:"Read the password from this file, or from standard input with '-'." placeholder:"FILE" json:"-"`

	Password string `kong:"-"`
}

// Help is shown below the flags.
func (userCreate) Help() string {
	return `Examples:
  roster user create --username grace --email grace@example.org --name 'Grace Hopper'
  echo "$PASSWORD" | roster user create --username grace --email grace@example.org --password-file -`
}

// Run reads the password here and does the deed where the data is.
func (c *userCreate) Run(e *environment) (err error) {
	if c.Password, err = e.readPassword(c.PasswordFile); err != nil {
		return err
	}
	return e.execute("user create", c)
}

func (c *userCreate) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	who := directory.Operator()
	n := directory.NewUser{
		Username: c.Username, Email: c.Email, Password: secret.Text(c.Password),
		Names: directory.Names{}.WithName(or(c.Name, c.Username)), Limits: directory.DefaultLimits(),
	}
	if c.Org != "" {
		org, err := findOrganization(ctx, d, c.Org)
		if err != nil {
			return err
		}
		n.Org = org.ID
	}
	u, err := d.CreateUser(ctx, who, n)
	if err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintf(out, "user %d: %s\n", u.ID, u.Username)
	return err
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

type userBlock struct {
	userArg
	UntilRestart bool `help:"Store nothing: the running server refuses the user until it restarts. For a disk that takes no writes."`
}

// Help is shown below the flags.
func (userBlock) Help() string {
	return `While the disk takes no writes, a block cannot be stored, and the credentials of the user stay good.
  roster user block --until-restart grace
makes the server that runs on this data folder refuse them from memory, at every API. Other nodes, and the
server after a restart, do not know of it: block the user again once the disk takes writes.
'roster user unblock grace' ends the refusal, too.`
}

// Run blocks a user.
func (c *userBlock) Run(e *environment) error {
	if c.UntilRestart {
		return e.executeInServer("user block", c)
	}
	return e.execute("user block", c)
}

func (c *userBlock) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	if c.UntilRestart {
		return c.apply(ctx, d, out, d.DenyUntilRestart, "is refused by this server until it restarts; nothing was stored")
	}
	err := c.apply(ctx, d, out, d.BlockUser, "is blocked; every credential of theirs has ended")
	if fault.KindOf(err) == fault.Unavailable {
		err = fmt.Errorf("%w; while the database takes no writes, 'roster user block --until-restart %s' makes the running server refuse the user", err, c.User)
	}
	return err
}

func (w userArg) apply(ctx context.Context, d *directory.Directory, out io.Writer,
	act func(context.Context, directory.Actor, directory.UserID) (directory.User, error), done string) error {
	u, err := w.find(ctx, d)
	if err != nil {
		return err
	}
	if _, err := act(ctx, directory.Operator(), u.ID); err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintln(out, u.Label(), done)
	return err
}

type userUnblock struct{ userArg }

// Help is shown below the flags.
func (userUnblock) Help() string { return restoredHelp }

// Run unblocks a person.
func (c *userUnblock) Run(e *environment) error { return e.execute("user unblock", c) }

func (c *userUnblock) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	return c.restore(ctx, d, out, d.UnblockUser, "blocked", directory.Blocked, directory.Deactivated)
}

type userDelete struct {
	userArg
	confirmation
}

// Help is shown below the flags.
func (userDelete) Help() string {
	return `Deletes the user with all credentials, keys, memberships and assignments. Events stay.
To keep the account and end its access, block it.

Examples:
  roster user delete grace
  roster user delete grace --yes
  roster user block grace`
}

// Run deletes a user after a confirmation.
func (c *userDelete) Run(e *environment) error {
	if err := c.confirm(e, fmt.Sprintf("Delete user %s?", c.User)); err != nil {
		return err
	}
	return e.execute("user delete", c)
}

func (c *userDelete) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	return c.apply(ctx, d, out, d.DeleteUser, "was deleted")
}

type userAPIKey struct{ userArg }

// Run makes a new API key.
func (c *userAPIKey) Run(e *environment) error { return e.execute("user api-key", c) }

func (c *userAPIKey) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	u, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	key, err := d.RotateAPIKeyOf(ctx, directory.Operator(), u.ID)
	if err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintln(out, key.Reveal())
	return err
}
