package console

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/ui"
)

// The pages of the projects of an organization, below its path.
const (
	projectsTab  = "/projects"
	newProject   = "/new-project"
	projectRoute = projectsTab + "/{project}"
)

func (p *pages) projectEndpoints() []browser.Endpoint {
	return []browser.Endpoint{
		expensive(p.showOrganization(projectsTab, model.ProjectsReadAll, p.showProjects)),
		p.showOrganization(newProject, model.ProjectsManage, p.showNewProject),
		p.changeOrganization(newProject, model.ProjectsManage, p.createProject),
		expensive(p.showOrganization(projectRoute, model.ProjectsReadAll, p.showProject)),
		p.changeOrganization(projectRoute, model.ProjectsManage, p.changeProject),
		p.changeOrganization(projectRoute+"/assign", model.ProjectsManage, p.assignUser),
		p.changeOrganization(projectRoute+"/unassign", model.ProjectsManage, p.unassignUsers),
		p.showOrganization(projectRoute+"/delete", model.ProjectsManage, p.showDeleteProject),
		p.changeOrganization(projectRoute+"/delete", model.ProjectsManage, p.deleteProject),
	}
}

// projectRow is one project of the list.
type projectRow struct {
	model.Project
	Path   string
	Status ui.Badge
}

// projectsBody is the content of the list of projects.
type projectsBody struct {
	Search, Action, New string
	Manages             bool
	Rows                []projectRow
	Pager               ui.Pager
	Empty               ui.Empty
}

func projectPath(a orgAdmin, permalink, rest string) string {
	return organizationPath(a.org.ID, projectsTab+"/"+url.PathEscape(permalink)+rest)
}

func (p *pages) showProjects(w http.ResponseWriter, r *http.Request, a orgAdmin) error {
	at, err := readPosition(r)
	if err != nil {
		return err
	}
	filter := project.Filter{Search: at.search, After: at.after, Limit: rowsOfList + 1}
	if at.before != "" {
		filter.After, filter.Descending = at.before, true
	}
	rows, err := p.Directory.ProjectRows(r.Context(), a.Actor, a.org.ID, filter)
	if err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	list := organizationPath(a.org.ID, projectsTab)
	page := p.organizationPage(r, a, m.Text("projects.of", "organization", a.org.Name), projectsTab)
	page.Fragment = "projects"
	body := projectsBody{Search: at.search, Action: list, New: organizationPath(a.org.ID, newProject), Manages: a.has(model.ProjectsManage)}
	rows, body.Pager = cut(list, at, rows, rowsOfList, project.Key)
	for _, one := range rows {
		body.Rows = append(body.Rows, projectRow{one, projectPath(a, one.Permalink, ""), projectStatus(m, one.Status)})
	}
	body.Pager.Count = m.Count("projects.shown", len(body.Rows))
	body.Empty = ui.Empty{Icon: "project", Title: m.Text("projects.none"), Text: m.Text("projects.none_text")}
	if at.search != "" {
		body.Empty = ui.Empty{Icon: "search", Title: m.Text("orgs.no_match"), Text: m.Text("orgs.no_match_text"), Link: ui.Link{Text: m.Text("orgs.show_all"), Path: list}}
	}
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "projects", page)
}

func projectStatus(m *ui.Messages, s model.ProjectStatus) ui.Badge {
	switch s {
	case model.ProjectActive:
		return ui.Badge{Text: m.Text("projects.active"), Tone: "ok"}
	case model.ProjectOnHold:
		return ui.Badge{Text: m.Text("projects.on_hold"), Tone: "warn"}
	}
	return ui.Badge{Text: m.Text("projects.archived")}
}

// typedProject is what was typed in the form of a project.
type typedProject struct {
	name, group string
	status      model.ProjectStatus
}

func projectForm(m *ui.Messages, action, submit string, typed typedProject) *ui.Form {
	status := ui.Field{Name: "status", Label: m.Text("orgs.state"), Type: "select"}
	for _, s := range model.ProjectStatuses() {
		status.Options = append(status.Options, ui.Option{Value: string(s), Label: projectStatus(m, s).Text, Selected: s == typed.status})
	}
	return &ui.Form{Action: action, Submit: submit, Small: true, Fields: []ui.Field{
		{Name: "name", Label: m.Text("orgs.name"), Type: "text", Autocomplete: "off", Value: typed.name},
		{Name: "group", Label: m.Text("projects.group"), Type: "text", Autocomplete: "off", Value: typed.group, Optional: true},
		status,
	}}
}

