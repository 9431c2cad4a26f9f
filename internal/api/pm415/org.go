package pm415

import (
	"context"
	"net/http"
	"strconv"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/web"
)

// noOrganization is an id that nothing has: what a path names that is no number.
const noOrganization directory.OrgID = -1

// orgID reads the organization of the path, and how the original spells it in
// messages: what is not a number is NaN there.
func orgID(r *http.Request) (directory.OrgID, string) {
	id, err := strconv.ParseInt(r.PathValue("orgid"), 10, 64)
	switch {
	case err != nil:
		return noOrganization, "NaN"
	case id <= 0:
		return noOrganization, strconv.FormatInt(id, 10)
	}
	return directory.OrgID(id), strconv.FormatInt(id, 10)
}

type organizationsAnswer struct {
	Success       bool           `json:"success"`
	Organizations []orgWithDates `json:"organizations"`
	Current       *orgWithDates  `json:"current,omitempty"`
}

func (a *api) listOrganizations(w http.ResponseWriter, r *http.Request, v visit) error {
	list, err := a.directory.MyOrganizations(r.Context(), v.who)
	if err != nil {
		return err
	}
	shown := organizationsAnswer{Success: true, Organizations: make([]orgWithDates, 0, len(list))}
	for _, m := range list {
		org := newOrgWithDates(m)
		shown.Organizations = append(shown.Organizations, org)
		if org.ID == v.who.OrgID() {
			shown.Current = &org
		}
	}
	return succeed(w, shown)
}

func nameSchema() schema {
	return schema{{key: "name", label: "Name", core: "organization", required: true, rules: []rule{least(2)}}}
}

// nameFault is for both routes that give an organization its name.
func nameFault(err error, name string) error {
	return nameSchema().reword(reword(err, saying{
		faultOn("organization", fault.Taken), refuse(http.StatusConflict, "Organization with name %s already exists", name),
	}))
}

// newOrg is a new organization as its database row: dates are spelled so only
// here (docs/products/pm415.md, 6).
type newOrg struct {
	Name      string          `json:"name"`
	UpdatedAt string          `json:"updated_at"`
	CreatedAt string          `json:"created_at"`
	ID        directory.OrgID `json:"id"`
}

type newOrgAnswer struct {
	Success      bool                 `json:"success"`
	Organization newOrg               `json:"organization"`
	User         person[orgWithRoles] `json:"user"`
}

// createOrganization shows the caller as before, without the new organization.
func (a *api) createOrganization(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := nameSchema().check(v.body); err != nil {
		return err
	}
	me, orgs, err := a.me(r.Context(), v.who)
	if err != nil {
		return err
	}
	org, err := a.directory.CreateOrganization(r.Context(), v.who, v.body.text("name"))
	if err != nil {
		return nameFault(err, v.body.text("name"))
	}
	made := newOrg{org.Name, web.JavaScriptTime(org.UpdatedAt), web.JavaScriptTime(org.CreatedAt), org.ID}
	return succeed(w, newOrgAnswer{true, made, personOf(me, orgs)})
}

type switchAnswer struct {
	Success      bool         `json:"success"`
	Organization orgWithDates `json:"organization"`
	Token        string       `json:"token"`
}

func (a *api) switchOrganization(w http.ResponseWriter, r *http.Request, v visit) error {
	id, spelled := orgID(r)
	token, err := a.directory.SwitchOrganization(r.Context(), v.who, id)
	if err != nil {
		return reword(err, saying{
			kind(fault.NotFound), refuse(http.StatusNotFound, "Organization with ID %s not found.", spelled),
		})
	}
	org, err := a.ownOrg(r.Context(), v.who, id)
	if err != nil {
		return err
	}
	return succeed(w, switchAnswer{true, org, token.Reveal()})
}

// ownOrg is one of the caller's organizations with the role held there. An
// administrator of the server may change one without belonging to it.
func (a *api) ownOrg(ctx context.Context, who directory.Actor, id directory.OrgID) (orgWithDates, error) {
	list, err := a.directory.MyOrganizations(ctx, who)
	if err != nil {
		return orgWithDates{}, err
	}
	for _, m := range list {
		if m.Organization.ID == id {
			return newOrgWithDates(m), nil
		}
	}
	org, err := a.directory.Organization(ctx, who, id)
	shown := newOrgWithDates(directory.Membership{Organization: org})
	shown.Roles = []roleWithDates{}
	return shown, err
}

type organizationAnswer struct {
	Success      bool         `json:"success"`
	Organization orgWithDates `json:"organization"`
}

func (a *api) renameOrganization(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := nameSchema().check(v.body); err != nil {
		return err
	}
	id, _ := orgID(r)
	if _, err := a.directory.RenameOrganization(r.Context(), v.who, id, v.body.text("name")); err != nil {
		return adminsOnly(nameFault(err, v.body.text("name")))
	}
	org, err := a.ownOrg(r.Context(), v.who, id)
	if err != nil {
		return err
	}
	return succeed(w, organizationAnswer{true, org})
}

func (a *api) deleteOrganization(w http.ResponseWriter, r *http.Request, v visit) error {
	id, _ := orgID(r)
	err := a.directory.DeleteOrganization(r.Context(), v.who, id)
	if err != nil {
		return adminsOnly(reword(err, saying{
			faultOn("organization", fault.Reserved), refuse(http.StatusConflict, "The home organization cannot be deleted"),
		}))
	}
	return succeed(w, successAnswer{true})
}

// adminsOnly answers alike for an organization that is not there and for one
// where the caller is no Admin.
func adminsOnly(err error) error {
	return reword(err, saying{kind(fault.NotFound), refuse(http.StatusForbidden, notAdmin)})
}
