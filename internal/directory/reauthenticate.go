package directory

import (
	"context"
	"slices"
	"time"

	"roster.example/roster/internal/secret"
)

// Whoever sits down at somebody's open session must not be able to stay: what adds
// another way in asks for the password again, if that was not shown lately. Tokens
// and API keys are not asked, for scripts carry them, nor are the logins of the
// imitated APIs, whose products ask nobody, while they stay there. A login of ours is
// asked at each door: another one is no way around.

// Reauthenticate shows the password of the login that who came with once more, and
// says until when that is enough for deeds that add credentials. A wrong password
// counts as a failed login, and is a fault of the form.
func (d *Directory) Reauthenticate(ctx context.Context, who Actor, password secret.Text) (time.Time, error) {
	if err := d.May(ctx, who, SelfCredentials, 0); err != nil {
		return time.Time{}, err
	}
	if who.credential != BySession {
		return time.Time{}, fail(Invalid, "only a login is proven again; tokens and keys need no proof", Fault{Field: "reauthentication", Code: Mismatch})
	}
	login := Login{ID: who.real, Password: password}
	user, stored, err := d.prove(ctx, who, login)
	if err != nil {
		return time.Time{}, notProven(err)
	}
	now := d.now()
	err = d.update(ctx, who, SelfCredentials, 0, func(tx Writer, _ User) error {
		if err := d.pass(tx, who, login, user, stored); err != nil {
			return err
		}
		if err := tx.ProveSession(who.real, SessionID(who.credentialID), now); err != nil {
			return hideCredential(err)
		}
		return d.record(tx, who, deed{verb: SessionProve, target: "session", id: who.credentialID, user: who.real})
	})
	return now.Add(d.options.Reauthenticate), err
}

// provenLately refuses a login that did not show the password lately enough to add
// credentials: Forbidden with Required on "reauthentication". People without a
// password need a login that is that fresh.
func (d *Directory) provenLately(tx Reader, who Actor) error {
	if d.options.Reauthenticate <= 0 || who.credential != BySession {
		return nil
	}
	session, err := heldSession(tx, who)
	if err != nil {
		return err
	}
	if session.Kind != ConsoleLogin && who.api != Native && who.api != Console {
		return nil
	}
	behind, err := tx.User(who.real)
	if err != nil {
		return hideCredential(err)
	}
	since := session.ProvenAt
	if !behind.HasPassword {
		since = session.CreatedAt
	}
	if d.now().Sub(since) < d.options.Reauthenticate {
		return nil
	}
	return fail(Forbidden, "this adds a way into the account; show the password again, or log in again, and then repeat it",
		Fault{Field: "reauthentication", Code: Required})
}

// heldSession is the login that who came with.
func heldSession(tx Reader, who Actor) (Session, error) {
	open, err := tx.Sessions(who.real)
	if err != nil {
		return Session{}, err
	}
	i := slices.IndexFunc(open, func(s Session) bool { return who.Holds(s.ID) })
	if i < 0 {
		return Session{}, unauthenticated()
	}
	return open[i], nil
}

// provenBefore is when the login that who came with last showed the password, for
// another login that is opened by it; zero for other credentials.
func provenBefore(tx Reader, who Actor) (time.Time, error) {
	if who.credential != BySession {
		return time.Time{}, nil
	}
	session, err := heldSession(tx, who)
	return session.ProvenAt, err
}
