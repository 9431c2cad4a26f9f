package doctor

import (
	"context"
	"fmt"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// Versions before [emailaddress.Key] gave one mailbox to two accounts where it was spelled
// differently. Such accounts stay, but no operation takes one of them for the address.

// maxReportedDuplicates is the number of mailboxes that CheckAddresses names.
const maxReportedDuplicates = 20

// CheckAddresses returns an error if several accounts have one mailbox, for the operator.
func (c *Checks) CheckAddresses(ctx context.Context, actor model.Actor) error {
	var lines []string
	err := c.ops.Read(ctx, actor, model.ServerManage, 0, func(tx model.Reader, _ model.User) error {
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
