package directory

import (
	"context"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
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
	if err := d.Can(ctx, actor, model.SelfCredentials, 0); err != nil {
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
	now := d.now()
	err = d.update(ctx, actor, model.SelfCredentials, 0, func(tx model.Writer, _ model.User) error {
		if err := d.completeLogin(tx, actor, login, user, stored); err != nil {
			return err
		}
		if err := tx.SetPasswordVerified(actor.Impersonator(), model.SessionID(actor.CredentialID()), now); err != nil {
			return hideCredential(err)
		}
		return d.record(tx, actor, eventSpec{verb: model.SessionProve, target: "session", id: actor.CredentialID(), user: actor.Impersonator()})
	})
	return now.Add(d.options.Reauthenticate), err
}

// requireRecentAuthentication returns Forbidden with Required on "reauthentication" if the
// actor uses a session without a recent password check, and Unauthenticated if the session has
// ended since the request began.
func (d *Directory) requireRecentAuthentication(tx model.Reader, actor model.Actor) error {
	if d.options.Reauthenticate <= 0 || actor.Credential() != model.BySession {
		return nil
	}
	session, err := actorSession(tx, actor)
	if err != nil {
		return err
	}
	impersonator, err := tx.User(actor.Impersonator())
	if err != nil {
		return hideCredential(err)
	}
	if d.isRecent(session.AuthenticatedAt(impersonator)) {
		return nil
	}
	return reauthenticationRequired()
}

// needsReauthentication reports whether [Directory.requireRecentAuthentication] would return
// an error. It is for reads, and uses the session as of the authentication of the request.
func (d *Directory) needsReauthentication(tx model.Reader, actor model.Actor, self model.User) (bool, error) {
	if d.options.Reauthenticate <= 0 || actor.Credential() != model.BySession {
		return false, nil
	}
	impersonator := self
	if actor.Impersonates() {
		var err error
		if impersonator, err = tx.User(actor.Impersonator()); err != nil {
			return true, hideCredential(err)
		}
	}
	session := model.Session{CreatedAt: actor.SessionCreatedAt(), PasswordVerifiedAt: actor.PasswordVerifiedAt()}
	return !d.isRecent(session.AuthenticatedAt(impersonator)), nil
}

// isRecent reports whether at is within the time of the setting. A time in the future, beyond
// the possible clock skew between nodes, was written by a wrong clock and is not recent.
func (d *Directory) isRecent(at time.Time) bool {
	age := d.now().Sub(at)
	return age > -clockSkew && age < d.options.Reauthenticate
}

// clockSkew is the tolerated difference between the clocks of nodes.
const clockSkew = 5 * time.Minute

func reauthenticationRequired() error {
	return fault.New(fault.Forbidden, "this returns or changes a credential or an address; enter your password again, or log in again, and then repeat the request",
		fault.Field{Name: "reauthentication", Code: fault.Required})
}

// actorSession returns the session of the actor.
func actorSession(tx model.Reader, actor model.Actor) (model.Session, error) {
	session, err := tx.Session(actor.Impersonator(), model.SessionID(actor.CredentialID()))
	return session, hideCredential(err)
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
	session, err := actorSession(tx, actor)
	if err != nil {
		return p, err
	}
	impersonator, err := tx.User(actor.Impersonator())
	if err != nil {
		return p, hideCredential(err)
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
