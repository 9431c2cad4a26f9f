package directory

import (
	"context"
	"time"
)

// DeactivateUser puts a person to rest: like a block, it ends every credential for
// every API, but it says nothing against the person, who comes back by
// [Directory.ReactivateUser]. Everybody may put themselves to rest, administrators
// anybody. Somebody who is blocked stays so.
func (d *Directory) DeactivateUser(ctx context.Context, who Actor, id UserID) (User, error) {
	var changed User
	err := d.update(ctx, who, SelfWrite, 0, func(tx Writer, me User) error {
		if err := ownOrManaged(tx, who, me, id); err != nil {
			return err
		}
		if err := mintsFull(who); err != nil {
			return err
		}
		u, err := tx.User(id)
		if err != nil || u.State == Blocked {
			changed = u
			return err
		}
		changed, err = d.rest(tx, who, u, "")
		return err
	})
	return changed, err
}

// rest is what deactivation does; why is "" when somebody wanted it.
func (d *Directory) rest(tx Writer, who Actor, u User, why string) (User, error) {
	if err := anotherAdmin(tx, u); err != nil {
		return u, err
	}
	u.State, u.Deactivated, u.UpdatedAt = Blocked, true, d.now()
	if err := d.endCredentials(tx, u.ID); err != nil {
		return u, err
	}
	if err := tx.ChangeUser(u); err != nil {
		return u, err
	}
	return u, d.recordUser(tx, who, UserDeactivate, u.ID, why)
}

// ReactivateUser lets somebody in again who was put to rest. Who was blocked is
// unblocked instead; who is active stays so.
func (d *Directory) ReactivateUser(ctx context.Context, who Actor, id UserID) (User, error) {
	return d.setState(ctx, who, id, func(_ Writer, u *User) (Verb, error) {
		switch {
		case u.State != Blocked:
			return "", nil
		case !u.Deactivated:
			return "", fail(Conflict, "this person was blocked; unblock them instead", Fault{Field: "state", Code: Mismatch})
		}
		u.wake()
		return UserReactivate, nil
	})
}

// restBatch is how many people one transaction puts to rest.
const restBatch = 100

// restDormant puts people to rest who were not active for as long as the settings
// say. Administrators, programs and people who never came in are left alone.
func (d *Directory) restDormant(ctx context.Context, who Actor) error {
	if d.options.DormantAfter <= 0 {
		return nil
	}
	before := d.now().Add(-d.options.DormantAfter)
	for {
		n, err := 0, error(nil)
		err = d.write(ctx, func(tx Writer) error {
			n, err = d.restSome(tx, who, before)
			return err
		})
		if err != nil || n < restBatch {
			return err
		}
	}
}

func (d *Directory) restSome(tx Writer, who Actor, before time.Time) (int, error) {
	dormant, err := tx.Dormant(before, restBatch)
	if err != nil {
		return 0, err
	}
	people, err := tx.UsersByID(dormant)
	if err != nil {
		return 0, err
	}
	for _, u := range people {
		if _, err := d.rest(tx, who, u, "dormant"); err != nil {
			return 0, err
		}
	}
	return len(people), nil
}

// Dormant lists people who were not active since a moment, at most so many: those
// whom the rule of the settings would put to rest, had it been set to that.
func (d *Directory) Dormant(ctx context.Context, who Actor, since time.Time, limit int) ([]User, error) {
	var people []User
	err := d.view(ctx, who, UsersManage, 0, func(tx Reader, _ User) error {
		ids, err := tx.Dormant(since, min(max(limit, 1), maxDormant))
		if err != nil {
			return err
		}
		people, err = tx.UsersByID(ids)
		return err
	})
	return people, err
}

const maxDormant = 1000
