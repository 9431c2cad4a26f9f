package session

import (
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// Terms is what a new session inherits from the credential that creates it.
type Terms struct {
	PasswordVerifiedAt time.Time
	SecondFactorAt     time.Time // see [model.Session.SecondFactorAt]
	Exempt             bool      // see [model.Session.Exempt]
	ExpiresAt          time.Time // upper bound for the expiry of the session; zero is none
	Bounded            bool      // see [model.Session.InheritsExpiry]
}

// termsOfActor returns the terms of another session of the same user: same password check,
// and expiry no later than the credential of the actor.
func termsOfActor(tx model.Reader, actor model.Actor) (Terms, error) {
	p := Terms{ExpiresAt: actor.ExpiresAt(), Bounded: !actor.ExpiresAt().IsZero()}
	if actor.Credential() != model.BySession {
		p.Exempt = true
		return p, nil
	}
	session, err := operation.ActorSession(tx, actor)
	if err != nil {
		return p, err
	}
	p.SecondFactorAt, p.Exempt = session.SecondFactorAt, session.Exempt
	impersonator, err := tx.User(actor.Impersonator())
	if err != nil {
		return p, operation.HideCredential(err)
	}
	p.PasswordVerifiedAt, p.ExpiresAt = session.AuthenticatedAt(impersonator), session.ExpiresAt
	return p, nil
}

// termsForUser returns the terms of a session that an administrator creates. A session of
// another user has no password check, and needs no second factor of that user.
func termsForUser(tx model.Reader, actor model.Actor, user model.UserID) (Terms, error) {
	if user == actor.Impersonator() {
		return termsOfActor(tx, actor)
	}
	return Terms{Exempt: true, ExpiresAt: actor.ExpiresAt(), Bounded: !actor.ExpiresAt().IsZero()}, nil
}
