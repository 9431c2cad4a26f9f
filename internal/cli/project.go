package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
)

type projectCommand struct {
	List   projectList   `cmd:"" help:"List the projects of an organization."`
	Show   projectShow   `cmd:"" help:"Show a project and the assigned users."`
	Create projectCreate `cmd:"" help:"Create a project."`
	Update projectUpdate `cmd:"" help:"Update a project. Its permalink does not change."`
	Assign projectAssign `cmd:"" help:"Replace the list of assigned users."`
	Delete projectDelete `cmd:"" help:"Delete a project. Users and events stay."`
}

// Help is shown below the flags.
func (projectCommand) Help() string {
	return `Examples:
  roster project create home 'Awesome project' --group 'Web Apps'
  roster project update home awesome-project --status archived
  roster project assign home awesome-project ada grace
  roster project show home awesome-project
  roster project delete home awesome-project
  roster project list home`
}

type projectList struct{ orgArg }

// Help is shown below the flags.
func (projectList) Help() string {
	return `Example:
  roster project list home`
}

// Run lists projects.
func (c *projectList) Run(e *environment) error { return e.execute("project list", c) }

func (c *projectList) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	projects, err := d.Projects(ctx, model.Operator(), org.ID)
	if err != nil {
		return explain(err)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "ID", "PERMALINK", "NAME", "GROUP", "STATUS")
	for _, p := range projects {
		row(table, fmt.Sprint(p.ID), p.Permalink, p.Name, orDash(p.Group), string(p.Status))
	}
	return table.Flush()
}

type projectShow struct {
	orgArg
	Project string `arg:"" help:"Permalink, id or name of the project."`
}

// Help is shown below the flags.
func (projectShow) Help() string {
	return `Example:
  roster project show home awesome-project`
}

// Run shows one project.
func (c *projectShow) Run(e *environment) error { return e.execute("project show", c) }

func (c *projectShow) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	p, err := projectNamed(ctx, d, org, c.Project)
	if err != nil {
		return err
	}
	assigned, err := d.Assigned(ctx, model.Operator(), org.ID, p.Permalink)
	if err != nil {
		return explain(err)
	}
	return printProject(out, p, assigned)
}

func printProject(out io.Writer, p model.Project, assigned []model.User) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "id", fmt.Sprint(p.ID))
	row(table, "permalink", p.Permalink)
	row(table, "name", p.Name)
	row(table, "group", orDash(p.Group))
	row(table, "status", string(p.Status))
	for i, text := range strings.Split(orDash(p.Overview), "\n") {
		row(table, []string{"overview", ""}[min(i, 1)], text)
	}
	for _, u := range assigned {
		row(table, "assigned", or(u.Username, u.Label()))
	}
	row(table, "created", p.CreatedAt.Format("2006-01-02 15:04:05 MST"))
	return table.Flush()
}

type projectCreate struct {
	orgArg
	Name   string `arg:"" help:"Name of the project."`
	Group  string `help:"Name of the project group." placeholder:"GROUP"`
	Status string `help:"Status: active, on_hold or archived. Default: active." placeholder:"STATUS" values:"statuses"`
}

// Help is shown below the flags.
func (projectCreate) Help() string {
	return `Example:
  roster project create home 'Awesome project' --group 'Web Apps'`
}

// Run creates a project.
func (c *projectCreate) Run(e *environment) error { return e.execute("project create", c) }

func (c *projectCreate) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	p, err := d.CreateProject(ctx, model.Operator(), project.NewProject{
		Org: org.ID, Name: c.Name, Group: c.Group, Status: model.ProjectStatus(c.Status),
	})
	if err != nil {
		return explainProject(err)
	}
	_, err = fmt.Fprintf(out, "project %d: %s\n", p.ID, p.Permalink)
	return err
}

// explainProject is explain, and lists the allowed values of --status.
func explainProject(err error) error {
	if !fault.Has(err, "status", fault.Unknown) {
		return explain(err)
	}
	var words []string
	for _, s := range model.ProjectStatuses() {
		words = append(words, string(s))
	}
	return fmt.Errorf("status can be: %s", strings.Join(words, ", "))
}

type projectUpdate struct {
	orgArg
	Project  string  `arg:"" help:"Permalink of the project."`
	Name     *string `help:"New name." placeholder:"NAME"`
	Group    *string `help:"New group; empty removes the project from its group." placeholder:"GROUP" empty:"allowed"`
	Status   *string `help:"Status: active, on_hold or archived." placeholder:"STATUS" values:"statuses"`
	Overview *string `help:"New description; empty removes it." placeholder:"TEXT" empty:"allowed"`
}

// Help is shown below the flags.
func (projectUpdate) Help() string {
	return `Examples:
  roster project update home awesome-project --name 'Very awesome project'
  roster project update home awesome-project --status archived`
}

