package directory

import (
	"fmt"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/unitext"
)

// An address that a user entered and never verified is a claim: it may belong to someone
// else. It identifies no user where an administrator names one, does not make its user the
// member that an invitation would find, and yields to an administrator who creates, imports
// or changes another user with the address. See docs/adr/0017-invitations-and-links.md.

// claims reports whether e is an address that u only claims. What an administrator entered,
// for another user or for oneself, is no claim.
func (u User) claims(e Email) bool {
	return e.Claimed && !e.Verified && !e.PreviousPrimary && !u.Admin
}

// yields reports whether u loses the address e to the user that an administrator gives it.
// A user without a username would have no name left, unless it is a pending registration,
// which is deleted.
func (u User) yields(e Email) bool {
	return u.claims(e) && (u.isPendingRegistration() || u.Username != "")
}

// userByTrustedEmail is userByAddress for operations that name a user: a claim is refused.
// The operator is told whose it is, and how to name that user.
func userByTrustedEmail(tx Reader, actor Actor, address string) (User, error) {
	u, err := userByAddress(tx, actor, address)
	if err != nil {
		return u, err
	}
	e, _ := u.emailAt(unitext.Trim(address))
	switch {
	case !u.claims(e):
		return u, nil
	case !actor.isOperator():
		return User{}, fault.Missing("user")
	}
	return User{}, fault.New(fault.Conflict, fmt.Sprintf("the address %s was entered by user %d (%s) and is not verified, so it names no user; write id:%d if you mean that user",
		e.Address, u.ID, u.Label(), u.ID), fault.Field{Name: "user", Code: fault.Inactive})
}

// requireFreeForAdmin is requireFree for an administrator's operation: an address that its
// holder only claims is taken from the holder first.
func (d *Directory) requireFreeForAdmin(tx Writer, actor Actor, self UserID, username, email string) error {
	err := d.requireFree(tx, self, username, email)
	if !fault.Has(err, "email", fault.Taken) {
		return err
	}
	_, addressed, lookup := tx.HoldersOf("", email)
	if lookup != nil {
		return lookup
	}
	switch taken, failed := d.takeClaim(tx, actor, addressed, email); {
	case failed != nil:
		return failed
	case !taken:
		return err
	}
	return d.requireFree(tx, self, username, email)
}

// takeClaim takes the address from the user with this id, and reports whether the user only
// claimed it.
func (d *Directory) takeClaim(tx Writer, actor Actor, id UserID, address string) (bool, error) {
	holder, err := tx.User(id)
	if err != nil {
		return false, err
	}
	e, held := holder.emailAt(address)
	if !held || !holder.yields(e) {
		return false, nil
	}
	if holder.isPendingRegistration() {
		return true, d.deleteInvitedUser(tx, actor, id, replacedByAdministrator)
	}
	return true, d.dropClaimedEmail(tx, actor, holder, e, "entered for another user by an administrator")
}
