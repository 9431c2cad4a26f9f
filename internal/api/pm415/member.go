package pm415

import (
	"net/http"

	"roster.example/roster/internal/directory"
)

type memberRow struct {
	UserID    directory.UserID `json:"userId"`
	Email     string           `json:"email"`
	FirstName string           `json:"firstName"`
	LastName  string           `json:"lastName"`
	IsActive  int              `json:"isActive"` // 1 or 0, as the database keeps it
	Role      string           `json:"role"`
}

type memberRows struct {
	Success bool        `json:"success"`
	Users   []memberRow `json:"users"`
}

// listMembers shows an empty list to whoever may not see the people, and of an
// organization that is not there.
func (a *api) listMembers(w http.ResponseWriter, r *http.Request, v visit) error {
	id, _ := orgID(r)
	list, err := a.directory.Members(r.Context(), v.who, id)
	if err != nil && !kind(directory.NotFound, directory.Forbidden)(err) {
		return err
	}
	rows := make([]memberRow, 0, len(list))
	for _, m := range list {
		rows = append(rows, memberRowOf(m))
	}
	return succeed(w, memberRows{true, rows})
}

func memberRowOf(m directory.MemberUser) memberRow {
	row := memberRow{
		UserID: m.User.ID, Email: m.User.Primary().Address,
		FirstName: m.User.GivenName, LastName: m.User.FamilyName, Role: m.Role.Name,
	}
	if m.User.State == directory.Active {
		row.IsActive = 1
	}
	return row
}

func usersSchema() schema {
	return schema{{key: "usersId", required: true, rules: []rule{ids}}}
}

func (a *api) removeMembers(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := usersSchema().check(v.body); err != nil {
		return err
	}
	id, _ := orgID(r)
	if err := a.directory.RemoveMembers(r.Context(), v.who, id, v.body.users("usersId")); err != nil {
		return adminsOnly(err)
	}
	return succeed(w, successAnswer{true})
}

// countAnswer says how many people were changed.
type countAnswer struct {
	Success bool   `json:"success"`
	Users   int    `json:"users"`
	Message string `json:"message,omitempty"`
}

func (a *api) grantAdmin(w http.ResponseWriter, r *http.Request, v visit) error {
	return a.setRole(w, r, v, directory.RoleAdmin, "")
}

// revokeAdmin makes people plain members: also Pending ones, who are let in by it.
func (a *api) revokeAdmin(w http.ResponseWriter, r *http.Request, v visit) error {
	return a.setRole(w, r, v, directory.RoleMember, "Now users are members")
}

func (a *api) setRole(w http.ResponseWriter, r *http.Request, v visit, role directory.RoleID, message string) error {
	if err := usersSchema().check(v.body); err != nil {
		return err
	}
	id, _ := orgID(r)
	changed, err := a.directory.SetRole(r.Context(), v.who, id, v.body.users("usersId"), role)
	if err != nil {
		return adminsOnly(err)
	}
	return succeed(w, countAnswer{true, changed, message})
}

// resetPasswords mails links. The original mails new passwords in clear.
func (a *api) resetPasswords(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := usersSchema().check(v.body); err != nil {
		return err
	}
	id, _ := orgID(r)
	if err := a.directory.ResetMemberPasswords(r.Context(), v.who, id, v.body.users("usersId")); err != nil {
		return adminsOnly(err)
	}
	return succeed(w, successAnswer{true})
}
