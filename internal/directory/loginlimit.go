package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/throttle"
	"roster.example/roster/internal/unitext"
)

// Failed logins are counted twice: for the name as it was typed, and for the account that
// has it. Both are counted with the network of the caller, and over all networks. A network
// is known to an account for 30 days after a login from it. With n for
// Login.AccountFailures (10), each of the two has these counters:
//
//	counter               limit   over     effect
//	network                 n     window   the pair is locked
//	network                10 n    a day    likewise
//	wide network            2 n    window   unknown networks are rejected
//	wide network            4 n    a day    likewise
//	all networks            5 n    window   likewise
//	all networks           10 n    a day    likewise
//
// The counters of the account decide whether a password is accepted; failures from networks
// that it knows do not count for the last four. So one account takes at most 10 n guesses a
// day from all networks that it does not know, and at most 10 n a day from each that it
// knows, under all of its names together. An attacker cannot lock the owner of an account out
// of a network from which the owner has logged in, except from that network.
//
// The counters of the typed name decide the response: Limited, and until when.
// They count names without an account in the same way, so the answer does not depend on
// whether an account has the name, nor on whether two names are of one account. Where only
// the account is locked, the answer is that of a wrong password, after the same work.

// knownLife is how long a network is known to an account.
const knownLife = 30 * day

// guessBounds count wrong passwords for a typed name, or for an account.
type guessBounds struct {
	prefix string           // of the keys
	pair   []throttle.Bound // from one network
	others []throttle.Bound // from a wide network, and from all
}

// loginLimit is what counts against one login.
type loginLimit struct {
	known   string           // key of the mark that the network is known to the account
	named   guessBounds      // the name as it was typed
	account guessBounds      // the account; none where the caller is known to be its user
	callers []throttle.Bound // the network alone
	telling []throttle.Bound // answers to the network that revealed accounts; see tellingOf
	network throttle.Bound   // successful logins from the network
	logins  throttle.Bound   // successful logins of the account
}

// accountPrefix begins the keys of counters against one user.
func accountPrefix(id model.UserID) string { return fmt.Sprintf("account:%d:", id) }

// knownKey returns the key of the mark that an account knows the network of an actor.
func (d *Directory) knownKey(account string, actor model.Actor) string {
	return account + "known:" + d.limits.NarrowBucket(actor)
}

// namePrefix begins the keys of counters of a name as it was typed.
func (d *Directory) namePrefix(typed string) string {
	return "name:" + d.limits.Bucket("name", loginKey(unitext.Truncate(typed, 320)), ratelimit.NameDigits) + ":"
}

// accountKeys is accountPrefix. A name without an account has the counters of an account
// too, so that both take the same work.
func (d *Directory) accountKeys(login Login, found model.User) string {
	if found.ID != 0 {
		return accountPrefix(found.ID)
	}
	return "no:" + d.namePrefix(login.name())
}

// loginKey is one for all spellings of a name or address.
func loginKey(name string) string {
	if strings.Contains(name, "@") {
		return emailaddress.Key(name)
	}
	return unitext.Fold(name)
}

func (d *Directory) loginLimit(actor model.Actor, login Login, found model.User) loginLimit {
	a, limits := d.accountKeys(login, found), d.options.Login
	l := loginLimit{
		known: d.knownKey(a, actor),
		named: d.guessBounds(d.namePrefix(login.name()), actor), account: d.guessBounds(a, actor),
		callers: []throttle.Bound{
			d.limits.InWindow(d.limits.AddressKey(actor), limits.AddressFailures), d.limits.InWindow(d.limits.WideAddressKey(actor), ratelimit.WideFactor*limits.AddressFailures),
		},
		telling: d.tellingOf(actor, login),
		network: throttle.Bound{Key: d.limits.FromNetwork("logins", actor), Limit: max(limits.AddressLogins, 0), Window: time.Minute},
		logins:  throttle.Bound{Key: a + "logins", Limit: max(limits.AccountLogins, 0), Window: time.Minute},
	}
	if login.ID != 0 {
		l.named, l.account = l.account, guessBounds{}
	}
	return l
}

