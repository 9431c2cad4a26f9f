package pm415

import (
	"context"
	"net/http"
	"strings"

	"roster.example/roster/internal/decimal"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// noOrganization stands for a path segment that is not an id; nothing has this id.
const noOrganization model.OrgID = -1

// orgID returns the organization of the path, and its text in messages: pm415 writes NaN for what
// is not a number.
func orgID(r *http.Request) (model.OrgID, string) {
	text := r.PathValue("orgid")
	if id, ok := decimal.ParseID(text); ok {
		return model.OrgID(id), text
	}
	if _, number := decimal.ParseID(strings.TrimPrefix(text, "-")); number || text == "0" {
		return noOrganization, text
	}
	return noOrganization, "NaN"
}

type organizationsResponse struct {
	Success       bool           `json:"success"`
	Organizations []orgWithDates `json:"organizations"`
	Current       *orgWithDates  `json:"current,omitempty"`
}

func (a *api) listOrganizations(w http.ResponseWriter, r *http.Request, req request) error {
	list, err := a.directory.MyOrganizations(r.Context(), req.actor)
	if err != nil {
		return err
	}
	shown := organizationsResponse{Success: true, Organizations: make([]orgWithDates, 0, len(list))}
	for _, m := range list {
		org := newOrgWithDates(m)
		shown.Organizations = append(shown.Organizations, org)
		if org.ID == req.actor.OrgID() {
			shown.Current = &org
		}
	}
	return writeOK(w, shown)
}

func nameSchema() schema {
	return schema{{key: "name", label: "Name", core: "organization", required: true, rules: []rule{minLength(2)}}}
}

// mapNameError maps errors of both routes that set the name of an organization.
func mapNameError(err error, name string) error {
	return nameSchema().mapError(mapError(err, errorMapping{
		faultOn("organization", fault.Taken), newError(http.StatusConflict, "Organization with name %s already exists", name),
	}))
}

// newOrg is a new organization in the format of its database row; dates have these names only here
// (docs/products/pm415.md, 6).
type newOrg struct {
	Name      string      `json:"name"`
	UpdatedAt string      `json:"updated_at"`
	CreatedAt string      `json:"created_at"`
	ID        model.OrgID `json:"id"`
}

type newOrgResponse struct {
	Success      bool                  `json:"success"`
	Organization newOrg                `json:"organization"`
	User         userRow[orgWithRoles] `json:"user"`
}

// createOrganization answers with the user as before the change, without the new organization.
func (a *api) createOrganization(w http.ResponseWriter, r *http.Request, req request) error {
	if err := nameSchema().check(req.body); err != nil {
		return err
	}
	me, orgs, err := a.selfWithOrganizations(r.Context(), req.actor)
	if err != nil {
		return err
	}
	org, err := a.directory.CreateOrganization(r.Context(), req.actor, req.body.text("name"))
	if err != nil {
		return mapNameError(err, req.body.text("name"))
	}
	made := newOrg{org.Name, web.JavaScriptTime(org.UpdatedAt), web.JavaScriptTime(org.CreatedAt), org.ID}
	return writeOK(w, newOrgResponse{true, made, newUserRow(me, orgs)})
}

type switchResponse struct {
	Success      bool         `json:"success"`
	Organization orgWithDates `json:"organization"`
	Token        string       `json:"token"`
}

func (a *api) switchOrganization(w http.ResponseWriter, r *http.Request, req request) error {
	id, spelled := orgID(r)
	token, err := a.directory.SwitchOrganization(r.Context(), req.actor, id)
	if err != nil {
		return mapError(err, errorMapping{
			hasKind(fault.NotFound), newError(http.StatusNotFound, "Organization with ID %s not found.", spelled),
		})
	}
	org, err := a.organizationOf(r.Context(), req.actor, id)
	if err != nil {
		return err
	}
	return writeOK(w, switchResponse{true, org, token.Reveal()})
}

// organizationOf returns one of the actor's organizations with the actor's role. An administrator
// of the server may change one without being a member.
func (a *api) organizationOf(ctx context.Context, actor model.Actor, id model.OrgID) (orgWithDates, error) {
	list, err := a.directory.MyOrganizations(ctx, actor)
	if err != nil {
		return orgWithDates{}, err
	}
	for _, m := range list {
		if m.Organization.ID == id {
			return newOrgWithDates(m), nil
		}
	}
	org, err := a.directory.Organization(ctx, actor, id)
	shown := newOrgWithDates(model.Membership{Organization: org})
	shown.Roles = []roleWithDates{}
	return shown, err
}

type organizationResponse struct {
	Success      bool         `json:"success"`
	Organization orgWithDates `json:"organization"`
}

func (a *api) renameOrganization(w http.ResponseWriter, r *http.Request, req request) error {
	if err := nameSchema().check(req.body); err != nil {
		return err
	}
	id, _ := orgID(r)
	if _, err := a.directory.RenameOrganization(r.Context(), req.actor, id, req.body.text("name")); err != nil {
		return mapAdminError(mapNameError(err, req.body.text("name")))
	}
	org, err := a.organizationOf(r.Context(), req.actor, id)
	if err != nil {
		return err
	}
	return writeOK(w, organizationResponse{true, org})
}

func (a *api) deleteOrganization(w http.ResponseWriter, r *http.Request, req request) error {
	id, _ := orgID(r)
	err := a.directory.DeleteOrganization(r.Context(), req.actor, id)
	if err != nil {
		return mapAdminError(mapError(err, errorMapping{
			faultOn("organization", fault.Reserved), newError(http.StatusConflict, "The home organization cannot be deleted"),
		}))
	}
	return writeOK(w, successResponse{true})
}

// mapAdminError maps an unknown organization and a missing role Admin to the same error.
func mapAdminError(err error) error {
	return mapError(err, errorMapping{hasKind(fault.NotFound), newError(http.StatusForbidden, notAdmin)})
}
