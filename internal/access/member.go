package access

import (
	"context"

	"roster.example/roster/internal/model"
)

// MemberDecision is the answer to a [Query] about a permission of roles.
type MemberDecision struct {
	Permission model.Permission
	Decision
	RolesWith []string // the names of the roles of the organization that have the permission
}

// MemberDecisions are what a member of an organization may do in it.
type MemberDecisions struct {
	User      model.User
	Role      model.Role
	Decisions []MemberDecision // of every permission that a role can have
}

// ExplainMember decides for each permission of roles, as [Checker.CheckPermission] does, whether a member has
// it in an organization. It requires members.manage there.
func (c *Checker) ExplainMember(ctx context.Context, actor model.Actor, org model.OrgID, id model.UserID) (MemberDecisions, error) {
	var all MemberDecisions
	err := c.ops.Read(ctx, actor, model.MembersManage, org, func(tx model.Reader, self model.User) error {
		all = MemberDecisions{}
		member, err := tx.Member(org, id)
		if err != nil {
			return err
		}
		if all.User, err = tx.User(id); err != nil {
			return err
		}
		if all.Role, err = tx.Role(member.Role); err != nil {
			return err
		}
		roles, err := tx.Roles(org)
		if err != nil {
			return err
		}
		for _, p := range model.RolePermissions() {
			decision, err := c.decide(tx, all.User, Query{User: id, Permission: p, Org: org})
			if err != nil {
				return err
			}
			all.Decisions = append(all.Decisions, MemberDecision{p, decision, rolesWith(roles, p)})
		}
		c.ops.RedactUser(actor, self, &all.User)
		return nil
	})
	return all, err
}

func rolesWith(roles []model.Role, p model.Permission) []string {
	var names []string
	for _, r := range roles {
		for _, held := range r.Permissions {
			if held == p {
				names = append(names, r.Name)
			}
		}
	}
	return names
}
