package loginlimit

import (
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/throttle"
)

// State is the state of the counters of a login.
type State struct {
	known  bool  // the network is known to the account
	hold   error // the answer to all failures with the typed name
	locked bool  // the account accepts nothing from this network
	held   bool  // the account accepts nothing from unknown networks
	Busy   error // the account logged in too often
}

// Check returns the state of the counters of a login, and a Limited error if the caller or the typed name is
// locked. It is called before any password is hashed.
func (l *Limits) Check(tx model.Reader, limit Limit) (State, error) {
	keys := []string{limit.known, limit.logins.Key, limit.network.Key}
	for _, bounds := range [][]throttle.Bound{limit.named.pair, limit.named.others, limit.account.pair, limit.account.others, limit.callers, limit.revealing} {
		keys = append(keys, throttle.Keys(bounds)...)
	}
	counted, err := tx.Throttles(keys)
	if err != nil {
		return State{}, err
	}
	s := State{
		known:  counted[limit.known].Until.After(l.ops.Now()),
		hold:   throttle.Locked(counted, l.ops.Now(), throttle.Keys(limit.named.others)...),
		locked: throttle.Locked(counted, l.ops.Now(), throttle.Keys(limit.account.pair)...) != nil,
		held:   throttle.Locked(counted, l.ops.Now(), throttle.Keys(limit.account.others)...) != nil,
		Busy:   throttle.Locked(counted, l.ops.Now(), limit.logins.Key),
	}
	if limit.account.pair == nil {
		s.held = s.hold != nil
	}
	refusing := append(throttle.Keys(append(limit.named.pair, limit.callers...)), limit.network.Key)
	if !s.known {
		refusing = append(refusing, throttle.Keys(limit.revealing)...)
	}
	return s, throttle.Locked(counted, l.ops.Now(), refusing...)
}

// accepts reports whether a login with the right password succeeds.
func (s State) accepts() bool { return !s.locked && (s.known || !s.held) }

// Answer returns the error of a login with this state. A locked login has the error of a wrong
// password.
func (s State) Answer(verdict error) error {
	switch {
	case verdict == nil && s.accepts():
		return nil
	case s.hold != nil:
		return s.hold
	case verdict == nil, fault.KindOf(verdict) == fault.Forbidden && !s.accepts():
		return WrongCredentials("password", fault.WrongPassword)
	}
	return verdict
}

// refusal is why a login with the right password was not accepted.
func (s State) refusal() string {
	if s.locked {
		return "locked"
	}
	return "unknown network"
}
