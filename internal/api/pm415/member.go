package pm415

import (
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

type memberRow struct {
	UserID    model.UserID `json:"userId"`
	Email     string       `json:"email"`
	FirstName string       `json:"firstName"`
	LastName  string       `json:"lastName"`
	IsActive  int          `json:"isActive"` // 1 or 0
	Role      string       `json:"role"`
}

// listMembers returns an empty list if the organization is unknown or the actor cannot see its
// members.
func (a *api) listMembers(w http.ResponseWriter, r *http.Request, req request) error {
	id, _ := orgID(r)
	out := web.NewStream(w, r, jsonType)
	err := out.Add(func(text web.JSON) web.JSON { return text.Open('{').Name("success").Bool(true).Name("users").Open('[') })
	if err == nil {
		err = model.Batches(model.UserFilter{Org: id},
			func(f model.UserFilter) (model.Page[directory.MemberUser], error) {
				page, err := a.directory.MembersPage(out.Context(), req.actor, f)
				if f.After == nil && hasKind(fault.NotFound, fault.Forbidden)(err) {
					err = nil
				}
				return page, err
			},
			func(members []directory.MemberUser) error {
				return web.AddRows(out, members, func(m directory.MemberUser) any { return newMemberRow(m) })
			})
	}
	if err == nil {
		err = out.Add(func(text web.JSON) web.JSON { return text.Close(']').Close('}') })
	}
	return out.Finish(err)
}

func newMemberRow(m directory.MemberUser) memberRow {
	row := memberRow{
		UserID: m.User.ID, Email: m.User.Primary().Address,
		FirstName: m.User.GivenName, LastName: m.User.FamilyName, Role: m.Role.Name,
	}
	if m.User.State == model.Active {
		row.IsActive = 1
	}
	return row
}

func usersSchema() schema {
	return schema{{key: "usersId", required: true, rules: []rule{isIDList}}}
}

func (a *api) removeMembers(w http.ResponseWriter, r *http.Request, req request) error {
	if err := usersSchema().check(req.body); err != nil {
		return err
	}
	id, _ := orgID(r)
	if err := a.directory.RemoveMembers(r.Context(), req.actor, id, req.body.userIDs("usersId")); err != nil {
		return mapAdminError(err)
	}
	return writeOK(w, successResponse{true})
}

// countResponse has the number of changed users.
type countResponse struct {
	Success bool   `json:"success"`
	Users   int    `json:"users"`
	Message string `json:"message,omitempty"`
}

func (a *api) grantAdmin(w http.ResponseWriter, r *http.Request, req request) error {
	return a.setRole(w, r, req, model.RoleAdmin, "")
}

// revokeAdmin gives users the role Member. That includes Pending users, who get access by it.
func (a *api) revokeAdmin(w http.ResponseWriter, r *http.Request, req request) error {
	return a.setRole(w, r, req, model.RoleMember, "Now users are members")
}

func (a *api) setRole(w http.ResponseWriter, r *http.Request, req request, role model.RoleID, message string) error {
	if err := usersSchema().check(req.body); err != nil {
		return err
	}
	id, _ := orgID(r)
	changed, err := a.directory.SetMemberRoles(r.Context(), req.actor, id, req.body.userIDs("usersId"), role)
	if err != nil {
		return mapAdminError(err)
	}
	return writeOK(w, countResponse{true, changed, message})
}

// resetPasswords emails reset links. pm415 emails new passwords in clear text.
func (a *api) resetPasswords(w http.ResponseWriter, r *http.Request, req request) error {
	if err := usersSchema().check(req.body); err != nil {
		return err
	}
	id, _ := orgID(r)
	if err := a.directory.ResetMemberPasswords(r.Context(), req.actor, id, req.body.userIDs("usersId")); err != nil {
		return mapAdminError(err)
	}
	return writeOK(w, successResponse{true})
}
