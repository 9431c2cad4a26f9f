package directory

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// Versions before [emailaddress.Key] gave one mailbox to two accounts where it was spelled
// differently. Such accounts stay, but no operation takes one of them for the address:
// which of the two the caller means is unknown.

// accountByEmail finds the account with an address for a caller that is not authenticated. An
// ambiguous address is NotFound, and the log has the reason.
func (d *Directory) accountByEmail(tx model.Reader, actor model.Actor, address string) (model.User, error) {
	u, err := tx.UserByEmail(address)
	cause, ambiguous := errors.AsType[model.DuplicateError](err)
	if !ambiguous {
		return u, err
	}
	d.options.Log.Warn("address refused", "api", actor.API(), "address", actor.Address(),
		"reason", "two accounts have this address in different spellings; see 'roster doctor'", "users", cause.Users)
	missing := fault.Missing("user")
	missing.Err = cause
	return model.User{}, missing
}

// maxReportedDuplicates is the number of mailboxes that CheckAddresses names.
const maxReportedDuplicates = 20

// CheckAddresses returns an error if several accounts have one mailbox, for the operator.
func (d *Directory) CheckAddresses(ctx context.Context, actor model.Actor) error {
	var lines []string
	err := d.ops.Read(ctx, actor, model.ServerManage, 0, func(tx model.Reader, _ model.User) error {
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
	return fault.New(fault.Conflict, "several accounts have the same mailbox in different spellings, and none of them can sign in or be recovered by it: "+
		strings.Join(lines, "; ")+"; change or remove the address of all but one")
}

// describeDuplicate names the accounts of a mailbox with their spellings.
func describeDuplicate(tx model.Reader, double model.DuplicateAddress) (string, error) {
	users, err := tx.UsersByID(double.Users)
	names := make([]string, 0, len(users))
	for _, u := range users {
		e, _ := u.EmailAt(double.Key)
		names = append(names, fmt.Sprintf("%s of user %d (%s)", e.Address, u.ID, u.Label()))
	}
	return strings.Join(names, " and "), err
}
