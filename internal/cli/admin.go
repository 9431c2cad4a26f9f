package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

type adminCommand struct {
	Create        adminCreate        `cmd:"" help:"Create an administrator, or restore the access of one."`
	ResetPassword adminResetPassword `cmd:"" help:"Set a new password, or print a link to set one."`
	Unlock        adminUnlock        `cmd:"" help:"Reset failed logins, and unblock an administrator."`
}

// Help is shown below the flags.
func (adminCommand) Help() string {
	return `These commands restore access when no administrator can sign in. They work while the server
is stopped and while it runs; see docs/rescue.md.

Examples:
  roster admin create --username ada --email ada@example.org
  roster admin unlock ada
  roster admin reset-password ada`
}

type adminCreate struct {
	Username     string `help:"Username." required:"" placeholder:"NAME"`
	Email        string `help:"Email address." required:"" placeholder:"ADDRESS"`
	PasswordFile string `help:"Read the password from this file, or from standard input with '-'. Without it, the terminal prompts for the password." placeholder:"FILE" json:"-"`
	confirmation

	Password string `kong:"-"`
}

// Help is shown below the flags.
func (adminCreate) Help() string {
	return `Creates an administrator, or restores access: an existing user with this username becomes an
active administrator with this address and password. The former password, all sessions, access
tokens, the API key, SSH keys, identities and other addresses of that user end. If the user
exists, the command asks first and lists what ends.

Examples:
  roster admin create --username ada --email ada@example.org
  roster admin create --username ada --email ada@example.org --yes
  echo "$PASSWORD" | roster admin create --username ada --email ada@example.org --password-file -`
}

// Run reads the password in this process and executes the command where the data is. If there is
// a user with the username, it asks before.
func (c *adminCreate) Run(e *environment) error {
	cfg, err := e.loadConfig()
	if err != nil {
		return err
	}
	if err := c.confirmRecovery(e, cfg); err != nil {
		return err
	}
	if c.Password, err = e.readPassword(c.PasswordFile); err != nil {
		return err
	}
	return e.executeWith(cfg, "admin create", c)
}

// confirmRecovery asks if there is a user with the username.
func (c *adminCreate) confirmRecovery(e *environment, cfg config.Config) error {
	if c.Yes || app.IsEmpty(e.ctx, cfg) {
		return nil
	}
	var ends strings.Builder
	if err := e.executeOn(cfg, "admin access", &adminAccess{c.Username, c.Email}, nil, &ends); err != nil {
		return err
	}
	if ends.Len() == 0 {
		return nil
	}
	err := c.confirm(e, fmt.Sprintf("User %s exists and becomes an active administrator. This ends: %s. Continue?", c.Username, ends.String()))
	if isUsageError(err) {
		return usageError(fmt.Sprintf("user %s exists, and would lose: %s; %v", c.Username, ends.String(), err))
	}
	return err
}

// adminAccess prints the access to a user that 'roster admin create' would end, and nothing if
// there is no such user. Only [adminCreate] sends it.
type adminAccess struct{ Username, Email string }

func (c *adminAccess) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	access, err := accessByUsername(ctx, d, c.Username)
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return explain(err)
	}
	_, err = io.WriteString(out, endedText(access, c.Email))
	return err
}

func accessByUsername(ctx context.Context, d *directory.Directory, username string) (directory.AccountAccess, error) {
	u, err := d.UserByUsername(ctx, model.Operator(), unitext.Trim(username))
	if err != nil {
		return directory.AccountAccess{}, err
	}
	return d.AccessOf(ctx, model.Operator(), u.ID)
}

// endedText lists what 'roster admin create' ends, such as "the password, 2 sessions, 1 SSH key".
func endedText(access directory.AccountAccess, email string) string {
	var all []string
	if access.User.HasPassword {
		all = append(all, "the password")
	}
	for _, part := range []struct {
		n    int
		noun string
	}{
		{access.Sessions, "session"}, {access.Tokens, "access token"}, {access.APIKeys, "API key"}, {access.Keys, "SSH key"},
		{access.Passkeys, "passkey"}, {access.Apps, "authenticator app"},
		{access.OtherEmails(email), "email address"}, {len(access.User.Identities), "identity"},
	} {
		if part.n > 0 {
			all = append(all, countOf(part.n, part.noun))
		}
	}
	if len(all) == 0 {
		return "nothing"
	}
	return strings.Join(all, ", ")
}

func (c *adminCreate) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	before, err := accessByUsername(ctx, d, c.Username)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return explain(err)
	}
	u, err := d.CreateAdministrator(ctx, model.Operator(), directory.Administrator{
		Username: c.Username, Email: c.Email, Password: secret.Text(c.Password),
	})
	if err != nil {
		return explain(err)
	}
	if before.User.ID == u.ID {
		_, err = fmt.Fprintf(out, "user %s existed and is an active administrator now (user %d). Ended: %s.\n", u.Username, u.ID, endedText(before, c.Email))
		return err
	}
	_, err = fmt.Fprintf(out, "administrator %s is ready (user %d)\n", u.Username, u.ID)
	return err
}

