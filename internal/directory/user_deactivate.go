package directory

import (
	"context"
	"time"

	"roster.example/roster/internal/fault"
)

// DeactivateUser puts a person to rest: like a block, it ends every credential for
// every API, but it says nothing against the person, who comes back by
// [Directory.ReactivateUser]. Everybody may put themselves to rest, administrators
// anybody; oneself needs a credential of full scope. Somebody who is blocked stays so.
func (d *Directory) DeactivateUser(ctx context.Context, actor Actor, id UserID) (User, error) {
	var changed User
	err := d.update(ctx, actor, SelfWrite, 0, func(tx Writer, self User) error {
		if err := requireSelfOrAdmin(tx, actor, self, id); err != nil {
			return err
		}
		if err := requireFullScopeForSelf(actor, id); err != nil {
			return err
		}
		u, err := tx.User(id)
		if err != nil || u.State == Blocked {
			changed = u
			return err
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

// mayEnd wants a credential of full scope of who blocks, deactivates, deletes or erases
// themselves: a token that was made for less does not cost its owner the account. About
// others it asks nothing more, as GitLab does not.
func requireFullScopeForSelf(actor Actor, id UserID) error {
	if id != actor.user {
		return nil
	}
	return requireFullScope(actor)
}

// rest is what deactivation does; why is "" when somebody wanted it.
func (d *Directory) deactivate(tx Writer, actor Actor, u User, why string) (User, error) {
	if err := requireAnotherAdmin(tx, u); err != nil {
		return u, err
	}
	u.State, u.Deactivated, u.UpdatedAt = Blocked, true, d.now()
	if err := d.revokeCredentials(tx, u.ID); err != nil {
		return u, err
	}
	if err := tx.ChangeUser(u); err != nil {
		return u, err
	}
	return u, d.recordUser(tx, actor, UserDeactivate, u.ID, why)
}

// ReactivateUser lets somebody in again who was put to rest. Who was blocked is
// unblocked instead; who is active stays so.
func (d *Directory) ReactivateUser(ctx context.Context, actor Actor, id UserID) (User, error) {
	return d.setState(ctx, actor, id, func(_ Writer, u *User) (Verb, error) {
		switch {
		case u.State != Blocked:
			return "", nil
		case !u.Deactivated:
			return "", fault.New(fault.Conflict, "this person was blocked; unblock them instead", fault.Field{Name: "state", Code: fault.Mismatch})
		}
		u.reactivate(d.now())
		return UserReactivate, nil
	})
}

// restBatch is how many people one transaction puts to rest.
const deactivateBatch = 100

// restDormant puts people to rest who were not active for as long as the settings
// say. Administrators, programs, people who never came in, and the last Admin of an
// organization that others belong to are left alone.
func (d *Directory) deactivateDormant(ctx context.Context, actor Actor) error {
	if d.options.DormantAfter <= 0 {
		return nil
	}
	before, last := d.now().Add(-d.options.DormantAfter), UserID(0)
	for {
		var looked []UserID
		err := d.write(ctx, func(tx Writer) (err error) {
			looked, err = d.deactivateSome(tx, actor, before, last)
			return err
		})
		if err != nil || len(looked) < deactivateBatch {
			return err
		}
		last = looked[len(looked)-1]
	}
}

// restSome looks at some people after one, and returns whom.
func (d *Directory) deactivateSome(tx Writer, actor Actor, before time.Time, after UserID) ([]UserID, error) {
	dormant, err := tx.Dormant(before, after, deactivateBatch)
	if err != nil {
		return nil, err
	}
	people, err := tx.UsersByID(dormant)
	if err != nil {
		return nil, err
	}
	for _, u := range people {
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

// Dormant lists people who were not active for so long, at most so many: those whom
// the rule of the settings would put to rest, had it been set to that.
func (d *Directory) Dormant(ctx context.Context, actor Actor, unseen time.Duration, limit int) ([]User, error) {
	var people []User
	err := d.read(ctx, actor, UsersManage, 0, func(tx Reader, _ User) error {
		ids, err := tx.Dormant(d.now().Add(-unseen), 0, min(max(limit, 1), maxDormant))
		if err != nil {
			return err
		}
		people, err = tx.UsersByID(ids)
		return err
	})
	return people, err
}

const maxDormant = 1000
