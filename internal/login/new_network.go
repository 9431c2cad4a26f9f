package login

import (
	"roster.example/roster/internal/loginlimit"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/useragent"
)

// signInNetwork is the network from which a session of the pages or the native API is created. For sessions
// of the other APIs it is zero: these APIs are for programs, which run on many machines.
type signInNetwork struct {
	key   string // of the mark that the account was used from the wide network of the caller; "" for other APIs
	fresh bool   // the account was used before, and does not know this network: see package loginlimit
}

// signInNetworkOf must be called before the login marks the network as known. It compares the wide network,
// because providers change the address of a household within it.
func (l *Logins) signInNetworkOf(tx model.Reader, actor model.Actor, user model.User, kind model.SessionKind) (signInNetwork, error) {
	if kind != model.ConsoleLogin {
		return signInNetwork{}, nil
	}
	account := loginlimit.AccountPrefix(user.ID)
	network := signInNetwork{key: account + "used:" + l.networks.WideBucket(actor)}
	for _, key := range []string{network.key, l.attempts.KnownKey(account, actor)} {
		mark, err := tx.Throttle(key)
		if err != nil || mark.Until.After(l.ops.Now()) {
			return network, err
		}
	}
	sessions, err := tx.Sessions(user.ID)
	network.fresh = len(sessions) > 0 || !user.LastActivity.IsZero()
	return network, err
}

// finishSignIn marks the network as known, and notifies the owner if it is new, unless the owner has switched
// these notices off.
func (l *Logins) finishSignIn(tx model.Writer, actor model.Actor, user model.User, from signInNetwork) error {
	if from.key == "" {
		return nil
	}
	if err := l.attempts.MarkKnown(tx, from.key); err != nil || !from.fresh {
		return err
	}
	if p, err := tx.Preferences(user.ID); err != nil || p.NoSignInNotice {
		return err
	}
	program, _ := useragent.Describe(actor.Agent())
	return l.notices.Owner(tx, actor, user, model.SignedIn, program)
}
