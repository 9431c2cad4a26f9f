package console

import (
	"net/http"
	"slices"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/unitext"
)

const newOrganizationPath = organizationsPath + "/new"

// organizationEndpoints returns the pages about organizations.
func (p *pages) organizationEndpoints() []browser.Endpoint {
	return slices.Concat(p.roleEndpoints(), p.projectEndpoints(), p.invitationEndpoints(), p.whyEndpoints(), []browser.Endpoint{
		expensive(p.show(organizationsPath, model.UsersRead, p.showOrganizations)),
		p.show(newOrganizationPath, model.OrganizationsCreate, p.showNewOrganization),
		p.form(newOrganizationPath, model.OrganizationsCreate, p.createOrganization),
		expensive(p.showOrganization("", model.UsersRead, p.showMembers)),
		p.changeOrganization(membersRest, model.MembersManage, p.changeMembers),
		p.showOrganization(settingsTab, model.OrganizationsManage, p.showOrganizationSettings),
		p.changeOrganization(settingsTab+"/name", model.OrganizationsManage, p.renameOrganization),
		p.changeOrganization(settingsTab+"/second-factor", model.OrganizationsManage, p.requireSecondFactor),
		expensive(p.showOrganization(deleteRest, model.OrganizationsManage, p.showDeleteOrganization)),
		p.changeOrganization(deleteRest, model.OrganizationsManage, p.deleteOrganization),
	})
}

// rowsOfList is the number of rows of a page of a list.
const rowsOfList = 50

// organizationsBody is the content of the list of organizations.
type organizationsBody struct {
	Search string
	Rows   []directory.OrganizationRow
	Pager  ui.Pager
	Empty  ui.Empty
}

func (p *pages) showOrganizations(w http.ResponseWriter, r *http.Request, a admin) error {
	at, err := readPosition(r)
	if err != nil {
		return err
	}
	filter := model.OrganizationFilter{Search: at.search, After: at.after, Limit: rowsOfList + 1}
	if at.before != "" {
		filter.After, filter.Descending = at.before, true
	}
	rows, err := p.Directory.OrganizationRows(r.Context(), a.Actor, filter)
	if err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	page := p.page(r, a, m.Text("console.organizations"), organizationsPath)
	page.Fragment = "organizations"
	body := organizationsBody{Search: at.search}
	body.Rows, body.Pager = cut(organizationsPath, at, rows, rowsOfList, func(o directory.OrganizationRow) string { return unitext.Fold(o.Organization.Name) })
	body.Pager.Count = m.Count("orgs.shown", len(body.Rows))
	body.Empty = ui.Empty{Icon: "org", Title: m.Text("orgs.none"), Text: m.Text("orgs.none_text"), Link: ui.Link{Text: m.Text("orgs.create"), Path: newOrganizationPath}}
	if at.search != "" {
		body.Empty = ui.Empty{Icon: "search", Title: m.Text("orgs.no_match"), Text: m.Text("orgs.no_match_text"), Link: ui.Link{Text: m.Text("orgs.show_all"), Path: organizationsPath}}
	}
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "organization-list", page)
}

func (p *pages) newOrganizationPage(r *http.Request, a admin, name string) ui.Page {
	m := p.UI.MessagesFor(r)
	page := p.page(r, a, m.Text("orgs.create"), organizationsPath, ui.Link{Text: m.Text("console.organizations"), Path: organizationsPath})
	page.Wide, page.Lead = false, m.Text("orgs.create_text")
	page.Form = &ui.Form{Action: newOrganizationPath, Submit: m.Text("orgs.create"), Small: true, Fields: []ui.Field{
		{Name: "organization", Label: m.Text("orgs.name"), Type: "text", Autocomplete: "off", Value: name, Hint: m.Text("orgs.name_hint"), Focus: true},
	}}
	return page
}

func (p *pages) showNewOrganization(w http.ResponseWriter, r *http.Request, a admin) error {
	return p.UI.Write(w, r, http.StatusOK, "console-form", p.newOrganizationPage(r, a, ""))
}

func (p *pages) createOrganization(w http.ResponseWriter, r *http.Request, a admin, in *ui.Input) error {
	name := in.Line("organization")
	if err := in.Err(); err != nil {
		return err
	}
	org, err := p.Directory.CreateOrganization(r.Context(), a.Actor, name)
	if err != nil {
		return p.rejectForm(w, r, "console-form", p.newOrganizationPage(r, a, name), err)
	}
	return p.backTo(w, organizationPath(org.ID, ""), "organization")
}

// The pages of the settings of an organization, below its path.
const (
	settingsTab = "/settings"
	deleteRest  = "/delete"
)

// settingsBody is the content of the settings of an organization besides the form that was rejected.
type settingsBody struct {
	Organization model.Organization
	Rename       *ui.Form
	Factor       *ui.Form
	Delete       string // path of the page that deletes it; "" for the home organization
}

