package directory

import (
	"context"
	"fmt"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/maillink"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/role"
)

// MemberUser is a member with role, and with the fields of the user that the actor may see.
type MemberUser struct {
	User model.User
	Role model.Role
}

// Members lists the members of an organization with their roles, by user id.
func (d *Directory) Members(ctx context.Context, actor model.Actor, org model.OrgID) ([]MemberUser, error) {
	var list []MemberUser
	err := d.ops.Read(ctx, actor, model.UsersRead, org, func(tx model.Reader, self model.User) error {
		list = nil
		page, err := listUsers(tx, model.UserFilter{Org: org}, model.Visibility{All: true})
		if err != nil {
			return err
		}
		members, err := tx.Members(org)
		if err != nil {
			return err
		}
		roles, err := rolesByUser(tx, org, members)
		if err != nil {
			return err
		}
		d.ops.RedactUsers(actor, self, page.Items)
		for _, u := range page.Items {
			list = append(list, MemberUser{User: u, Role: roles[u.ID]})
		}
		return nil
	})
	return list, err
}

// MembersPage returns a page of the members of filter.Org with their roles.
func (d *Directory) MembersPage(ctx context.Context, actor model.Actor, filter model.UserFilter) (model.Page[MemberUser], error) {
	var page model.Page[MemberUser]
	err := d.ops.Read(ctx, actor, model.UsersRead, filter.Org, func(tx model.Reader, self model.User) error {
		if err := d.ops.RevalidateInBatch(tx, actor, filter); err != nil {
			return err
		}
		visibility, err := operation.VisibilityFor(tx, actor, self)
		if err != nil {
			return err
		}
		found, err := listUsers(tx, filter, model.Visibility{All: true, PublicOnly: visibility.PublicOnly})
		if err != nil {
			return err
		}
		d.ops.RedactUsers(actor, self, found.Items)
		page = model.Page[MemberUser]{Total: found.Total, Capped: found.Capped, Read: found.Read, Last: found.Last}
		page.Items, err = withRoles(tx, filter.Org, found.Items)
		return err
	})
	return page, err
}

