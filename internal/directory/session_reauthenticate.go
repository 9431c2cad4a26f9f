package directory

import (
	"context"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secret"
)

// A session that is left open must not give lasting access to an account. Operations that
// return, create or change a credential or an address require a recent password check of the
// session, in every API and for every kind of session. Access tokens and API keys are exempt:
// scripts use them and cannot enter a password. See docs/adr/0018-recent-authentication.md.

// Reauthenticate checks the password of the user of the session again, and returns until when
// this counts as recent. A wrong password counts as a failed login, and is a fault of the
// form.
func (d *Directory) Reauthenticate(ctx context.Context, actor model.Actor, password secret.Text) (time.Time, error) {
	if err := d.ops.Can(ctx, actor, model.SelfCredentials, 0); err != nil {
		return time.Time{}, err
	}
	if actor.Credential() != model.BySession {
		return time.Time{}, fault.New(fault.Invalid, "only sessions are reauthenticated; access tokens and API keys need no password", fault.Field{Name: "reauthentication", Code: fault.Mismatch})
	}
	login := Login{ID: actor.Impersonator(), Password: password}
	user, stored, err := d.verifyLogin(ctx, actor, login)
	if err != nil {
		return time.Time{}, currentPasswordFault(err)
	}
	now := d.ops.Now()
	err = d.ops.Update(ctx, actor, model.SelfCredentials, 0, func(tx model.Writer, _ model.User) error {
		if err := d.completeLogin(tx, actor, login, user, stored); err != nil {
			return err
		}
		if err := tx.SetPasswordVerified(actor.Impersonator(), model.SessionID(actor.CredentialID()), now); err != nil {
			return operation.HideCredential(err)
		}
		return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.SessionProve, Target: "session", ID: actor.CredentialID(), User: actor.Impersonator()})
	})
	return now.Add(d.options.Reauthenticate), err
}

// sessionTerms is what a new session inherits from the credential that creates it.
type sessionTerms struct {
	passwordVerifiedAt time.Time
	expiresAt          time.Time // upper bound for the expiry of the session; zero is none
	bounded            bool      // see [model.Session.InheritsExpiry]
}

// inheritedTerms returns the terms of another session of the same user: same password check,
// and expiry no later than the credential of the actor.
func inheritedTerms(tx model.Reader, actor model.Actor) (sessionTerms, error) {
	p := sessionTerms{expiresAt: actor.ExpiresAt(), bounded: !actor.ExpiresAt().IsZero()}
	if actor.Credential() != model.BySession {
		return p, nil
	}
	session, err := operation.ActorSession(tx, actor)
	if err != nil {
		return p, err
	}
	impersonator, err := tx.User(actor.Impersonator())
	if err != nil {
		return p, operation.HideCredential(err)
	}
	p.passwordVerifiedAt, p.expiresAt = session.AuthenticatedAt(impersonator), session.ExpiresAt
	return p, nil
}

// termsForUser returns the terms of a session that an administrator creates. A session of
// another user has no password check.
func termsForUser(tx model.Reader, actor model.Actor, user model.UserID) (sessionTerms, error) {
	if user == actor.Impersonator() {
		return inheritedTerms(tx, actor)
	}
	return sessionTerms{expiresAt: actor.ExpiresAt(), bounded: !actor.ExpiresAt().IsZero()}, nil
}
