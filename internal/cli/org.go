package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

type orgCommand struct {
	List    orgList          `cmd:"" help:"List organizations."`
	Create  orgCreate        `cmd:"" help:"Make an organization."`
	Members orgMembers       `cmd:"" help:"List the members of an organization."`
	Add     orgAddMember     `cmd:"" help:"Make a person a member, or change their role."`
	Remove  orgRemoveMember  `cmd:"" help:"Take a person out of an organization."`
	Invite  invitationCreate `cmd:"" help:"Invite somebody by e-mail."`

	Invitations invitationList   `cmd:"" help:"List the invitations of an organization and what became of them."`
	Uninvite    invitationRevoke `cmd:"" help:"Take an invitation back: its link ends, and so does a person made for it."`
	Resend      invitationResend `cmd:"" help:"Mail an invitation again with another link. The one before ends."`

	Roles      roleList   `cmd:"" help:"List the roles of an organization."`
	Role       roleCreate `cmd:"" help:"Make a role."`
	RoleChange roleUpdate `cmd:"" help:"Change a role; of one that is built in, whether it is the default."`
	RoleDelete roleDelete `cmd:"" help:"Delete a role that nobody has."`
}

// Help is shown below the flags.
func (orgCommand) Help() string {
	return `Organizations are named by their short names; id:2, slug:web-team and name:'Web Team' are
clear where digits are the short name of one organization and the id of another.

Examples:
  roster org create 'Web Team' --admin ada
  roster org add web-team grace --role Member
  roster org invite web-team alan@example.org
  roster org uninvite web-team 7
  roster org role web-team Lead --permissions users.read,users.invite
  roster org role-change web-team Lead --permissions users.read --default`
}

// which names an organization on the command line.
type orgArg struct {
	Org string `arg:"" help:"Short name of the organization, as 'roster org list' shows it, or id:N, slug:SLUG, name:NAME."`
}

func (w orgArg) find(ctx context.Context, d *directory.Directory) (directory.Organization, error) {
	return findOrganization(ctx, d, w.Org)
}

func findOrganization(ctx context.Context, d *directory.Directory, text string) (directory.Organization, error) {
	org, err := d.OrganizationNamed(ctx, directory.Operator(), text)
	if fault.KindOf(err) == fault.NotFound {
		return org, fmt.Errorf("no organization is called %q; see 'roster org list'", text)
	}
	return org, explain(err)
}

type orgList struct{}

// Run lists organizations.
func (c *orgList) Run(e *environment) error { return e.execute("org list", c) }

func (c *orgList) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	orgs, err := d.Organizations(ctx, directory.Operator())
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
	Admin string `help:"The user who becomes its Admin: username, id, email address or uid." placeholder:"NAME"`
}

// Run makes an organization.
func (c *orgCreate) Run(e *environment) error { return e.execute("org create", c) }

func (c *orgCreate) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	var admin directory.User
	if c.Admin != "" {
		found, err := findUser(ctx, d, c.Admin)
		if err != nil {
			return err
		}
		admin = found
	}
	org, err := d.CreateOrganization(ctx, directory.Operator(), c.Name)
	if err != nil {
		return explain(err)
	}
	if c.Admin != "" {
		if err := d.AddMember(ctx, directory.Operator(), org.ID, admin.ID, directory.RoleAdmin); err != nil {
			return explain(err)
		}
	}
	_, err = fmt.Fprintf(out, "organization %d: %s\n", org.ID, org.Slug)
	return err
}

type orgMembers struct{ orgArg }

// Run lists members.
func (c *orgMembers) Run(e *environment) error { return e.execute("org members", c) }

func (c *orgMembers) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	members, err := d.Members(ctx, directory.Operator(), org.ID)
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
	Role string `help:"Name of the role; the organization's default if left out." placeholder:"ROLE"`
}

// Run makes a member.
func (c *orgAddMember) Run(e *environment) error { return e.execute("org add", c) }

func (c *orgAddMember) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, u, err := findOrgAndUser(ctx, d, c.orgArg, c.userArg)
	if err != nil {
		return err
	}
	role, err := findRole(ctx, d, org, c.Role)
	if err != nil {
		return err
	}
	if err := d.AddMember(ctx, directory.Operator(), org.ID, u.ID, role); err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintln(out, u.Label(), "is a member of", org.Name)
	return err
}

func findOrgAndUser(ctx context.Context, d *directory.Directory, w orgArg, p userArg) (directory.Organization, directory.User, error) {
	org, err := w.find(ctx, d)
	if err != nil {
		return org, directory.User{}, err
	}
	u, err := p.find(ctx, d)
	return org, u, err
}

type orgRemoveMember struct {
	orgArg
	userArg
}

// Run takes a member out.
func (c *orgRemoveMember) Run(e *environment) error { return e.execute("org remove", c) }

func (c *orgRemoveMember) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, u, err := findOrgAndUser(ctx, d, c.orgArg, c.userArg)
	if err != nil {
		return err
	}
	if err := d.RemoveMembers(ctx, directory.Operator(), org.ID, []directory.UserID{u.ID}); err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintln(out, u.Label(), "is no longer a member of", org.Name)
	return err
}
