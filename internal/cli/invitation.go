package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
)

type invitationCommand struct {
	List   invitationList   `cmd:"" help:"List the invitations of an organization with their state."`
	Create invitationCreate `cmd:"" help:"Invite a person by email."`
	Revoke invitationRevoke `cmd:"" help:"Revoke an invitation, and delete the user created for it."`
	Resend invitationResend `cmd:"" help:"Send an invitation again with a new link."`
}

// Help is shown below the flags.
func (invitationCommand) Help() string {
	return `Examples:
  roster invitation create web-team alan@example.org --role Member
  roster invitation list web-team
  roster invitation resend web-team 7
  roster invitation revoke web-team 7`
}

type invitationCreate struct {
	orgArg
	Email string `arg:"" help:"Email address to invite."`
	Role  string `help:"Name of the role. Default: the default role of the organization." placeholder:"ROLE"`

	Projects []string `name:"project" help:"Permalink, id or name of a project to which the user will be assigned. May be repeated." placeholder:"PROJECT" sep:"none"`
}

// Help is shown below the flags.
func (invitationCreate) Help() string {
	return `Sends an email with a link that works once, and prints the link.

Examples:
  roster invitation create web-team alan@example.org --role Member
  roster invitation create web-team alan@example.org --project awesome-project --project 'Other, too'`
}

// Run creates an invitation.
func (c *invitationCreate) Run(e *environment) error { return e.execute("invitation create", c) }

func (c *invitationCreate) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
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
	sent, err := d.Invite(ctx, model.Operator(), invitation.NewInvitation{Org: org.ID, Email: c.Email, Role: role, Projects: projects})
	if fault.Has(err, "member", fault.Taken) {
		return c.memberAlready(ctx, d, org)
	}
	if err != nil {
		return explain(err)
	}
	return printInvitation(out, sent)
}

func (c *invitationCreate) memberAlready(ctx context.Context, d *directory.Directory, org model.Organization) error {
	u, err := d.UserByEmail(ctx, model.Operator(), c.Email)
	if err != nil {
		return explain(err)
	}
	return fmt.Errorf("%s is already a member of %s", or(u.Username, u.Label()), org.Name)
}

func printInvitation(out io.Writer, sent invitation.Sent) error {
	_, err := fmt.Fprintf(out, "an invitation to %s was queued; its link, valid until %s:\n%s\n",
		sent.Invitation.Email, date(sent.Invitation.ExpiresAt), sent.Link)
	return err
}

type invitationList struct{ orgArg }

// Help is shown below the flags.
func (invitationList) Help() string {
	return `EMAIL shows why the email was not delivered. Accepted and revoked invitations stay in the list for
the time of the setting security.ended_retention.

Example:
  roster invitation list web-team`
}

// Run lists invitations.
func (c *invitationList) Run(e *environment) error { return e.execute("invitation list", c) }

func (c *invitationList) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	invitations, err := d.Invitations(ctx, model.Operator(), org.ID)
	if err != nil {
		return explain(err)
	}
	roles, err := d.Roles(ctx, model.Operator(), org.ID)
	if err != nil {
		return explain(err)
	}
	names := map[model.RoleID]string{}
	for _, r := range roles {
		names[r.ID] = r.Name
	}
	inviters := newUsernames(ctx, d)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "ID", "ADDRESS", "ROLE", "INVITER", "EXPIRES", "STATE", "EMAIL")
	for _, i := range invitations {
		inviter, err := inviters.name(i.Inviter)
		if err != nil {
			return err
		}
		row(table, fmt.Sprint(i.ID), i.Email, orDash(names[i.Role]), orDash(inviter), date(i.ExpiresAt), string(i.Status), deliveryText(i))
	}
	return table.Flush()
}

// deliveryText returns why the email of an invitation was not delivered, or "-".
func deliveryText(i model.Invitation) string {
	if i.Undelivered == "" {
		return "-"
	}
	return "not delivered: " + i.Undelivered
}

// invitationArg names an open invitation on the command line.
type invitationArg struct {
	orgArg
	ID int64 `arg:"" help:"Id of the invitation, see 'roster invitation list'."`
}

// explain words the error that there is no open invitation.
func (c invitationArg) explain(org model.Organization, err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return fmt.Errorf("%s has no open invitation %d; see 'roster invitation list %s'", org.Name, c.ID, org.Slug)
	}
	return explain(err)
}

type invitationRevoke struct {
	invitationArg
	confirmation
}

// Help is shown below the flags.
func (invitationRevoke) Help() string {
	return `The link stops working. A user that was created for the invitation, and has never signed in, is
deleted. To keep the invitation and invalidate its link, send it again.

Examples:
  roster invitation revoke web-team 7
  roster invitation revoke web-team 7 --yes
  roster invitation resend web-team 7`
}

// Run revokes an invitation after a confirmation.
func (c *invitationRevoke) Run(e *environment) error {
	if err := c.confirm(e, fmt.Sprintf("Revoke invitation %d of %s, and delete the user created for it?", c.ID, c.Org)); err != nil {
		return err
	}
	return e.execute("invitation revoke", c)
}

func (c *invitationRevoke) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	if err := d.RevokeInvitation(ctx, model.Operator(), org.ID, model.InvitationID(c.ID)); err != nil {
		return c.explain(org, err)
	}
	_, err = fmt.Fprintf(out, "invitation %d to %s was revoked\n", c.ID, org.Name)
	return err
}

type invitationResend struct{ invitationArg }

// Help is shown below the flags.
func (invitationResend) Help() string {
	return `The previous link stops working.

Example:
  roster invitation resend web-team 7`
}

// Run sends another email.
func (c *invitationResend) Run(e *environment) error { return e.execute("invitation resend", c) }

func (c *invitationResend) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	sent, err := d.ResendInvitation(ctx, model.Operator(), org.ID, model.InvitationID(c.ID))
	if err != nil {
		return c.explain(org, err)
	}
	return printInvitation(out, sent)
}
