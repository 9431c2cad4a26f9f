package directory

import (
	"errors"
	"fmt"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/passkey"
	"roster.example/roster/internal/throttle"
)

// Events of failed logins are limited, so that a flood does not fill the table: for each pair
// of name and network the first failure of a window and the one that locks the pair, and no
// more than these.
const (
	failuresRecordedNetwork = 20    // per window, from one network
	failuresRecordedName    = 20    // per hour, for one name
	failuresRecordedUnknown = 1000  // per hour, for names without an account
	failuresRecordedKnown   = 10000 // per hour, for all accounts
)

// recordLoginFailure records a failed login that was just counted, one with a copied passkey each time. The event names the
// account, if there is one, and never the entered name.
func (d *Directory) recordLoginFailure(tx model.Writer, actor model.Actor, l loginLimit, user model.User, reason string) error {
	t, err := tx.Throttle(l.named.pair[0].Key)
	if err != nil {
		return err
	}
	limit := d.options.Login.AccountFailures
	if t.Failures != 1 && t.Failures != limit && reason != copiedPasskey {
		return nil
	}
	within, err := d.countRecordedFailure(tx, actor, l, user)
	if err != nil || !within {
		return err
	}
	if t.Failures == limit {
		reason = fmt.Sprintf("%s; failure %d, locked", reason, limit)
	}
	return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.SessionFail, Target: "session", User: user.ID, Detail: reason})
}

// countRecordedFailure counts an event of a failed login, and reports whether it may be
// recorded.
func (d *Directory) countRecordedFailure(tx model.Writer, actor model.Actor, l loginLimit, user model.User) (bool, error) {
	all := throttle.Bound{Key: "failures:known", Limit: failuresRecordedKnown, Window: time.Hour}
	if user.ID == 0 {
		all = throttle.Bound{Key: "failures:unknown", Limit: failuresRecordedUnknown, Window: time.Hour}
	}
	bounds := []throttle.Bound{
		{Key: d.limits.FromNetwork("failures", actor), Limit: failuresRecordedNetwork, Window: d.options.Login.Window},
		{Key: l.named.prefix + "failures", Limit: failuresRecordedName, Window: time.Hour},
		all,
	}
	err := d.limits.Check(tx, throttle.Keys(bounds)...)
	if fault.KindOf(err) == fault.Limited {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, d.limits.CountAll(tx, bounds...)
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
		return copiedPasskey
	case fault.Has(failure, "passkey", fault.Mismatch):
		return "wrong passkey"
	}
	return "wrong password"
}
