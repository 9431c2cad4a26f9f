package cli

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/audit"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

type doctorCommand struct {
	Head *string `help:"Also check that the chain still contains this event, as an earlier 'roster events --head' printed it." placeholder:"ID:HASH"`
}

// Help is shown below the flags.
func (doctorCommand) Help() string {
	return `Checks the database, the event chain, the encryption key, email and the settings. It exits with
status 1 if a check fails. It works while the server runs. It changes nothing, except that it
upgrades the tables of an older version.

Examples:
  roster doctor --data /var/lib/roster
  roster doctor --head "$(tail -n 1 /mnt/elsewhere/heads)"`
}

// Run checks settings and files in this process, and the data where it is.
func (c doctorCommand) Run(e *environment) error {
	request := &doctorRequest{}
	if c.Head != nil { // an empty value is an error: it may come from a missing file
		head, err := readHead(*c.Head)
		if err != nil {
			return err
		}
		request.Head = &head
	}
	cfg, err := e.loadConfig()
	if err != nil {
		return err
	}
	for _, line := range append(settingsNotice(e, cfg), app.Advice(cfg)...) {
		if _, err := fmt.Fprintln(e.stdout, "note:", line); err != nil {
			return err
		}
	}
	return e.executeWith(cfg, "doctor", request)
}

// settingsNotice returns a line for output about settings if a server runs on the data folder,
// because this process does not know the settings of the server.
func settingsNotice(e *environment, cfg config.Config) []string {
	if !app.ServerRuns(e.ctx, cfg.Data) {
		return nil
	}
	return []string{"these are the settings of this command; the server on this data folder may have been started with others: " +
		"pass the same --config, variables and flags"}
}

// readHead parses the output of printHead.
func readHead(text string) (head model.EventHead, err error) {
	id, hash, _ := strings.Cut(strings.TrimSpace(text), ":")
	number, parseErr := strconv.ParseInt(id, 10, 64)
	head.ID = model.EventID(number)
	if head.Hash, err = hex.DecodeString(hash); err != nil || parseErr != nil || number < 0 || len(head.Hash) == 0 {
		return head, usageError("--head takes ID:HASH, as 'roster events --head' prints it")
	}
	return head, nil
}

type doctorRequest struct {
	Head *model.EventHead
}

func (c doctorRequest) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	failed := 0
	for _, check := range c.checks(ctx, d) {
		result := "ok: " + check.success
		if check.err != nil {
			failed++
			result = "WRONG: " + printable(explain(check.err).Error())
		}
		if _, err := fmt.Fprintln(out, result); err != nil {
			return err
		}
	}
	if err := printWaiting(ctx, d, out, "note: "); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of the checks failed; see the lines that begin with WRONG", failed)
	}
	return nil
}

// check is the result of one check.
type check struct {
	success string // printed if err is nil
	err     error
}

func (c doctorRequest) checks(ctx context.Context, d *directory.Directory) []check {
	operator := model.Operator()
	chain, events := d.VerifyChain(ctx, operator)
	keys, keysErr := d.CheckKeys(ctx, operator)
	admins, adminsErr := d.CheckAdministrators(ctx, operator)
	hooks, hooksErr := d.CheckWebhooks(ctx, operator)
	all := []check{
		{"file descriptors are free", app.CheckFileDescriptors()},
		{"the database is not damaged", d.CheckStore(ctx, operator)},
		{"the chain of " + countOf(chain.Events, "event") + " is intact" + chainNote(chain), events},
		{"each user, organization, SSH key and token has its event", d.CheckRecorded(ctx, operator)},
		{"the database can be written", d.ProbeSpace(ctx, operator)},
		{countOf(keys, "API key") + " can be decrypted", keysErr},
		{countOf(admins, "administrator") + " can sign in", adminsErr},
	}
	if hooks > 0 || hooksErr != nil {
		all = append(all, check{countOf(hooks, "webhook secret") + " can be decrypted", hooksErr})
	}
	all = append(all, check{"no email is undelivered", d.CheckMail(ctx, operator)})
	all = append(all, check{"each address belongs to one account", d.CheckAddresses(ctx, operator)})
	if c.Head != nil {
		all = append(all, check{fmt.Sprintf("the chain holds event %d as it was", c.Head.ID), d.VerifyHead(ctx, operator, *c.Head)})
	}
	return all
}

// chainNote describes events that cannot be verified because their key was lost.
func chainNote(chain audit.ChainReport) string {
	if chain.Unproven == 0 {
		return ""
	}
	return fmt.Sprintf("; the key of %d is lost, and only their order is verified", chain.Unproven)
}

// countOf returns a number with a noun, such as "1 email" or "2 emails".
func countOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok && !strings.HasSuffix(stem, "e") {
		return fmt.Sprintf("%d %sies", n, stem)
	}
	if strings.HasSuffix(noun, "ss") {
		return fmt.Sprintf("%d %ses", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
