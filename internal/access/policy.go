package access

import (
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/unitext"
)

// Policy holds the conditions under which another program admits a user (forward
// authentication). All conditions that are set must hold.
type Policy struct {
	Organization string           // slug; the user is a member with a role other than Pending
	Role         string           // name of the user's role in the organization
	Permission   model.Permission // in the organization; for the whole server if Organization is empty
}

// Grant is a user that fulfills an [Policy].
type Grant struct {
	User        model.User
	Memberships []model.Membership // without those with the role Pending
}

// CheckAccess returns Forbidden unless the user of the actor fulfills the policy. An
// organization that does not exist gives the same error as one that the user is not a member
// of. Administrators of the server have every permission, but only the memberships that they
// really have.
func (c *Checker) CheckAccess(ctx context.Context, actor model.Actor, g Policy) (Grant, error) {
	if err := g.check(); err != nil {
		return Grant{}, err
	}
	var p Grant
	err := c.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		if self.Username == "" {
			return fault.New(fault.Forbidden, "this account has no username, which other programs need; choose one first",
				fault.Field{Name: "username", Code: fault.Blank})
		}
		all, err := tx.Memberships(self.ID)
		if err != nil {
			return err
		}
		p = Grant{self, slices.DeleteFunc(slices.Clone(all), func(m model.Membership) bool { return m.Role.ID == model.RolePending })}
		return c.checkPolicy(tx, actor, g, p)
	})
	if err != nil {
		return Grant{}, err
	}
	return p, nil
}

func (g Policy) check() error {
	var f fault.List
	if g.Role != "" && g.Organization == "" {
		f.Add("organization", fault.Blank, 0)
	}
	switch {
	case g.Permission == "" || slices.Contains(demandable(), g.Permission):
	case slices.Contains(model.AllPermissions(), g.Permission):
		f.AddText("permission", fault.Malformed, fault.Textf("it does not restrict access, because it is about a user's own account or needs none; write {values}", "values", fault.OneOf(demandable())))
	default:
		f.AddUnknown("permission", fault.OneOf(demandable()))
	}
	return f.Err()
}

// demandable returns the permissions that an Policy can demand: not those that
// every active user holds, even without a role. Such a condition would let all users in.
func demandable() []model.Permission {
	return slices.DeleteFunc(model.AllPermissions(), func(p model.Permission) bool {
		return p == model.Public || p.IsSelf()
	})
}

func (c *Checker) checkPolicy(tx model.Reader, actor model.Actor, g Policy, p Grant) error {
	query := Query{User: p.User.ID, Permission: g.Permission}
	if g.Organization != "" {
		at := slices.IndexFunc(p.Memberships, func(m model.Membership) bool { return m.Organization.Slug == g.Organization })
		if at < 0 || g.Role != "" && unitext.Fold(p.Memberships[at].Role.Name) != unitext.Fold(g.Role) {
			return denied()
		}
		query.Org = p.Memberships[at].Organization.ID
	}
	if g.Permission == "" {
		return nil
	}
	if !actor.Permits(g.Permission) {
		return operation.InsufficientScope(g.Permission)
	}
	decision, err := c.decide(tx, p.User, query)
	if err == nil && !decision.Allowed {
		return denied()
	}
	return err
}

func denied() error {
	return fault.New(fault.Forbidden, "this account does not meet the required conditions: organization, role or permission; ask an administrator",
		fault.Field{Name: "actor", Code: fault.Mismatch})
}
