package directory

import (
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// A credential that expires creates none that is valid for longer: an access token passes its
// expiry on to the tokens and sessions that it creates, and those do the same.

// requireCanHoldAPIKey returns an error for a credential that expires, because the API key
// does not, and for a session without a recent password check.
func (d *Directory) requireCanHoldAPIKey(tx model.Reader, actor model.Actor) error {
	if err := operation.RequireExpiryWithin(actor, time.Time{}); err != nil {
		return err
	}
	return d.ops.RequireRecentAuthentication(tx, actor)
}

// earlier returns the earlier of two times; zero is none.
func earlier(a, b time.Time) time.Time {
	if b.IsZero() || !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}
