package model

import "time"

// InvitationID identifies an invitation.
type InvitationID int64

// Invitation offers the owner of an email address a role in an organization. Its token can be
// used once, is bound to the address, expires, and can be revoked.
type Invitation struct {
	ID         InvitationID
	Org        OrgID
	Role       RoleID
	Email      string
	User       UserID // the invited user; zero if there is none
	Inviter    UserID // zero for the operator
	CreatedAt  time.Time
	ExpiresAt  time.Time
	AcceptedAt time.Time // zero while open
	RevokedAt  time.Time // zero while open

	// Undelivered is the reason why the email of the invitation was given up, in lists of
	// invitations; empty otherwise. Stores do not keep it.
	Undelivered string
	// Status is the state at the time when the directory returned the invitation. Stores do
	// not keep it.
	Status InvitationState
}

// IsPending reports whether it was neither accepted nor revoked; it may have expired.
func (i Invitation) IsPending() bool { return i.AcceptedAt.IsZero() && i.RevokedAt.IsZero() }

// InvitationState is the state of an invitation.
type InvitationState string

// The states of an invitation.
const (
	InvitationOpen     InvitationState = "open"
	InvitationExpired  InvitationState = "expired"
	InvitationAccepted InvitationState = "accepted"
	InvitationRevoked  InvitationState = "revoked"
)

// StateAt returns the state at now.
func (i Invitation) StateAt(now time.Time) InvitationState {
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

// Purpose is the use of a one-time link. A link cannot be used for another purpose.
type Purpose string

// The purposes.
const (
	VerifyEmail   Purpose = "verify"
	ResetPassword Purpose = "reset"
	Setup         Purpose = "setup"
	RevertEmail   Purpose = "revert" // reverts a change of the primary address; does not expire by itself
)

// Link is a one-time link that was mailed, or printed for the operator. It is bound to the
// user, the address and the version of the password.
type Link struct {
	ID              int64
	Purpose         Purpose
	User            UserID // zero for Setup
	Email           string
	PasswordVersion int64
	CreatedAt       time.Time
	ExpiresAt       time.Time
	UsedAt          time.Time           // zero while good
	Printed         bool                // for the operator, not mailed: it verifies no address
	Registration    PendingRegistration // of VerifyEmail only
}

// PendingRegistration holds what was entered in a sign-up through an API that does not reveal
// whether an address already has an account. The names are not reserved until the address is
// verified: a name that is taken by an earlier sign-up would reveal that its address had no
// account.
type PendingRegistration struct {
	Username     string // "" derives one from the address
	Organization string // "" creates none
}

// IsLive reports whether the link has not expired. Links that revert a change of address do
// not expire by themselves: they end with the address that they were mailed to.
func (l Link) IsLive(now time.Time) bool {
	return l.Purpose == RevertEmail || l.ExpiresAt.After(now)
}