// tellingOf returns the bounds of a login if its answer can reveal that an account exists. There
// are none at APIs that reveal nothing, nor where the user is known already by a session.
func (d *Directory) tellingOf(actor model.Actor, login Login) []throttle.Bound {
	if login.ID != 0 || !d.loginRevealsAccounts(actor.API()) {
		return nil
	}
	return d.limits.RevealingBounds(actor)
}

// guessBounds are the bounds whose keys begin with prefix.
func (d *Directory) guessBounds(prefix string, actor model.Actor) guessBounds {
	n, from, near := d.options.Login.AccountFailures, prefix+"from:"+d.limits.NarrowBucket(actor), prefix+"near:"+d.limits.WideBucket(actor)
	return guessBounds{
		prefix: prefix,
		pair:   []throttle.Bound{d.limits.InWindow(from, n), ratelimit.Daily(from+":day", 10*n)},
		others: []throttle.Bound{
			d.limits.InWindow(near, 2*n), ratelimit.Daily(near+":day", 4*n),
			d.limits.InWindow(prefix+"all", 5*n), ratelimit.Daily(prefix+"all:day", 10*n),
		},
	}
}

// standing is what the counters say of a login.
type standing struct {
	known  bool  // the network is known to the account
	hold   error // the answer to all failures with the typed name
	locked bool  // the account accepts nothing from this network
	held   bool  // the account accepts nothing from unknown networks
	busy   error // the account logged in too often
}

// standing refuses what is locked for the caller and the typed name, before any password
// is hashed.
func (d *Directory) standing(tx model.Reader, l loginLimit) (standing, error) {
	keys := []string{l.known, l.logins.Key, l.network.Key}
	for _, bounds := range [][]throttle.Bound{l.named.pair, l.named.others, l.account.pair, l.account.others, l.callers, l.telling} {
		keys = append(keys, throttle.Keys(bounds)...)
	}
	counted, err := tx.Throttles(keys)
	if err != nil {
		return standing{}, err
	}
	s := standing{
		known:  counted[l.known].Until.After(d.ops.Now()),
		hold:   throttle.Locked(counted, d.ops.Now(), throttle.Keys(l.named.others)...),
		locked: throttle.Locked(counted, d.ops.Now(), throttle.Keys(l.account.pair)...) != nil,
		held:   throttle.Locked(counted, d.ops.Now(), throttle.Keys(l.account.others)...) != nil,
		busy:   throttle.Locked(counted, d.ops.Now(), l.logins.Key),
	}
	if l.account.pair == nil {
		s.held = s.hold != nil
	}
	refusing := append(throttle.Keys(append(l.named.pair, l.callers...)), l.network.Key)
	if !s.known {
		refusing = append(refusing, throttle.Keys(l.telling)...)
	}
	return s, throttle.Locked(counted, d.ops.Now(), refusing...)
}

// accepts reports whether a login with the right password succeeds.
func (s standing) accepts() bool { return !s.locked && (s.known || !s.held) }

// answer returns the error of a login with this verdict. A locked login has the error of a wrong
// password.
func (s standing) answer(verdict error) error {
	switch {
	case verdict == nil && s.accepts():
		return nil
	case s.hold != nil:
		return s.hold
	case verdict == nil, fault.KindOf(verdict) == fault.Forbidden && !s.accepts():
		return wrongCredentials("password", fault.WrongPassword)
	}
	return verdict
}

// refusal is why a login with the right password was not accepted.
func (s standing) refusal() string {
	if s.locked {
		return "locked"
	}
	return "unknown network"
}

// countFailure counts a wrong login, or a right one that is not accepted; then verdict is
// nil. It records it and returns what to answer.
func (d *Directory) countFailure(ctx context.Context, actor model.Actor, l loginLimit, user model.User, verdict error) error {
	locked := error(nil)
	answer, reason := verdict, ""
	err := d.ops.Write(ctx, func(tx model.Writer) error {
		var s standing
		if s, locked = d.standing(tx, l); fault.KindOf(locked) == fault.Limited {
			return nil // another try, beside this one, was the last: see pass
		}
		if locked != nil {
			return locked
		}
		if answer = s.answer(verdict); answer == nil {
			answer = throttle.Limited(time.Second) // the lock ended while the password was hashed
		}
		if reason = loginFailureReason(verdict); verdict == nil {
			reason = s.refusal()
		}
		if err := d.countGuess(tx, l, s); err != nil {
			return err
		}
		return d.recordLoginFailure(tx, actor, l, user, reason)
	})
	if err := errors.Join(err, locked); err != nil {
		return err
	}
	d.options.Log.WarnContext(ctx, "login refused", "api", actor.API(), "address", actor.Address(), "reason", reason)
	// The password of a login with a wrong second factor was right, so its answer reveals no account.
	if fault.KindOf(answer) == fault.Unauthenticated && !isWrongFactor(answer) && !d.loginRevealsAccounts(actor.API()) {
		return wrongCredentials("password", fault.WrongPassword)
	}
	return answer
}