// withRoles returns those of users that are members of org, with their roles. A user may have left
// since the list was looked up.
func withRoles(tx model.Reader, org model.OrgID, users []model.User) ([]MemberUser, error) {
	if len(users) == 0 {
		return nil, nil
	}
	ids := make([]model.UserID, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	members, err := tx.MembersIn(org, ids)
	if err != nil {
		return nil, err
	}
	roles, err := rolesByUser(tx, org, members)
	if err != nil {
		return nil, err
	}
	var list []MemberUser
	for _, u := range users {
		if role, ok := roles[u.ID]; ok {
			list = append(list, MemberUser{User: u, Role: role})
		}
	}
	return list, nil
}

func rolesByUser(tx model.Reader, org model.OrgID, members []model.Member) (map[model.UserID]model.Role, error) {
	roles, err := tx.Roles(org)
	if err != nil {
		return nil, err
	}
	byID := map[model.RoleID]model.Role{}
	for _, r := range roles {
		byID[r.ID] = r
	}
	held := make(map[model.UserID]model.Role, len(members))
	for _, m := range members {
		held[m.User] = byID[m.Role]
	}
	return held, nil
}

// SetMemberRoles gives members of an organization a role and returns the number of changes.
// Users that are not members are skipped. It is Forbidden to change members with more
// permissions than the actor, and to leave the organization without an Admin.
func (d *Directory) SetMemberRoles(ctx context.Context, actor model.Actor, org model.OrgID, users []model.UserID, given model.RoleID) (int, error) {
	changed := 0
	err := d.ops.Update(ctx, actor, model.MembersManage, org, func(tx model.Writer, self model.User) error {
		changed = 0
		organization, err := tx.Organization(org)
		if err != nil {
			return err
		}
		if _, err := role.Grantable(d.ops, tx, actor, self, organization, given); err != nil {
			return err
		}
		if given != model.RoleAdmin {
			if err := requireOrgAdminRemains(tx, organization, users); err != nil {
				return err
			}
		}
		changed, err = d.setMemberRoles(tx, actor, self, org, users, given)
		return err
	})
	return changed, err
}

func (d *Directory) setMemberRoles(tx model.Writer, actor model.Actor, self model.User, org model.OrgID, users []model.UserID, given model.RoleID) (int, error) {
	changed := 0
	for _, id := range users {
		member, err := tx.Member(org, id)
		if fault.KindOf(err) == fault.NotFound || err == nil && member.Role == given {
			continue
		}
		if err != nil {
			return changed, err
		}
		if err := role.RequireCanManageMember(tx, actor, self, member); err != nil {
			return changed, err
		}
		detail := fmt.Sprintf("role %d, before %d", given, member.Role)
		member.Role = given
		if err := tx.PutMember(member); err != nil {
			return changed, err
		}
		spec := operation.EventSpec{Verb: model.MemberChange, Target: "user", ID: int64(id), User: id, Org: org, Detail: detail}
		if err := d.ops.Record(tx, actor, spec); err != nil {
			return changed, err
		}
		changed++
	}
	return changed, nil
}

// requireOrgAdminRemains returns an error if no Admin would be left without these users.
func requireOrgAdminRemains(tx model.Reader, org model.Organization, users []model.UserID) error {
	for _, id := range users {
		member, err := tx.Member(org.ID, id)
		if err == nil && member.Role == model.RoleAdmin {
			return requireAnotherOrgAdmin(tx, org, users, false)
		}
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
	}
	return nil
}

// RemoveMembers removes members from an organization. Users may remove themselves; others
// require members.manage. The last Admin cannot be removed.
func (d *Directory) RemoveMembers(ctx context.Context, actor model.Actor, org model.OrgID, users []model.UserID) error {
	need := model.MembersManage
	if len(users) == 1 && users[0] == actor.UserID() {
		need = model.SelfWrite
	}
	return d.ops.Update(ctx, actor, need, org, func(tx model.Writer, self model.User) error {
		organization, err := tx.Organization(org)
		if err != nil {
			return operation.HideOrganization(err)
		}
		if need == model.SelfWrite {
			if _, err := tx.Member(org, self.ID); err != nil {
				return operation.HideOrganization(err)
			}
		}
		if err := requireOrgAdminRemains(tx, organization, users); err != nil {
			return err
		}
		for _, id := range users {
			if err := d.removeMember(tx, actor, self, org, id); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *Directory) removeMember(tx model.Writer, actor model.Actor, self model.User, org model.OrgID, id model.UserID) error {
	member, err := tx.Member(org, id)
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if id != self.ID {
		if err := role.RequireCanManageMember(tx, actor, self, member); err != nil {
			return err
		}
	}
	if err := tx.DropAssignments(org, id); err != nil {
		return err
	}
	if err := tx.DropMember(org, id); err != nil {
		return err
	}
	if err := d.ops.Record(tx, actor, operation.EventSpec{Verb: model.MemberRemove, Target: "user", ID: int64(id), User: id, Org: org}); err != nil {
		return err
	}
	u, err := tx.User(id)
	if err != nil {
		return err
	}
	return invitation.RevokeFor(tx, d.Invites, actor, org, u)
}

// ResetMemberPasswords mails members a link to set a new password. If the actor manages all
// organizations of a member, the old password ends at once; otherwise it stays until the link
// is used, so that the Admin of one organization cannot lock a user out of the others.
func (d *Directory) ResetMemberPasswords(ctx context.Context, actor model.Actor, org model.OrgID, users []model.UserID) error {
	return d.ops.Update(ctx, actor, model.MembersManage, org, func(tx model.Writer, self model.User) error {
		if _, err := tx.Organization(org); err != nil {
			return err
		}
		for _, id := range users {
			if _, err := tx.Member(org, id); fault.KindOf(err) == fault.NotFound {
				continue
			} else if err != nil {
				return err
			}
			if err := d.resetMemberPassword(tx, actor, self, id); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *Directory) resetMemberPassword(tx model.Writer, actor model.Actor, self model.User, id model.UserID) error {
	u, err := tx.User(id)
	to, ok := u.RecoveryEmail()
	if err != nil || u.State == model.Blocked || u.AwaitsInvitation() || !ok {
		return err
	}
	manages, err := managesUser(tx, actor, self, u)
	if err != nil {
		return err
	}
	verb := model.PasswordForgot
	if manages {
		manages, err = d.canEndPassword(tx, actor, u)
	}
	if err != nil {
		return err
	}
	if manages {
		verb = model.PasswordReset
		if err := tx.PutPassword(id, ""); err != nil {
			return err
		}
		if err := tx.DropSessions(id); err != nil {
			return err
		}
	}
	if err := d.ops.RecordUser(tx, actor, verb, id, "by an administrator"); err != nil {
		return err
	}
	return d.links.Send(tx, actor, u, to, model.ResetPassword, model.ResetMessage, maillink.ResetLifetime)
}

// canEndPassword reports whether the current password may end before the user has a new one:
// not by a credential of less than full scope or a session without a recent password check,
// and not of the last administrator that can log in. A user that is not active keeps it: there
// is no login to end, and without a password the user would look like an invited one. Users end
// their own password through a session only: afterwards a key could set the first password
// without the current one.
func (d *Directory) canEndPassword(tx model.Reader, actor model.Actor, u model.User) (bool, error) {
	own := u.ID == actor.Impersonator() && actor.Credential() != model.BySession
	if u.State != model.Active || own && !d.skipsCurrentPassword(actor) {
		return false, nil
	}
	for _, err := range []error{operation.RequireFullScope(actor), d.ops.RequireRecentAuthentication(tx, actor), requireAnotherAdmin(tx, u)} {
		if fault.KindOf(err) == fault.Forbidden {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// managesUser reports whether the actor manages the account of target: an administrator, or a user
// with members.manage in every organization of the target, unless the target is an
// administrator.
func managesUser(tx model.Reader, actor model.Actor, self, target model.User) (bool, error) {
	if actor.IsOperator() || self.Admin {
		return true, nil
	}
	if target.Admin {
		return false, nil
	}
	memberships, err := tx.Memberships(target.ID)
	if err != nil {
		return false, err
	}
	for _, m := range memberships {
		err := operation.AuthorizeMember(tx, self.ID, model.MembersManage, m.Organization.ID)
		if err == nil {
			err = role.RequireCanGrant(tx, actor, self, m.Organization.ID, m.Role.ID)
		}
		if kind := fault.KindOf(err); err != nil && kind != fault.Forbidden && kind != fault.NotFound {
			return false, err
		}
		if err != nil {
			return false, nil
		}
	}
	return true, nil
}

// AddMember makes a user a member of an organization, or changes the role; role 0 is the
// default. It requires users.manage: others send invitations, so that users join by their own
// decision.
func (d *Directory) AddMember(ctx context.Context, actor model.Actor, org model.OrgID, user model.UserID, role model.RoleID) error {
	return d.ops.Update(ctx, actor, model.UsersManage, 0, func(tx model.Writer, self model.User) error {
		return d.setMemberRole(tx, actor, self, org, user, role)
	})
}

// SetMemberRole changes the role of a member. Administrators may also add a user that is not a
// member; for others that is NotFound.
func (d *Directory) SetMemberRole(ctx context.Context, actor model.Actor, org model.OrgID, user model.UserID, given model.RoleID) error {
	return d.ops.Update(ctx, actor, model.MembersManage, org, func(tx model.Writer, self model.User) error {
		member, err := tx.Member(org, user)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
		if err == nil {
			err = role.RequireCanManageMember(tx, actor, self, member)
		} else if _, refused := operation.Authorize(tx, actor, model.UsersManage, 0); refused != nil {
			err = fault.Missing("member")
		} else {
			err = nil
		}
		if err != nil {
			return err
		}
		return d.setMemberRole(tx, actor, self, org, user, given)
	})
}

func (d *Directory) setMemberRole(tx model.Writer, actor model.Actor, self model.User, org model.OrgID, user model.UserID, given model.RoleID) error {
	organization, err := tx.Organization(org)
	if err != nil {
		return err
	}
	if _, err := tx.User(user); err != nil {
		return err
	}
	if given, err = role.Grantable(d.ops, tx, actor, self, organization, given); err != nil {
		return err
	}
	if given != model.RoleAdmin {
		if err := requireOrgAdminRemains(tx, organization, []model.UserID{user}); err != nil {
			return err
		}
	}
	return d.users.AddMember(tx, actor, model.Member{Org: org, User: user, Role: given, Since: d.ops.Now()})
}
