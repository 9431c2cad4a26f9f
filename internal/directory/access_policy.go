package directory

import (
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/unitext"
)

// Gate is what another program, which leaves the question to this server, wants of
// people before it lets them in. Each condition that is set must hold.
type AccessPolicy struct {
	Organization string     // slug; the person is a member, and not pending
	Role         string     // name of the role that the person has there
	Permission   Permission // held there; on the whole server if Organization is empty
}

// Passage is somebody whom a gate let through.
type AccessGrant struct {
	User        User
	Memberships []Membership // without those that are pending
}

// PassGate decides whether who may pass a gate: Forbidden if not. An organization
// that is not there refuses like one that the actor is no member of. Administrators
// of the server hold every permission, but no memberships that they have not got.
func (d *Directory) CheckAccess(ctx context.Context, actor Actor, g AccessPolicy) (AccessGrant, error) {
	if err := g.check(); err != nil {
		return AccessGrant{}, err
	}
	var p AccessGrant
	err := d.read(ctx, actor, SelfRead, 0, func(tx Reader, self User) error {
		if self.Username == "" {
			return fault.New(fault.Forbidden, "this account has no username that other programs could know it by; choose one first",
				fault.Field{Name: "username", Code: fault.Blank})
		}
		all, err := tx.Memberships(self.ID)
		if err != nil {
			return err
		}
		p = AccessGrant{self, slices.DeleteFunc(slices.Clone(all), func(m Membership) bool { return m.Role.ID == RolePending })}
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
	if g.Permission != "" && !slices.Contains(AllPermissions(), g.Permission) {
		f.AddDetail("permission", fault.Unknown, "write "+fault.OneOf(AllPermissions()))
	}
	return f.Err()
}

func (d *Directory) checkPolicy(tx Reader, actor Actor, g AccessPolicy, p AccessGrant) error {
	asked := PermissionQuery{User: p.User.ID, Permission: g.Permission}
	if g.Organization != "" {
		at := slices.IndexFunc(p.Memberships, func(m Membership) bool { return m.Organization.Slug == g.Organization })
		if at < 0 || g.Role != "" && unitext.Fold(p.Memberships[at].Role.Name) != unitext.Fold(g.Role) {
			return accessDenied()
		}
		asked.Org = p.Memberships[at].Organization.ID
	}
	if g.Permission == "" {
		return nil
	}
	if !actor.scopes.permits(g.Permission) {
		return insufficientScope(g.Permission)
	}
	ruling, err := d.decide(tx, p.User, asked)
	if err == nil && !ruling.Allowed {
		return accessDenied()
	}
	return err
}

func accessDenied() error {
	return fault.New(fault.Forbidden, "this account does not meet the conditions that were asked for: organization, role or permission; ask an administrator",
		fault.Field{Name: "actor", Code: fault.Mismatch})
}
