package loginlimit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/passkey"
	"roster.example/roster/internal/throttle"
)

// CountFailure counts a wrong login, or a right one that is not accepted; then verdict is
// nil. It records it and returns what to answer.
func (l *Limits) CountFailure(ctx context.Context, actor model.Actor, limit Limit, user model.User, verdict error) error {
	locked := error(nil)
	answer, reason := verdict, ""
	err := l.ops.Write(ctx, func(tx model.Writer) error {
		var s State
		if s, locked = l.Check(tx, limit); fault.KindOf(locked) == fault.Limited {
			return nil // another try, beside this one, was the last
		}
		if locked != nil {
			return locked
		}
		if answer = s.Answer(verdict); answer == nil {
			answer = throttle.Limited(time.Second) // the lock ended while the password was hashed
		}
		if reason = loginFailureReason(verdict); verdict == nil {
			reason = s.refusal()
		}
		if err := l.countGuess(tx, limit, s); err != nil {
			return err
		}
		return l.recordLoginFailure(tx, actor, limit, user, reason)
	})
	if err := errors.Join(err, locked); err != nil {
		return err
	}
	l.log.WarnContext(ctx, "login refused", "api", actor.API(), "address", actor.Address(), "reason", reason)
	// The password of a login with a wrong second factor was right, so its answer reveals no account.
	if fault.KindOf(answer) == fault.Unauthenticated && !IsWrongFactor(answer) && !l.reveals(actor.API()) {
		return WrongCredentials("password", fault.WrongPassword)
	}
	return answer
}

// countGuess counts a failure under all keys. A lock of an account that the caller does not
// see must not be longer by it; such counters are written unchanged, for the same work.
func (l *Limits) countGuess(tx model.Writer, limit Limit, s State) error {
	counting := slices.Concat(limit.named.pair, limit.callers, limit.revealing)
	var still []throttle.Bound
	add := func(bounds []throttle.Bound, counts bool) {
		if counts {
			counting = append(counting, bounds...)
		} else {
			still = append(still, bounds...)
		}
	}
	own := limit.account.pair == nil
	add(limit.named.others, s.hold == nil && !(own && s.known))
	add(limit.account.pair, !s.locked)
	add(limit.account.others, !s.held && !s.known)
	if err := l.networks.CountAll(tx, counting...); err != nil {
		return err
	}
	return throttle.Rewrite(tx, l.ops.Now(), still...)
}

// Events of failed logins are limited, so that a flood does not fill the table: for each pair
// of name and network the first failure of a window and the one that locks the pair, and no
// more than these.
const (
	failuresRecordedNetwork = 20    // per window, from one network
	failuresRecordedName    = 20    // per hour, for one name
	failuresRecordedUnknown = 1000  // per hour, for names without an account
	failuresRecordedKnown   = 10000 // per hour, for all accounts
)

// recordLoginFailure records a failed login that was just counted. The event names the account, if there
// is one, and never the entered name. One with a copied passkey is recorded before.
func (l *Limits) recordLoginFailure(tx model.Writer, actor model.Actor, limit Limit, user model.User, reason string) error {
	t, err := tx.Throttle(limit.named.pair[0].Key)
	if err != nil {
		return err
	}
	most := l.options.AccountFailures
	if t.Failures != 1 && t.Failures != most || reason == CopiedPasskey {
		return nil
	}
	within, err := l.countRecordedFailure(tx, actor, limit, user)
	if err != nil || !within {
		return err
	}
	if t.Failures == most {
		reason = fmt.Sprintf("%s; failure %d, locked", reason, most)
	}
	return l.ops.Record(tx, actor, operation.EventSpec{Verb: model.SessionFail, Target: "session", User: user.ID, Detail: reason})
}

// countRecordedFailure counts an event of a failed login, and reports whether it may be
// recorded.
func (l *Limits) countRecordedFailure(tx model.Writer, actor model.Actor, limit Limit, user model.User) (bool, error) {
	all := throttle.Bound{Key: "failures:known", Limit: failuresRecordedKnown, Window: time.Hour}
	if user.ID == 0 {
		all = throttle.Bound{Key: "failures:unknown", Limit: failuresRecordedUnknown, Window: time.Hour}
	}
	bounds := []throttle.Bound{
		{Key: l.networks.FromNetwork("failures", actor), Limit: failuresRecordedNetwork, Window: l.options.Window},
		{Key: limit.named.prefix + "failures", Limit: failuresRecordedName, Window: time.Hour},
		all,
	}
	err := l.networks.Check(tx, throttle.Keys(bounds)...)
	if fault.KindOf(err) == fault.Limited {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, l.networks.CountAll(tx, bounds...)
}

// loginFailureReason returns the class of a failed login.
func loginFailureReason(failure error) string {
	switch {
	case fault.Has(failure, "user", fault.Unknown):
		return "unknown user"
	case fault.Has(failure, "password", fault.NoPassword):
		return "no password"
	case fault.Has(failure, "state", fault.Inactive):
		return "not active"
	case fault.Has(failure, "code", fault.WrongCode):
		return "wrong code"
	case errors.Is(failure, passkey.ErrCloned):
		return CopiedPasskey
	case fault.Has(failure, "passkey", fault.Mismatch):
		return "wrong passkey"
	}
	return "wrong password"
}

// IsWrongFactor reports whether err is about a second factor that was sent and is wrong.
func IsWrongFactor(err error) bool {
	return fault.Has(err, "code", fault.WrongCode) || fault.Has(err, "passkey", fault.Mismatch)
}

// WrongCredentials is the error of a login with a wrong name or password.
func WrongCredentials(field string, code fault.Code) error {
	return &fault.Error{Kind: fault.Unauthenticated, Msg: "name or password are wrong", Fields: []fault.Field{{Name: field, Code: code}}}
}
