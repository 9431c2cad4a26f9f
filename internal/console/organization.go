package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

const (
	organizationsPath = browser.StartPath + "/organizations"
	organizationRoute = organizationsPath + "/{organization}"
)

// organizationPath returns the path of an organization, or of a page below it.
func organizationPath(id model.OrgID, rest string) string {
	return fmt.Sprintf("%s/%d%s", organizationsPath, id, rest)
}

// orgAdmin is the actor of a page about one organization.
type orgAdmin struct {
	admin
	org model.Organization
}

func (a orgAdmin) has(need model.Permission) bool { return a.HasIn(a.org.ID, need) }

// showOrganization is show for a page about one organization, in which the actor needs the permission.
func (p *pages) showOrganization(rest string, needs model.Permission, serve func(http.ResponseWriter, *http.Request, orgAdmin) error) browser.Endpoint {
	return p.show(organizationRoute+rest, needs, func(w http.ResponseWriter, r *http.Request, a admin) error {
		o, err := p.organizationAdmin(r, a)
		if err != nil {
			return err
		}
		if !o.has(needs) {
			return p.forbid(w, r, a, needs)
		}
		return serve(w, r, o)
	})
}

// changeOrganization is form for a form about one organization.
func (p *pages) changeOrganization(rest string, needs model.Permission, serve func(http.ResponseWriter, *http.Request, orgAdmin, *ui.Input) error) browser.Endpoint {
	return p.form(organizationRoute+rest, needs, func(w http.ResponseWriter, r *http.Request, a admin, in *ui.Input) error {
		o, err := p.organizationAdmin(r, a)
		if err != nil {
			return err
		}
		if !o.has(needs) {
			return p.forbid(w, r, a, needs)
		}
		return serve(w, r, o, in)
	})
}

// organizationAdmin returns the organization in the path of a request. An organization that the actor does
// not administer is NotFound, like one that does not exist.
func (p *pages) organizationAdmin(r *http.Request, a admin) (orgAdmin, error) {
	id, err := strconv.ParseInt(r.PathValue("organization"), 10, 64)
	administers := slices.ContainsFunc(a.Organizations, func(m model.Membership) bool { return int64(m.Organization.ID) == id })
	if err != nil || !a.Server && !administers {
		return orgAdmin{}, fault.Missing("organization")
	}
	org, err := p.Directory.Organization(r.Context(), a.Actor, model.OrgID(id))
	return orgAdmin{a, org}, err
}

// organizationPage returns a page about an organization. tab is the path of its tab below the
// organization; crumbs are the pages between the tab and the page.
func (p *pages) organizationPage(r *http.Request, a orgAdmin, title, tab string, crumbs ...ui.Link) ui.Page {
	m := p.UI.MessagesFor(r)
	above := []ui.Link{{Text: m.Text("console.organizations"), Path: organizationsPath}}
	if len(crumbs) > 0 {
		above = append(above, ui.Link{Text: a.org.Name, Path: organizationPath(a.org.ID, "")})
		above = append(above, crumbs...)
	}
	page := p.page(r, a.admin, title, organizationsPath, above...)
	if len(crumbs) == 0 {
		page.Frame.Tabs = organizationTabs(m, a, tab)
	}
	return page
}

func organizationTabs(m *ui.Messages, a orgAdmin, current string) []ui.Tab {
	var tabs []ui.Tab
	for _, t := range []struct {
		text, rest string
		needs      model.Permission
	}{
		{m.Text("console.members"), "", model.UsersRead},
		{m.Text("roles.title"), rolesTab, model.RolesRead},
		{m.Text("projects.title"), projectsTab, model.ProjectsReadAll},
		{m.Text("invites.title"), invitationsTab, model.UsersInvite},
		{m.Text("orgs.settings"), settingsTab, model.OrganizationsManage},
	} {
		if a.has(t.needs) {
			tabs = append(tabs, ui.Tab{Link: ui.Link{Text: t.text, Path: organizationPath(a.org.ID, t.rest)}, Current: t.rest == current})
		}
	}
	return tabs
}

// backTo leads to a page that says what was done. done is a key of doneTexts.
func (p *pages) backTo(w http.ResponseWriter, path, done string) error {
	p.Redirect(w, pathWith(path, "done", done))
	return nil
}

// rejectForm shows a page again after its form was rejected, or returns err if a change of the form cannot
// resolve it.
func (p *pages) rejectForm(w http.ResponseWriter, r *http.Request, name string, page ui.Page, err error) error {
	if browser.NeedsReauthentication(err) {
		return err
	}
	return p.UI.WriteRejected(w, r, name, page, err)
}

// pathWith returns a path with a query of pairs of a name and a value. Empty values are left out.
func pathWith(path string, pairs ...string) string {
	query := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// position is where a page of a list begins.
type position struct {
	search, after, before string
}

// The parameters of a list.
const (
	listSearch = "q"
	listAfter  = "after"
	listBefore = "before"
)

func readPosition(r *http.Request) (position, error) {
	in, err := ui.ReadQuery(r)
	if err != nil {
		return position{}, err
	}
	at := position{in.Line(listSearch), in.Text(listAfter), in.Text(listBefore)}
	if at.after != "" {
		at.before = ""
	}
	return at, in.Err()
}

// cut returns the rows of a page from rows, which have one row more if the list goes on in the direction of
// reading, and are reversed if the page was read backwards. It returns the links to the pages beside it.
func cut[T any](path string, at position, rows []T, limit int, key func(T) string) ([]T, ui.Pager) {
	more := len(rows) > limit
	if more {
		rows = rows[:limit]
	}
	if at.before != "" {
		slices.Reverse(rows)
	}
	var pager ui.Pager
	if len(rows) == 0 {
		return rows, pager
	}
	if more || at.before != "" {
		pager.Next = pathWith(path, listSearch, at.search, listAfter, key(rows[len(rows)-1]))
	}
	if at.before != "" && more || at.after != "" {
		pager.Previous = pathWith(path, listSearch, at.search, listBefore, key(rows[0]))
	}
	return rows, pager
}
