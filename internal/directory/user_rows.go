package directory

import (
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// UserRow is a user in a list for those that administer it.
type UserRow struct {
	User        model.User         // private fields are empty unless Private is set
	Memberships []model.Membership // in organizations that the actor can see, by organization
	Factors     []model.AuthenticatorKind
	Private     bool // whether the actor sees private fields, such as Factors and the last activity
}

// UserRows is [Directory.Users] with the memberships and the second factors of each user.
func (d *Directory) UserRows(ctx context.Context, actor model.Actor, filter model.UserFilter) (model.Page[UserRow], error) {
	found, err := d.Users(ctx, actor, filter)
	if err != nil || len(found.Items) == 0 {
		return model.Page[UserRow]{Total: found.Total, Capped: found.Capped, Read: found.Read, Last: found.Last}, err
	}
	page := model.Page[UserRow]{Total: found.Total, Capped: found.Capped, Read: found.Read, Last: found.Last}
	err = d.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) (err error) {
		visibility, err := operation.VisibilityFor(tx, actor, self)
		if err != nil {
			return err
		}
		page.Items, err = userRows(tx, found.Items, visibility)
		return err
	})
	return page, err
}

// UserRowsByID is [Directory.UserRows] for users given by their ids, in that order. Users that the actor
// cannot see are left out.
func (d *Directory) UserRowsByID(ctx context.Context, actor model.Actor, ids []model.UserID) ([]UserRow, error) {
	var rows []UserRow
	err := d.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		if _, err := operation.RequireActive(tx, actor, model.UsersRead); err != nil {
			return err
		}
		visibility, err := operation.VisibilityFor(tx, actor, self)
		if err != nil {
			return err
		}
		found, err := tx.UsersByID(ids)
		if err != nil {
			return err
		}
		users := slices.Clone(found)
		d.ops.RedactUsers(actor, self, users)
		rows, err = userRows(tx, users, visibility)
		rows = slices.DeleteFunc(rows, func(row UserRow) bool {
			return !visibility.All && len(row.Memberships) == 0 && row.User.ID != self.ID
		})
		return err
	})
	return rows, err
}

func userRows(tx model.Reader, users []model.User, visibility model.Visibility) ([]UserRow, error) {
	ids := make([]model.UserID, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	memberships, err := visibleMemberships(tx, ids, visibility)
	if err != nil {
		return nil, err
	}
	kinds := map[model.UserID][]model.AuthenticatorKind{}
	if !visibility.PublicOnly {
		if kinds, err = tx.FactorKinds(ids); err != nil {
			return nil, err
		}
	}
	rows := make([]UserRow, len(users))
	for i, u := range users {
		rows[i] = UserRow{User: u, Memberships: memberships[u.ID], Factors: kinds[u.ID], Private: !visibility.PublicOnly}
	}
	return rows, nil
}

// visibleMemberships returns the memberships of users in the organizations that the actor can see.
func visibleMemberships(tx model.Reader, users []model.UserID, visibility model.Visibility) (map[model.UserID][]model.Membership, error) {
	members, err := tx.MembersOf(users)
	if err != nil {
		return nil, err
	}
	all := map[model.UserID][]model.Membership{}
	known := membershipReader{tx, map[model.OrgID]model.Organization{}, map[model.RoleID]model.Role{}}
	for _, m := range members {
		if !visibility.All && !slices.Contains(visibility.Orgs, m.Org) {
			continue
		}
		one, err := known.membership(m)
		if fault.KindOf(err) == fault.NotFound {
			continue // deleted meanwhile: the reads need not belong to one snapshot
		}
		if err != nil {
			return nil, err
		}
		all[m.User] = append(all[m.User], one)
	}
	return all, nil
}

// membershipReader reads each organization and role once.
type membershipReader struct {
	tx    model.Reader
	orgs  map[model.OrgID]model.Organization
	roles map[model.RoleID]model.Role
}

func (r membershipReader) membership(m model.Member) (model.Membership, error) {
	org, ok := r.orgs[m.Org]
	if !ok {
		var err error
		if org, err = r.tx.Organization(m.Org); err != nil {
			return model.Membership{}, err
		}
		r.orgs[m.Org] = org
	}
	role, ok := r.roles[m.Role]
	if !ok {
		var err error
		if role, err = r.tx.Role(m.Role); err != nil {
			return model.Membership{}, err
		}
		r.roles[m.Role] = role
	}
	return model.Membership{Organization: org, Role: role}, nil
}