func (p *pages) organizationSettings(r *http.Request, a orgAdmin, name string) (ui.Page, settingsBody) {
	m := p.UI.MessagesFor(r)
	page := p.organizationPage(r, a, m.Text("orgs.settings_of", "organization", a.org.Name), settingsTab)
	page.Wide = false
	body := settingsBody{Organization: a.org, Delete: organizationPath(a.org.ID, deleteRest)}
	if a.org.Home {
		body.Delete = ""
	}
	body.Rename = &ui.Form{
		Action: organizationPath(a.org.ID, settingsTab+"/name"), Submit: m.Text("orgs.rename"), Small: true, Hidden: map[string]string{"version": a.org.Version()},
		Fields: []ui.Field{{Name: "organization", Label: m.Text("orgs.name"), Type: "text", Autocomplete: "off", Value: name, Hint: m.Text("orgs.rename_hint", "slug", a.org.Slug)}},
	}
	body.Factor = &ui.Form{
		Action: organizationPath(a.org.ID, settingsTab+"/second-factor"), Submit: m.Text("orgs.save"), Small: true,
		Fields: []ui.Field{{Name: "required", Label: m.Text("orgs.require_factor"), Type: "checkbox", Checked: a.org.RequireSecondFactor, Hint: m.Text("orgs.require_factor_hint")}},
	}
	return page, body
}

func (p *pages) showOrganizationSettings(w http.ResponseWriter, r *http.Request, a orgAdmin) error {
	page, body := p.organizationSettings(r, a, a.org.Name)
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "organization-settings", page)
}

func (p *pages) renameOrganization(w http.ResponseWriter, r *http.Request, a orgAdmin, in *ui.Input) error {
	name, version := in.Line("organization"), in.Text("version")
	if err := in.Err(); err != nil {
		return err
	}
	_, err := p.Directory.RenameOrganizationOf(r.Context(), a.Actor, a.org.ID, name, version)
	if err == nil {
		return p.backTo(w, organizationPath(a.org.ID, settingsTab), "renamed")
	}
	page, body := p.organizationSettings(r, a, name)
	page.Form, page.Body = body.Rename, body
	if fault.Has(err, "version", fault.Changed) {
		body.Rename.Reject("organization", p.UI.MessagesFor(r).Text("orgs.changed", "name", a.org.Name))
		return p.UI.Write(w, r, http.StatusConflict, "organization-settings", page)
	}
	return p.rejectForm(w, r, "organization-settings", page, err)
}

func (p *pages) requireSecondFactor(w http.ResponseWriter, r *http.Request, a orgAdmin, in *ui.Input) error {
	required := in.Text("required") != ""
	if err := in.Err(); err != nil {
		return err
	}
	if _, err := p.Directory.RequireSecondFactorIn(r.Context(), a.Actor, a.org.ID, required); err != nil {
		page, body := p.organizationSettings(r, a, a.org.Name)
		page.Form, page.Body = body.Factor, body
		return p.rejectForm(w, r, "organization-settings", page, err)
	}
	return p.backTo(w, organizationPath(a.org.ID, settingsTab), "factor-required")
}

func (p *pages) deleteOrganizationPage(r *http.Request, a orgAdmin) (ui.Page, error) {
	m := p.UI.MessagesFor(r)
	page := p.organizationPage(r, a, m.Text("orgs.delete"), settingsTab, ui.Link{Text: m.Text("orgs.settings"), Path: organizationPath(a.org.ID, settingsTab)})
	page.Wide = false
	contents, err := p.Directory.OrganizationContents(r.Context(), a.Actor, a.org.ID)
	page.Body = contents
	page.Form = &ui.Form{Action: organizationPath(a.org.ID, deleteRest), Submit: m.Text("orgs.delete"), Small: true, Danger: true, Fields: []ui.Field{
		{Name: "confirm", Label: m.Text("orgs.type_name", "name", a.org.Name), Type: "text", Autocomplete: "off", Confirm: a.org.Name},
	}}
	return page, err
}

func (p *pages) showDeleteOrganization(w http.ResponseWriter, r *http.Request, a orgAdmin) error {
	page, err := p.deleteOrganizationPage(r, a)
	if err != nil {
		return err
	}
	return p.UI.Write(w, r, http.StatusOK, "organization-delete", page)
}

func (p *pages) deleteOrganization(w http.ResponseWriter, r *http.Request, a orgAdmin, in *ui.Input) error {
	typed := in.Line("confirm")
	if err := in.Err(); err != nil {
		return err
	}
	page, err := p.deleteOrganizationPage(r, a)
	if err != nil {
		return err
	}
	if typed != a.org.Name {
		page.Form.Reject("confirm", p.UI.MessagesFor(r).Text("orgs.name_differs"))
		return p.UI.Write(w, r, http.StatusUnprocessableEntity, "organization-delete", page)
	}
	if err := p.Directory.DeleteOrganization(r.Context(), a.Actor, a.org.ID); err != nil {
		return p.rejectForm(w, r, "organization-delete", page, err)
	}
	return p.backTo(w, organizationsPath, "organization-deleted")
}
