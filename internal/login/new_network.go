package login

import (
	"roster.example/roster/internal/loginlimit"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/useragent"
)

// signInPlace is where a session of the pages or the native API is created from. Sessions of the other APIs
// have none: these APIs are for programs, which run on many machines.
type signInPlace struct {
	key   string // of the mark that the account was used from the wide network of the caller; "" without a place
	fresh bool   // the account was used before, and not from this network for knownLife
}

// signInPlaceOf is read before the login makes the network known. The wide network is compared, because
// providers change the address of a household within it.
func (l *Logins) signInPlaceOf(tx model.Reader, actor model.Actor, user model.User, kind model.SessionKind) (signInPlace, error) {
	if kind != model.ConsoleLogin {
		return signInPlace{}, nil
	}
	account := loginlimit.AccountPrefix(user.ID)
	place := signInPlace{key: account + "used:" + l.networks.WideBucket(actor)}
	for _, key := range []string{place.key, l.attempts.KnownKey(account, actor)} {
		mark, err := tx.Throttle(key)
		if err != nil || mark.Until.After(l.ops.Now()) {
			return place, err
		}
	}
	sessions, err := tx.Sessions(user.ID)
	place.fresh = len(sessions) > 0 || !user.LastActivity.IsZero()
	return place, err
}

// finishSignIn makes the network known, and notifies the owner if it is new, unless the owner has switched
// these notices off.
func (l *Logins) finishSignIn(tx model.Writer, actor model.Actor, user model.User, place signInPlace) error {
	if place.key == "" {
		return nil
	}
	if err := l.attempts.MakeKnown(tx, place.key); err != nil || !place.fresh {
		return err
	}
	if p, err := tx.Preferences(user.ID); err != nil || p.NoSignInNotice {
		return err
	}
	program, _ := useragent.Describe(actor.Agent())
	return l.notices.Owner(tx, actor, user, model.SignedIn, program)
}
