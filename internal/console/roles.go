package console

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/role"
	"roster.example/roster/internal/ui"
)

// The pages of the roles of an organization, below its path.
const (
	rolesTab  = "/roles"
	newRole   = rolesTab + "/new"
	roleRoute = rolesTab + "/{role}"
)

func (p *pages) roleEndpoints() []browser.Endpoint {
	return []browser.Endpoint{
		expensive(p.showOrganization(rolesTab, model.RolesRead, p.showRoles)),
		p.changeOrganization(rolesTab, model.RolesManage, p.changeRoles),
		p.showOrganization(newRole, model.RolesManage, p.showNewRole),
		p.changeOrganization(newRole, model.RolesManage, p.createRole),
		expensive(p.showOrganization(roleRoute, model.RolesManage, p.showRole)),
		p.changeOrganization(roleRoute, model.RolesManage, p.changeRole),
		expensive(p.showOrganization(roleRoute+"/delete", model.RolesManage, p.showDeleteRole)),
		p.changeOrganization(roleRoute+"/delete", model.RolesManage, p.deleteRole),
	}
}

// permissionGroup is a group of rows of the matrix.
type permissionGroup struct {
	Title string
	Rows  []permissionRow
}

// permissionRow is one permission with a cell for each role.
type permissionRow struct {
	Name        model.Permission
	Title, Text string
	Cells       []permissionCell
}

// permissionCell is whether a role has a permission.
type permissionCell struct {
	Role  model.Role
	Has   bool
	Fixed bool // whether the page cannot change it
}

// matrixBody is the content of the page of roles.
type matrixBody struct {
	Organization model.Organization
	Manages      bool
	Roles        []role.Use // without Pending
	Pending      int        // members with the role Pending
	Groups       []permissionGroup
	Columns      int
	Action, New  string
}

func (p *pages) showRoles(w http.ResponseWriter, r *http.Request, a orgAdmin) error {
	m := p.UI.MessagesFor(r)
	page := p.organizationPage(r, a, m.Text("roles.of", "organization", a.org.Name), rolesTab)
	page.Lead = m.Text("roles.lead")
	body, err := p.matrix(r, a)
	if err != nil {
		return err
	}
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "roles", page)
}

func (p *pages) matrix(r *http.Request, a orgAdmin) (matrixBody, error) {
	body := matrixBody{Organization: a.org, Manages: a.has(model.RolesManage), Action: organizationPath(a.org.ID, rolesTab), New: organizationPath(a.org.ID, newRole)}
	all, err := p.Directory.RolesInUse(r.Context(), a.Actor, a.org.ID)
	for _, use := range all {
		if use.Role.ID == model.RolePending {
			body.Pending = use.Members
			continue
		}
		body.Roles = append(body.Roles, use)
	}
	body.Columns = len(body.Roles) + 1
	m := p.UI.MessagesFor(r)
	for _, g := range permissionGroups(m) {
		for i, row := range g.Rows {
			for _, use := range body.Roles {
				g.Rows[i].Cells = append(g.Rows[i].Cells, permissionCell{use.Role, slices.Contains(use.Role.Permissions, row.Name), use.Role.Org == 0 || !body.Manages})
			}
		}
		body.Groups = append(body.Groups, g)
	}
	return body, err
}

// permissionGroups returns the permissions of roles in words.
func permissionGroups(m *ui.Messages) []permissionGroup {
	row := func(p model.Permission, text string) permissionRow {
		return permissionRow{Name: p, Title: permissionText(m, p), Text: text}
	}
	return []permissionGroup{
		{m.Text("console.users"), []permissionRow{
			row(model.UsersRead, m.Text("roles.users_read")), row(model.UsersInvite, m.Text("roles.users_invite")), row(model.MembersManage, m.Text("roles.members_manage")),
		}},
		{m.Text("roles.roles_and_projects"), []permissionRow{
			row(model.RolesRead, m.Text("roles.roles_read")), row(model.RolesManage, m.Text("roles.roles_manage")),
			row(model.ProjectsReadAll, m.Text("roles.projects_read_all")), row(model.ProjectsManage, m.Text("roles.projects_manage")),
		}},
		{m.Text("roles.oversight"), []permissionRow{row(model.AuditRead, m.Text("roles.audit_read")), row(model.OrganizationsManage, m.Text("roles.organizations_manage"))}},
	}
}

