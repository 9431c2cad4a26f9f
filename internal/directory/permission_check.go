package directory

import (
	"context"
	"slices"

	"roster.example/roster/internal/fault"
)

// PermissionQuery asks whether a user has a permission.
type PermissionQuery struct {
	User       UserID // 0 is the actor, with the scopes of the credential
	Permission Permission
	Org        OrgID // 0 is the whole server
}

// Decision is the answer to a [PermissionQuery], with its reason.
type Decision struct {
	Allowed bool
	// Reason is one of: administrator, all_users, role, scope, not_member, no_role,
	// not_admin, state.
	Reason string
	Role   Role // the role that decided; zero if no role did
	Detail string
}

// CheckPermission reports whether a user has a permission, and why. Users may ask about
// themselves, administrators about every user.
func (d *Directory) CheckPermission(ctx context.Context, actor Actor, q PermissionQuery) (Decision, error) {
	if !slices.Contains(AllPermissions(), q.Permission) {
		return Decision{}, &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: "permission", Code: fault.Unknown, Detail: "write " + fault.OneOf(AllPermissions())}}}
	}
	var decision Decision
	err := d.read(ctx, actor, SelfRead, 0, func(tx Reader, self User) error {
		about, own := self, q.User == 0 || q.User == self.ID
		if !own {
			if err := requireSelfOrAdmin(tx, actor, self, q.User); err != nil {
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
		decision, err = d.decide(tx, about, q)
		return err
	})
	return decision, err
}

// decide returns what [authorize] would decide for a user, and why.
func (d *Directory) decide(tx Reader, u User, q PermissionQuery) (Decision, error) {
	switch {
	case u.State != Active:
		return Decision{Reason: "state", Detail: "users in the state " + string(u.State) + " have no permissions"}, nil
	case q.Permission == OrganizationsCreate && !u.Admin && !d.options.SignUpOrganizations:
		return decideCreateOrganization(tx, u)
	case q.Permission == Public || q.Permission.IsSelf():
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

// decideCreateOrganization follows [Directory.requireCanCreateOrganization].
func decideCreateOrganization(tx Reader, u User) (Decision, error) {
	memberships, err := tx.Memberships(u.ID)
	if hasRoleBeyondPending(memberships) {
		return Decision{Allowed: true, Reason: "all_users", Detail: "every active user with a role beyond Pending may do this"}, err
	}
	return Decision{Reason: "no_role", Detail: "users without a role beyond Pending may not create organizations; an administrator can give one"}, err
}

func decideByRole(tx Reader, member Member, need Permission) (Decision, error) {
	role, err := tx.Role(member.Role)
	if err != nil {
		return Decision{}, err
	}
	held, err := permissionsOfRole(tx, member.Role)
	if err != nil {
		return Decision{}, err
	}
	if slices.Contains(held, need) {
		return Decision{Allowed: true, Reason: "role", Role: role, Detail: "the role " + role.Name + " has " + string(need)}, nil
	}
	return Decision{Reason: "no_role", Role: role, Detail: "the role " + role.Name + " lacks " + string(need) + "; an Admin of the organization can give another one"}, nil
}

// Description returns what the permission allows.
func (p Permission) Description() string { return permissionDescriptions[p] }

// HeldBy returns who can have the permission: "all_users" about their own user, "roles" of an
// organization, or "administrators" of the server only.
func (p Permission) HeldBy() string {
	switch {
	case p == Public || p.IsSelf():
		return "all_users"
	case slices.Contains(builtinPermissions[RoleAdmin], p):
		return "roles"
	}
	return "administrators"
}

var permissionDescriptions = map[Permission]string{
	Public:              "operations without a credential",
	SelfRead:            "read your own record and keys",
	SelfWrite:           "change your own record and keys",
	SelfCredentials:     "list and create your own API key, tokens and sessions",
	UsersRead:           "read the users of an organization",
	UsersInvite:         "invite users to an organization",
	UsersManage:         "create, change, block and delete users, on the whole server",
	MembersManage:       "set roles in an organization, and remove its members",
	RolesRead:           "read the roles of an organization",
	RolesManage:         "create and change the roles of an organization",
	ProjectsReadAll:     "read projects without being assigned to them",
	ProjectsManage:      "create projects and assign users",
	OrganizationsCreate: "create an organization",
	OrganizationsManage: "rename and delete an organization",
	ActAsOthers:         "act as another user; events name both users",
	AuditRead:           "read events",
	ServerManage:        "manage settings and keys of the server",
	WebhooksManage:      "manage webhooks",
}
