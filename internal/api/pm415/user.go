package pm415

import (
	"context"
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// selfResponse is the response to GET /api/user.
type selfResponse struct {
	Success      bool                  `json:"success"`
	User         userRow[orgWithRoles] `json:"user"`
	Organization *orgWithRoles         `json:"organization,omitempty"`
}

// encode returns what encoding/json would write, only faster.
func (a selfResponse) encode() web.JSON {
	j := make(web.JSON, 0, 512).Open('{').Name("success").Bool(a.Success).
		Name("user").Open('{').
		Name("id").Int(int64(a.User.ID)).
		Name("email").Text(a.User.Email).
		Name("firstName").Text(a.User.FirstName).
		Name("lastName").Text(a.User.LastName).
		Name("organizations").Open('[')
	for _, org := range a.User.Organizations {
		j = org.write(j)
	}
	j = j.Close(']').Close('}')
	if a.Organization != nil {
		j = a.Organization.write(j.Name("organization"))
	}
	return j.Close('}')
}

func (o orgWithRoles) write(j web.JSON) web.JSON {
	j = j.Open('{').Name("id").Int(int64(o.ID)).Name("name").Text(o.Name).Name("roles").Open('[')
	for _, role := range o.Roles {
		j = j.Open('{').Name("id").Int(int64(role.ID)).Name("role").Text(role.Role).Close('}')
	}
	return j.Close(']').Close('}')
}

// updateSelfResponse is selfResponse with a member that the pages of pm415 require.
type updateSelfResponse struct {
	Success      bool                  `json:"success"`
	DoLogout     bool                  `json:"doLogout"`
	User         userRow[orgWithRoles] `json:"user"`
	Organization *orgWithRoles         `json:"organization,omitempty"`
}

func (a *api) getSelf(w http.ResponseWriter, r *http.Request, req request) error {
	me, orgs, err := a.selfWithOrganizations(r.Context(), req.actor)
	if err != nil {
		return err
	}
	writeEncoded(w, http.StatusOK, selfResponse{true, newUserRow(me, orgs), currentOrg(orgs, req.actor.OrgID())}.encode())
	return nil
}

func (a *api) selfWithOrganizations(ctx context.Context, actor model.Actor) (model.User, []orgWithRoles, error) {
	own, err := a.directory.Self(ctx, actor, directory.SelfFields{Organizations: true})
	return own.User, orgsWithRoles(own.Organizations), err
}

// updateSelfSchema requires the address only; the password has no label, so messages name it in
// lower case (docs/products/pm415.md, 4).
func updateSelfSchema() schema {
	return schema{
		{key: "firstName", label: "Firstname", core: "given_name", rules: []rule{isString}},
		{key: "lastName", label: "Lastname", core: "family_name", rules: []rule{isNonEmpty}},
		{key: "email", label: "Email", required: true, rules: []rule{isEmail}},
		{key: "password", rules: []rule{minLength(4)}},
		{key: "confirmation", label: "Confirmation", rules: []rule{isString, matchesPassword}},
		{key: "currentPassword", label: "Current password", core: "current_password", rules: []rule{isString}},
	}
}

// updateSelf requires the current password, which pm415 does not.
func (a *api) updateSelf(w http.ResponseWriter, r *http.Request, req request) error {
	if err := updateSelfSchema().check(req.body); err != nil {
		return err
	}
	change := directory.SelfChange{
		Email: req.body.optional("email"), GivenName: req.body.optional("firstName"), FamilyName: req.body.optional("lastName"),
		CurrentPassword: secret.Text(req.body.text("currentPassword")),
	}
	if password := req.body.optional("password"); password != nil {
		if req.body.optional("confirmation") == nil {
			return newError(http.StatusUnprocessableEntity, "Confirmation must match password")
		}
		text := secret.Text(*password)
		change.Password = &text
	}
	me, err := a.directory.ChangeMe(r.Context(), req.actor, change)
	if err != nil {
		return updateSelfSchema().mapError(mapError(err, errorMapping{
			faultOn("email", fault.Taken), newError(http.StatusConflict, "Email %s already registered", req.body.text("email")),
		}, errorMapping{
			faultOn("current_password", fault.WrongPassword), newError(http.StatusForbidden, "Current password is wrong"),
		}, errorMapping{
			faultOn("current_password", fault.Blank), newError(http.StatusForbidden, currentPasswordHint),
		}, errorMapping{
			faultOn("reauthentication", fault.Required), newError(http.StatusForbidden, currentPasswordHint),
		}))
	}
	list, err := a.directory.MyOrganizations(r.Context(), req.actor)
	if err != nil {
		return err
	}
	orgs := orgsWithRoles(list)
	return writeOK(w, updateSelfResponse{true, false, newUserRow(me, orgs), currentOrg(orgs, req.actor.OrgID())})
}

const currentPasswordHint = "Send your current password as currentPassword, or sign in again and repeat the request"

// keyResponse has the API key, or null if there is none.
type keyResponse struct {
	Success bool    `json:"success"`
	APIKey  *string `json:"apikey"`
}

func (a *api) getAPIKey(w http.ResponseWriter, r *http.Request, req request) error {
	key, err := a.directory.APIKey(r.Context(), req.actor)
	if err != nil {
		return err
	}
	shown := keyResponse{Success: true}
	if key != "" {
		text := key.Reveal()
		shown.APIKey = &text
	}
	return writeOK(w, shown)
}

// newKeyResponse has the key in both spellings: apikey is in the seed, apiKey in pm415 and its
// pages (docs/products/pm415.md, 4).
type newKeyResponse struct {
	Success bool   `json:"success"`
	Seed    string `json:"apikey"`
	Wire    string `json:"apiKey"`
}

func (a *api) rotateAPIKey(w http.ResponseWriter, r *http.Request, req request) error {
	key, err := a.directory.RotateAPIKey(r.Context(), req.actor)
	if err != nil {
		return err
	}
	return writeOK(w, newKeyResponse{true, key.Reveal(), key.Reveal()})
}

type roleRow struct {
	OrgID model.OrgID `json:"orgId"`
	Name  string      `json:"name"`
	Role  string      `json:"role"`
}

type roleRows struct {
	Success       bool      `json:"success"`
	Organizations []roleRow `json:"organizations"`
}

func (a *api) listMyRoles(w http.ResponseWriter, r *http.Request, req request) error {
	list, err := a.directory.MyOrganizations(r.Context(), req.actor)
	if err != nil {
		return err
	}
	rows := make([]roleRow, 0, len(list))
	for _, m := range list {
		rows = append(rows, roleRow{m.Organization.ID, m.Organization.Name, m.Role.Name})
	}
	return writeOK(w, roleRows{true, rows})
}
