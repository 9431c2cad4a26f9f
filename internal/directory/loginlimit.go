package directory

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Failed logins are counted for each pair of account and network, and for the account
// as a whole where the network is unknown to it. A network is known to an account for
// 30 days after a login from it. With n for Login.AccountFailures (10):
//
//	counter                        limit   over     effect
//	account and network              n     window   the pair is locked
//	account and network            10 n    a day    likewise
//	account and wide network        2 n    window   unknown networks are refused
//	account and wide network        4 n    a day    likewise
//	account, unknown networks       5 n    window   likewise
//	account, unknown networks      10 n    a day    likewise
//
// So one account takes at most 10 n guesses a day from all networks that it does not
// know, and at most 10 n a day from each that it knows. A stranger cannot keep the
// owner of an account out of a network that the owner has logged in from, unless the
// stranger calls from that network too.
//
// Names without an account are counted in the same way. While unknown networks are
// refused, every login is still checked, and whatever is wrong is answered alike: the
// answer and its work do not reveal whether the network is known to the account.

// knownLife is how long a network is known to an account.
const knownLife = 30 * day

// loginLimit is what counts against one login.
type loginLimit struct {
	account      string  // prefix of the keys
	known        string  // key of the mark that the network is known
	pair         []bound // account and network
	others       []bound // the account from unknown networks
	callers      []bound // the network alone
	successes    []bound // logins, right or wrong
	firstFailure string  // key of pair that an event is recorded for
}

// accountPrefix begins the keys of counters against one user.
func accountPrefix(id UserID) string { return fmt.Sprintf("account:%d:", id) }

// accountKeys is accountPrefix, or that of a bucket of names without an account, so
// that both are refused alike.
func (d *Directory) accountKeys(login Login, found User) string {
	if found.ID != 0 {
		return accountPrefix(found.ID)
	}
	return "name:" + d.bucket("name", Fold(clip(login.text(), 320)), nameDigits) + ":"
}

func (d *Directory) loginLimit(who Actor, login Login, found User) loginLimit {
	narrow, wide := networks(who.address)
	narrow, wide = d.bucket("network", narrow, networkDigits), d.bucket("network", wide, networkDigits)
	a, n, limits := d.accountKeys(login, found), d.options.Login.AccountFailures, d.options.Login
	from := a + "from:" + narrow
	return loginLimit{
		account: a, known: a + "known:" + narrow, firstFailure: from,
		pair: []bound{d.inWindow(from, n), daily(from+":day", 10*n)},
		others: []bound{
			d.inWindow(a+"near:"+wide, 2*n), daily(a+"near:"+wide+":day", 4*n),
			d.inWindow(a+"all", 5*n), daily(a+"all:day", 10*n),
		},
		callers: []bound{
			d.inWindow(d.addressKey(who), limits.AddressFailures), d.inWindow(d.wideAddressKey(who), 4*limits.AddressFailures),
			d.inWindow(d.tellingKey(who), limits.TellingAnswers),
		},
		successes: []bound{
			{key: a + "logins", limit: max(limits.AccountLogins, 0), window: time.Minute},
			{key: d.fromNetwork("logins", who), limit: max(limits.AddressLogins, 0), window: time.Minute},
		},
	}
}

// standing is what the counters say of a login.
type standing struct {
	known bool  // the network is known to the account
	hold  error // unknown networks are refused
}

// standing refuses what is locked, before any password is hashed.
func (d *Directory) standing(tx Reader, l loginLimit) (standing, error) {
	var refusing []string
	for _, bounds := range [][]bound{l.pair, l.callers, l.successes} {
		refusing = append(refusing, keysOf(bounds)...)
	}
	holding := keysOf(l.others)
	counted, err := tx.Throttles(append(append([]string{l.known}, holding...), refusing...))
	if err != nil {
		return standing{}, err
	}
	return standing{
		known: counted[l.known].Until.After(d.now()),
		hold:  d.locked(counted, holding...),
	}, d.locked(counted, refusing...)
}

// held is the answer to a login that was proven or not: while unknown networks are
// refused, all that is wrong looks alike.
func (s standing) held(verdict error) error {
	if s.hold == nil || s.known && verdict == nil {
		return verdict
	}
	return s.hold
}

// countFailure counts a wrong login, or a right one that is refused because its network
// is not known; then verdict is nil. It records it and returns what to answer.
func (d *Directory) countFailure(ctx context.Context, who Actor, l loginLimit, user User, verdict error) error {
	locked := error(nil)
	answer := verdict
	err := d.write(ctx, func(tx Writer) error {
		var s standing
		if s, locked = d.standing(tx, l); KindOf(locked) == Limited {
			return nil // another try, beside this one, was the last: see pass
		}
		if locked != nil {
			return locked
		}
		if answer = s.held(verdict); answer == nil {
			answer = limited(time.Second) // the lock ended while the password was hashed
		}
		bounds := append(append([]bound{}, l.pair...), l.callers...)
		if s.hold == nil && !s.known {
			bounds = append(bounds, l.others...)
		}
		if err := d.countAll(tx, bounds...); err != nil {
			return err
		}
		return d.recordFailure(tx, who, l, user, verdict)
	})
	if err := errors.Join(err, locked); err != nil {
		return err
	}
	d.options.Log.WarnContext(ctx, "login refused", "api", who.api, "address", who.address, "reason", failureReason(verdict))
	return answer
}

// loggedIn counts a login, and makes the network known to the account.
func (d *Directory) loggedIn(tx Writer, l loginLimit) error {
	if err := tx.DropThrottle(l.pair[0].key); err != nil {
		return err
	}
	if err := d.countAll(tx, l.successes...); err != nil {
		return err
	}
	return d.makeKnown(tx, l.known)
}

// makeKnown renews a mark at most once a day.
func (d *Directory) makeKnown(tx Writer, key string) error {
	mark, err := tx.Throttle(key)
	now := d.now()
	if err != nil || mark.Until.Sub(now) > knownLife-day {
		return err
	}
	return tx.PutThrottle(Throttle{Key: key, Since: now, Until: now.Add(knownLife)})
}

// admitOwner forgets what was counted against a user who proved an address, and makes
// their network known.
func (d *Directory) admitOwner(tx Writer, who Actor, id UserID) error {
	if err := tx.DropThrottles(accountPrefix(id)); err != nil {
		return err
	}
	return d.makeKnown(tx, d.loginLimit(who, Login{}, User{ID: id}).known)
}

// forgiveAccount drops all that was counted against a user, and says what it was.
func (d *Directory) forgiveAccount(tx Writer, id UserID) (failures int, locked bool, err error) {
	prefix := accountPrefix(id)
	all, err := tx.ThrottlesUnder(prefix)
	if err != nil {
		return 0, false, err
	}
	for _, t := range all {
		kind, _, _ := strings.Cut(strings.TrimPrefix(t.Key, prefix), ":")
		if kind == "known" {
			continue
		}
		if kind == "from" && !strings.HasSuffix(t.Key, ":day") {
			failures += t.Failures
		}
		locked = locked || t.Until.After(d.now())
	}
	return failures, locked, tx.DropThrottles(prefix)
}
