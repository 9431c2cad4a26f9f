package role

import (
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// RequireCanGrant returns Forbidden if the role has permissions that the actor does not
// have in the organization.
func RequireCanGrant(tx model.Reader, actor model.Actor, self model.User, org model.OrgID, role model.RoleID) error {
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

func requireCanGrantPermissions(tx model.Reader, actor model.Actor, self model.User, org model.OrgID, permissions []model.Permission) error {
	if actor.IsOperator() || self.Admin {
		return nil
	}
	member, err := tx.Member(org, self.ID)
	if err != nil {
		return operation.HideOrganization(err)
	}
	held, err := operation.PermissionsOfRole(tx, member.Role)
	if err != nil {
		return err
	}
	return requirePermissions(held, permissions)
}

// accessPermissions are the permissions to give others access. Granting a role with one of them requires
// a recent session.
var accessPermissions = []model.Permission{model.UsersInvite, model.MembersManage, model.RolesManage, model.OrganizationsManage}

// RequireRecentToGrant rejects a session that is not recent, if the role has one of accessPermissions.
func RequireRecentToGrant(ops *operation.Runner, tx model.Reader, actor model.Actor, role model.RoleID) error {
	given, err := operation.PermissionsOfRole(tx, role)
	if err != nil {
		return err
	}
	return requireRecentToAdd(ops, tx, actor, nil, given)
}

// requireRecentToAdd rejects a session that is not recent, if given has one of
// accessPermissions that held does not have.
func requireRecentToAdd(ops *operation.Runner, tx model.Reader, actor model.Actor, held, given []model.Permission) error {
	for _, p := range accessPermissions {
		if slices.Contains(given, p) && !slices.Contains(held, p) {
			return ops.RequireRecentAuthentication(tx, actor)
		}
	}
	return nil
}

func requirePermissions(held, given []model.Permission) error {
	for _, p := range given {
		if !slices.Contains(held, p) {
			return fault.NewText(fault.Forbidden, fault.Textf("you cannot grant a permission that you do not have: this role has {permission}", "permission", p),
				fault.Field{Name: "role", Code: fault.NotAdmin})
		}
	}
	return nil
}

// Resolve returns the default role for 0, else the role if it is built in or belongs to
// the organization.
func Resolve(tx model.Reader, org model.Organization, id model.RoleID) (model.RoleID, error) {
	if id == 0 {
		return org.Default, nil
	}
	role, err := tx.Role(id)
	if fault.KindOf(err) == fault.NotFound || err == nil && role.Org != 0 && role.Org != org.ID {
		return 0, fault.InvalidField("role", fault.Unknown, 0)
	}
	return id, err
}

// Grantable returns the role to give, or an error if the actor may not grant it.
func Grantable(ops *operation.Runner, tx model.Reader, actor model.Actor, self model.User, org model.Organization, id model.RoleID) (model.RoleID, error) {
	id, err := Resolve(tx, org, id)
	if err != nil {
		return 0, err
	}
	if err := RequireCanGrant(tx, actor, self, org.ID, id); err != nil {
		return 0, err
	}
	return id, RequireRecentToGrant(ops, tx, actor, id)
}