// roleDifference is a change of one role that is not saved yet.
type roleDifference struct {
	Role          model.Role
	Members       int
	Gains, Loses  []string // in words
	permissions   []model.Permission
	changedBefore bool // whether the role was changed since the page was opened
}

// roleReviewBody is the content of the page that shows a change of roles before it is saved.
type roleReviewBody struct {
	Differences []roleDifference
	Cancel      string
}

// changeRoles shows the difference to the roles as they are now, and saves it when it is confirmed.
func (p *pages) changeRoles(w http.ResponseWriter, r *http.Request, a orgAdmin, in *ui.Input) error {
	all, err := p.Directory.RolesInUse(r.Context(), a.Actor, a.org.ID)
	if err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	differences, stale := roleDifferences(m, all, in), false
	for _, d := range differences {
		stale = stale || d.changedBefore
	}
	sure := in.Text("sure") != ""
	if err := in.Err(); err != nil {
		return err
	}
	list := organizationPath(a.org.ID, rolesTab)
	if len(differences) == 0 {
		return p.backTo(w, list, "roles-same")
	}
	if sure && !stale {
		for _, d := range differences {
			_, err := p.Directory.ChangeRole(r.Context(), a.Actor, a.org.ID, d.Role.ID, role.Change{Permissions: &d.permissions, IfVersion: d.Role.Version()})
			if err != nil {
				return p.reviewRoles(w, r, a, in, differences, err)
			}
		}
		return p.backTo(w, list, "roles")
	}
	return p.reviewRoles(w, r, a, in, differences, nil)
}

// reviewRoles shows what a change of roles does. rejected is why it was not saved; nil before.
func (p *pages) reviewRoles(w http.ResponseWriter, r *http.Request, a orgAdmin, in *ui.Input, differences []roleDifference, rejected error) error {
	m := p.UI.MessagesFor(r)
	list := organizationPath(a.org.ID, rolesTab)
	page := p.organizationPage(r, a, m.Text("roles.review"), rolesTab, ui.Link{Text: m.Text("roles.title"), Path: list})
	page.Wide = false
	page.Form = &ui.Form{Action: list, Submit: m.Text("roles.save"), Small: true, Hidden: map[string]string{"sure": "yes"}}
	for _, field := range in.Sent("sure") {
		if len(field.Name) > 1 && field.Name[0] == 'v' { // versions: those of the difference that is shown
			continue
		}
		page.Form.Again = append(page.Form.Again, field)
	}
	status := http.StatusOK
	for _, d := range differences {
		page.Form.Hidden[versionField(d.Role)] = d.Role.Version()
		if d.changedBefore {
			status = http.StatusConflict
			page.Form.Errors = append(page.Form.Errors, m.Text("roles.changed", "role", d.Role.Name))
		}
	}
	page.Body = roleReviewBody{differences, list}
	if rejected != nil {
		return p.rejectForm(w, r, "roles-review", page, rejected)
	}
	return p.UI.Write(w, r, status, "roles-review", page)
}

func roleField(r model.Role) string    { return fmt.Sprintf("r%d", r.ID) }
func versionField(r model.Role) string { return fmt.Sprintf("v%d", r.ID) }

// roleDifferences compares the custom roles with the checked permissions. A role that the form does not have
// stays as it is.
func roleDifferences(m *ui.Messages, all []role.Use, in *ui.Input) []roleDifference {
	var differences []roleDifference
	for _, use := range all {
		version := in.Text(versionField(use.Role))
		if use.Role.Org == 0 || version == "" {
			continue
		}
		d := roleDifference{Role: use.Role, Members: use.Members, changedBefore: version != use.Role.Version()}
		checked := in.List(roleField(use.Role))
		for _, p := range model.RolePermissions() {
			wanted, has := slices.Contains(checked, string(p)), slices.Contains(use.Role.Permissions, p)
			if wanted {
				d.permissions = append(d.permissions, p)
			}
			switch {
			case wanted && !has:
				d.Gains = append(d.Gains, permissionText(m, p))
			case has && !wanted:
				d.Loses = append(d.Loses, permissionText(m, p))
			}
		}
		if len(d.Gains)+len(d.Loses) > 0 {
			differences = append(differences, d)
		}
	}
	return differences
}

