package model

// Claims reports whether e is an address that u only claims. What an administrator entered,
// for another user or for oneself, is no claim.
func (u User) Claims(e Email) bool {
	return e.Claimed && !e.Verified && !e.PreviousPrimary && !u.Admin
}

// Releases reports whether u loses the unverified address e to a user that opens a link that was mailed
// there.
func (u User) Releases(e Email) bool {
	return e.Claimed && !e.Verified && !e.PreviousPrimary && u.State == Active && !u.Service && u.Username != ""
}
