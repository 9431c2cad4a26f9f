package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/user"
	"strconv"
	"time"

	"roster.example/roster/internal/authorizedkeys"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/sshkey"
)

type sshKeysCommand struct {
	sshKeysRequest
	Server     string        `help:"Address of the server to ask. Without it, the one of the data folder is asked." placeholder:"URL"`
	TokenFile  string        `help:"File with an access token of scope read_user in its first line, of mode 0600." placeholder:"FILE"`
	Cache      string        `help:"Folder in which answers are remembered for when the server cannot be reached; made with mode 0700." placeholder:"DIR"`
	MaxAge     time.Duration `help:"How long an answer is remembered." default:"1h" placeholder:"TIME"`
	MaxEntries int           `help:"Of how many people answers are remembered." default:"1000" placeholder:"NUMBER"`
	Timeout    time.Duration `help:"Longest time that the login may wait." default:"3s" placeholder:"TIME"`
	LeastUID   int           `name:"least-uid" help:"Accounts of this machine with a smaller number, such as root, get no keys, whoever has that name in the directory." default:"1000" placeholder:"UID"`
}

// authorized is what is asked of the directory.
type sshKeysRequest struct {
	User        string `arg:"" help:"Username, spelled exactly; %u of sshd."`
	Org         string `help:"Only if the user holds a role beyond Pending in the organization with this short name." placeholder:"SLUG"`
	Fingerprint string `help:"Only the key with this fingerprint; %f of sshd." placeholder:"SHA256:..."`
	Type        string `help:"Only keys of this type; %t of sshd." placeholder:"TYPE"`
}

// Help is shown below the flags.
func (sshKeysCommand) Help() string {
	return `For sshd's AuthorizedKeysCommand: prints the keys by which somebody may log in now, and
nothing for users who are blocked, invited, deactivated, unknown, or Pending in every
organization. The username must be spelled exactly, case included. See docs/ssh.md.

Examples:
  roster ssh-keys ada
  roster ssh-keys ada --org ssh-people
  roster ssh-keys ada --server https://people.example.org --token-file /etc/roster/ssh.token --cache /var/cache/roster-ssh

In /etc/ssh/sshd_config:
  AuthorizedKeysCommand /usr/local/bin/roster ssh-keys --fingerprint %f --server https://people.example.org --token-file /etc/roster/ssh.token --cache /var/cache/roster-ssh %u
  AuthorizedKeysCommandUser roster-ssh`
}

// Run prints the keys.
func (c *sshKeysCommand) Run(e *environment) error {
	if c.MaxAge < 0 || c.MaxEntries < 1 || c.Timeout <= 0 {
		return usageError("--max-age, --max-entries and --timeout must be more than 0")
	}
	if tooSmall, err := c.belongsToMachine(); err != nil || tooSmall {
		return err
	}
	ctx, cancel := context.WithTimeout(e.ctx, c.Timeout)
	defer cancel()
	if c.Server == "" {
		hurried := *e
		hurried.ctx = ctx
		return hurried.execute("ssh-keys", &c.sshKeysRequest)
	}
	return c.askServer(ctx, e)
}

// belongsToMachine says that the account is one of the system's own. Wherever people
// choose their names themselves, one of them may be called root.
func (c *sshKeysCommand) belongsToMachine() (bool, error) {
	account, err := user.Lookup(c.User)
	if _, unknown := errors.AsType[user.UnknownUserError](err); unknown {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for the account: %w", err)
	}
	uid, err := strconv.Atoi(account.Uid)
	if err != nil {
		return false, nil // of a system without such numbers
	}
	return uid < c.LeastUID, nil
}

func (c *sshKeysCommand) askServer(ctx context.Context, e *environment) error {
	if c.TokenFile == "" {
		return usageError("--server needs a token; name its file with --token-file")
	}
	from := authorizedkeys.Source{
		Server: c.Server, TokenFile: c.TokenFile, Organization: c.Org,
		Cache: authorizedkeys.Cache{Folder: c.Cache, MaxAge: c.MaxAge, MaxEntries: c.MaxEntries},
		Warn:  func(err error) { _, _ = fmt.Fprintln(e.stderr, "roster: warning:", err) },
	}
	keys, err := from.Keys(ctx, c.User)
	if err != nil {
		return err
	}
	return c.print(keys, e.stdout)
}

func (c *sshKeysRequest) print(keys []sshkey.Key, out io.Writer) error {
	for _, k := range keys {
		if c.Fingerprint != "" && k.SHA256 != c.Fingerprint || c.Type != "" && k.Type != c.Type {
			continue
		}
		if _, err := fmt.Fprintln(out, k.Public); err != nil {
			return err
		}
	}
	return nil
}

func (c *sshKeysRequest) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	held, err := d.AuthorizedKeys(ctx, directory.Operator(), c.User, c.Org)
	if err != nil {
		return explain(err)
	}
	keys := make([]sshkey.Key, 0, len(held))
	for _, k := range held {
		keys = append(keys, sshkey.Key{Type: k.Type, Public: k.Public, SHA256: k.Fingerprint})
	}
	return c.print(keys, out)
}
