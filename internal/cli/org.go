package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

type orgCommand struct {
	List         orgList         `cmd:"" help:"List organizations."`
	Create       orgCreate       `cmd:"" help:"Create an organization."`
	Members      orgMembers      `cmd:"" help:"List the members of an organization."`
	AddMember    orgAddMember    `cmd:"" help:"Add a member, or change the role of a member."`
	RemoveMember orgRemoveMember `cmd:"" help:"Remove a member."`

	RequireSecondFactor orgSecondFactor `cmd:"" help:"Require a second factor of the members."`
}

// Help is shown below the flags.
func (orgCommand) Help() string {
	return `Name an organization by its short name. If digits are the short name of one organization and
the id of another, use id:2, slug:web-team or name:'Web Team'.

Examples:
  roster org create 'Web Team' --admin ada
  roster org add-member web-team grace --role Member
  roster org members web-team
  roster org remove-member web-team grace`
}

// orgArg names an organization on the command line.
type orgArg struct {
	Org string `arg:"" help:"Short name of the organization, see 'roster org list'; or id:N, slug:SLUG, name:NAME."`
}

func (w orgArg) find(ctx context.Context, d *directory.Directory) (model.Organization, error) {
	return findOrganization(ctx, d, w.Org)
}

func findOrganization(ctx context.Context, d *directory.Directory, text string) (model.Organization, error) {
	org, err := d.OrganizationNamed(ctx, model.Operator(), text)
	if fault.KindOf(err) == fault.NotFound {
		return org, fmt.Errorf("no organization is called %q; see 'roster org list'", text)
	}
	return org, explain(err)
}

type orgList struct{}

// Help is shown below the flags.
func (orgList) Help() string {
	return `Example:
  roster org list`
}

// Run lists organizations.
func (c *orgList) Run(e *environment) error { return e.execute("org list", c) }

func (c *orgList) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	orgs, err := d.Organizations(ctx, model.Operator())
	if err != nil {
		return explain(err)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "ID", "SLUG", "NAME", "HOME")
	for _, o := range orgs {
		row(table, fmt.Sprint(o.ID), o.Slug, o.Name, yesNo(o.Home))
	}
	return table.Flush()
}

type orgCreate struct {
	Name  string `arg:"" help:"Name of the organization."`
	Admin string `help:"User to make Admin of the organization: username, id, email address or uid." placeholder:"NAME"`
}

// Help is shown below the flags.
func (orgCreate) Help() string {
	return `Examples:
  roster org create 'Web Team'
  roster org create 'Web Team' --admin ada`
}

// Run creates an organization.
func (c *orgCreate) Run(e *environment) error { return e.execute("org create", c) }

func (c *orgCreate) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	var admin model.User
	if c.Admin != "" {
		found, err := findUser(ctx, d, c.Admin)
		if err != nil {
			return err
		}
		admin = found
	}
	org, err := d.CreateOrganization(ctx, model.Operator(), c.Name)
	if err != nil {
		return explain(err)
	}
	if c.Admin != "" {
		if err := d.AddMember(ctx, model.Operator(), org.ID, admin.ID, model.RoleAdmin); err != nil {
			return explain(err)
		}
	}
	_, err = fmt.Fprintf(out, "organization %d: %s\n", org.ID, org.Slug)
	return err
}

type orgMembers struct{ orgArg }

// Help is shown below the flags.
func (orgMembers) Help() string {
	return `Example:
  roster org members web-team`
}

// Run lists members.
func (c *orgMembers) Run(e *environment) error { return e.execute("org members", c) }

func (c *orgMembers) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	members, err := d.Members(ctx, model.Operator(), org.ID)
	if err != nil {
		return explain(err)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "ID", "USERNAME", "ADDRESS", "ROLE", "STATE")
	for _, m := range members {
		row(table, fmt.Sprint(m.User.ID), orDash(m.User.Username), orDash(m.User.Primary().Address), m.Role.Name, string(m.User.State))
	}
	return table.Flush()
}

type orgAddMember struct {
	orgArg
	userArg
	Role string `help:"Name of the role. Default: the default role of the organization." placeholder:"ROLE"`
}

// Help is shown below the flags.
func (orgAddMember) Help() string {
	return `Examples:
  roster org add-member web-team grace
  roster org add-member web-team grace --role Admin`
}

// Run adds a member.
func (c *orgAddMember) Run(e *environment) error { return e.execute("org add-member", c) }

func (c *orgAddMember) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, u, err := findOrgAndUser(ctx, d, c.orgArg, c.userArg)
	if err != nil {
		return err
	}
	role, err := findRole(ctx, d, org, c.Role)
	if err != nil {
		return err
	}
	if err := d.AddMember(ctx, model.Operator(), org.ID, u.ID, role); err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintln(out, u.Label(), "is a member of", org.Name)
	return err
}

func findOrgAndUser(ctx context.Context, d *directory.Directory, w orgArg, p userArg) (model.Organization, model.User, error) {
	org, err := w.find(ctx, d)
	if err != nil {
		return org, model.User{}, err
	}
	u, err := p.find(ctx, d)
	return org, u, err
}

type orgRemoveMember struct {
	orgArg
	userArg
	confirmation
}

// Help is shown below the flags.
func (orgRemoveMember) Help() string {
	return `The user keeps the account and other memberships. The assignments to projects of the organization
are deleted.

Examples:
  roster org remove-member web-team grace
  roster org remove-member web-team grace --yes`
}

// Run removes a member after a confirmation.
func (c *orgRemoveMember) Run(e *environment) error {
	if err := c.confirm(e, fmt.Sprintf("Remove %s from %s, and delete the assignments to its projects?", c.User, c.Org)); err != nil {
		return err
	}
	return e.execute("org remove-member", c)
}

func (c *orgRemoveMember) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, u, err := findOrgAndUser(ctx, d, c.orgArg, c.userArg)
	if err != nil {
		return err
	}
	if err := d.RemoveMembers(ctx, model.Operator(), org.ID, []model.UserID{u.ID}); err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintln(out, u.Label(), "is no longer a member of", org.Name)
	return err
}