func readProject(in *ui.Input) typedProject {
	return typedProject{in.Line("name"), in.Line("group"), model.ProjectStatus(in.Text("status"))}
}

func (p *pages) newProjectPage(r *http.Request, a orgAdmin, typed typedProject) ui.Page {
	m := p.UI.MessagesFor(r)
	page := p.organizationPage(r, a, m.Text("projects.create"), projectsTab, ui.Link{Text: m.Text("projects.title"), Path: organizationPath(a.org.ID, projectsTab)})
	page.Wide = false
	page.Form = projectForm(m, organizationPath(a.org.ID, newProject), m.Text("projects.create"), typed)
	return page
}

func (p *pages) showNewProject(w http.ResponseWriter, r *http.Request, a orgAdmin) error {
	return p.UI.Write(w, r, http.StatusOK, "console-form", p.newProjectPage(r, a, typedProject{status: model.ProjectActive}))
}

func (p *pages) createProject(w http.ResponseWriter, r *http.Request, a orgAdmin, in *ui.Input) error {
	typed := readProject(in)
	if err := in.Err(); err != nil {
		return err
	}
	made, err := p.Directory.CreateProject(r.Context(), a.Actor, project.NewProject{Org: a.org.ID, Name: typed.name, Group: typed.group, Status: typed.status})
	if err != nil {
		return p.rejectForm(w, r, "console-form", p.newProjectPage(r, a, typed), err)
	}
	return p.backTo(w, projectPath(a, made.Permalink, ""), "project")
}

// maxAssignedShown is the number of assigned users that the page of a project shows.
const maxAssignedShown = 200

var errEnoughShown = errors.New("enough rows for the page")

// projectBody is the content of the page of one project.
type projectBody struct {
	Project                  model.Project
	Manages, More            bool
	Change, Assign           *ui.Form
	Unassign, Delete, Status string
	Users                    []memberRow
}

func (p *pages) projectPage(r *http.Request, a orgAdmin) (ui.Page, projectBody, error) {
	m := p.UI.MessagesFor(r)
	one, err := p.Directory.Project(r.Context(), a.Actor, a.org.ID, r.PathValue("project"))
	if err != nil {
		return ui.Page{}, projectBody{}, err
	}
	page := p.organizationPage(r, a, one.Name, projectsTab, ui.Link{Text: m.Text("projects.title"), Path: organizationPath(a.org.ID, projectsTab)})
	page.Lead = one.Permalink
	path := func(rest string) string { return projectPath(a, one.Permalink, rest) }
	body := projectBody{Project: one, Manages: a.has(model.ProjectsManage), Unassign: path("/unassign"), Delete: path("/delete"), Status: projectStatus(m, one.Status).Text}
	body.Change = projectForm(m, path(""), m.Text("orgs.save"), typedProject{one.Name, one.Group, one.Status})
	body.Change.Hidden = map[string]string{"version": one.Version()}
	body.Assign = &ui.Form{Action: path("/assign"), Submit: m.Text("projects.assign"), Small: true, Fields: []ui.Field{
		{Name: "user", Label: m.Text("projects.user"), Type: "text", Autocomplete: "off", Hint: m.Text("projects.user_hint")},
	}}
	err = p.Directory.EachAssigned(r.Context(), a.Actor, a.org.ID, one.Permalink, func(batch []model.User) error {
		for _, u := range batch {
			if len(body.Users) == maxAssignedShown {
				body.More = true
				return errEnoughShown
			}
			body.Users = append(body.Users, memberRow{ID: u.ID, Title: u.Label(), Second: u.Username, Initials: ui.Frame{Name: u.Label()}.Initials(), State: stateBadge(m, u)})
		}
		return nil
	})
	if errors.Is(err, errEnoughShown) {
		err = nil
	}
	return page, body, err
}

func (p *pages) showProject(w http.ResponseWriter, r *http.Request, a orgAdmin) error {
	page, body, err := p.projectPage(r, a)
	if err != nil {
		return err
	}
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "project", page)
}

