package directory

import (
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// authorize returns an error unless the actor has the permission need, inside org where need
// is about an organization. It returns the user of the actor as of this transaction, so that
// credentials of blocked and deleted users have no effect.
func authorize(tx model.Reader, actor model.Actor, need model.Permission, org model.OrgID) (model.User, error) {
	self, err := requireActive(tx, actor, need)
	if err != nil || actor.IsOperator() || self.Admin || need.IsSelf() {
		return self, err
	}
	if org == 0 {
		return self, fault.New(fault.Forbidden, "only an administrator may do this", fault.Field{Name: "actor", Code: fault.NotAdmin})
	}
	return self, authorizeMember(tx, self.ID, need, org)
}

// requireActive returns an error unless the scopes of the credential include need and its user
// is active.
func requireActive(tx model.Reader, actor model.Actor, need model.Permission) (model.User, error) {
	switch {
	case actor.IsOperator():
		return model.User{Admin: true, State: model.Active}, nil
	case actor.Anonymous():
		return model.User{}, unauthenticated()
	case !actor.Permits(need):
		return model.User{}, insufficientScope(need)
	}
	return activeUser(tx, actor)
}

func activeUser(tx model.Reader, actor model.Actor) (model.User, error) {
	self, err := tx.User(actor.UserID())
	if fault.KindOf(err) == fault.NotFound || err == nil && self.State != model.Active {
		return model.User{}, unauthenticated()
	}
	if err != nil || actor.Impersonator() == actor.UserID() {
		return self, err
	}
	// Impersonation ends when the administrator is blocked or loses the administration.
	impersonator, err := tx.User(actor.Impersonator())
	if fault.KindOf(err) == fault.NotFound || err == nil && (impersonator.State != model.Active || !impersonator.Admin) {
		return model.User{}, unauthenticated()
	}
	return self, err
}

func authorizeMember(tx model.Reader, me model.UserID, need model.Permission, org model.OrgID) error {
	member, err := tx.Member(org, me)
	if err != nil {
		return hideOrganization(err)
	}
	held, err := permissionsOfRole(tx, member.Role)
	if err != nil {
		return err
	}
	if !slices.Contains(held, need) {
		return fault.New(fault.Forbidden, "this needs the permission "+string(need)+"; ask an Admin of the organization",
			fault.Field{Name: "actor", Code: fault.NotAdmin})
	}
	return nil
}

// hideOrganization returns the same error for an organization that does not exist and for one
// that the actor is not a member of.
func hideOrganization(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return fault.Missing("organization")
	}
	return err
}

func permissionsOfRole(tx model.Reader, id model.RoleID) ([]model.Permission, error) {
	if held, builtin := model.BuiltinRole(id); builtin {
		return held, nil
	}
	role, err := tx.Role(id)
	return role.Permissions, err
}

// requireCanGrantRole returns Forbidden if the role has permissions that the actor does not
// have in the organization.
func requireCanGrantRole(tx model.Reader, actor model.Actor, self model.User, org model.OrgID, role model.RoleID) error {
	if actor.IsOperator() || self.Admin {
		return nil
	}
	mine, err := tx.Member(org, self.ID)
	if err != nil {
		return hideOrganization(err)
	}
	held, err := permissionsOfRole(tx, mine.Role)
	if err != nil {
		return err
	}
	given, err := permissionsOfRole(tx, role)
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

// letsOthersIn are the permissions by which a member admits others or gives them rights: a
// role that has one of them is granted by a recent session only.
var letsOthersIn = []model.Permission{model.UsersInvite, model.MembersManage, model.RolesManage, model.OrganizationsManage}

// requireRecentToGrant rejects a session that is not recent, if the role lets others in.
func (d *Directory) requireRecentToGrant(tx model.Reader, actor model.Actor, role model.RoleID) error {
	given, err := permissionsOfRole(tx, role)
	if err != nil {
		return err
	}
	return d.requireRecentToAdd(tx, actor, nil, given)
}

// requireRecentToAdd rejects a session that is not recent, if given has a permission to let
// others in that held does not have.
func (d *Directory) requireRecentToAdd(tx model.Reader, actor model.Actor, held, given []model.Permission) error {
	for _, p := range letsOthersIn {
		if slices.Contains(given, p) && !slices.Contains(held, p) {
			return d.requireRecentAuthentication(tx, actor)
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

// visibilityFor returns which users the actor can see: all for administrators, otherwise the
// members of organizations where the actor's role has users.read, and the actor's own user.
func visibilityFor(tx model.Reader, actor model.Actor, self model.User) (model.Visibility, error) {
	if actor.IsOperator() || self.Admin {
		return model.Visibility{All: true, PublicOnly: !actor.IsOperator() && !actor.Permits(model.UsersManage)}, nil
	}
	visibility := model.Visibility{Self: self.ID, PublicOnly: true}
	memberships, err := tx.Memberships(self.ID)
	for _, m := range memberships {
		if slices.Contains(m.Role.Permissions, model.UsersRead) {
			visibility.Orgs = append(visibility.Orgs, m.Organization.ID)
		}
	}
	return visibility, err
}

func unauthenticated() *fault.Error {
	return fault.New(fault.Unauthenticated, "this needs a valid credential; log in or send a token")
}

func insufficientScope(need model.Permission) *fault.Error {
	return fault.New(fault.Forbidden, "the scope of this credential does not cover "+string(need),
		fault.Field{Name: "scope", Code: fault.SmallScope})
}

// requireFullScope returns Forbidden unless the credential has all scopes. Operations whose
// result could replace a credential call it: a credential creates none stronger than itself.
func requireFullScope(actor model.Actor) error {
	if actor.IsOperator() || model.FullScopes().Within(actor.Scopes()) {
		return nil
	}
	return fault.New(fault.Forbidden, "this needs a credential of full scope: a token with the scopes api and sudo, a login or the API key",
		fault.Field{Name: "scope", Code: fault.SmallScope})
}
