package directory

import (
	"context"
	"slices"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

// An open session that is left alone must not become a lasting way into an account.
// What shows, makes or changes a credential or an address asks a session for the
// password again, if the password was not shown recently. Every API asks, for every
// kind of session. Access tokens and API keys are not asked: scripts carry them, and
// nobody can type a password there. See docs/adr/0018-recent-authentication.md.

// Reauthenticate shows the password of the login that who came with once more, and
// says until when that is enough for deeds that add credentials. A wrong password
// counts as a failed login, and is a fault of the form.
func (d *Directory) Reauthenticate(ctx context.Context, actor Actor, password secret.Text) (time.Time, error) {
	if err := d.Can(ctx, actor, SelfCredentials, 0); err != nil {
		return time.Time{}, err
	}
	if actor.credential != BySession {
		return time.Time{}, fault.New(fault.Invalid, "only a login is proven again; tokens and keys need no proof", fault.Field{Name: "reauthentication", Code: fault.Mismatch})
	}
	login := Login{ID: actor.impersonator, Password: password}
	user, stored, err := d.verifyLogin(ctx, actor, login)
	if err != nil {
		return time.Time{}, currentPasswordFault(err)
	}
	now := d.now()
	err = d.update(ctx, actor, SelfCredentials, 0, func(tx Writer, _ User) error {
		if err := d.completeLogin(tx, actor, login, user, stored); err != nil {
			return err
		}
		if err := tx.SetPasswordVerified(actor.impersonator, SessionID(actor.credentialID), now); err != nil {
			return hideCredential(err)
		}
		return d.record(tx, actor, eventSpec{verb: SessionProve, target: "session", id: actor.credentialID, user: actor.impersonator})
	})
	return now.Add(d.options.Reauthenticate), err
}

// provenLately refuses a session that did not show the password recently enough to
// show, make or change credentials: Forbidden with Required on "reauthentication". It
// also refuses a session that has ended since the request began.
func (d *Directory) requireRecentAuthentication(tx Reader, actor Actor) error {
	if d.options.Reauthenticate <= 0 || actor.credential != BySession {
		return nil
	}
	session, err := actorSession(tx, actor)
	if err != nil {
		return err
	}
	behind, err := tx.User(actor.impersonator)
	if err != nil {
		return hideCredential(err)
	}
	if d.isRecent(session.authenticatedAt(behind)) {
		return nil
	}
	return reauthenticationRequired()
}

// stale reports whether who came with a session that [Directory.provenLately] would
// refuse, for reads: it knows the session from the authentication of the request.
func (d *Directory) needsReauthentication(tx Reader, actor Actor, self User) (bool, error) {
	if d.options.Reauthenticate <= 0 || actor.credential != BySession {
		return false, nil
	}
	behind := self
	if actor.Impersonates() {
		var err error
		if behind, err = tx.User(actor.impersonator); err != nil {
			return true, hideCredential(err)
		}
	}
	session := Session{CreatedAt: actor.sessionCreatedAt, PasswordVerifiedAt: actor.passwordVerifiedAt}
	return !d.isRecent(session.authenticatedAt(behind)), nil
}

// recent reports whether a password was shown within the time of the setting. A time to
// come was written by a clock that was wrong: beyond the skew that nodes may have, it
// proves nothing.
func (d *Directory) isRecent(at time.Time) bool {
	age := d.now().Sub(at)
	return age > -clockSkew && age < d.options.Reauthenticate
}

// clockSkew is how far the clocks of nodes may be apart.
const clockSkew = 5 * time.Minute

// authenticatedAt is when the owner last proved the session: by the password, or,
// without one, by opening it.
func (s Session) authenticatedAt(owner User) time.Time {
	if s.PasswordVerifiedAt.IsZero() && !owner.HasPassword {
		return s.CreatedAt
	}
	return s.PasswordVerifiedAt
}

func reauthenticationRequired() error {
	return fault.New(fault.Forbidden, "this shows or changes a way into an account; show the password again, or log in again, and then repeat it",
		fault.Field{Name: "reauthentication", Code: fault.Required})
}

// heldSession is the login that who came with.
func actorSession(tx Reader, actor Actor) (Session, error) {
	open, err := tx.Sessions(actor.impersonator)
	if err != nil {
		return Session{}, err
	}
	i := slices.IndexFunc(open, func(s Session) bool { return actor.UsesSession(s.ID) })
	if i < 0 {
		return Session{}, unauthenticated()
	}
	return open[i], nil
}

// proof is what a session takes over from the credential that opens it.
type sessionTerms struct {
	passwordVerifiedAt time.Time
	expiresAt          time.Time // the session ends no later; zero is no bound
	bounded            bool      // see [Session.Bounded]
}

// inheritedProof is the proof of another session of the same user: it counts as much
// as the credential of who, and lasts no longer.
func inheritedTerms(tx Reader, actor Actor) (sessionTerms, error) {
	p := sessionTerms{expiresAt: actor.expiresAt, bounded: !actor.expiresAt.IsZero()}
	if actor.credential != BySession {
		return p, nil
	}
	session, err := actorSession(tx, actor)
	if err != nil {
		return p, err
	}
	behind, err := tx.User(actor.impersonator)
	if err != nil {
		return p, hideCredential(err)
	}
	p.passwordVerifiedAt, p.expiresAt = session.authenticatedAt(behind), session.ExpiresAt
	return p, nil
}

// mintedProof is the proof of a session that an administrator opens. For somebody
// else it proves no password.
func termsForUser(tx Reader, actor Actor, user UserID) (sessionTerms, error) {
	if user == actor.impersonator {
		return inheritedTerms(tx, actor)
	}
	return sessionTerms{expiresAt: actor.expiresAt, bounded: !actor.expiresAt.IsZero()}, nil
}
