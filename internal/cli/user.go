package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/filter"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
)

type userCommand struct {
	List    userList    `cmd:"" help:"List users."`
	Show    userShow    `cmd:"" help:"Show a user."`
	Create  userCreate  `cmd:"" help:"Create an active user."`
	Block   userBlock   `cmd:"" help:"Block a user and revoke all credentials."`
	Unblock userUnblock `cmd:"" help:"Unblock a user. Revoked credentials stay revoked."`

	Deactivate userDeactivate `cmd:"" help:"Deactivate an unused account and revoke all credentials."`
	Reactivate userReactivate `cmd:"" help:"Reactivate a user. Revoked credentials stay revoked."`

	Delete userDelete `cmd:"" help:"Delete a user. Events stay."`
	Erase  userErase  `cmd:"" help:"Delete a user with all emails and invitations to the verified addresses."`
	Data   userData   `cmd:"" help:"Write the personal data of a user as JSON."`

	ResetSecondFactor userResetSecondFactor `cmd:"" help:"Remove all second factors of a user. The password stays."`

	APIKey userAPIKey `cmd:"" name:"api-key" help:"Replace the API key of a user and print the new one."`
}

// Help is shown below the flags.
func (userCommand) Help() string {
	return `Name a user by username, id, email address or uid. A name that matches two users is rejected:
use id:329, username:329, email:… or uid:….

Examples:
  roster user list --search hopper --state active --order name
  roster user create --username grace --email grace@example.org
  roster user block grace
  roster user api-key grace
  roster user data grace -o grace.json`
}

type userList struct {
	Search     string `help:"Part of name, username or address; empty for all users." placeholder:"TEXT" empty:"allowed"`
	State      choice `help:"Only users in this state: active, blocked, deactivated or invited." enum:"active,blocked,deactivated,invited," default:"" placeholder:"STATE"`
	Org        string `help:"Only members of the organization with this short name." placeholder:"SLUG"`
	Order      choice `help:"Sort by id, name, username or created." enum:"id,name,username,created" default:"id" placeholder:"ORDER"`
	Descending bool   `help:"Sort in descending order."`
	Limit      int    `help:"Maximum number of users, 0 to 1000000; 0 shows all." default:"0" placeholder:"NUMBER"`
	After      string `help:"Cursor that an earlier list printed at its end." placeholder:"CURSOR"`
}

// Help is shown below the flags.
func (userList) Help() string {
	return `A list that --limit cuts off ends with the cursor of the next page.

Examples:
  roster user list --search hopper --state active
  roster user list --order name --limit 50
  roster user list --order name --limit 50 --after bmFtZTo3OmdyYWNl`
}

// maxUserLimit is the maximum of --limit.
const maxUserLimit = 1_000_000

// Run lists users.
func (c *userList) Run(e *environment) error {
	if c.Limit < 0 || c.Limit > maxUserLimit {
		return usageError(fmt.Sprintf("--limit must be 0 to %d; 0 shows all", maxUserLimit))
	}
	return e.execute("user list", c)
}

func (c *userList) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	filter, err := c.filter(ctx, d)
	if err != nil {
		return err
	}
	page, err := d.Users(ctx, model.Operator(), filter)
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
	_, err = fmt.Fprintf(out, "%s in total; continue with --after %s\n", all, filter.Order.At(shown[len(shown)-1]))
	return err
}

// filter requests one user more than --limit, to detect whether there are more.
func (c *userList) filter(ctx context.Context, d *directory.Directory) (model.UserFilter, error) {
	query := model.UserFilter{Search: c.Search, Descending: c.Descending}
	if c.State != "" {
		where := filter.Condition{Op: filter.Equal, Field: filter.FieldState, Value: string(c.State)}
		var state string
		state, query.Where = where.OnlyState()
		query.State = model.State(state)
	}
	if c.Order != "id" {
		query.Order = model.Order(c.Order)
	}
	if c.Limit > 0 {
		query.Limit = c.Limit + 1
	}
	if c.After != "" {
		place, err := model.ParseCursor(c.After)
		if err != nil || place.Order != query.Order {
			return query, errors.New("--after is not a cursor of this list; copy it from the end of a list with the same --order")
		}
		query.After = &place
	}
	if c.Org != "" {
		org, err := findOrganization(ctx, d, c.Org)
		if err != nil {
			return query, err
		}
		query.Org = org.ID
	}
	return query, nil
}

