package console

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/filter"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

const usersPath = browser.StartPath + "/users"

// The names of the parameters in the URL of the list of users. Each view has a URL of its own.
const (
	searchParam  = "q"
	orgSlugParam = "org" // slug
	roleParam    = "role"
	projectParam = "project" // permalink, in the organization of orgSlugParam
	stateParam   = "state"
	adminParam   = "admin"
	factorParam  = "factor"
	seenParam    = "seen"
	keyParam     = "key"
	sortParam    = "sort"
	columnsParam = "cols" // a list
	rowsParam    = "rows"
	afterParam   = "after"  // cursor of the user before the page
	beforeParam  = "before" // cursor of the user after the page
)

// userView is a view of the list of users: what its URL says.
type userView struct {
	ui.Query
	filter   model.UserFilter
	org      model.Organization // zero for any
	roles    []model.Role
	projects []model.Project
	columns  []string
	rows     int
	backward bool // the page ends before the cursor
}

// rowChoices are the numbers of rows on a page.
var rowChoices = []int{25, 50, 100}

// viewParams are all parameters of the list.
var viewParams = append([]string{orgSlugParam, sortParam, columnsParam, rowsParam, afterParam, beforeParam}, filterParams...)

// viewPrefix stands before the parameters of the list in forms that act on its users.
const viewPrefix = "view_"

// readView reads a view from a query, or from a form with viewPrefix as prefix. Those that administer
// organizations only see one of them: the first, unless the query names another one.
func (p *pages) readView(r *http.Request, a admin, in *ui.Input, prefix string) (userView, error) {
	v := userView{Query: ui.ReadQueryOf(usersPath, in, prefix, viewParams...), rows: rowChoices[0]}
	if err := in.Err(); err != nil {
		return v, err
	}
	if !a.Server && v.Get(orgSlugParam) == "" {
		for _, m := range a.Organizations {
			if a.HasIn(m.Organization.ID, model.UsersRead) {
				v.Set(orgSlugParam, m.Organization.Slug)
				break
			}
		}
	}
	if n, err := strconv.Atoi(v.Get(rowsParam)); err == nil && slices.Contains(rowChoices, n) {
		v.rows = n
	}
	v.columns = columnsOf(a, v.List(columnsParam))
	v.filter.Search = v.Get(searchParam)
	return v, errors.Join(p.readOrganization(r, a, &v), v.readConditions(p.Now()), v.readOrder())
}

// readOrganization reads the organization with the role and the project, and what else can be chosen there.
func (p *pages) readOrganization(r *http.Request, a admin, v *userView) (err error) {
	v.roles = builtinRoles()
	if slug := v.Get(orgSlugParam); slug != "" {
		if v.org, err = p.Directory.OrganizationBySlug(r.Context(), a.Actor, slug); err != nil {
			return err
		}
		if !a.Server && !a.HasIn(v.org.ID, model.UsersRead) {
			return fault.Missing("organization")
		}
		v.filter.Org = v.org.ID
		if a.HasIn(v.org.ID, model.RolesRead) {
			if v.roles, err = p.Directory.Roles(r.Context(), a.Actor, v.org.ID); err != nil {
				return err
			}
		}
		if v.projects, err = p.Directory.Projects(r.Context(), a.Actor, v.org.ID); err != nil {
			return err
		}
	}
	if text := v.Get(roleParam); text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || !slices.ContainsFunc(v.roles, func(role model.Role) bool { return role.ID == model.RoleID(id) }) {
			return fault.Missing("role")
		}
		v.filter.Role = model.RoleID(id)
	}
	if permalink := v.Get(projectParam); permalink != "" {
		i := slices.IndexFunc(v.projects, func(one model.Project) bool { return one.Permalink == permalink })
		if i < 0 {
			return fault.Missing("project")
		}
		v.require(compare(filter.FieldProject, filter.Equal, int64(v.projects[i].ID)))
	}
	return nil
}

func builtinRoles() []model.Role {
	return []model.Role{{ID: model.RoleAdmin, Name: "Admin"}, {ID: model.RoleMember, Name: "Member"}, {ID: model.RolePending, Name: "Pending"}}
}

func compare(field filter.Field, op filter.Op, value any) *filter.Condition {
	return &filter.Condition{Op: op, Field: field, Value: value}
}

