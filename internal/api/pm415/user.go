package pm415

import (
	"context"
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// meAnswer is the answer to GET /api/user.
type meAnswer struct {
	Success      bool                 `json:"success"`
	User         person[orgWithRoles] `json:"user"`
	Organization *orgWithRoles        `json:"organization,omitempty"`
}

// json is what encoding/json would write, only faster: clients ask who they are
// all the time.
func (a meAnswer) json() web.JSON {
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

// changeMeAnswer is meAnswer with what pm415's own pages look for.
type changeMeAnswer struct {
	Success      bool                 `json:"success"`
	DoLogout     bool                 `json:"doLogout"`
	User         person[orgWithRoles] `json:"user"`
	Organization *orgWithRoles        `json:"organization,omitempty"`
}

func (a *api) showMe(w http.ResponseWriter, r *http.Request, v visit) error {
	me, orgs, err := a.me(r.Context(), v.who)
	if err != nil {
		return err
	}
	send(w, http.StatusOK, meAnswer{true, personOf(me, orgs), currentOrg(orgs, v.who.OrgID())}.json())
	return nil
}

func (a *api) me(ctx context.Context, who directory.Actor) (directory.User, []orgWithRoles, error) {
	own, err := a.directory.Self(ctx, who, directory.SelfFields{Organizations: true})
	return own.User, orgsWithRoles(own.Organizations), err
}

// selfSchema: only the address must be there; the label of the password is
// written small (docs/products/pm415.md, 4).
func selfSchema() schema {
	return schema{
		{key: "firstName", label: "Firstname", core: "given_name", rules: []rule{str}},
		{key: "lastName", label: "Lastname", core: "family_name", rules: []rule{filled}},
		{key: "email", label: "Email", required: true, rules: []rule{email}},
		{key: "password", rules: []rule{least(4)}},
		{key: "confirmation", label: "Confirmation", rules: []rule{str, samePassword}},
		{key: "currentPassword", label: "Current password", core: "current_password", rules: []rule{str}},
	}
}

// changeMe asks for the present password, which the original does not.
func (a *api) changeMe(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := selfSchema().check(v.body); err != nil {
		return err
	}
	change := directory.SelfChange{
		Email: v.body.optional("email"), GivenName: v.body.optional("firstName"), FamilyName: v.body.optional("lastName"),
		CurrentPassword: secret.Text(v.body.text("currentPassword")),
	}
	if password := v.body.optional("password"); password != nil {
		if v.body.optional("confirmation") == nil {
			return refuse(http.StatusUnprocessableEntity, "Confirmation must match password")
		}
		text := secret.Text(*password)
		change.Password = &text
	}
	me, err := a.directory.ChangeMe(r.Context(), v.who, change)
	if err != nil {
		return selfSchema().reword(reword(err, saying{
			faultOn("email", fault.Taken), refuse(http.StatusConflict, "Email %s already registered", v.body.text("email")),
		}, saying{
			faultOn("current_password", fault.WrongPassword), refuse(http.StatusForbidden, "Current password is wrong"),
		}, saying{
			faultOn("current_password", fault.Blank), refuse(http.StatusForbidden, askCurrent),
		}, saying{
			faultOn("reauthentication", fault.Required), refuse(http.StatusForbidden, askCurrent),
		}))
	}
	list, err := a.directory.MyOrganizations(r.Context(), v.who)
	if err != nil {
		return err
	}
	orgs := orgsWithRoles(list)
	return succeed(w, changeMeAnswer{true, false, personOf(me, orgs), currentOrg(orgs, v.who.OrgID())})
}

const askCurrent = "Send your present password as currentPassword, or log in again and repeat the request"

// keyAnswer shows the key as the seed does; null before the first was made.
type keyAnswer struct {
	Success bool    `json:"success"`
	APIKey  *string `json:"apikey"`
}

func (a *api) showKey(w http.ResponseWriter, r *http.Request, v visit) error {
	key, err := a.directory.APIKey(r.Context(), v.who)
	if err != nil {
		return err
	}
	shown := keyAnswer{Success: true}
	if key != "" {
		text := key.Reveal()
		shown.APIKey = &text
	}
	return succeed(w, shown)
}

// newKey spells the key both ways: the seed documents the one, the original and
// its pages use the other (docs/products/pm415.md, 4).
type newKey struct {
	Success bool   `json:"success"`
	Seed    string `json:"apikey"`
	Wire    string `json:"apiKey"`
}

func (a *api) makeKey(w http.ResponseWriter, r *http.Request, v visit) error {
	key, err := a.directory.RotateAPIKey(r.Context(), v.who)
	if err != nil {
		return err
	}
	return succeed(w, newKey{true, key.Reveal(), key.Reveal()})
}

type roleRow struct {
	OrgID directory.OrgID `json:"orgId"`
	Name  string          `json:"name"`
	Role  string          `json:"role"`
}

type roleRows struct {
	Success       bool      `json:"success"`
	Organizations []roleRow `json:"organizations"`
}

func (a *api) listMyRoles(w http.ResponseWriter, r *http.Request, v visit) error {
	list, err := a.directory.MyOrganizations(r.Context(), v.who)
	if err != nil {
		return err
	}
	rows := make([]roleRow, 0, len(list))
	for _, m := range list {
		rows = append(rows, roleRow{m.Organization.ID, m.Organization.Name, m.Role.Name})
	}
	return succeed(w, roleRows{true, rows})
}
