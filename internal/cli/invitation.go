package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

type invitationCreate struct {
	orgArg
	Email string `arg:"" help:"Address to invite."`
	Role  string `help:"Name of the role; the organization's default if left out." placeholder:"ROLE"`

	Projects []string `name:"project" help:"Permalink, id or name of a project to which they are assigned on accepting; may be given several times." placeholder:"PROJECT" sep:"none"`
}

// Help is shown below the flags.
func (invitationCreate) Help() string {
	return `Mails a link that is good once, and prints it.

Examples:
  roster org invite web-team alan@example.org --role Member
  roster org invite web-team alan@example.org --project awesome-project --project 'Other, too'`
}

// Run invites somebody.
func (c *invitationCreate) Run(e *environment) error { return e.execute("org invite", c) }

func (c *invitationCreate) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	role, err := findRole(ctx, d, org, c.Role)
	if err != nil {
		return err
	}
	projects, err := findProjects(ctx, d, org, c.Projects)
	if err != nil {
		return err
	}
	sent, err := d.Invite(ctx, directory.Operator(), directory.NewInvitation{Org: org.ID, Email: c.Email, Role: role, Projects: projects})
	if fault.Has(err, "member", fault.Taken) {
		return c.memberAlready(ctx, d, org)
	}
	if err != nil {
		return explain(err)
	}
	return printInvitation(out, sent)
}

func (c *invitationCreate) memberAlready(ctx context.Context, d *directory.Directory, org directory.Organization) error {
	u, err := d.UserByEmail(ctx, directory.Operator(), c.Email)
	if err != nil {
		return explain(err)
	}
	return fmt.Errorf("%s is already a member of %s", or(u.Username, u.Label()), org.Name)
}

func printInvitation(out io.Writer, sent directory.SentInvitation) error {
	_, err := fmt.Fprintf(out, "an invitation is on its way to %s; its link, good until %s:\n%s\n",
		sent.Invitation.Email, date(sent.Invitation.ExpiresAt), sent.Link)
	return err
}

type invitationList struct{ orgArg }

// Run lists invitations.
func (c *invitationList) Run(e *environment) error { return e.execute("org invitations", c) }

func (c *invitationList) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	invitations, err := d.Invitations(ctx, directory.Operator(), org.ID)
	if err != nil {
		return explain(err)
	}
	roles, err := d.Roles(ctx, directory.Operator(), org.ID)
	if err != nil {
		return explain(err)
	}
	names := map[directory.RoleID]string{}
	for _, r := range roles {
		names[r.ID] = r.Name
	}
	people := newUsernames(ctx, d)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "ID", "ADDRESS", "ROLE", "INVITER", "EXPIRES", "STATE", "EMAIL")
	for _, i := range invitations {
		inviter, err := people.name(i.Inviter)
		if err != nil {
			return err
		}
		row(table, fmt.Sprint(i.ID), i.Email, orDash(names[i.Role]), orDash(inviter), date(i.ExpiresAt), string(i.Status), deliveryText(i))
	}
	return table.Flush()
}

// delivery describes the email of an invitation, where it was given up.
func deliveryText(i directory.Invitation) string {
	if i.Undelivered == "" {
		return "-"
	}
	return "not delivered: " + i.Undelivered
}

// anInvitation names an open invitation on the command line.
type invitationArg struct {
	orgArg
	ID int64 `arg:"" help:"Number of the invitation, as 'roster org invitations' shows it."`
}

// explain puts in words that there is none to be changed.
func (c invitationArg) explain(org directory.Organization, err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return fmt.Errorf("%s has no open invitation %d; see 'roster org invitations %s'", org.Name, c.ID, org.Slug)
	}
	return explain(err)
}

type invitationRevoke struct{ invitationArg }

// Run takes an invitation back.
func (c *invitationRevoke) Run(e *environment) error { return e.execute("org uninvite", c) }

func (c *invitationRevoke) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	if err := d.RevokeInvitation(ctx, directory.Operator(), org.ID, directory.InvitationID(c.ID)); err != nil {
		return c.explain(org, err)
	}
	_, err = fmt.Fprintf(out, "invitation %d to %s is worthless now\n", c.ID, org.Name)
	return err
}

type invitationResend struct{ invitationArg }

// Run mails another link.
func (c *invitationResend) Run(e *environment) error { return e.execute("org resend", c) }

func (c *invitationResend) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	sent, err := d.ResendInvitation(ctx, directory.Operator(), org.ID, directory.InvitationID(c.ID))
	if err != nil {
		return c.explain(org, err)
	}
	return printInvitation(out, sent)
}
