package operation

import (
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// Authorize returns an error unless the actor has the permission need, inside org where need
// is about an organization. It returns the user of the actor as of this transaction, so that
// credentials of blocked and deleted users have no effect.
func Authorize(tx model.Reader, actor model.Actor, need model.Permission, org model.OrgID) (model.User, error) {
	self, err := RequireActive(tx, actor, need)
	if err != nil || actor.IsOperator() || self.Admin || need.IsSelf() {
		return self, err
	}
	if org == 0 {
		return self, fault.New(fault.Forbidden, "only an administrator may do this", fault.Field{Name: "actor", Code: fault.NotAdmin})
	}
	return self, AuthorizeMember(tx, self.ID, need, org)
}

// RequireActive returns an error unless the scopes of the credential include need and its user
// is active.
func RequireActive(tx model.Reader, actor model.Actor, need model.Permission) (model.User, error) {
	switch {
	case actor.IsOperator():
		return model.User{Admin: true, State: model.Active}, nil
	case actor.Anonymous():
		return model.User{}, Unauthenticated()
	case !actor.Permits(need):
		return model.User{}, scopeError(actor, need)
	}
	return activeUser(tx, actor)
}

func activeUser(tx model.Reader, actor model.Actor) (model.User, error) {
	self, err := tx.User(actor.UserID())
	if fault.KindOf(err) == fault.NotFound || err == nil && self.State != model.Active {
		return model.User{}, Unauthenticated()
	}
	if err != nil || actor.Impersonator() == actor.UserID() {
		return self, err
	}
	// Impersonation ends when the administrator is blocked or loses the administration.
	impersonator, err := tx.User(actor.Impersonator())
	if fault.KindOf(err) == fault.NotFound || err == nil && (impersonator.State != model.Active || !impersonator.Admin) {
		return model.User{}, Unauthenticated()
	}
	return self, err
}

func AuthorizeMember(tx model.Reader, me model.UserID, need model.Permission, org model.OrgID) error {
	member, err := tx.Member(org, me)
	if err != nil {
		return HideOrganization(err)
	}
	held, err := PermissionsOfRole(tx, member.Role)
	if err != nil {
		return err
	}
	if !slices.Contains(held, need) {
		return fault.NewText(fault.Forbidden, fault.Textf("this needs the permission {permission}; ask an Admin of the organization", "permission", need),
			fault.Field{Name: "actor", Code: fault.NotAdmin})
	}
	return nil
}

// HideOrganization returns the same error for an organization that does not exist and for one
// that the actor is not a member of.
func HideOrganization(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return fault.Missing("organization")
	}
	return err
}

func PermissionsOfRole(tx model.Reader, id model.RoleID) ([]model.Permission, error) {
	if held, builtin := model.BuiltinRole(id); builtin {
		return held, nil
	}
	role, err := tx.Role(id)
	return role.Permissions, err
}

func Unauthenticated() *fault.Error {
	return fault.New(fault.Unauthenticated, "this needs a valid credential; sign in or send a token")
}

// scopeError is the error of an operation that the scopes of the actor do not permit.
func scopeError(actor model.Actor, need model.Permission) error {
	if actor.MustEnrol() {
		return EnrolmentRequired(fault.Forbidden)
	}
	return InsufficientScope(need)
}

// EnrolmentRequired is the error for a user that must add a second factor first.
func EnrolmentRequired(kind fault.Kind) error {
	return fault.New(kind, "this account must have a second factor; sign in on the pages or by the native API and add one, or use an API key or an access token",
		fault.Field{Name: "second_factor", Code: fault.Required})
}

func InsufficientScope(need model.Permission) *fault.Error {
	return fault.NewText(fault.Forbidden, fault.Textf("the scope of this credential does not cover {permission}", "permission", need),
		fault.Field{Name: "scope", Code: fault.SmallScope})
}

// RequireFullScope returns Forbidden unless the credential has all scopes. Operations whose
// result could replace a credential call it: a credential creates none stronger than itself.
func RequireFullScope(actor model.Actor) error {
	if actor.IsOperator() || model.FullScopes().Within(actor.Scopes()) {
		return nil
	}
	return fault.New(fault.Forbidden, "this needs a credential of full scope: a token with the scopes api and sudo, a session or the API key",
		fault.Field{Name: "scope", Code: fault.SmallScope})
}

// HasRoleBeyondPending reports whether one of the memberships has a role other than Pending.
func HasRoleBeyondPending(memberships []model.Membership) bool {
	for _, m := range memberships {
		if m.Role.ID != model.RolePending {
			return true
		}
	}
	return false
}

// VisibilityFor returns which users the actor can see: all for administrators, otherwise the
// members of organizations where the actor's role has users.read, and the actor's own user.
func VisibilityFor(tx model.Reader, actor model.Actor, self model.User) (model.Visibility, error) {
	if actor.IsOperator() || self.Admin {
		return model.Visibility{All: true, PublicOnly: !SeesAllFields(actor, self)}, nil
	}
	visibility := model.Visibility{Self: self.ID, PublicOnly: true}
	memberships, err := tx.Memberships(self.ID)
	for _, m := range memberships {
		if slices.Contains(m.Role.Permissions, model.UsersRead) {
			visibility.Orgs = append(visibility.Orgs, m.Organization.ID)
			if slices.Contains(m.Role.Permissions, model.ProjectsReadAll) {
				visibility.Projects = append(visibility.Projects, m.Organization.ID)
			}
		}
	}
	return visibility, err
}
