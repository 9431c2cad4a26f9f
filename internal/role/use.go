package role

import (
	"context"
	"fmt"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// Use is a role with the number of members that have it.
type Use struct {
	Role    model.Role
	Members int
}

// RolesInUse lists the roles of an organization, built-in and custom, with their numbers of members.
func (d *Definitions) RolesInUse(ctx context.Context, actor model.Actor, org model.OrgID) ([]Use, error) {
	var list []Use
	err := d.ops.Read(ctx, actor, model.RolesRead, org, func(tx model.Reader, _ model.User) error {
		roles, err := tx.Roles(org)
		if err != nil {
			return err
		}
		counts, err := tx.RoleCounts(org)
		list = make([]Use, 0, len(roles))
		for _, r := range roles {
			list = append(list, Use{r, counts[r.ID]})
		}
		return err
	})
	return list, err
}

// maxReplaced is the maximum number of members that get another role in one transaction.
const maxReplaced = 10_000

// ReplaceRole deletes a custom role like [Definitions.DeleteRole], after its members, its open invitations and
// the default of the organization got the role replacement. The actor must be able to grant that role, and to change
// each of the members.
func (d *Definitions) ReplaceRole(ctx context.Context, actor model.Actor, org model.OrgID, id, replacement model.RoleID) error {
	return d.ops.Update(ctx, actor, model.RolesManage, org, func(tx model.Writer, self model.User) error {
		role, err := tx.Role(id)
		if err == nil && role.Org != org {
			err = fault.Missing("role")
		}
		if err != nil {
			return err
		}
		if id == replacement {
			return fault.InvalidField("role", fault.Unknown, 0)
		}
		if err := requireCanGrantPermissions(tx, actor, self, org, role.Permissions); err != nil {
			return err
		}
		organization, err := tx.Organization(org)
		if err != nil {
			return err
		}
		if replacement, err = Grantable(d.ops, tx, actor, self, organization, replacement); err != nil {
			return err
		}
		if err := d.replaceInMembers(tx, actor, self, org, id, replacement); err != nil {
			return err
		}
		if err := replaceInInvitations(tx, org, id, replacement); err != nil {
			return err
		}
		if err := replaceDefault(tx, organization, id, replacement); err != nil {
			return err
		}
		if err := tx.DropRole(id); err != nil {
			return err
		}
		return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.RoleDelete, Target: "role", ID: int64(id), Org: org})
	})
}

func replaceDefault(tx model.Writer, org model.Organization, id, replacement model.RoleID) error {
	if org.Default != id {
		return nil
	}
	org.Default = replacement
	return tx.ChangeOrganization(org)
}

func (d *Definitions) replaceInMembers(tx model.Writer, actor model.Actor, self model.User, org model.OrgID, id, replacement model.RoleID) error {
	counts, err := tx.RoleCounts(org)
	if err != nil || counts[id] == 0 {
		return err
	}
	if _, err := operation.Authorize(tx, actor, model.MembersManage, org); err != nil {
		return err
	}
	if counts[id] > maxReplaced {
		return fault.NewText(fault.Invalid, fault.Textf("more than {n} members have this role; give some of them another one first", "n", maxReplaced),
			fault.Field{Name: "role", Code: fault.TooMany, Limit: maxReplaced})
	}
	members, err := tx.Members(org)
	if err != nil {
		return err
	}
	for _, m := range members {
		if m.Role != id {
			continue
		}
		if err := RequireCanManageMember(tx, actor, self, m); err != nil {
			return err
		}
		m.Role = replacement
		if err := tx.PutMember(m); err != nil {
			return err
		}
		spec := operation.EventSpec{Verb: model.MemberChange, Target: "user", ID: int64(m.User), User: m.User, Org: org, Detail: fmt.Sprintf("role %d, before %d", replacement, id)}
		if err := d.ops.Record(tx, actor, spec); err != nil {
			return err
		}
	}
	return nil
}

func replaceInInvitations(tx model.Writer, org model.OrgID, id, replacement model.RoleID) error {
	return model.InBatches(func(after model.InvitationID, limit int) ([]model.Invitation, error) {
		return tx.Invitations(org, after, limit)
	}, func(i model.Invitation) model.InvitationID { return i.ID }, func(batch []model.Invitation) error {
		for _, i := range batch {
			if i.Role != id || !i.IsPending() {
				continue
			}
			i.Role = replacement
			if err := tx.ChangeInvitation(i); err != nil {
				return err
			}
		}
		return nil
	})
}
