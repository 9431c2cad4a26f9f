package directory

import (
	"net/mail"
	"strings"
	"time"
)

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
	Former bool
	// Invited marks the address of a user who waits for an invitation. It reserves
	// nothing: an account may have the address, and so may users who wait for the
	// invitations of other organizations. It is the only address of its user.
	Invited bool
	// Claimed says that the user entered the address, not an administrator. While it is
	// not verified, an account loses it to the holder of a link that was mailed there.
	Claimed   bool
	CreatedAt time.Time
}

// addressLimit is RFC 5321 §4.5.3.1.3 (path, 256 octets) less its brackets.
const addressLimit = 254

// checkAddress refuses what is not a bare address: a display name, a comment, a
// list, or anything that could end up as a second header of a mail.
func checkAddress(f *faults, address string) {
	switch {
	case strings.TrimSpace(address) == "":
		f.add("email", Blank, 0)
	case len(address) > addressLimit:
		f.add("email", TooLong, addressLimit)
	case !bareAddress(address):
		f.add("email", Malformed, 0)
	}
}

// ValidAddress reports whether text is one bare e-mail address.
func ValidAddress(text string) bool {
	var f faults
	checkAddress(&f, text)
	return len(f) == 0
}

func bareAddress(address string) bool {
	if !printable(address) || strings.ContainsAny(address, " \t") {
		return false
	}
	parsed, err := mail.ParseAddress(address)
	return err == nil && parsed.Address == address && parsed.Name == ""
}
