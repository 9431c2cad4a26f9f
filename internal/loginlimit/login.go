package loginlimit

import (
	"strings"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/throttle"
)

// CountLogin counts a login, and makes the network known to the account.
func (l *Limits) CountLogin(tx model.Writer, limit Limit) error {
	for _, failures := range [][]throttle.Bound{limit.named.pair, limit.account.pair} {
		if len(failures) == 0 {
			continue
		}
		if err := tx.DropThrottle(failures[0].Key); err != nil { // of the window; that of the day stays
			return err
		}
	}
	if err := l.networks.CountAll(tx, limit.network, limit.logins); err != nil {
		return err
	}
	return l.MarkKnown(tx, limit.known)
}

// MarkKnown renews the mark of a known network at most once a day.
func (l *Limits) MarkKnown(tx model.Writer, key string) error {
	mark, err := tx.Throttle(key)
	now := l.ops.Now()
	if err != nil || mark.Until.Sub(now) > knownLife-day {
		return err
	}
	return tx.PutThrottle(throttle.Counter{Key: key, Since: now, Until: now.Add(knownLife)})
}

// ResetForOwner drops the counters of a user that proved an address, and marks the network of the actor as
// known. Of the counters of typed names it drops only those of this network: requests from other networks
// must not show which names belong to one account.
func (l *Limits) ResetForOwner(tx model.Writer, actor model.Actor, u model.User) error {
	if err := tx.DropThrottles(AccountPrefix(u.ID)); err != nil {
		return err
	}
	for _, name := range loginNames(u) {
		if err := tx.DropThrottles(l.namePrefix(name) + "from:" + l.networks.NarrowBucket(actor)); err != nil {
			return err
		}
	}
	return l.MarkKnown(tx, l.For(actor, Subject{}, u).known)
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

// DropFailures drops all counters of a user and of the names of the user, those of wrong codes as well.
func (l *Limits) DropFailures(tx model.Writer, u model.User) error {
	for _, name := range loginNames(u) {
		if err := tx.DropThrottles(l.namePrefix(name)); err != nil {
			return err
		}
	}
	if err := tx.DropThrottles(codePrefix(u.ID)); err != nil {
		return err
	}
	return tx.DropThrottles(AccountPrefix(u.ID))
}

// ResetFailures is DropFailures, and returns what was counted.
func (l *Limits) ResetFailures(tx model.Writer, u model.User) (failures int, locked bool, err error) {
	prefix := AccountPrefix(u.ID)
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
		locked = locked || t.Until.After(l.ops.Now())
	}
	return failures, locked, l.DropFailures(tx, u)
}
