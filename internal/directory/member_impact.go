package directory

import (
	"context"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// MemberImpact is what a member alone holds in an organization.
type MemberImpact struct {
	User           model.User
	Role           model.Role
	OnlyAssigneeOf []model.Project // those without an assignee besides the listed members
}

// MembersImpact is what ends when members leave an organization.
type MembersImpact struct {
	Members   []MemberImpact // in the order of the request; users that are no members are left out
	LastAdmin bool           // no other Admin would be left, so that the members cannot leave
}

// MembersImpact returns what [Directory.RemoveMembers] ends for these members, with the same permission.
func (d *Directory) MembersImpact(ctx context.Context, actor model.Actor, org model.OrgID, users []model.UserID) (MembersImpact, error) {
	var impact MembersImpact
	if len(users) > model.MaxBulk {
		return impact, fault.InvalidField("users", fault.TooMany, model.MaxBulk)
	}
	err := d.ops.Read(ctx, actor, model.MembersManage, org, func(tx model.Reader, self model.User) error {
		impact = MembersImpact{}
		organization, err := tx.Organization(org)
		if err != nil {
			return err
		}
		err = requireOrgAdminRemains(tx, organization, users)
		if impact.LastAdmin = fault.Has(err, "admin", fault.LastAdmin); err != nil && !impact.LastAdmin {
			return err
		}
		assigned, err := tx.Assignments(org, users)
		if err != nil {
			return err
		}
		leaving := map[model.UserID]bool{}
		for _, id := range users {
			leaving[id] = true
		}
		for _, id := range users {
			member, err := tx.Member(org, id)
			if fault.KindOf(err) == fault.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			one, err := memberImpact(tx, member, assigned[id], leaving)
			if err != nil {
				return err
			}
			d.ops.RedactUser(actor, self, &one.User)
			impact.Members = append(impact.Members, one)
		}
		return nil
	})
	return impact, err
}

func memberImpact(tx model.Reader, member model.Member, assigned []model.Project, leaving map[model.UserID]bool) (MemberImpact, error) {
	var m MemberImpact
	u, err := tx.User(member.User)
	if err != nil {
		return m, err
	}
	m.User = u
	if m.Role, err = tx.Role(member.Role); err != nil {
		return m, err
	}
	for _, p := range assigned {
		all, err := tx.Assigned(p.ID, 0, len(leaving)+1)
		if err != nil {
			return m, err
		}
		stays := false
		for _, other := range all {
			stays = stays || !leaving[other.ID]
		}
		if !stays {
			m.OnlyAssigneeOf = append(m.OnlyAssigneeOf, p)
		}
	}
	return m, nil
}