// roleFormBody is the content of the form of a new role.
type roleFormBody struct {
	Groups  []permissionGroup
	Default bool
}

func (p *pages) newRolePage(r *http.Request, a orgAdmin, name string, checked []string, isDefault bool) ui.Page {
	m := p.UI.MessagesFor(r)
	page := p.organizationPage(r, a, m.Text("roles.create"), rolesTab, ui.Link{Text: m.Text("roles.title"), Path: organizationPath(a.org.ID, rolesTab)})
	page.Wide = false
	groups := permissionGroups(m)
	for _, g := range groups {
		for i := range g.Rows {
			g.Rows[i].Cells = []permissionCell{{Has: slices.Contains(checked, string(g.Rows[i].Name))}}
		}
	}
	page.Form = &ui.Form{Action: organizationPath(a.org.ID, newRole), Submit: m.Text("roles.create"), Fields: []ui.Field{
		{Name: "name", Label: m.Text("orgs.name"), Type: "text", Autocomplete: "off", Value: name, Focus: true},
	}}
	page.Body = roleFormBody{groups, isDefault}
	return page
}

func (p *pages) showNewRole(w http.ResponseWriter, r *http.Request, a orgAdmin) error {
	return p.UI.Write(w, r, http.StatusOK, "role-new", p.newRolePage(r, a, "", nil, false))
}

func (p *pages) createRole(w http.ResponseWriter, r *http.Request, a orgAdmin, in *ui.Input) error {
	name, checked, isDefault := in.Line("name"), in.List("permissions"), in.Text("default") != ""
	if err := in.Err(); err != nil {
		return err
	}
	n := role.NewRole{Org: a.org.ID, Name: name, Default: isDefault}
	for _, text := range checked {
		n.Permissions = append(n.Permissions, model.Permission(text))
	}
	if _, err := p.Directory.CreateRole(r.Context(), a.Actor, n); err != nil {
		return p.rejectForm(w, r, "role-new", p.newRolePage(r, a, name, checked, isDefault), err)
	}
	return p.backTo(w, organizationPath(a.org.ID, rolesTab), "role")
}

// readRole returns the role in the path of a request.
func (p *pages) readRole(r *http.Request, a orgAdmin) (role.Use, error) {
	all, err := p.Directory.RolesInUse(r.Context(), a.Actor, a.org.ID)
	if err != nil {
		return role.Use{}, err
	}
	i := slices.IndexFunc(all, func(use role.Use) bool { return strconv.FormatInt(int64(use.Role.ID), 10) == r.PathValue("role") })
	if i < 0 {
		return role.Use{}, fault.Missing("role")
	}
	return all[i], nil
}

func rolePath(a orgAdmin, id model.RoleID, rest string) string {
	return organizationPath(a.org.ID, fmt.Sprintf("%s/%d%s", rolesTab, id, rest))
}

// roleBody is the content of the page of one role.
type roleBody struct {
	role.Use
	Custom bool
	Delete string
}

func (p *pages) rolePage(r *http.Request, a orgAdmin, use role.Use, name string) ui.Page {
	m := p.UI.MessagesFor(r)
	page := p.organizationPage(r, a, m.Text("roles.one", "role", use.Role.Name), rolesTab, ui.Link{Text: m.Text("roles.title"), Path: organizationPath(a.org.ID, rolesTab)})
	page.Wide = false
	page.Lead = m.Count("roles.members", use.Members)
	page.Form = &ui.Form{Action: rolePath(a, use.Role.ID, ""), Submit: m.Text("orgs.save"), Small: true, Hidden: map[string]string{"version": use.Role.Version()}}
	if use.Role.Org != 0 {
		page.Form.Fields = append(page.Form.Fields, ui.Field{Name: "name", Label: m.Text("orgs.name"), Type: "text", Autocomplete: "off", Value: name})
	}
	if !use.Role.Default {
		page.Form.Fields = append(page.Form.Fields, ui.Field{Name: "default", Label: m.Text("roles.make_default"), Type: "checkbox", Hint: m.Text("roles.default_hint")})
	}
	page.Body = roleBody{use, use.Role.Org != 0, rolePath(a, use.Role.ID, "/delete")}
	return page
}

