package directory

import (
	"context"
	"slices"

	"roster.example/roster/internal/model"
)

// Administration is what a user administers: the whole server, or organizations.
type Administration struct {
	User   model.User
	Server bool // the user is an administrator of the server
	// Organizations are those in which the role of the user has a permission beyond those of the
	// built-in role Member.
	Organizations []model.Membership
}

// Administration returns what the actor administers. Pages use it to choose their links; each
// operation checks its permission again.
func (d *Directory) Administration(ctx context.Context, actor model.Actor) (Administration, error) {
	own, err := d.Self(ctx, actor, SelfFields{Organizations: true})
	if err != nil {
		return Administration{}, err
	}
	a := Administration{User: own.User, Server: own.User.Admin}
	for _, m := range own.Organizations {
		if slices.ContainsFunc(m.Role.Permissions, beyondMember) {
			a.Organizations = append(a.Organizations, m)
		}
	}
	return a, nil
}

// beyondMember reports whether a permission is none of the built-in role Member.
func beyondMember(p model.Permission) bool {
	held, _ := model.BuiltinRole(model.RoleMember)
	return !slices.Contains(held, p)
}

// Any reports whether the user administers anything.
func (a Administration) Any() bool { return a.Server || len(a.Organizations) > 0 }

// Has reports whether the user has the permission on the whole server, or in one of the organizations
// that it administers. Users that administer anything have the permissions of every active user.
func (a Administration) Has(need model.Permission) bool {
	return a.Server || need.IsSelf() && a.Any() || slices.ContainsFunc(a.Organizations, func(m model.Membership) bool { return slices.Contains(m.Role.Permissions, need) })
}

// HasIn reports whether the user has the permission in an organization.
func (a Administration) HasIn(org model.OrgID, need model.Permission) bool {
	return a.Server || slices.ContainsFunc(a.Organizations, func(m model.Membership) bool {
		return m.Organization.ID == org && slices.Contains(m.Role.Permissions, need)
	})
}