type adminResetPassword struct {
	userArg
	PasswordFile string `help:"Read the new password from this file, or from standard input with '-'. Without it, a link to set a password is printed." placeholder:"FILE" json:"-"`

	Password string `kong:"-"`
}

// Help is shown below the flags.
func (adminResetPassword) Help() string {
	return `Revokes all sessions of the user, and unlocks the account after failed logins. Without
--password-file, the command prints a link to set a password. Until it expires, the link
gives access to the account: treat it like a password.

Examples:
  roster admin reset-password ada
  roster admin reset-password ada --password-file new-password
  pwgen 20 1 | tee /dev/tty | roster admin reset-password ada --password-file -`
}

// Run reads the password in this process and executes the command where the data is.
func (c *adminResetPassword) Run(e *environment) (err error) {
	if c.PasswordFile != "" {
		if c.Password, err = e.readPassword(c.PasswordFile); err != nil {
			return err
		}
	}
	return e.execute("admin reset-password", c)
}

func (c *adminResetPassword) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	u, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	if c.Password == "" {
		return c.link(ctx, d, u, out)
	}
	if u, err = d.SetPasswordAsOperator(ctx, model.Operator(), u.ID, secret.Text(c.Password)); err != nil {
		return explain(err)
	}
	if _, err := fmt.Fprintf(out, "%s has a new password. All sessions were revoked.\n", u.Label()); err != nil {
		return err
	}
	return cmp.Or(printSecondFactors(ctx, d, u, out), printState(u, out))
}

func (c *adminResetPassword) link(ctx context.Context, d *directory.Directory, u model.User, out io.Writer) error {
	u, link, err := d.CreateResetLink(ctx, model.Operator(), u.ID)
	if err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintf(out, "%s can set a new password until %s at\n  %s\nAll sessions were revoked.\n",
		u.Label(), link.ExpiresAt.Format(time.RFC3339), link.URL.Reveal())
	return cmp.Or(err, printSecondFactors(ctx, d, u, out))
}

// printSecondFactors prints the second factors of the user, which stay, and how to remove them.
func printSecondFactors(ctx context.Context, d *directory.Directory, u model.User, out io.Writer) error {
	access, err := d.AccessOf(ctx, model.Operator(), u.ID)
	if err != nil {
		return explain(err)
	}
	for _, part := range []struct {
		n          int
		noun, says string
	}{{access.Passkeys, "passkey", "opens the account without the password"}, {access.Apps, "authenticator app", "is required to sign in with the password"}} {
		if part.n == 0 {
			continue
		}
		if _, err := fmt.Fprintf(out, "%s of the user stayed; each %s. Run 'roster user reset-second-factor %d' if the user does not know it\n", countOf(part.n, part.noun), part.says, u.ID); err != nil {
			return err
		}
	}
	return nil
}

// printState prints why the user still cannot sign in, if there is a reason.
func printState(u model.User, out io.Writer) (err error) {
	switch {
	case u.State == model.Active:
	case u.State == model.Blocked && u.Admin:
		_, err = fmt.Fprintf(out, "the user is blocked; run 'roster admin unlock %d' to unblock them\n", u.ID)
	case u.State == model.Blocked:
		_, err = fmt.Fprintf(out, "the user is blocked; run 'roster user unblock %d' to unblock them\n", u.ID)
	default:
		_, err = fmt.Fprintln(out, "the user cannot sign in before they open the link in the email to them")
	}
	return err
}

type adminUnlock struct {
	userArg
	Address string `help:"Also reset the failed logins from this network address." placeholder:"IP"`
}

// Help is shown below the flags.
func (adminUnlock) Help() string {
	return `Resets the failed logins of the user, so that the user can sign in at once, and unblocks or
reactivates an administrator. Tokens and keys that were revoked stay revoked.

Examples:
  roster admin unlock ada
  roster admin unlock ada --address 192.0.2.7`
}

// Run checks the address and executes the command.
func (c *adminUnlock) Run(e *environment) error {
	if c.Address != "" {
		if _, err := netip.ParseAddr(c.Address); err != nil {
			return usageError("--address is not an IP address; write it like 192.0.2.7 or 2001:db8::7")
		}
	}
	return e.execute("admin unlock", c)
}

func (c *adminUnlock) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	u, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	did, err := d.Unlock(ctx, model.Operator(), u.ID, c.Address)
	if err != nil {
		return explain(err)
	}
	lines := []string{unlockText(u.Label(), did.Failures, did.Locked)}
	if c.Address != "" {
		lines = append(lines, unlockText(c.Address, did.AddressFailures, did.AddressLocked))
	}
	if did.Reactivated {
		lines = append(lines, u.Label()+" is an active administrator again")
	}
	if _, err := fmt.Fprintln(out, strings.Join(lines, "\n")); err != nil {
		return err
	}
	return printState(did.User, out)
}

func unlockText(name string, failures int, locked bool) string {
	switch {
	case locked:
		return fmt.Sprintf("%s is unlocked; %d failed logins were reset", name, failures)
	case failures > 0:
		return fmt.Sprintf("%s was not locked; %d failed logins were reset", name, failures)
	}
	return name + " was not locked"
}
