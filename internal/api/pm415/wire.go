package pm415

import (
	"net/http"
	"slices"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// writeJSON writes v with the content type of pm415.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	text, err := web.EncodeJSON(v, "")
	if err != nil {
		return err
	}
	writeEncoded(w, status, text)
	return nil
}

// writeEncoded writes encoded JSON.
func writeEncoded(w http.ResponseWriter, status int, text web.JSON) {
	web.WriteBody(w, status, jsonType, text)
}

// jsonType is the content type of JSON in pm415.
const jsonType = "application/json; charset=utf-8"

// writeOK writes status 200, which pm415 uses for every success, creation included.
func writeOK(w http.ResponseWriter, v any) error {
	return writeJSON(w, http.StatusOK, v)
}

// successResponse has no other members.
type successResponse struct {
	Success bool `json:"success"`
}

// userRow is the "clean" user: without password, key, state and dates (docs/products/pm415.md, 3).
type userRow[Org orgWithRoles | orgName] struct {
	ID            model.UserID `json:"id"`
	Email         string       `json:"email"`
	FirstName     string       `json:"firstName"`
	LastName      string       `json:"lastName"`
	Organizations []Org        `json:"organizations"`
}

// orgWithRoles is an organization with the roles of the user in it.
type orgWithRoles struct {
	ID    model.OrgID `json:"id"`
	Name  string      `json:"name"`
	Roles []roleName  `json:"roles"`
}

// orgName is an organization in the response to a login.
type orgName struct {
	ID   model.OrgID `json:"id"`
	Name string      `json:"name"`
}

type roleName struct {
	ID   model.RoleID `json:"id"`
	Role string       `json:"role"`
}

// orgWithDates is an organization in responses of /api/org.
type orgWithDates struct {
	ID        model.OrgID     `json:"id"`
	Name      string          `json:"name"`
	CreatedAt string          `json:"createdAt"`
	UpdatedAt string          `json:"updatedAt"`
	Roles     []roleWithDates `json:"roles"`
}

type roleWithDates struct {
	ID        model.RoleID `json:"id"`
	Role      string       `json:"role"`
	CreatedAt string       `json:"createdAt"`
	UpdatedAt string       `json:"updatedAt"`
}

func newUserRow[Org orgWithRoles | orgName](u model.User, organizations []Org) userRow[Org] {
	return userRow[Org]{
		ID: u.ID, Email: u.Primary().Address, FirstName: u.GivenName, LastName: u.FamilyName, Organizations: organizations,
	}
}

func orgsWithRoles(list []model.Membership) []orgWithRoles {
	orgs := make([]orgWithRoles, 0, len(list))
	for _, m := range list {
		orgs = append(orgs, orgWithRoles{m.Organization.ID, m.Organization.Name, []roleName{{m.Role.ID, m.Role.Name}}})
	}
	return orgs
}

// currentOrg returns the organization that the credential selects, or nil.
func currentOrg(orgs []orgWithRoles, id model.OrgID) *orgWithRoles {
	at := slices.IndexFunc(orgs, func(o orgWithRoles) bool { return o.ID == id })
	if at < 0 {
		return nil
	}
	return &orgs[at]
}

func newOrgWithDates(m model.Membership) orgWithDates {
	org, since := m.Organization, m.Role.CreatedAt
	if since.IsZero() {
		since = org.CreatedAt // built-in roles have no date of their own
	}
	date := web.JavaScriptTime(since)
	return orgWithDates{
		ID: org.ID, Name: org.Name, CreatedAt: web.JavaScriptTime(org.CreatedAt), UpdatedAt: web.JavaScriptTime(org.UpdatedAt),
		Roles: []roleWithDates{{ID: m.Role.ID, Role: m.Role.Name, CreatedAt: date, UpdatedAt: date}},
	}
}
