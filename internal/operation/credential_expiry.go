package operation

import (
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// LimitExpiry returns the expiry of a new credential with the requested expiry ends; zero is
// none.
func LimitExpiry(a model.Actor, ends time.Time) (time.Time, error) {
	if ends.IsZero() {
		return a.ExpiresAt(), nil
	}
	return ends, RequireExpiryWithin(a, ends)
}

// RequireExpiryWithin returns Forbidden if ends is later than the expiry of the actor's
// credential.
func RequireExpiryWithin(a model.Actor, ends time.Time) error {
	if a.ExpiresAt().IsZero() || !ends.IsZero() && !ends.After(a.ExpiresAt()) {
		return nil
	}
	text := fault.Textf("a credential that expires cannot create one that is valid for longer; choose an expiry not after {time}, or sign in with the password",
		"time", a.ExpiresAt().Format(time.RFC3339))
	return fault.NewText(fault.Forbidden, text, fault.Field{Name: "expires_at", Code: fault.TooLate})
}

// RequireLasting returns Forbidden for a credential that expires, for changes that give access
// to an account beyond that expiry.
func RequireLasting(a model.Actor) error {
	if a.ExpiresAt().IsZero() {
		return nil
	}
	return fault.New(fault.Forbidden, "a credential that expires cannot open an account for longer than it is valid; use a credential without expiry, or sign in with the password",
		fault.Field{Name: "expires_at", Code: fault.TooLate})
}

// RequireFullAndLasting returns Forbidden for a credential that has less than all scopes, or
// expires.
func RequireFullAndLasting(a model.Actor) error {
	if err := RequireFullScope(a); err != nil {
		return err
	}
	return RequireLasting(a)
}

// Earlier returns the Earlier of two times; zero is none.
func Earlier(a, b time.Time) time.Time {
	if b.IsZero() || !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}
