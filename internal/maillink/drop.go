package maillink

import (
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/model"
)

// DropEmail removes an address and the links that were mailed to it, so that they stay invalid
// if the address is added again.
func DropEmail(tx model.Writer, e model.Email) error {
	if err := tx.DropEmail(e.User, e.ID); err != nil {
		return err
	}
	return Drop(tx, e.User, func(l model.Link) bool { return emailaddress.Same(l.Email, e.Address) })
}

// DropRespelled removes an address that becomes the primary one with another spelling.
// Its links stay if both spellings are one mailbox.
func DropRespelled(tx model.Writer, e model.Email, spelling string) error {
	if emailaddress.SameMailbox(e.Address, spelling) {
		return tx.DropEmail(e.User, e.ID)
	}
	return DropEmail(tx, e)
}

// DropStale drops the links that end with a change of the primary address of u: all
// except verifications of addresses that u still has, and the link that reverts the change,
// until the next one is mailed.
func DropStale(tx model.Writer, u model.User) error {
	return Drop(tx, u.ID, func(l model.Link) bool { return !verifiesEmailOf(l, u) && !revertsEmailOf(l, u) })
}

func revertsEmailOf(l model.Link, u model.User) bool {
	former, kept := u.FormerEmail()
	return l.Purpose == model.RevertEmail && kept && emailaddress.SameMailbox(former.Address, l.Email)
}

func verifiesEmailOf(l model.Link, u model.User) bool {
	e, held := u.EmailAt(l.Email)
	return l.Purpose == model.VerifyEmail && held && !e.PreviousPrimary && emailaddress.SameMailbox(e.Address, l.Email)
}

// Drop deletes the links of a user that end.
func Drop(tx model.Writer, id model.UserID, ends func(model.Link) bool) error {
	links, err := tx.Links(id)
	if err != nil {
		return err
	}
	for _, l := range links {
		if !ends(l) {
			continue
		}
		if err := tx.DropLink(l.ID); err != nil {
			return err
		}
	}
	return nil
}
