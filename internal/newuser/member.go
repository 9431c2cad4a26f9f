package newuser

import (
	"fmt"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/role"
)

// Join makes a new user a member of org, or of the home organization if org is 0.
func (c *Creator) Join(tx model.Writer, actor model.Actor, u model.User, org model.OrgID, wanted model.RoleID) error {
	home, err := organizationOrHome(tx, org)
	if err != nil {
		return err
	}
	id, err := role.Resolve(tx, home, wanted)
	if err != nil {
		return err
	}
	return c.AddMember(tx, actor, model.Member{Org: home.ID, User: u.ID, Role: InitialRole(u, home, id), Since: c.ops.Now()})
}

// InitialRole returns role, but Admin for administrators of the server in the home
// organization.
func InitialRole(u model.User, org model.Organization, role model.RoleID) model.RoleID {
	if u.Admin && org.Home {
		return model.RoleAdmin
	}
	return role
}

func organizationOrHome(tx model.Reader, org model.OrgID) (model.Organization, error) {
	if org == 0 {
		return tx.HomeOrganization()
	}
	return tx.Organization(org)
}

// AddMember adds a member, or changes the role of one.
func (c *Creator) AddMember(tx model.Writer, actor model.Actor, m model.Member) error {
	if err := tx.PutMember(m); err != nil {
		return err
	}
	return c.ops.Record(tx, actor, operation.EventSpec{Verb: model.MemberAdd, Target: "user", ID: int64(m.User), User: m.User, Org: m.Org,
		Detail: fmt.Sprintf("role %d", m.Role)})
}

// GrantRole makes a user a member, or gives a Pending member the role.
func (c *Creator) GrantRole(tx model.Writer, actor model.Actor, org model.OrgID, id model.UserID, role model.RoleID) error {
	held, err := tx.Member(org, id)
	switch {
	case fault.KindOf(err) == fault.NotFound:
	case err != nil:
		return err
	case held.Role != model.RolePending || role == model.RolePending:
		return nil
	}
	return c.AddMember(tx, actor, model.Member{Org: org, User: id, Role: role, Since: c.ops.Now()})
}