// Run updates a project.
func (c *projectUpdate) Run(e *environment) error {
	if c.Name == nil && c.Group == nil && c.Status == nil && c.Overview == nil {
		return usageError("nothing to update; use --name, --group, --status or --overview")
	}
	return e.execute("project update", c)
}

func (c *projectUpdate) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	p, err := d.ChangeProject(ctx, model.Operator(), org.ID, c.Project, project.Change{
		Name: c.Name, Group: c.Group, Status: (*model.ProjectStatus)(c.Status), Overview: c.Overview,
	})
	if err != nil {
		return explainProject(err)
	}
	_, err = fmt.Fprintf(out, "project %d: %s is %s\n", p.ID, p.Permalink, p.Status)
	return err
}

type projectAssign struct {
	orgArg
	Project string   `arg:"" help:"Permalink of the project."`
	Users   []string `arg:"" optional:"" help:"The assigned users; without any, the list becomes empty."`
	confirmation
}

// Help is shown below the flags.
func (projectAssign) Help() string {
	return `Without users, the command asks first.

Examples:
  roster project assign home awesome-project ada grace
  roster project assign home awesome-project --yes`
}

// Run replaces the assigned users. It asks for a confirmation to remove all of them.
func (c *projectAssign) Run(e *environment) error {
	if len(c.Users) == 0 {
		if err := c.confirm(e, fmt.Sprintf("Remove all assigned users from project %s?", c.Project)); err != nil {
			return err
		}
	}
	return e.execute("project assign", c)
}

func (c *projectAssign) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	var ids []model.UserID
	names := map[model.UserID]string{}
	for _, name := range c.Users {
		u, err := findUser(ctx, d, name)
		if err != nil {
			return err
		}
		ids, names[u.ID] = append(ids, u.ID), or(u.Username, u.Label())
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	err = d.Assign(ctx, model.Operator(), org.ID, c.Project, ids)
	if fault.Has(err, "user", fault.Unknown) {
		return explainNonMembers(ctx, d, org, names, err)
	}
	if err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintf(out, "%s assigned to %s\n", countOf(len(ids), "user"), c.Project)
	return err
}

// explainNonMembers returns an error that names the users that are not members of org, or refused.
func explainNonMembers(ctx context.Context, d *directory.Directory, org model.Organization, names map[model.UserID]string, refused error) error {
	members, err := d.Members(ctx, model.Operator(), org.ID)
	if err != nil {
		return explain(err)
	}
	for _, m := range members {
		delete(names, m.User.ID)
	}
	others, be := slices.Sorted(maps.Values(names)), "is not a member"
	switch {
	case len(others) == 0:
		return explain(refused) // they became members meanwhile
	case len(others) > 1:
		be = "are not members"
	}
	return fmt.Errorf("%s %s of %s; see 'roster org members %s'", strings.Join(others, ", "), be, org.Name, org.Slug)
}

type projectDelete struct {
	orgArg
	Project string `arg:"" help:"Permalink of the project."`
	confirmation
}

// Help is shown below the flags.
func (projectDelete) Help() string {
	return `Removes the project with its assignments, also from open invitations. Its permalink becomes
free. To keep the project, archive it instead.

Examples:
  roster project delete home awesome-project --yes
  roster project update home awesome-project --status archived`
}

// Run deletes a project after a confirmation.
func (c *projectDelete) Run(e *environment) error {
	if err := c.confirm(e, fmt.Sprintf("Delete project %s?", c.Project)); err != nil {
		return err
	}
	return e.execute("project delete", c)
}

func (c *projectDelete) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	if err := d.DeleteProject(ctx, model.Operator(), org.ID, c.Project, ""); err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintf(out, "%s was deleted from %s\n", c.Project, org.Name)
	return err
}

// findProjects finds projects by permalink, id or name.
func findProjects(ctx context.Context, d *directory.Directory, org model.Organization, texts []string) ([]model.ProjectID, error) {
	var ids []model.ProjectID
	for _, text := range texts {
		p, err := projectNamed(ctx, d, org, text)
		if err != nil {
			return nil, err
		}
		ids = append(ids, p.ID)
	}
	return ids, nil
}

func projectNamed(ctx context.Context, d *directory.Directory, org model.Organization, text string) (model.Project, error) {
	p, err := d.ProjectNamed(ctx, model.Operator(), org.ID, text)
	switch fault.KindOf(err) {
	case fault.NotFound:
		return p, fmt.Errorf("%s has no project %q; see 'roster project list %s'", org.Name, text, org.Slug)
	case fault.Conflict:
		return p, fmt.Errorf("%w, as 'roster project list %s' shows it", explain(err), org.Slug)
	}
	return p, explain(err)
}
