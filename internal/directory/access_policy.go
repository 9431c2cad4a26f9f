package directory

import (
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/unitext"
)

// AccessPolicy holds the conditions under which another program admits a user (forward
// authentication). All conditions that are set must hold.
type AccessPolicy struct {
	Organization string           // slug; the user is a member with a role other than Pending
	Role         string           // name of the user's role in the organization
	Permission   model.Permission // in the organization; for the whole server if Organization is empty
}

// AccessGrant is a user that fulfills an [AccessPolicy].
type AccessGrant struct {
	User        model.User
	Memberships []model.Membership // without those with the role Pending
}

// CheckAccess returns Forbidden unless the user of the actor fulfills the policy. An
// organization that does not exist gives the same error as one that the user is not a member
// of. Administrators of the server have every permission, but only the memberships that they
// really have.
func (d *Directory) CheckAccess(ctx context.Context, actor model.Actor, g AccessPolicy) (AccessGrant, error) {
	if err := g.check(); err != nil {
		return AccessGrant{}, err
	}
	var p AccessGrant
	err := d.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		if self.Username == "" {
			return fault.New(fault.Forbidden, "this account has no username, which other programs need; choose one first",
				fault.Field{Name: "username", Code: fault.Blank})
		}
		all, err := tx.Memberships(self.ID)
		if err != nil {
			return err
		}
		p = AccessGrant{self, slices.DeleteFunc(slices.Clone(all), func(m model.Membership) bool { return m.Role.ID == model.RolePending })}
		return d.checkPolicy(tx, actor, g, p)
	})
	if err != nil {
		return AccessGrant{}, err
	}
	return p, nil
}

func (g AccessPolicy) check() error {
	var f fault.List
	if g.Role != "" && g.Organization == "" {
		f.Add("organization", fault.Blank, 0)
	}
	switch {
	case g.Permission == "" || slices.Contains(accessPermissions(), g.Permission):
	case slices.Contains(model.AllPermissions(), g.Permission):
		f.AddMalformed("permission", "it does not restrict access, because it is about a user's own account or needs none; write "+fault.OneOf(accessPermissions()))
	default:
		f.AddDetail("permission", fault.Unknown, "write "+fault.OneOf(accessPermissions()))
	}
	return f.Err()
}

// accessPermissions returns the permissions that an AccessPolicy can demand: not those that
// every active user holds, even without a role. Such a condition would let all users in.
func accessPermissions() []model.Permission {
	return slices.DeleteFunc(model.AllPermissions(), func(p model.Permission) bool {
		return p == model.Public || p.IsSelf()
	})
}

func (d *Directory) checkPolicy(tx model.Reader, actor model.Actor, g AccessPolicy, p AccessGrant) error {
	query := PermissionQuery{User: p.User.ID, Permission: g.Permission}
	if g.Organization != "" {
		at := slices.IndexFunc(p.Memberships, func(m model.Membership) bool { return m.Organization.Slug == g.Organization })
		if at < 0 || g.Role != "" && unitext.Fold(p.Memberships[at].Role.Name) != unitext.Fold(g.Role) {
			return accessDenied()
		}
		query.Org = p.Memberships[at].Organization.ID
	}
	if g.Permission == "" {
		return nil
	}
	if !actor.Permits(g.Permission) {
		return operation.InsufficientScope(g.Permission)
	}
	decision, err := d.decide(tx, p.User, query)
	if err == nil && !decision.Allowed {
		return accessDenied()
	}
	return err
}

func accessDenied() error {
	return fault.New(fault.Forbidden, "this account does not meet the required conditions: organization, role or permission; ask an administrator",
		fault.Field{Name: "actor", Code: fault.Mismatch})
}
