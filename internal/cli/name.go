package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

type nameCommand struct {
	List    nameList    `cmd:"" help:"List reserved names."`
	Release nameRelease `cmd:"" help:"Free a reserved name, so that anyone can take it."`
}

// Help is shown below the flags.
func (nameCommand) Help() string {
	return `The usernames of deleted and renamed users, and the names and short names of organizations,
stay reserved for the time of the setting users.reserve_names: other programs know users and
organizations by them. The same user or organization can take its former name back.

Examples:
  roster name list
  roster name release username:grace
  roster name release organization:'Web Team'
  roster name release slug:web-team`
}

type nameList struct{}

// Help is shown below the flags.
func (nameList) Help() string {
	return `Example:
  roster name list`
}

// Run lists reserved names.
func (c *nameList) Run(e *environment) error { return e.execute("name list", c) }

func (c *nameList) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "NAME", "HOLDER", "FREED", "RESERVED UNTIL")
	for after := (model.ReservedName{}); ; {
		names, err := d.ReservedNames(ctx, model.Operator(), after, 0)
		if err != nil {
			return explain(err)
		}
		for _, n := range names {
			row(table, string(n.Kind)+":"+n.Name, fmt.Sprint(n.Holder), date(n.FreedAt), date(n.Until))
			after = n
		}
		if err := table.Flush(); err != nil || len(names) == 0 {
			return err
		}
	}
}

type nameRelease struct {
	Name string `arg:"" help:"username:NAME, organization:NAME or slug:SLUG, see 'roster name list'."`
	confirmation
}

// Help is shown below the flags.
func (nameRelease) Help() string {
	return `Other programs may still know the former user or organization by the name, and take the next one
for it.

Examples:
  roster name release username:grace
  roster name release username:grace --yes`
}

// Run releases a name after a confirmation.
func (c *nameRelease) Run(e *environment) error {
	if err := c.check(); err != nil {
		return err
	}
	if err := c.confirm(e, fmt.Sprintf("Release %s, so that anyone can take it?", c.Name)); err != nil {
		return err
	}
	return e.execute("name release", c)
}

// check rejects a name without a kind.
func (c *nameRelease) check() error {
	kind, _, _ := strings.Cut(c.Name, ":")
	if !slices.Contains(model.NameKinds(), model.NameKind(kind)) {
		return fmt.Errorf("%q has no kind; write username:NAME, organization:NAME or slug:SLUG", c.Name)
	}
	return nil
}

func (c *nameRelease) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	kind, name, _ := strings.Cut(c.Name, ":")
	err := d.ReleaseName(ctx, model.Operator(), model.NameKind(kind), name)
	if fault.KindOf(err) == fault.NotFound {
		return fmt.Errorf("%s is not reserved; see 'roster name list'", c.Name)
	}
	if err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintf(out, "%s was released\n", c.Name)
	return err
}
