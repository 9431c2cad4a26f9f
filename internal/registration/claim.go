package registration

import (
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// YieldsEmail reports whether u only claims the address of a sign-up and receives recovery
// emails elsewhere. Otherwise the address is the way to reset the password of u, and its mailbox
// gets the account in that way.
func YieldsEmail(u model.User, address string) bool {
	e, held := u.EmailAt(address)
	recovery, _ := u.RecoveryEmail()
	return held && emailaddress.SameMailbox(e.Address, address) && u.Claims(e) && u.Releases(e) && !emailaddress.SameMailbox(recovery.Address, address)
}

// isClaimedElsewhere reports whether the address of a sign-up that a mailed link confirms is
// only claimed by another account: see [YieldsEmail].
func (s *SignUps) isClaimedElsewhere(tx model.Reader, actor model.Actor, r Input) (bool, error) {
	if r.Email == "" || !s.awaitsConfirmation(actor, r) {
		return false, nil
	}
	_, addressed, err := tx.HoldersOf(0, "", r.Email)
	if err != nil || addressed == 0 {
		return false, err
	}
	holder, err := tx.User(addressed)
	return err == nil && YieldsEmail(holder, r.Email), err
}

// WithoutClosedInvitation returns r as a plain sign-up if its invitation ended while the
// request was queued. If plain sign-up is closed, it returns that error.
func WithoutClosedInvitation(tx model.Reader, s *SignUps, r Input) (Input, error) {
	_, _, err := s.invitationFor(tx, r)
	if fault.KindOf(err) != fault.Expired {
		return r, err
	}
	r.Invitation, r.Organization = "", "" // an invitation leaves out the organization
	return r, s.requireSignUpOpen(r)
}
