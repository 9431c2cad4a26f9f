package directory

import (
	"fmt"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/unitext"
)

// An address that a user entered and never verified is a claim: it may belong to someone
// else. It identifies no user where an administrator names one, does not make its user the
// member that an invitation would find, and yields to an administrator who creates, imports
// or changes another user with the address. See docs/adr/0017-invitations-and-links.md.

// yieldsEmail reports whether u loses the address e to the user that an administrator gives it.
// A user without a username would have no name left, unless it is an unfinished sign-up, which
// is deleted.
func yieldsEmail(u model.User, e model.Email) bool {
	return u.Claims(e) && (isUnfinishedSignUp(u) || u.Username != "")
}

// isUnfinishedSignUp reports whether u signed up and never was an account: a pending
// registration, or one that was blocked before it got a username.
func isUnfinishedSignUp(u model.User) bool {
	return u.IsPendingRegistration() || u.Username == "" && u.ActivatedAt.IsZero() && !u.IsInvited()
}

// attachEmail gives the sign-up u the address that its link was mailed to, and takes it from
// another sign-up or from an account that only claims it.
func (d *Directory) attachEmail(tx model.Writer, actor model.Actor, u *model.User, address string) (model.Email, error) {
	e := model.Email{User: u.ID, Address: address, Primary: true, Claimed: true, CreatedAt: d.ops.Now()}
	holder, err := tx.UserByEmail(address)
	switch {
	case fault.KindOf(err) == fault.NotFound:
	case err != nil:
		return e, err
	case holder.IsPendingRegistration():
		if err := d.users.DeleteInvited(tx, actor, holder.ID, "mailed to another user"); err != nil {
			return e, err
		}
	default:
		if err := d.releaseEmail(tx, actor, holder, address); err != nil {
			return e, err
		}
	}
	if err := tx.AddEmail(&e); err != nil {
		return e, err
	}
	u.Emails = []model.Email{e}
	return e, d.ops.Record(tx, actor, operation.EventSpec{Verb: model.EmailAdd, Target: "email", ID: int64(e.ID), User: u.ID})
}

// userByTrustedEmail is userByAddress for operations that name a user: a claim is refused.
// The error for the operator says which user has it, and how to name that user.
func userByTrustedEmail(tx model.Reader, actor model.Actor, address string) (model.User, error) {
	u, err := userByAddress(tx, actor, address)
	if err != nil {
		return u, err
	}
	e, _ := u.EmailAt(unitext.Trim(address))
	switch {
	case !u.Claims(e):
		return u, nil
	case !actor.IsOperator():
		return model.User{}, fault.Missing("user")
	}
	return model.User{}, fault.New(fault.Conflict, fmt.Sprintf("the address %s was entered by user %d (%s) and is not verified, so it names no user; write id:%d if you mean that user",
		e.Address, u.ID, u.Label(), u.ID), fault.Field{Name: "user", Code: fault.Inactive})
}

// requireFreeForAdmin is [newuser.Creator.RequireFree] for an operation of an administrator: an address
// that its holder only claims is taken from the holder first.
func (d *Directory) requireFreeForAdmin(tx model.Writer, actor model.Actor, self model.UserID, username, email string) error {
	err := d.users.RequireFree(tx, self, username, email)
	if !fault.Has(err, "email", fault.Taken) {
		return err
	}
	_, addressed, lookup := tx.HoldersOf(0, "", email)
	if lookup != nil {
		return lookup
	}
	switch taken, failed := d.takeClaim(tx, actor, addressed, email); {
	case failed != nil:
		return failed
	case !taken:
		return err
	}
	return d.users.RequireFree(tx, self, username, email)
}

// takeClaim takes the address from the user with this id, and reports whether the user only
// claimed it.
func (d *Directory) takeClaim(tx model.Writer, actor model.Actor, id model.UserID, address string) (bool, error) {
	holder, err := tx.User(id)
	if err != nil {
		return false, err
	}
	e, held := holder.EmailAt(address)
	if !held || !yieldsEmail(holder, e) {
		return false, nil
	}
	if isUnfinishedSignUp(holder) {
		return true, d.users.DeleteInvited(tx, actor, id, replacedByAdministrator)
	}
	return true, d.dropClaimedEmail(tx, actor, holder, e, "entered for another user by an administrator")
}
