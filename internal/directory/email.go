package directory

import "time"

// EmailID identifies one address of one person.
type EmailID int64

// Email is an address of a person. Addresses are unique on the server without
// regard to case, but for those of users who wait for an invitation, and keep the
// case they were given.
type Email struct {
	ID       EmailID
	User     UserID
	Address  string
	Primary  bool
	Verified bool // its holder followed a link that was sent to it
	// Former says that this was the primary address, proven, until another took
	// its place that is not proven yet. It goes when that one is.
	PreviousPrimary bool
	// Invited marks the address of a user who waits for an invitation. It reserves
	// nothing: an account may have the address, and so may users who wait for the
	// invitations of other organizations. It is the only address of its user.
	Invited bool
	// Claimed says that the user entered the address, not an administrator. While it is
	// not verified, an account loses it to the holder of a link that was mailed there.
	Claimed   bool
	CreatedAt time.Time
}
