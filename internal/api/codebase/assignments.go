package codebase

import (
	"net/http"
	"slices"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// listAssignees answers GET /{project}/assignments.
func (a *api) listAssignees(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	out := newListStream(w, r, "users", "user")
	err := out.begin()
	if err == nil {
		err = a.directory.EachAssigned(out.Context(), actor, actor.OrgID(), r.PathValue("project"), func(users []model.User) error {
			shown := make([]value, 0, len(users))
			for _, u := range users {
				shown = append(shown, newAssignee(u))
			}
			return out.add(shown)
		})
	}
	if err == nil {
		err = out.end()
	}
	return out.Finish(err)
}

// setAssignees answers POST /{project}/assignments, which replaces the whole list. It answers 200
// and the new list, because it creates no resource.
func (a *api) setAssignees(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	// The permission is checked first, so that an unauthorized actor gets no validation errors.
	if err := a.directory.Can(r.Context(), actor, model.ProjectsManage, actor.OrgID()); err != nil {
		return err
	}
	body, err := a.readBody(r)
	if err != nil {
		return err
	}
	ids, err := userIDs(body["users"])
	if err != nil {
		return err
	}
	if err := a.directory.Assign(r.Context(), actor, actor.OrgID(), r.PathValue("project"), ids); err != nil {
		return err
	}
	return a.listAssignees(w, r, actor)
}

// userIDs returns the distinct ids in a list of users. The list is required: a misspelled body must
// not clear a project.
func userIDs(users any) ([]model.UserID, error) {
	items, ok := userElements(users)
	if !ok {
		return nil, invalidError(fault.Field{Name: "users", Code: fault.Blank})
	}
	ids := make([]model.UserID, 0, len(items))
	for _, item := range items {
		members, _ := item.(map[string]any)
		if inner, ok := members["user"].(map[string]any); ok {
			members = inner
		}
		id, given, err := web.Params(members).Int("id")
		if err != nil || !given {
			return nil, invalidError(fault.Field{Name: "user", Code: fault.Malformed, Detail: "its id must be a whole number"})
		}
		ids = append(ids, model.UserID(id))
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// userElements returns the elements of a list: {"user": [..]}, which XML is parsed to and clients
// send in JSON, {"user": {..}} for a single one, or a plain list, which GET returns in JSON.
func userElements(users any) ([]any, bool) {
	switch users := users.(type) {
	case []any:
		return users, true
	case string: // an empty element
		return nil, strings.TrimSpace(users) == ""
	case map[string]any:
		inner, ok := users["user"]
		if items, several := inner.([]any); several {
			return items, true
		}
		if ok {
			return []any{inner}, true
		}
		return nil, len(users) == 0
	}
	return nil, false
}
