package directory

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"roster.example/roster/internal/fault"
)

// Versions before [emailaddress.Key] gave one mailbox to two accounts where it was spelled
// differently. Such accounts stay, but no operation takes one of them for the address:
// which of the two the caller means is unknown.

// duplicateError is the cause of [AmbiguousAddressError].
type duplicateError struct{ users [2]UserID }

func (a duplicateError) Error() string {
	return fmt.Sprintf("users %d and %d both have the address", a.users[0], a.users[1])
}

// AmbiguousAddressError returns the error of a store for an address of two accounts. Its cause
// names them, for the log only.
func AmbiguousAddressError(one, other UserID) error {
	return &fault.Error{
		Kind: fault.Conflict, Fields: []fault.Field{{Name: "email", Code: fault.Ambiguous}}, Err: duplicateError{[2]UserID{one, other}},
		Msg: "two accounts have this address in different spellings; an administrator finds them with 'roster doctor' and removes it from one",
	}
}

// accountByEmail finds the account with an address for a caller that is not authenticated. An
// ambiguous address is NotFound, and the log has the reason.
func (d *Directory) accountByEmail(tx Reader, actor Actor, address string) (User, error) {
	u, err := tx.UserByEmail(address)
	cause, ambiguous := errors.AsType[duplicateError](err)
	if !ambiguous {
		return u, err
	}
	d.options.Log.Warn("address refused", "api", actor.API(), "address", actor.Address(),
		"reason", "two accounts have this address in different spellings; see 'roster doctor'", "users", cause.users)
	missing := fault.Missing("user")
	missing.Err = cause
	return User{}, missing
}

// DuplicateAddress is a mailbox that several accounts have.
type DuplicateAddress struct {
	Key   string
	Users []UserID
}

// maxReportedDuplicates is the number of mailboxes that CheckAddresses names.
const maxReportedDuplicates = 20

// CheckAddresses returns an error if several accounts have one mailbox, for the operator.
func (d *Directory) CheckAddresses(ctx context.Context, actor Actor) error {
	var lines []string
	err := d.read(ctx, actor, ServerManage, 0, func(tx Reader, _ User) error {
		doubles, err := tx.DuplicateAddresses(maxReportedDuplicates)
		if err != nil {
			return err
		}
		for _, double := range doubles {
			line, err := describeDuplicate(tx, double)
			if err != nil {
				return err
			}
			lines = append(lines, line)
		}
		return nil
	})
	if err != nil || len(lines) == 0 {
		return err
	}
	return fault.New(fault.Conflict, "several accounts have the same mailbox in different spellings, and none of them can log in or be recovered by it: "+
		strings.Join(lines, "; ")+"; change or remove the address of all but one")
}

// describeDuplicate names the accounts of a mailbox with their spellings.
func describeDuplicate(tx Reader, double DuplicateAddress) (string, error) {
	users, err := tx.UsersByID(double.Users)
	names := make([]string, 0, len(users))
	for _, u := range users {
		e, _ := u.emailAt(double.Key)
		names = append(names, fmt.Sprintf("%s of user %d (%s)", e.Address, u.ID, u.Label()))
	}
	return strings.Join(names, " and "), err
}