// countGuess counts a failure under all keys. A lock of an account that the caller does not
// see must not be longer by it; such counters are written unchanged, for the same work.
func (d *Directory) countGuess(tx model.Writer, l loginLimit, s standing) error {
	counting := slices.Concat(l.named.pair, l.callers, l.telling)
	var still []throttle.Bound
	add := func(bounds []throttle.Bound, counts bool) {
		if counts {
			counting = append(counting, bounds...)
		} else {
			still = append(still, bounds...)
		}
	}
	own := l.account.pair == nil
	add(l.named.others, s.hold == nil && !(own && s.known))
	add(l.account.pair, !s.locked)
	add(l.account.others, !s.held && !s.known)
	if err := d.limits.CountAll(tx, counting...); err != nil {
		return err
	}
	return throttle.Rewrite(tx, d.ops.Now(), still...)
}

// loggedIn counts a login, and makes the network known to the account.
func (d *Directory) loggedIn(tx model.Writer, l loginLimit) error {
	for _, failures := range [][]throttle.Bound{l.named.pair, l.account.pair} {
		if len(failures) == 0 {
			continue
		}
		if err := tx.DropThrottle(failures[0].Key); err != nil { // of the window; that of the day stays
			return err
		}
	}
	if err := d.limits.CountAll(tx, l.network, l.logins); err != nil {
		return err
	}
	return d.makeKnown(tx, l.known)
}

// makeKnown renews a mark at most once a day.
func (d *Directory) makeKnown(tx model.Writer, key string) error {
	mark, err := tx.Throttle(key)
	now := d.ops.Now()
	if err != nil || mark.Until.Sub(now) > knownLife-day {
		return err
	}
	return tx.PutThrottle(throttle.Counter{Key: key, Since: now, Until: now.Add(knownLife)})
}

// admitOwner forgets what was counted against a user who proved an address, and makes
// their network known. Of the counters of typed names only those of this network end:
// calls from other networks must not show which names are of one account.
func (d *Directory) admitOwner(tx model.Writer, actor model.Actor, u model.User) error {
	if err := tx.DropThrottles(accountPrefix(u.ID)); err != nil {
		return err
	}
	for _, name := range loginNames(u) {
		if err := tx.DropThrottles(d.namePrefix(name) + "from:" + d.limits.NarrowBucket(actor)); err != nil {
			return err
		}
	}
	return d.makeKnown(tx, d.loginLimit(actor, Login{}, u).known)
}

// loginNames are the names that a user can log in with.
func loginNames(u model.User) []string {
	var names []string
	if u.Username != "" {
		names = append(names, u.Username)
	}
	for _, e := range u.Emails {
		names = append(names, e.Address)
	}
	return names
}

// forgetFailures drops all that was counted against a user and the names of the user, wrong codes as well.
func (d *Directory) forgetFailures(tx model.Writer, u model.User) error {
	for _, name := range loginNames(u) {
		if err := tx.DropThrottles(d.namePrefix(name)); err != nil {
			return err
		}
	}
	if err := tx.DropThrottles(codePrefix(u.ID)); err != nil {
		return err
	}
	return tx.DropThrottles(accountPrefix(u.ID))
}

// forgiveAccount is forgetFailures, and says what was counted.
func (d *Directory) forgiveAccount(tx model.Writer, u model.User) (failures int, locked bool, err error) {
	prefix := accountPrefix(u.ID)
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
		locked = locked || t.Until.After(d.ops.Now())
	}
	return failures, locked, d.forgetFailures(tx, u)
}

const day = 24 * time.Hour
