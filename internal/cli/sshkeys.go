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
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/sshkey"
)

type sshKeysCommand struct {
	sshKeysRequest
	Server     string        `help:"URL of the server. Default: the server of the data folder." placeholder:"URL"`
	TokenFile  string        `help:"File of mode 0600 with an access token of scope read_user in its first line." placeholder:"FILE"`
	Cache      string        `help:"Folder to cache responses in, for times when the server cannot be reached; created with mode 0700." placeholder:"DIR"`
	MaxAge     time.Duration `help:"How long a cached response is valid." default:"1h" placeholder:"TIME"`
	MaxEntries int           `help:"Maximum number of users in the cache." default:"1000" placeholder:"NUMBER"`
	Timeout    time.Duration `help:"Timeout of the command." default:"3s" placeholder:"TIME"`
	LeastUID   int           `name:"least-uid" help:"Machine accounts with a smaller uid, such as root, get no keys." default:"1000" placeholder:"UID"`
}

// sshKeysRequest is the part of the command that is executed where the data is.
type sshKeysRequest struct {
	User        string `arg:"" help:"Exact username; %u of sshd."`
	Org         string `help:"Only if the user holds a role beyond Pending in the organization with this short name." placeholder:"SLUG"`
	Fingerprint string `help:"Only the key with this fingerprint; %f of sshd." placeholder:"SHA256:..."`
	Type        string `help:"Only keys of this type; %t of sshd." placeholder:"TYPE"`
}

// Help is shown below the flags.
func (sshKeysCommand) Help() string {
	return `For sshd's AuthorizedKeysCommand: prints the SSH keys with which a user may log in, and
nothing for users that are blocked, invited, deactivated, unknown, or Pending in every
organization. The username must match exactly, including case. See docs/ssh.md.

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
		limited := *e
		limited.ctx = ctx
		return limited.execute("ssh-keys", &c.sshKeysRequest)
	}
	return c.requestKeys(ctx, e)
}

// belongsToMachine reports whether the name is that of a system account. Users choose their
// usernames, and one may choose root.
func (c *sshKeysCommand) belongsToMachine() (bool, error) {
	account, err := user.Lookup(c.User)
	if _, unknown := errors.AsType[user.UnknownUserError](err); unknown {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look up the account: %w", err)
	}
	uid, err := strconv.Atoi(account.Uid)
	if err != nil {
		return false, nil // a system without numeric uids
	}
	return uid < c.LeastUID, nil
}

func (c *sshKeysCommand) requestKeys(ctx context.Context, e *environment) error {
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

func (c *sshKeysRequest) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	held, err := d.AuthorizedKeys(ctx, model.Operator(), c.User, c.Org)
	if err != nil {
		return explain(err)
	}
	keys := make([]sshkey.Key, 0, len(held))
	for _, k := range held {
		keys = append(keys, sshkey.Key{Type: k.Type, Public: k.Public, SHA256: k.Fingerprint})
	}
	return c.print(keys, out)
}
