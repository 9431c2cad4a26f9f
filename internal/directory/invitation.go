package directory

import "time"

// InvitationID identifies an invitation.
type InvitationID int64

// Invitation asks the holder of an address to join an organization. Its token is
// single use, bound to the address, expires, and can be revoked.
type Invitation struct {
	ID         InvitationID
	Org        OrgID
	Role       RoleID
	Email      string
	User       UserID // the person who waits in state Invited; zero if none was made yet
	Inviter    UserID // zero when the inviter was the operator
	CreatedAt  time.Time
	ExpiresAt  time.Time
	AcceptedAt time.Time // zero while open
	RevokedAt  time.Time // zero while open

	// Undelivered is why the invitation's email was given up, in a list of invitations;
	// empty while it was not. Stores do not keep it.
	Undelivered string
	// Status is what [Invitation.State] was when the directory handed this out; stores do
	// not keep it.
	Status InvitationState
}

// pending reports whether it was neither accepted nor revoked; it may have expired.
func (i Invitation) isPending() bool { return i.AcceptedAt.IsZero() && i.RevokedAt.IsZero() }

// InvitationState is what has become of an invitation.
type InvitationState string

// The states of an invitation.
const (
	InvitationOpen     InvitationState = "open"
	InvitationExpired  InvitationState = "expired"
	InvitationAccepted InvitationState = "accepted"
	InvitationRevoked  InvitationState = "revoked"
)

// state is what has become of the invitation by now.
func (i Invitation) state(now time.Time) InvitationState {
	switch {
	case !i.AcceptedAt.IsZero():
		return InvitationAccepted
	case !i.RevokedAt.IsZero():
		return InvitationRevoked
	case !i.ExpiresAt.After(now):
		return InvitationExpired
	}
	return InvitationOpen
}

// Purpose is what a one-time link is good for; a link of one purpose is worthless
// for any other.
type Purpose string

// The purposes.
const (
	VerifyEmail   Purpose = "verify"
	ResetPassword Purpose = "reset"
	Setup         Purpose = "setup"
	RevertEmail   Purpose = "revert" // takes a change of address back; without an end of its own
)

// Link is a one-time secret that was mailed, or printed at first start. It is
// bound to the person, the address and the password of that moment.
type Link struct {
	ID              int64
	Purpose         Purpose
	User            UserID // zero for Setup
	Email           string
	PasswordVersion int64
	CreatedAt       time.Time
	ExpiresAt       time.Time
	UsedAt          time.Time           // zero while good
	Registration    PendingRegistration // of VerifyEmail alone
}

// Wish is what somebody asked for who signed up where nobody learns who has an
// account. Nothing of it is kept free until the address is proven: whether a name is
// taken would tell whether a sign-up before was one of somebody new.
type PendingRegistration struct {
	Username     string // "" takes one from the address
	Organization string // "" founds none
}
