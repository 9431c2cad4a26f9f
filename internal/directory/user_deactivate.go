package directory

import (
	"context"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// DeactivateUser deactivates a user and revokes all credentials. [Directory.ReactivateUser]
// reverts it, without the credentials. Users may deactivate themselves, administrators every user:
// see requireCanEnd. A blocked user stays unchanged.
func (d *Directory) DeactivateUser(ctx context.Context, actor model.Actor, id model.UserID) (model.User, error) {
	var changed model.User
	err := d.ops.Update(ctx, actor, model.SelfWrite, 0, func(tx model.Writer, self model.User) error {
		if err := operation.RequireSelfOrAdmin(tx, actor, self, id); err != nil {
			return err
		}
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		if err := d.requireCanEnd(tx, actor, u, false); err != nil {
			return err
		}
		if changed = u; u.State == model.Blocked {
			return nil
		}
		if self.ID == id {
			if err := requireOrgAdminsRemain(tx, id); err != nil {
				return err
			}
		}
		changed, err = d.deactivate(tx, actor, u, "")
		return err
	})
	return changed, err
}

// requireCanEnd returns Forbidden unless the credential of the actor may end the account of u. The own user and
// administrators need full scope without expiry, and recent authentication of sessions. A session also needs
// it if the change is final: users that are deleted or erased do not come back. Other users are blocked and
// deactivated by each credential of an administrator, as in GitLab.
func (d *Directory) requireCanEnd(tx model.Reader, actor model.Actor, u model.User, final bool) error {
	protected := u.Admin || isOwn(actor, u)
	if !protected && !final {
		return nil
	}
	if protected {
		if err := operation.RequireFullScope(actor); err != nil {
			return err
		}
		if !actor.ExpiresAt().IsZero() {
			return fault.New(fault.Forbidden, "a credential that expires ends neither the account of its user nor that of an administrator; use a credential without expiry, or sign in with the password",
				fault.Field{Name: "expires_at", Code: fault.TooLate})
		}
	}
	return d.ops.RequireRecentAuthentication(tx, actor)
}

// CheckRecentAuthentication returns an error if the actor uses a session without a recent authentication, for
// callers that change several records and must know it before the first one.
func (d *Directory) CheckRecentAuthentication(ctx context.Context, actor model.Actor, needs model.Permission) error {
	return d.ops.Read(ctx, actor, needs, 0, func(tx model.Reader, _ model.User) error {
		return d.ops.RequireRecentAuthentication(tx, actor)
	})
}

// isOwn reports whether u is the user of the actor, or the one behind it.
func isOwn(actor model.Actor, u model.User) bool {
	return u.ID == actor.UserID() || u.ID == actor.Impersonator()
}

// deactivate deactivates a user and records it; why is "" unless the reason is a rule.
func (d *Directory) deactivate(tx model.Writer, actor model.Actor, u model.User, why string) (model.User, error) {
	if err := requireAnotherAdmin(tx, u); err != nil {
		return u, err
	}
	u.State, u.Deactivated, u.UpdatedAt = model.Blocked, true, d.ops.Now()
	if err := d.revokeCredentials(tx, u.ID); err != nil {
		return u, err
	}
	if err := tx.ChangeUser(u); err != nil {
		return u, err
	}
	return u, d.ops.RecordUser(tx, actor, model.UserDeactivate, u.ID, why)
}

// ReactivateUser reactivates a deactivated user. For a blocked user it is a Conflict; other
// users stay unchanged. It requires what [Directory.UnblockUser] does.
func (d *Directory) ReactivateUser(ctx context.Context, actor model.Actor, id model.UserID) (model.User, error) {
	return d.setState(ctx, actor, id, func(tx model.Writer, u *model.User) (model.Verb, error) {
		switch {
		case u.State != model.Blocked:
			return "", nil
		case !u.Deactivated:
			return "", fault.New(fault.Conflict, "this user is blocked; unblock them instead", fault.Field{Name: "state", Code: fault.Mismatch})
		}
		if err := d.requireCanRestoreAccess(tx, actor, *u); err != nil {
			return "", err
		}
		reactivate(u, d.ops.Now())
		return model.UserReactivate, nil
	})
}

// deactivateBatch is the number of users that one transaction deactivates.
const deactivateBatch = 100

// deactivateDormant deactivates users that were not active for Options.DormantAfter.
// Administrators, service accounts, users that were never active, and the last Admin of an
// organization with other members are left out.
func (d *Directory) deactivateDormant(ctx context.Context, actor model.Actor) error {
	if d.options.DormantAfter <= 0 {
		return nil
	}
	before, last := d.ops.Now().Add(-d.options.DormantAfter), model.UserID(0)
	for {
		var ids []model.UserID
		err := d.ops.Write(ctx, func(tx model.Writer) (err error) {
			ids, err = d.deactivateSome(tx, actor, before, last)
			return err
		})
		if err != nil || len(ids) < deactivateBatch {
			return err
		}
		last = ids[len(ids)-1]
	}
}

// deactivateSome handles one batch of dormant users after the given id, and returns their ids.
func (d *Directory) deactivateSome(tx model.Writer, actor model.Actor, before time.Time, after model.UserID) ([]model.UserID, error) {
	dormant, err := tx.DormantUsers(before, after, deactivateBatch)
	if err != nil {
		return nil, err
	}
	users, err := tx.UsersByID(dormant)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		err := requireOrgAdminsRemain(tx, u.ID)
		if err == nil {
			_, err = d.deactivate(tx, actor, u, "dormant")
		}
		if err != nil && !fault.Has(err, "admin", fault.LastAdmin) {
			return nil, err
		}
	}
	return dormant, nil
}

// DormantUsers lists at most limit users that were not active for the duration unseen: those that
// Options.DormantAfter with this value would deactivate.
func (d *Directory) DormantUsers(ctx context.Context, actor model.Actor, unseen time.Duration, limit int) ([]model.User, error) {
	var users []model.User
	err := d.ops.Read(ctx, actor, model.UsersManage, 0, func(tx model.Reader, _ model.User) error {
		ids, err := tx.DormantUsers(d.ops.Now().Add(-unseen), 0, min(max(limit, 1), MaxDormant))
		if err != nil {
			return err
		}
		users, err = tx.UsersByID(ids)
		return err
	})
	return users, err
}

const MaxDormant = 1000