func (p *pages) changeProject(w http.ResponseWriter, r *http.Request, a orgAdmin, in *ui.Input) error {
	typed, version := readProject(in), in.Text("version")
	if err := in.Err(); err != nil {
		return err
	}
	page, body, err := p.projectPage(r, a)
	if err != nil {
		return err
	}
	path := projectPath(a, body.Project.Permalink, "")
	_, err = p.Directory.ChangeProject(r.Context(), a.Actor, a.org.ID, body.Project.Permalink,
		project.Change{Name: &typed.name, Group: &typed.group, Status: &typed.status, IfVersion: version})
	if err == nil {
		return p.backTo(w, path, "project-changed")
	}
	body.Change = projectForm(p.UI.MessagesFor(r), path, body.Change.Submit, typed)
	body.Change.Hidden = map[string]string{"version": body.Project.Version()}
	page.Form, page.Body = body.Change, body
	return p.rejectForm(w, r, "project", page, err)
}

func (p *pages) assignUser(w http.ResponseWriter, r *http.Request, a orgAdmin, in *ui.Input) error {
	text := in.Line("user")
	if err := in.Err(); err != nil {
		return err
	}
	page, body, err := p.projectPage(r, a)
	if err != nil {
		return err
	}
	u, err := p.Directory.UserNamed(r.Context(), a.Actor, text)
	if err == nil {
		err = p.Directory.ChangeAssigned(r.Context(), a.Actor, a.org.ID, body.Project.Permalink, []model.UserID{u.ID}, nil)
	}
	if err == nil {
		return p.backTo(w, projectPath(a, body.Project.Permalink, ""), "assigned")
	}
	body.Assign.Fields[0].Value = text
	page.Form, page.Body = body.Assign, body
	if fault.KindOf(err) == fault.NotFound || fault.Has(err, "user", fault.Unknown) {
		body.Assign.Reject("user", p.UI.MessagesFor(r).Text("projects.no_member"))
		return p.UI.Write(w, r, http.StatusUnprocessableEntity, "project", page)
	}
	return p.rejectForm(w, r, "project", page, err)
}

func (p *pages) unassignUsers(w http.ResponseWriter, r *http.Request, a orgAdmin, in *ui.Input) error {
	var users []model.UserID
	for _, text := range in.List("id") {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fault.Missing("user")
		}
		users = append(users, model.UserID(id))
	}
	if err := in.Err(); err != nil {
		return err
	}
	permalink := r.PathValue("project")
	if err := p.Directory.ChangeAssigned(r.Context(), a.Actor, a.org.ID, permalink, nil, users); err != nil {
		return err
	}
	return p.backTo(w, projectPath(a, permalink, ""), "unassigned")
}

func (p *pages) deleteProjectPage(r *http.Request, a orgAdmin) (ui.Page, model.Project, error) {
	m := p.UI.MessagesFor(r)
	one, err := p.Directory.Project(r.Context(), a.Actor, a.org.ID, r.PathValue("project"))
	page := p.organizationPage(r, a, m.Text("projects.delete"), projectsTab, ui.Link{Text: m.Text("projects.title"), Path: organizationPath(a.org.ID, projectsTab)},
		ui.Link{Text: one.Name, Path: projectPath(a, one.Permalink, "")})
	page.Wide, page.Lead = false, m.Text("projects.delete_text")
	page.Form = &ui.Form{Action: projectPath(a, one.Permalink, "/delete"), Submit: m.Text("projects.delete"), Small: true, Danger: true, Hidden: map[string]string{"version": one.Version()},
		Fields: []ui.Field{{Name: "confirm", Label: m.Text("orgs.type_name", "name", one.Name), Type: "text", Autocomplete: "off", Confirm: one.Name}}}
	return page, one, err
}

func (p *pages) showDeleteProject(w http.ResponseWriter, r *http.Request, a orgAdmin) error {
	page, _, err := p.deleteProjectPage(r, a)
	if err != nil {
		return err
	}
	return p.UI.Write(w, r, http.StatusOK, "console-form", page)
}

func (p *pages) deleteProject(w http.ResponseWriter, r *http.Request, a orgAdmin, in *ui.Input) error {
	typed, version := in.Line("confirm"), in.Text("version")
	if err := in.Err(); err != nil {
		return err
	}
	page, one, err := p.deleteProjectPage(r, a)
	if err != nil {
		return err
	}
	if typed != one.Name {
		page.Form.Reject("confirm", p.UI.MessagesFor(r).Text("projects.name_differs"))
		return p.UI.Write(w, r, http.StatusUnprocessableEntity, "console-form", page)
	}
	if err := p.Directory.DeleteProject(r.Context(), a.Actor, a.org.ID, one.Permalink, version); err != nil {
		return p.rejectForm(w, r, "console-form", page, err)
	}
	return p.backTo(w, organizationPath(a.org.ID, projectsTab), "project-deleted")
}
