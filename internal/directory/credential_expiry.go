package directory

import (
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// A credential that expires creates none that is valid for longer: an access token passes its
// expiry on to the tokens and sessions that it creates, and those do the same.

// limitExpiry returns the expiry of a new credential with the requested expiry ends; zero is
// none.
func limitExpiry(a model.Actor, ends time.Time) (time.Time, error) {
	if ends.IsZero() {
		return a.ExpiresAt(), nil
	}
	return ends, requireExpiryWithin(a, ends)
}

// requireExpiryWithin returns Forbidden if ends is later than the expiry of the actor's
// credential.
func requireExpiryWithin(a model.Actor, ends time.Time) error {
	if a.ExpiresAt().IsZero() || !ends.IsZero() && !ends.After(a.ExpiresAt()) {
		return nil
	}
	return fault.New(fault.Forbidden, "a credential that expires cannot create one that is valid for longer; choose an expiry not after "+
		a.ExpiresAt().Format(time.RFC3339)+", or log in with the password", fault.Field{Name: "expires_at", Code: fault.TooLate})
}

// requireLasting returns Forbidden for a credential that expires, for changes that give access
// to an account beyond that expiry.
func requireLasting(a model.Actor) error {
	if a.ExpiresAt().IsZero() {
		return nil
	}
	return fault.New(fault.Forbidden, "a credential that expires cannot open an account for longer than it is valid; use a credential without expiry, or log in with the password",
		fault.Field{Name: "expires_at", Code: fault.TooLate})
}

// requireCanHoldAPIKey returns an error for a credential that expires, because the API key
// does not, and for a session without a recent password check.
func (d *Directory) requireCanHoldAPIKey(tx model.Reader, actor model.Actor) error {
	if err := requireExpiryWithin(actor, time.Time{}); err != nil {
		return err
	}
	return d.requireRecentAuthentication(tx, actor)
}

// earlier returns the earlier of two times; zero is none.
func earlier(a, b time.Time) time.Time {
	if b.IsZero() || !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}
