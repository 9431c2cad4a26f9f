package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/role"
)

type roleCommand struct {
	List   roleList   `cmd:"" help:"List the roles of an organization."`
	Create roleCreate `cmd:"" help:"Create a role."`
	Update roleUpdate `cmd:"" help:"Update a role. Built-in roles can only become the default."`
	Delete roleDelete `cmd:"" help:"Delete a role without members."`
}

// Help is shown below the flags.
func (roleCommand) Help() string {
	return `Examples:
  roster role list web-team
  roster role create web-team Lead --permissions users.read,users.invite
  roster role update web-team Lead --permissions users.read --default
  roster role delete web-team Lead`
}

// findRole returns the id of a role, or 0 for the default role if name is empty.
func findRole(ctx context.Context, d *directory.Directory, org model.Organization, name string) (model.RoleID, error) {
	if name == "" {
		return 0, nil
	}
	role, err := roleNamed(ctx, d, org, name)
	return role.ID, err
}

func roleNamed(ctx context.Context, d *directory.Directory, org model.Organization, name string) (model.Role, error) {
	role, err := d.RoleNamed(ctx, model.Operator(), org.ID, name)
	if fault.KindOf(err) == fault.NotFound {
		return role, fmt.Errorf("%s has no role %q; see 'roster role list %s'", org.Name, name, org.Slug)
	}
	return role, explain(err)
}

type roleList struct{ orgArg }

// Help is shown below the flags.
func (roleList) Help() string {
	return `Example:
  roster role list web-team`
}

// Run lists roles.
func (c *roleList) Run(e *environment) error { return e.execute("role list", c) }

func (c *roleList) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	roles, err := d.Roles(ctx, model.Operator(), org.ID)
	if err != nil {
		return explain(err)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "ID", "NAME", "DEFAULT", "PERMISSIONS")
	for _, r := range roles {
		row(table, fmt.Sprint(r.ID), r.Name, yesNo(r.Default), orDash(permissionText(r.Permissions)))
	}
	return table.Flush()
}

func permissionText(permissions []model.Permission) string {
	words := make([]string, 0, len(permissions))
	for _, p := range permissions {
		words = append(words, string(p))
	}
	return strings.Join(words, " ")
}

// explainRole is explain, and lists the allowed values of --permissions.
func explainRole(err error) error {
	if fault.Has(err, "permissions", fault.Unknown) {
		return fmt.Errorf("unknown permission; a role can hold: %s", permissionText(model.RolePermissions()))
	}
	return explain(err)
}

type roleCreate struct {
	orgArg
	Name        string   `arg:"" help:"Name of the new role."`
	Permissions []string `help:"Permissions of the role, such as users.read,projects.read_all." placeholder:"PERMISSION,..." values:"permissions" list:""`
	Default     bool     `help:"Make it the default role of new members."`
}

// Help is shown below the flags.
func (roleCreate) Help() string {
	return `Example:
  roster role create web-team Lead --permissions users.read,users.invite`
}

// Run creates a role.
func (c *roleCreate) Run(e *environment) error { return e.execute("role create", c) }

func (c *roleCreate) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	n := role.NewRole{Org: org.ID, Name: c.Name, Default: c.Default}
	for _, p := range c.Permissions {
		n.Permissions = append(n.Permissions, model.Permission(p))
	}
	role, err := d.CreateRole(ctx, model.Operator(), n)
	if err != nil {
		return explainRole(err)
	}
	_, err = fmt.Fprintf(out, "role %d: %s\n", role.ID, role.Name)
	return err
}

// roleArg names a role on the command line.
type roleArg struct {
	orgArg
	Role string `arg:"" help:"Name or id of the role, see 'roster role list'; or name:NAME, id:N."`
}

func (c roleArg) find(ctx context.Context, d *directory.Directory) (model.Organization, model.Role, error) {
	org, err := c.orgArg.find(ctx, d)
	if err != nil {
		return org, model.Role{}, err
	}
	role, err := roleNamed(ctx, d, org, c.Role)
	return org, role, err
}

type roleUpdate struct {
	roleArg
	Name        *string `help:"New name." placeholder:"NAME"`
	Permissions *string `help:"New permissions, such as users.read,projects.read_all; empty for none." placeholder:"PERMISSION,..." values:"permissions" list:"" empty:"allowed"`
	Default     bool    `help:"Make it the default role of new members."`
}

// Help is shown below the flags.
func (roleUpdate) Help() string {
	return `Examples:
  roster role update web-team Lead --name Leader
  roster role update web-team Member --default`
}

// Run updates a role.
func (c *roleUpdate) Run(e *environment) error {
	if c.Name == nil && c.Permissions == nil && !c.Default {
		return usageError("nothing to update; use --name, --permissions or --default")
	}
	return e.execute("role update", c)
}

func (c *roleUpdate) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, found, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	if found.Org == 0 && (c.Name != nil || c.Permissions != nil) {
		return fmt.Errorf("%s is a built-in role: it can only become the default", found.Name)
	}
	change := role.Change{Name: c.Name, Default: c.Default}
	if c.Permissions != nil {
		permissions := splitWords[model.Permission](*c.Permissions)
		change.Permissions = &permissions
	}
	found, err = d.ChangeRole(ctx, model.Operator(), org.ID, found.ID, change)
	if err != nil {
		return explainRole(err)
	}
	permissions := cmp.Or(permissionText(found.Permissions), "none")
	_, err = fmt.Fprintf(out, "role %d: %s, permissions: %s\n", found.ID, found.Name, permissions)
	return err
}

type roleDelete struct {
	roleArg
	confirmation
}

// Help is shown below the flags.
func (roleDelete) Help() string {
	return `Examples:
  roster role delete web-team Lead
  roster role delete web-team Lead --yes`
}

// Run deletes a role after a confirmation.
func (c *roleDelete) Run(e *environment) error {
	if err := c.confirm(e, fmt.Sprintf("Delete role %s of %s?", c.Role, c.Org)); err != nil {
		return err
	}
	return e.execute("role delete", c)
}

func (c *roleDelete) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, role, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	if role.Org == 0 {
		return fmt.Errorf("%s is a built-in role and cannot be deleted", role.Name)
	}
	if err := d.DeleteRole(ctx, model.Operator(), org.ID, role.ID); err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintf(out, "role %s was deleted from %s\n", role.Name, org.Name)
	return err
}
