package directory

import (
	"context"
	"maps"
	"slices"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
)

// Offboarding is what the block of a user ends, and what no other user holds.
type Offboarding struct {
	User           model.User
	Sessions       []model.Session
	Tokens         []model.AccessToken // neither revoked nor expired
	Keys           []model.SSHKey      // not deleted: they open nothing while the user is blocked
	APIKey         bool
	APIKeyUsedAt   time.Time
	LastAdminOf    []model.Organization // with other members, in which no other Admin would be left
	OnlyAssigneeOf []model.Project
}

// Offboarding returns what [Directory.Offboard] ends and asks for.
func (d *Directory) Offboarding(ctx context.Context, actor model.Actor, id model.UserID) (Offboarding, error) {
	var o Offboarding
	err := d.ops.Read(ctx, actor, model.UsersManage, 0, func(tx model.Reader, _ model.User) (err error) {
		o = Offboarding{}
		if o.User, err = tx.User(id); err != nil {
			return err
		}
		if err := d.readCredentials(tx, &o); err != nil {
			return err
		}
		memberships, err := tx.Memberships(id)
		if err != nil {
			return err
		}
		for _, m := range memberships {
			if err := readSoleDuties(tx, &o, m); err != nil {
				return err
			}
		}
		return nil
	})
	return o, err
}

// readCredentials fills in the credentials that end.
func (d *Directory) readCredentials(tx model.Reader, o *Offboarding) error {
	now := d.ops.Now()
	sessions, err := tx.Sessions(o.User.ID)
	if err != nil {
		return err
	}
	o.Sessions = slices.DeleteFunc(slices.Clone(sessions), func(s model.Session) bool { return !d.ops.IsLive(s) })
	tokens, err := tx.Tokens(o.User.ID)
	if err != nil {
		return err
	}
	o.Tokens = slices.DeleteFunc(slices.Clone(tokens), func(t model.AccessToken) bool {
		return !t.RevokedAt.IsZero() || !t.ExpiresAt.IsZero() && !t.ExpiresAt.After(now)
	})
	if o.Keys, err = tx.Keys(o.User.ID); err != nil {
		return err
	}
	key, err := tx.APIKeyOf(o.User.ID)
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	o.APIKey, o.APIKeyUsedAt = err == nil, key.LastUsedAt
	return err
}

// readSoleDuties fills in what only the user holds in one organization.
func readSoleDuties(tx model.Reader, o *Offboarding, m model.Membership) error {
	id, org := o.User.ID, m.Organization
	if m.Role.ID == model.RoleAdmin {
		err := requireAnotherOrgAdmin(tx, org, []model.UserID{id}, true)
		switch {
		case fault.Has(err, "admin", fault.LastAdmin):
			o.LastAdminOf = append(o.LastAdminOf, org)
		case err != nil:
			return err
		}
	}
	assigned, err := tx.Assignments(org.ID, []model.UserID{id})
	if err != nil {
		return err
	}
	for _, p := range assigned[id] {
		some, err := tx.Assigned(p.ID, 0, 2)
		if err != nil {
			return err
		}
		if len(some) == 1 {
			o.OnlyAssigneeOf = append(o.OnlyAssigneeOf, p)
		}
	}
	return nil
}

// Handover names the users that take over from a user that is offboarded.
type Handover struct {
	Admins    map[model.OrgID]model.UserID // the new Admin of each organization in Offboarding.LastAdminOf
	Assignees map[model.ProjectID]model.UserID
	IfVersion string // as in [UserChange]
}

// Offboard blocks a user, after others took over what only this user held: all in one transaction. An
// organization with other members must keep an Admin; projects may stay without an assignee.
func (d *Directory) Offboard(ctx context.Context, actor model.Actor, id model.UserID, h Handover) (model.User, error) {
	var blocked model.User
	err := d.ops.Update(ctx, actor, model.UsersManage, 0, func(tx model.Writer, self model.User) error {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		if err := requireUserVersion(u, h.IfVersion); err != nil {
			return err
		}
		for _, org := range slices.Sorted(maps.Keys(h.Admins)) {
			if err := requireSuccessor(tx, org, h.Admins[org], id); err != nil {
				return err
			}
			if err := d.setMemberRole(tx, actor, self, org, h.Admins[org], model.RoleAdmin); err != nil {
				return err
			}
		}
		if err := requireOrgAdminsRemain(tx, id); err != nil {
			return err
		}
		if err := d.handOverProjects(tx, actor, id, h.Assignees); err != nil {
			return err
		}
		blocked, err = d.saveState(tx, actor, &u, func() (model.Verb, error) { return d.block(tx, actor, &u) })
		return err
	})
	return blocked, err
}

func (d *Directory) handOverProjects(tx model.Writer, actor model.Actor, leaver model.UserID, assignees map[model.ProjectID]model.UserID) error {
	for _, id := range slices.Sorted(maps.Keys(assignees)) {
		p, err := tx.Project(id)
		if err != nil {
			return err
		}
		if err := requireSuccessor(tx, p.Org, assignees[p.ID], leaver); err != nil {
			return err
		}
		if err := project.Add(d.ops, tx, actor, p, assignees[p.ID]); err != nil {
			return err
		}
	}
	return nil
}

// requireSuccessor returns Invalid unless a user can take over in an organization: another active member.
func requireSuccessor(tx model.Reader, org model.OrgID, successor, leaver model.UserID) error {
	refused := fault.New(fault.Invalid, "choose an active member of the organization, other than the user that leaves", fault.Field{Name: "successor", Code: fault.Unknown})
	if successor == leaver {
		return refused
	}
	if _, err := tx.Member(org, successor); fault.KindOf(err) == fault.NotFound {
		return refused
	} else if err != nil {
		return err
	}
	u, err := tx.User(successor)
	if err == nil && u.State != model.Active {
		err = refused
	}
	return err
}
