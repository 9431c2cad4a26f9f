package model

import "time"

// EmailID identifies an email address of a user.
type EmailID int64

// Email is an email address of a user. Addresses are unique on the server without regard to
// case, except those of invited users. Their case is kept.
type Email struct {
	ID       EmailID
	User     UserID
	Address  string
	Primary  bool
	Verified bool // the user followed a link that was mailed to it
	// PreviousPrimary marks a verified address that was the primary one before another
	// address, which is not verified yet. It is removed when that one is verified.
	PreviousPrimary bool
	// Invited marks the address of an invited user. It reserves nothing: an account may have
	// the same address, and so may invited users of other organizations. It is the only
	// address of its user.
	Invited bool
	// Claimed is set if the user entered the address, not an administrator. Until it is
	// verified, the account loses it to a user that opens a link that was mailed there.
	Claimed   bool
	CreatedAt time.Time
}
