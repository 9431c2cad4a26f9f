package directory

import (
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// requireCanGrantRole returns Forbidden if the role has permissions that the actor does not
// have in the organization.
func requireCanGrantRole(tx model.Reader, actor model.Actor, self model.User, org model.OrgID, role model.RoleID) error {
	if actor.IsOperator() || self.Admin {
		return nil
	}
	mine, err := tx.Member(org, self.ID)
	if err != nil {
		return operation.HideOrganization(err)
	}
	held, err := operation.PermissionsOfRole(tx, mine.Role)
	if err != nil {
		return err
	}
	given, err := operation.PermissionsOfRole(tx, role)
	if err != nil {
		return err
	}
	return requirePermissions(held, given)
}

// requireCanManageMember returns Forbidden if the actor may not change or remove the member:
// the member's role has permissions that the actor does not have, or the member of the home
// organization is an administrator and the actor is not.
func requireCanManageMember(tx model.Reader, actor model.Actor, self model.User, m model.Member) error {
	if actor.IsOperator() || self.Admin {
		return nil
	}
	if err := requireCanGrantRole(tx, actor, self, m.Org, m.Role); err != nil {
		return err
	}
	home, err := tx.HomeOrganization()
	if err != nil || home.ID != m.Org || m.User == self.ID {
		return err
	}
	target, err := tx.User(m.User)
	if err == nil && target.Admin {
		err = fault.New(fault.Forbidden, "only an administrator of the server can change or remove another administrator in the home organization",
			fault.Field{Name: "actor", Code: fault.NotAdmin})
	}
	return err
}

// admittingPermissions are the permissions to give others access. Granting a role with one of them requires
// a recent session.
var admittingPermissions = []model.Permission{model.UsersInvite, model.MembersManage, model.RolesManage, model.OrganizationsManage}

// requireRecentToGrant rejects a session that is not recent, if the role has one of admittingPermissions.
func (d *Directory) requireRecentToGrant(tx model.Reader, actor model.Actor, role model.RoleID) error {
	given, err := operation.PermissionsOfRole(tx, role)
	if err != nil {
		return err
	}
	return d.requireRecentToAdd(tx, actor, nil, given)
}

// requireRecentToAdd rejects a session that is not recent, if given has one of
// admittingPermissions that held does not have.
func (d *Directory) requireRecentToAdd(tx model.Reader, actor model.Actor, held, given []model.Permission) error {
	for _, p := range admittingPermissions {
		if slices.Contains(given, p) && !slices.Contains(held, p) {
			return d.ops.RequireRecentAuthentication(tx, actor)
		}
	}
	return nil
}

func requirePermissions(held, given []model.Permission) error {
	for _, p := range given {
		if !slices.Contains(held, p) {
			return fault.New(fault.Forbidden, "you cannot grant a permission that you do not have: this role has "+string(p),
				fault.Field{Name: "role", Code: fault.NotAdmin})
		}
	}
	return nil
}