// require adds a condition.
func (v *userView) require(c *filter.Condition) {
	if v.filter.Where != nil {
		c = &filter.Condition{Op: filter.And, Left: v.filter.Where, Right: c}
	}
	v.filter.Where = c
}

// The values of seenParam.
const (
	seenDay     = "day"
	seenMonth   = "month"
	seenDormant = "dormant"
	seenNever   = "never"
)

// none is the value of factorParam and keyParam for users without one.
const none = "none"

// readConditions reads the filters. A value that is unknown is malformed.
func (v *userView) readConditions(now time.Time) error {
	switch state := v.Get(stateParam); state {
	case "":
	case string(model.Active), string(model.Invited):
		v.filter.State = model.State(state)
	case string(model.Blocked), string(model.Deactivated):
		v.require(compare(filter.FieldState, filter.Equal, state))
	default:
		return unknownValue(stateParam)
	}
	switch v.Get(adminParam) {
	case "":
	case "yes":
		v.require(compare(filter.FieldAdmin, filter.Equal, true))
	default:
		return unknownValue(adminParam)
	}
	if err := v.readSeen(now); err != nil {
		return err
	}
	factor := v.Get(factorParam)
	if !slices.Contains([]string{"", none, string(model.PasskeyAuthenticator), string(model.TOTPAuthenticator)}, factor) {
		return unknownValue(factorParam)
	}
	v.requireValue(filter.FieldFactor, factor)
	v.requireValue(filter.FieldKeyType, v.Get(keyParam))
	return nil
}

// requireValue adds the condition that a user has a value, or no value.
func (v *userView) requireValue(field filter.Field, value string) {
	switch value {
	case "":
	case none:
		v.require(&filter.Condition{Op: filter.Not, Left: compare(field, filter.Present, nil)})
	default:
		v.require(compare(field, filter.Equal, value))
	}
}

func (v *userView) readSeen(now time.Time) error {
	since := func(d time.Duration) time.Time { return now.Add(-d).UTC().Truncate(time.Minute) }
	switch v.Get(seenParam) {
	case "":
	case seenDay:
		v.require(compare(filter.FieldActivity, filter.AtLeast, since(24*time.Hour)))
	case seenMonth:
		v.require(compare(filter.FieldActivity, filter.AtLeast, since(30*24*time.Hour)))
	case seenDormant:
		v.require(compare(filter.FieldActivity, filter.Below, since(directory.OverviewDormant)))
		v.require(compare(filter.FieldCreated, filter.Below, since(directory.OverviewDormant))) // a new user is not dormant
	case seenNever:
		v.require(&filter.Condition{Op: filter.Not, Left: compare(filter.FieldActivity, filter.Present, nil)})
	default:
		return unknownValue(seenParam)
	}
	return nil
}

func unknownValue(param string) error { return fault.InvalidField(param, fault.Unknown, 0) }

// orders are the values of sortParam. A hyphen before them reverses the order.
var orders = map[string]model.Order{"id": model.ByID, "name": model.ByName, "username": model.ByUsername, "created": model.ByCreated}

// readOrder reads the order and the cursor. The newest users come first unless the query says otherwise.
func (v *userView) readOrder() error {
	sort := v.Get(sortParam)
	if sort == "" {
		sort = "-id"
	}
	name := sort
	if sort[0] == '-' {
		name, v.filter.Descending = sort[1:], true
	}
	order, ok := orders[name]
	if !ok {
		return unknownValue(sortParam)
	}
	v.filter.Order, v.filter.Limit = order, v.rows+1 // one more shows whether there is a next page
	v.filter.SkipTotal = !v.counted()
	cursor := v.Get(afterParam)
	if before := v.Get(beforeParam); before != "" {
		cursor, v.backward, v.filter.Descending = before, true, !v.filter.Descending
	}
	if cursor == "" {
		return nil
	}
	after, err := model.ParseCursor(cursor)
	if err != nil || after.Order != order {
		return unknownValue(afterParam)
	}
	v.filter.After = &after
	return nil
}

// counted reports whether the list counts all matches: not where that would read every user.
func (v *userView) counted() bool {
	return v.filter.Where == nil || v.filter.Where.Narrow() != nil || v.filter.Search != ""
}

// matching returns the filter for all users of the view, by id.
func (v *userView) matching() model.UserFilter {
	f := v.filter
	f.Order, f.Descending, f.After, f.Limit, f.SkipTotal = model.ByID, false, nil, 0, true
	return f
}