// row writes one row; Flush returns the error.
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

// userArg names a user on the command line.
type userArg struct {
	User string `arg:"" help:"Username, id, email address or uid of the user, or id:N, username:NAME, email:ADDRESS, uid:UID."`
}

func (w userArg) find(ctx context.Context, d *directory.Directory) (model.User, error) {
	return findUser(ctx, d, w.User)
}

// findUser returns the user that text names. A text that names two users is an error.
func findUser(ctx context.Context, d *directory.Directory, text string) (model.User, error) {
	u, err := d.UserNamed(ctx, model.Operator(), text)
	if fault.KindOf(err) == fault.NotFound {
		return u, fmt.Errorf("no user is called %q; see 'roster user list'", text)
	}
	return u, explain(err)
}

type userShow struct{ userArg }

// Help is shown below the flags.
func (userShow) Help() string {
	return `Examples:
  roster user show grace
  roster user show id:329`
}

// Run shows a user.
func (c *userShow) Run(e *environment) error { return e.execute("user show", c) }

func (c *userShow) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	u, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	memberships, err := d.MembershipsOf(ctx, model.Operator(), u.ID)
	if err != nil {
		return explain(err)
	}
	factors, err := d.SecondFactors(ctx, model.Operator(), u.ID)
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
	row(table, "second factor", factorNotes(factors))
	for _, m := range memberships {
		row(table, "member of", m.Organization.Slug+" as "+m.Role.Name)
	}
	row(table, "created", u.CreatedAt.Format("2006-01-02 15:04:05 MST"))
	return table.Flush()
}

// factorNotes lists the second factors of a user, such as "authenticator app “phone”, 9 recovery codes".
func factorNotes(all secondfactor.Overview) string {
	var words []string
	for _, a := range all.Authenticators {
		kind := "authenticator app"
		if a.Kind == model.PasskeyAuthenticator {
			kind = "passkey"
		}
		words = append(words, kind+" “"+a.Name+"”")
	}
	switch {
	case len(words) > 0:
		return strings.Join(append(words, fmt.Sprintf("%d recovery codes", all.RecoveryCodes)), ", ")
	case all.Required:
		return "none, but required"
	}
	return "none"
}

func emailNotes(e model.Email) string {
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
	Email        string `help:"Email address." required:"" placeholder:"ADDRESS"`
	Name         string `help:"Full name. Default: the username." placeholder:"'FULL NAME'"`
	Org          string `help:"Short name of the organization to join. Default: the home organization." placeholder:"SLUG"`
	PasswordFile string `help:"Read the password from this file, or from standard input with '-'." placeholder:"FILE" json:"-"`

	Password string `kong:"-"`
}

// Help is shown below the flags.
func (userCreate) Help() string {
	return `Examples:
  roster user create --username grace --email grace@example.org --name 'Grace Hopper'
  echo "$PASSWORD" | roster user create --username grace --email grace@example.org --password-file -`
}

// Run reads the password in this process and executes the command where the data is.
func (c *userCreate) Run(e *environment) (err error) {
	if c.Password, err = e.readPassword(c.PasswordFile); err != nil {
		return err
	}
	return e.execute("user create", c)
}

func (c *userCreate) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	n := directory.NewUser{
		Username: c.Username, Email: c.Email, Password: secret.Text(c.Password),
		Names: model.Names{}.WithName(or(c.Name, c.Username)), Limits: model.DefaultLimits(),
	}
	if c.Org != "" {
		org, err := findOrganization(ctx, d, c.Org)
		if err != nil {
			return err
		}
		n.Org = org.ID
	}
	u, err := d.CreateUser(ctx, model.Operator(), n)
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
	UntilRestart bool `help:"Store nothing: the running server rejects the user until it restarts. For a disk that takes no writes."`
}