func (p *pages) showRole(w http.ResponseWriter, r *http.Request, a orgAdmin) error {
	use, err := p.readRole(r, a)
	if err != nil {
		return err
	}
	return p.UI.Write(w, r, http.StatusOK, "role", p.rolePage(r, a, use, use.Role.Name))
}

func (p *pages) changeRole(w http.ResponseWriter, r *http.Request, a orgAdmin, in *ui.Input) error {
	use, err := p.readRole(r, a)
	if err != nil {
		return err
	}
	name := in.Line("name")
	change := role.Change{IfVersion: in.Text("version"), Default: in.Text("default") != ""}
	if err := in.Err(); err != nil {
		return err
	}
	if use.Role.Org != 0 {
		change.Name = &name
	}
	if _, err := p.Directory.ChangeRole(r.Context(), a.Actor, a.org.ID, use.Role.ID, change); err != nil {
		return p.rejectForm(w, r, "role", p.rolePage(r, a, use, name), err)
	}
	return p.backTo(w, rolePath(a, use.Role.ID, ""), "role-changed")
}

func (p *pages) deleteRolePage(r *http.Request, a orgAdmin) (ui.Page, role.Use, error) {
	use, err := p.readRole(r, a)
	if err == nil && use.Role.Org == 0 {
		err = fault.Missing("role")
	}
	if err != nil {
		return ui.Page{}, use, err
	}
	roles, err := p.Directory.Roles(r.Context(), a.Actor, a.org.ID)
	m := p.UI.MessagesFor(r)
	page := p.organizationPage(r, a, m.Text("roles.delete"), rolesTab, ui.Link{Text: m.Text("roles.title"), Path: organizationPath(a.org.ID, rolesTab)},
		ui.Link{Text: use.Role.Name, Path: rolePath(a, use.Role.ID, "")})
	page.Wide = false
	replacement := ui.Field{Name: "role", Label: m.Text("roles.replacement"), Type: "select", Hint: m.Text("roles.replacement_hint")}
	for _, other := range roles {
		if other.ID != use.Role.ID {
			selected := other.Default || use.Role.Default && other.ID == model.RoleMember
			replacement.Options = append(replacement.Options, ui.Option{Value: strconv.FormatInt(int64(other.ID), 10), Label: other.Name, Selected: selected})
		}
	}
	page.Form = &ui.Form{Action: rolePath(a, use.Role.ID, "/delete"), Submit: m.Text("roles.delete"), Small: true, Danger: true, Fields: []ui.Field{
		replacement,
		{Name: "confirm", Label: m.Text("orgs.type_name", "name", use.Role.Name), Type: "text", Autocomplete: "off", Confirm: use.Role.Name},
	}}
	page.Body = use
	return page, use, err
}

func (p *pages) showDeleteRole(w http.ResponseWriter, r *http.Request, a orgAdmin) error {
	page, _, err := p.deleteRolePage(r, a)
	if err != nil {
		return err
	}
	return p.UI.Write(w, r, http.StatusOK, "role-delete", page)
}

func (p *pages) deleteRole(w http.ResponseWriter, r *http.Request, a orgAdmin, in *ui.Input) error {
	typed, chosen := in.Line("confirm"), in.Text("role")
	if err := in.Err(); err != nil {
		return err
	}
	page, use, err := p.deleteRolePage(r, a)
	if err != nil {
		return err
	}
	if typed != use.Role.Name {
		page.Form.Reject("confirm", p.UI.MessagesFor(r).Text("roles.name_differs"))
		return p.UI.Write(w, r, http.StatusUnprocessableEntity, "role-delete", page)
	}
	replacement, err := strconv.ParseInt(chosen, 10, 64)
	if err != nil {
		replacement = -1
	}
	if err := p.Directory.ReplaceRole(r.Context(), a.Actor, a.org.ID, use.Role.ID, model.RoleID(replacement)); err != nil {
		return p.rejectForm(w, r, "role-delete", page, err)
	}
	return p.backTo(w, organizationPath(a.org.ID, rolesTab), "role-deleted")
}
