package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/unitext"
)

// findRole gives 0, which means the default, for no name.
func findRole(ctx context.Context, d *directory.Directory, org directory.Organization, name string) (directory.RoleID, error) {
	if name == "" {
		return 0, nil
	}
	role, err := roleNamed(ctx, d, org, name)
	return role.ID, err
}

func roleNamed(ctx context.Context, d *directory.Directory, org directory.Organization, name string) (directory.Role, error) {
	roles, err := d.Roles(ctx, directory.Operator(), org.ID)
	if err != nil {
		return directory.Role{}, explain(err)
	}
	role, err := findOne("role", name, []lookup[directory.Role]{
		{"id", func(r directory.Role, text string) bool { return fmt.Sprint(r.ID) == text }},
		{"name", func(r directory.Role, text string) bool { return unitext.Fold(r.Name) == unitext.Fold(text) }},
	}, func(r directory.Role) int64 { return int64(r.ID) }, roles)
	if errors.Is(err, errNoMatch) {
		return role, fmt.Errorf("%s has no role %q; see 'roster org roles %s'", org.Name, name, org.Slug)
	}
	return role, err
}

type roleList struct{ orgArg }

// Run lists roles.
func (c *roleList) Run(e *environment) error { return e.execute("org roles", c) }

func (c *roleList) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	roles, err := d.Roles(ctx, directory.Operator(), org.ID)
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

func permissionText(permissions []directory.Permission) string {
	words := make([]string, 0, len(permissions))
	for _, p := range permissions {
		words = append(words, string(p))
	}
	return strings.Join(words, " ")
}

// explainRole is explain that lists what may stand after --permissions.
func explainRole(err error) error {
	if fault.Has(err, "permissions", fault.Unknown) {
		return fmt.Errorf("unknown permission; a role can hold: %s", permissionText(directory.RolePermissions()))
	}
	return explain(err)
}

type roleCreate struct {
	orgArg
	Name        string   `arg:"" help:"Name of the new role."`
	Permissions []string `help:"What it may do, such as users.read,projects.read_all." placeholder:"PERMISSION,..."`
	Default     bool     `help:"New members get it who are given no other."`
}

// Run makes a role.
func (c *roleCreate) Run(e *environment) error { return e.execute("org role", c) }

func (c *roleCreate) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	n := directory.NewRole{Org: org.ID, Name: c.Name, Default: c.Default}
	for _, p := range c.Permissions {
		n.Permissions = append(n.Permissions, directory.Permission(p))
	}
	role, err := d.CreateRole(ctx, directory.Operator(), n)
	if err != nil {
		return explainRole(err)
	}
	_, err = fmt.Fprintf(out, "role %d: %s\n", role.ID, role.Name)
	return err
}

// aRole names a role on the command line.
type roleArg struct {
	orgArg
	Role string `arg:"" help:"Name or id of the role, as 'roster org roles' shows it, or name:NAME, id:N."`
}

func (c roleArg) find(ctx context.Context, d *directory.Directory) (directory.Organization, directory.Role, error) {
	org, err := c.orgArg.find(ctx, d)
	if err != nil {
		return org, directory.Role{}, err
	}
	role, err := roleNamed(ctx, d, org, c.Role)
	return org, role, err
}

type roleUpdate struct {
	roleArg
	Name        *string `help:"Another name." placeholder:"NAME"`
	Permissions *string `help:"What it may do from now on, such as users.read,projects.read_all; an empty text for nothing." placeholder:"PERMISSION,..."`
	Default     bool    `help:"New members get it who are given no other."`
}

// Run changes a role.
func (c *roleUpdate) Run(e *environment) error {
	if c.Name == nil && c.Permissions == nil && !c.Default {
		return usageError("nothing to change; say what with --name, --permissions or --default")
	}
	return e.execute("org role-change", c)
}

func (c *roleUpdate) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, role, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	if role.Org == 0 && (c.Name != nil || c.Permissions != nil) {
		return fmt.Errorf("%s is built in: it can become the default, and nothing else of it changes", role.Name)
	}
	change := directory.RoleChange{Name: c.Name, Default: c.Default}
	if c.Permissions != nil {
		permissions := splitWords[directory.Permission](*c.Permissions)
		change.Permissions = &permissions
	}
	role, err = d.ChangeRole(ctx, directory.Operator(), org.ID, role.ID, change)
	if err != nil {
		return explainRole(err)
	}
	may := permissionText(role.Permissions)
	if may == "" {
		may = "nothing"
	}
	_, err = fmt.Fprintf(out, "role %d: %s may %s\n", role.ID, role.Name, may)
	return err
}

type roleDelete struct{ roleArg }

// Run deletes a role.
func (c *roleDelete) Run(e *environment) error { return e.execute("org role-delete", c) }

func (c *roleDelete) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, role, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	if role.Org == 0 {
		return fmt.Errorf("%s is built in, and stays", role.Name)
	}
	if err := d.DeleteRole(ctx, directory.Operator(), org.ID, role.ID); err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintln(out, org.Name, "has no role", role.Name, "any more")
	return err
}