// Help is shown below the flags.
func (userBlock) Help() string {
	return `Revokes all sessions, tokens and the API key, and rejects the password and SSH keys until
'roster user unblock'.

While the disk takes no writes, a block cannot be stored. With --until-restart, the server on
this data folder rejects the user at every API, but only until it restarts. Other nodes do not
know of it. Block the user again when the disk takes writes.

Examples:
  roster user block grace
  roster user block --until-restart grace`
}

// Run blocks a user.
func (c *userBlock) Run(e *environment) error {
	if c.UntilRestart {
		return e.executeInServer("user block", c)
	}
	return e.execute("user block", c)
}

func (c *userBlock) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	if c.UntilRestart {
		return c.apply(ctx, d, out, d.DenyUntilRestart, "is rejected by this server until it restarts. Nothing was stored.")
	}
	err := c.apply(ctx, d, out, d.BlockUser, "is blocked. All sessions and tokens were revoked.")
	if fault.KindOf(err) == fault.Unavailable {
		err = fmt.Errorf("%w; while the database takes no writes, 'roster user block --until-restart %s' makes the running server reject the user", err, c.User)
	}
	return err
}

func (w userArg) apply(ctx context.Context, d *directory.Directory, out io.Writer,
	act func(context.Context, model.Actor, model.UserID) (model.User, error), done string) error {
	u, err := w.find(ctx, d)
	if err != nil {
		return err
	}
	if _, err := act(ctx, model.Operator(), u.ID); err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintln(out, u.Label(), done)
	return err
}

type userUnblock struct{ userArg }

// Help is shown below the flags.
func (userUnblock) Help() string {
	return restoredHelp + `

Example:
  roster user unblock grace`
}

// Run unblocks a user.
func (c *userUnblock) Run(e *environment) error { return e.execute("user unblock", c) }

func (c *userUnblock) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	return c.restore(ctx, d, out, d.UnblockUser, "blocked", model.Blocked, model.Deactivated)
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

func (c *userDelete) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	return c.apply(ctx, d, out, d.DeleteUser, "was deleted")
}

type userAPIKey struct {
	userArg
	confirmation
}

// Help is shown below the flags.
func (userAPIKey) Help() string {
	return `The previous API key stops working. If there is one, the command asks first.

Examples:
  roster user api-key grace
  roster user api-key grace --yes`
}

// Run creates the API key, or replaces it after a confirmation.
func (c *userAPIKey) Run(e *environment) error {
	cfg, err := e.loadConfig()
	if err != nil {
		return err
	}
	if err := c.confirmReplacement(e, cfg); err != nil {
		return err
	}
	return e.executeWith(cfg, "user api-key", c)
}

// confirmReplacement asks if the user has an API key.
func (c *userAPIKey) confirmReplacement(e *environment, cfg config.Config) error {
	if c.Yes {
		return nil
	}
	var answer strings.Builder
	if err := e.executeOn(cfg, "user has-api-key", &userHasAPIKey{c.userArg}, nil, &answer); err != nil {
		return err
	}
	if strings.TrimSpace(answer.String()) != yesNo(true) {
		return nil
	}
	return c.confirm(e, fmt.Sprintf("Replace the API key of %s, so that the previous one stops working?", c.User))
}

// userHasAPIKey prints whether a user has an API key. Only [userAPIKey] sends it.
type userHasAPIKey struct{ userArg }

func (c *userHasAPIKey) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	u, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	access, err := d.AccessOf(ctx, model.Operator(), u.ID)
	if err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintln(out, yesNo(access.APIKeys > 0))
	return err
}

func (c *userAPIKey) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	u, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	key, err := d.RotateAPIKeyOf(ctx, model.Operator(), u.ID)
	if err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintln(out, key.Reveal())
	return err
}
