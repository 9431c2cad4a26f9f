package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// accessBody is the content of the page with the organizations and projects of a user.
type accessBody struct {
	shownUser
	Organizations []accessRow
	Join          *ui.Form // adds the user to an organization; nil for those that may not
}

// accessRow is one organization of a user.
type accessRow struct {
	model.Membership
	Roles    []ui.Option // empty if the actor may not change the role
	Leave    bool        // whether the actor may remove the user
	Projects []model.Project
	Others   []model.Project // to which the actor may assign the user
	Assigns  bool
}

func (p *pages) showAccess(w http.ResponseWriter, r *http.Request, a admin, u shownUser) error {
	m := p.UI.MessagesFor(r)
	page := p.userPage(r, a, u, m.Text("console.access"), accessBelow)
	body := accessBody{shownUser: u}
	for _, membership := range u.Memberships {
		if !a.HasIn(membership.Organization.ID, model.UsersRead) {
			continue
		}
		row, err := p.accessRow(r, a, u, membership)
		if err != nil {
			return err
		}
		body.Organizations = append(body.Organizations, row)
	}
	if a.Server {
		field, err := p.organizationField(r, a, userView{})
		if err != nil {
			return err
		}
		field.Name, field.Prefix, field.Optional = opOrg, "join_", false
		field.Options = slices.DeleteFunc(field.Options, func(o ui.Option) bool { return o.Value == "" || memberOf(u, o.Value) })
		if field.Type != "select" || len(field.Options) > 0 {
			body.Join = &ui.Form{Action: u.Path("/join"), Submit: m.Text("console.add_to_organization"), Small: true, Fields: []ui.Field{field}}
		}
	}
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "user-access", page)
}

func memberOf(u shownUser, slug string) bool {
	return slices.ContainsFunc(u.Memberships, func(m model.Membership) bool { return m.Organization.Slug == slug })
}

func (p *pages) accessRow(r *http.Request, a admin, u shownUser, membership model.Membership) (accessRow, error) {
	org := membership.Organization.ID
	row := accessRow{Membership: membership, Leave: a.HasIn(org, model.MembersManage), Assigns: a.HasIn(org, model.ProjectsManage)}
	if row.Leave && a.HasIn(org, model.RolesRead) {
		roles, err := p.Directory.Roles(r.Context(), a.Actor, org)
		if err != nil {
			return row, err
		}
		for _, role := range roles {
			row.Roles = append(row.Roles, ui.Option{Value: strconv.FormatInt(int64(role.ID), 10), Label: role.Name, Selected: role.ID == membership.Role.ID})
		}
	}
	assigned, err := p.Directory.Assignments(r.Context(), a.Actor, org, []model.UserID{u.User.ID})
	if err != nil {
		return row, err
	}
	row.Projects = assigned[u.User.ID]
	if !row.Assigns {
		return row, nil
	}
	all, err := p.Directory.Projects(r.Context(), a.Actor, org)
	for _, one := range all {
		if !slices.ContainsFunc(row.Projects, func(held model.Project) bool { return held.ID == one.ID }) {
			row.Others = append(row.Others, one)
		}
	}
	return row, err
}

// formOrganization returns the organization of a form, in which the actor has a permission.
func (p *pages) formOrganization(r *http.Request, a admin, in *ui.Input, needs model.Permission) (model.Organization, error) {
	org, err := p.Directory.OrganizationBySlug(r.Context(), a.Actor, in.Line(opOrg))
	if err == nil && !a.HasIn(org.ID, needs) {
		err = fault.Missing("organization")
	}
	return org, err
}

func (p *pages) changeMemberRole(r *http.Request, a admin, u shownUser, in *ui.Input) error {
	org, err := p.formOrganization(r, a, in, model.MembersManage)
	if err != nil {
		return err
	}
	role, err := strconv.ParseInt(in.Text(opRole), 10, 64)
	if err != nil {
		return unknownValue("role")
	}
	return p.Directory.SetMemberRole(r.Context(), a.Actor, org.ID, u.User.ID, model.RoleID(role))
}

func (p *pages) joinOrganization(r *http.Request, a admin, u shownUser, in *ui.Input) error {
	org, err := p.formOrganization(r, a, in, model.UsersManage)
	if err != nil {
		return err
	}
	return p.Directory.AddMember(r.Context(), a.Actor, org.ID, u.User.ID, 0)
}

func (p *pages) removeFromOrganization(r *http.Request, a admin, u shownUser, in *ui.Input) error {
	org, err := p.formOrganization(r, a, in, model.MembersManage)
	if err != nil {
		return err
	}
	if !memberOf(u, org.Slug) {
		return fault.Missing("member")
	}
	return p.Directory.RemoveMembers(r.Context(), a.Actor, org.ID, []model.UserID{u.User.ID})
}

func (p *pages) changeUserProject(r *http.Request, a admin, u shownUser, in *ui.Input) error {
	org, err := p.formOrganization(r, a, in, model.ProjectsManage)
	if err != nil {
		return err
	}
	_, err = p.Directory.SetAssigned(r.Context(), a.Actor, org.ID, strings.TrimSpace(in.Text(opProject)), u.User.ID, in.Text("to") == "yes")
	return err
}
