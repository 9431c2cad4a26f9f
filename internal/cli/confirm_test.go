package cli

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// confirmingCommands are the irreversible commands, with arguments with which they ask for confirmation.
// 'user api-key' and 'admin create' ask only if there is a key or a user, see
// confirm.txtar.
func confirmingCommands() map[string]string {
	return map[string]string{
		"user delete":       "grace",
		"user erase":        "grace",
		"user api-key":      "",
		"admin create":      "",
		"org remove-member": "home grace",
		"role delete":       "home Lead",
		"project assign":    "home plan",
		"project delete":    "home plan",
		"invitation revoke": "home 7",
		"token revoke":      "grace 3",
		"name release":      "username:grace",
		"webhook delete":    "1",
		"key rotate":        "--lost",
		"anchor accept":     "",
	}
}

// unconfirmedCommands are all other commands, with the reason why they need no confirmation.
func unconfirmedCommands() map[string]string {
	const (
		reads    = "only reads"
		adds     = "adds something, which another command can end"
		sets     = "sets what the command line names"
		rescue   = "ends or restores access in an emergency; the account stays"
		restores = "restores access"
	)
	return map[string]string{
		"serve": reads, "dev": "has data of its own, which its end deletes", "version": reads, "help": reads, "completion": reads, "doctor": reads,
		"events": reads, "ssh-keys": reads, "export": reads, "config describe": reads, "config show": reads, "config check": reads,
		"admin reset-password": rescue, "admin unlock": restores,
		"user list": reads, "user show": reads, "user data": reads, "user create": adds,
		"user block": rescue, "user deactivate": rescue, "user unblock": restores, "user reactivate": restores,
		"user reset-second-factor": rescue, "org require-second-factor": sets,
		"org list": reads, "org members": reads, "org create": adds, "org add-member": sets,
		"role list": reads, "role create": adds, "role update": sets,
		"project list": reads, "project show": reads, "project create": adds, "project update": sets,
		"invitation list": reads, "invitation create": adds, "invitation resend": "prints and sends the link that replaces the former one",
		"token list": reads, "token create": adds, "name list": reads,
		"webhook list": reads, "webhook show": reads, "webhook create": adds, "webhook test": adds,
		"webhook update":        "deliveries of a disabled webhook can be replayed",
		"webhook rotate-secret": "the former secret signs for another day",
		"webhook deliveries":    reads, "webhook failed": reads, "webhook replay": adds,
		"mail kinds": reads, "mail preview": reads, "mail failed": reads, "mail resend": adds,
		"import": adds, "migrate": "writes only to an empty target",
	}
}

func leafCommands(node *kong.Node, path ...string) map[string]*kong.Node {
	all := map[string]*kong.Node{}
	walk(node, path, func(n *kong.Node, path []string) {
		if len(n.Children) == 0 {
			all[strings.Join(path, " ")] = n
		}
	})
	return all
}

// Every command is in one of the tables.
func TestIrreversibleCommandsHaveAConfirmation(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&commandLine{})
	if err != nil {
		t.Fatal(err)
	}
	found := leafCommands(parser.Model.Node)
	for name, node := range found {
		_, asks := confirmingCommands()[name]
		_, silent := unconfirmedCommands()[name]
		if asks == silent {
			t.Errorf("%s is in both tables or in none", name)
		}
		if has := node.Target.FieldByName("Yes").IsValid() && node.Target.FieldByName("confirmation").Type() == reflect.TypeFor[confirmation](); has != asks {
			t.Errorf("%s: has --yes is %v, want %v", name, has, asks)
		}
	}
	if n := len(confirmingCommands()) + len(unconfirmedCommands()); n != len(found) {
		t.Errorf("the tables name %d commands of %d", n, len(found))
	}
}

func TestUnconfirmedCommandsChangeNothingWithoutATerminal(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	run := func(args ...string) (int, string) {
		var out, errors bytes.Buffer
		status := Run(t.Context(), append(args, "--data", data), nil, strings.NewReader("y\n"), &out, &errors)
		return status, errors.String()
	}
	if status, text := run("org", "create", "Acme"); status != 0 {
		t.Fatal(text)
	}
	_, before := run("events", "--head")
	for name, args := range confirmingCommands() {
		if name == "user api-key" || name == "admin create" {
			continue
		}
		status, text := run(append(strings.Fields(name), strings.Fields(args)...)...)
		want := "roster: error: this cannot be undone; repeat the command with --yes; see 'roster " + name + " --help'\n"
		if status != 2 || text != want {
			t.Errorf("%s: status %d, %q, want 2, %q", name, status, text, want)
		}
	}
	if _, after := run("events", "--head"); after != before {
		t.Errorf("the events end with %s, want %s", after, before)
	}
}
