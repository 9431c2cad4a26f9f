package directory

import (
	"time"

	"roster.example/roster/internal/fault"
)

// A credential that expires makes none that is valid for longer. An access token
// passes its expiry on to the tokens and sessions that it makes, and so do those.

// bound is the expiry of a new credential for which ends was asked, zero for none.
func (a Actor) limitExpiry(ends time.Time) (time.Time, error) {
	if ends.IsZero() {
		return a.expiresAt, nil
	}
	return ends, a.requireExpiryWithin(ends)
}

// outlives refuses a credential that is valid for longer than the one of the actor.
func (a Actor) requireExpiryWithin(ends time.Time) error {
	if a.expiresAt.IsZero() || !ends.IsZero() && !ends.After(a.expiresAt) {
		return nil
	}
	return fault.New(fault.Forbidden, "a credential that expires makes none that is valid for longer; choose an expiry not after "+
		a.expiresAt.Format(time.RFC3339)+", or log in with the password", fault.Field{Name: "expires_at", Code: fault.TooLate})
}

// mayHoldKey refuses the API key, which does not expire, to a credential that does,
// and to a session that must show the password first.
func (d *Directory) requireCanHoldAPIKey(tx Reader, actor Actor) error {
	if err := actor.requireExpiryWithin(time.Time{}); err != nil {
		return err
	}
	return d.requireRecentAuthentication(tx, actor)
}

// earlier is the earlier of two moments, of which zero is none.
func earlier(a, b time.Time) time.Time {
	if b.IsZero() || !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}
