package access

import (
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// Checker answers questions about permissions. Its methods are operations of the directory, which embeds it.
type Checker struct {
	ops                 *operation.Runner
	createOrganizations bool // users without a role create organizations
}

// New returns a Checker. createOrganizations is set if users without a role can create organizations.
func New(ops *operation.Runner, createOrganizations bool) *Checker {
	return &Checker{ops, createOrganizations}
}

// Query asks whether a user has a permission.
type Query struct {
	User       model.UserID // 0 is the actor, with the scopes of the credential
	Permission model.Permission
	Org        model.OrgID // 0 is the whole server
}

// Decision is the answer to a [Query], with its reason.
type Decision struct {
	Allowed bool
	// Reason is one of: administrator, all_users, role, scope, not_member, no_role,
	// not_admin, state.
	Reason string
	Role   model.Role // the role that decided; zero if no role did
	Detail string
}

// CheckPermission reports whether a user has a permission, and why. Users may ask about
// themselves, administrators about every user.
func (c *Checker) CheckPermission(ctx context.Context, actor model.Actor, q Query) (Decision, error) {
	if !slices.Contains(model.AllPermissions(), q.Permission) {
		return Decision{}, fault.UnknownField("permission", fault.OneOf(model.AllPermissions()))
	}
	var decision Decision
	err := c.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		about, own := self, q.User == 0 || q.User == self.ID
		if !own {
			if err := operation.RequireSelfOrAdmin(tx, actor, self, q.User); err != nil {
				return err
			}
			found, err := tx.User(q.User)
			if err != nil {
				return err
			}
			about = found
		}
		if own && !actor.Permits(q.Permission) {
			decision = Decision{Reason: "scope", Detail: "the scopes of the credential do not include " + string(q.Permission)}
			return nil
		}
		var err error
		decision, err = c.decide(tx, about, q)
		return err
	})
	return decision, err
}

// decide returns what [operation.Authorize] would decide for a user, and why.
func (c *Checker) decide(tx model.Reader, u model.User, q Query) (Decision, error) {
	switch {
	case u.State != model.Active:
		return Decision{Reason: "state", Detail: "users in the state " + string(u.State) + " have no permissions"}, nil
	case q.Permission == model.OrganizationsCreate && !u.Admin && !c.createOrganizations:
		return decideCreateOrganization(tx, u)
	case q.Permission == model.Public || q.Permission.IsSelf():
		return Decision{Allowed: true, Reason: "all_users", Detail: "every active user may do this for their own account"}, nil
	case u.Admin:
		return Decision{Allowed: true, Reason: "administrator", Detail: "administrators of the server may do everything"}, nil
	case q.Org == 0:
		return Decision{Reason: "not_admin", Detail: "for the whole server only administrators may do this; name an organization to check it there"}, nil
	}
	member, err := tx.Member(q.Org, u.ID)
	if fault.KindOf(err) == fault.NotFound {
		return Decision{Reason: "not_member", Detail: "users who are not members of the organization have no permissions in it"}, nil
	}
	if err != nil {
		return Decision{}, err
	}
	return decideByRole(tx, member, q.Permission)
}

// decideCreateOrganization follows the rule for creating organizations.
func decideCreateOrganization(tx model.Reader, u model.User) (Decision, error) {
	memberships, err := tx.Memberships(u.ID)
	if operation.HasRoleBeyondPending(memberships) {
		return Decision{Allowed: true, Reason: "all_users", Detail: "every active user with a role beyond Pending may do this"}, err
	}
	return Decision{Reason: "no_role", Detail: "users without a role beyond Pending may not create organizations; an administrator can give one"}, err
}

func decideByRole(tx model.Reader, member model.Member, need model.Permission) (Decision, error) {
	role, err := tx.Role(member.Role)
	if err != nil {
		return Decision{}, err
	}
	held, err := operation.PermissionsOfRole(tx, member.Role)
	if err != nil {
		return Decision{}, err
	}
	if slices.Contains(held, need) {
		return Decision{Allowed: true, Reason: "role", Role: role, Detail: "the role " + role.Name + " has " + string(need)}, nil
	}
	return Decision{Reason: "no_role", Role: role, Detail: "the role " + role.Name + " lacks " + string(need) + "; an Admin of the organization can give another one"}, nil
}
