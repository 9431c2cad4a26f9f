package directory

import (
	"context"
	"slices"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/unitext"
)

// OrganizationRow is an organization in a list for those that administer it.
type OrganizationRow struct {
	Organization model.Organization
	Members      int
	Role         string // the name of the actor's role in it; "" if the actor is no member
}

// OrganizationRows returns the organizations that the actor administers (see [Administration]), ordered by
// name: all of them for administrators of the server.
func (d *Directory) OrganizationRows(ctx context.Context, actor model.Actor, f model.OrganizationFilter) ([]OrganizationRow, error) {
	var rows []OrganizationRow
	err := d.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		memberships, err := tx.Memberships(self.ID)
		if err != nil {
			return err
		}
		roles := map[model.OrgID]string{}
		for _, m := range memberships {
			roles[m.Organization.ID] = m.Role.Name
		}
		found, err := administeredOrganizations(tx, actor, memberships, f)
		if err != nil {
			return err
		}
		rows = make([]OrganizationRow, 0, len(found))
		for _, o := range found {
			n, err := tx.MemberCount(o.ID)
			if err != nil {
				return err
			}
			rows = append(rows, OrganizationRow{o, n, roles[o.ID]})
		}
		return nil
	})
	return rows, err
}

func administeredOrganizations(tx model.Reader, actor model.Actor, memberships []model.Membership, f model.OrganizationFilter) ([]model.Organization, error) {
	_, err := operation.Authorize(tx, actor, model.UsersManage, 0)
	if err == nil {
		return tx.OrganizationsByName(f)
	}
	if fault.KindOf(err) != fault.Forbidden {
		return nil, err
	}
	var own []model.Organization
	for _, m := range memberships {
		if slices.ContainsFunc(m.Role.Permissions, beyondMember) && matchesOrganization(m.Organization, f) {
			own = append(own, m.Organization)
		}
	}
	slices.SortFunc(own, func(a, b model.Organization) int {
		order := strings.Compare(unitext.Fold(a.Name), unitext.Fold(b.Name))
		if f.Descending {
			return -order
		}
		return order
	})
	if f.Limit > 0 && len(own) > f.Limit {
		own = own[:f.Limit]
	}
	return own, nil
}

// matchesOrganization reports whether an organization is in the list of a filter. The store selects in the
// same way.
func matchesOrganization(o model.Organization, f model.OrganizationFilter) bool {
	name, search := unitext.Fold(o.Name), unitext.Fold(f.Search)
	if order := strings.Compare(name, f.After); f.After != "" && (order == 0 || order > 0 == f.Descending) {
		return false
	}
	return strings.Contains(name, search) || strings.Contains(o.Slug, search)
}

// OrganizationContents is what ends with an organization.
type OrganizationContents struct {
	Organization model.Organization
	Members      int // they stay as users
	Roles        int // custom ones
	Projects     int
	Invitations  int // that can still be accepted
}

// maxCounted is the number of invitations up to which [Directory.OrganizationContents] counts them.
const maxCounted = model.CountLimit

// OrganizationContents returns what [Directory.DeleteOrganization] ends, with the same permission.
func (d *Directory) OrganizationContents(ctx context.Context, actor model.Actor, id model.OrgID) (OrganizationContents, error) {
	var c OrganizationContents
	err := d.ops.Read(ctx, actor, model.OrganizationsManage, id, func(tx model.Reader, _ model.User) (err error) {
		c = OrganizationContents{}
		if c.Organization, err = tx.Organization(id); err != nil {
			return err
		}
		if c.Members, err = tx.MemberCount(id); err != nil {
			return err
		}
		if c.Projects, err = tx.ProjectCount(id); err != nil {
			return err
		}
		roles, err := tx.Roles(id)
		if err != nil {
			return err
		}
		for _, r := range roles {
			if r.Org != 0 {
				c.Roles++
			}
		}
		invitations, err := tx.Invitations(id, 0, maxCounted)
		for _, i := range invitations {
			if i.StateAt(d.ops.Now()) == model.InvitationOpen {
				c.Invitations++
			}
		}
		return err
	})
	return c, err
}
