package loginlimit

import (
	"context"
	"fmt"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/throttle"
)

// Wrong codes are counted a second time, under keys of their own, with the limits of [guessBounds]. A new
// password by a mailed link ends the counters of the account, and a login that proves a password shortens
// them; neither proves a second factor. These counters end by a second factor that was proven, for its
// network, and by the operator. A network is known here if a second factor was proven or added from it.

// codePrefix begins the keys of counters of wrong codes of one user.
func codePrefix(id model.UserID) string { return fmt.Sprintf("codes:%d:", id) }

// ForCodes returns what counts against the codes of a user.
func (l *Limits) ForCodes(actor model.Actor, id model.UserID) Limit {
	prefix := codePrefix(id)
	return Limit{known: l.KnownKey(prefix, actor), named: l.guessBounds(prefix, actor)}
}

// RequireCodeAccepted returns Limited if too many wrong codes of a user were sent.
func (l *Limits) RequireCodeAccepted(tx model.Reader, limit Limit) error {
	s, err := l.Check(tx, limit)
	if err == nil && !s.accepts() {
		err = s.hold
	}
	return err
}

// wrongCodesNotified is the number of wrong codes in a window after which the owner is notified.
const wrongCodesNotified = 3

// CountWrongCode counts a wrong code. It calls several once in a window in which there are some: the caller
// knows the password.
func (l *Limits) CountWrongCode(ctx context.Context, actor model.Actor, id model.UserID, several func(tx model.Writer) error) error {
	limit := l.ForCodes(actor, id)
	return l.ops.Write(ctx, func(tx model.Writer) error {
		s, err := l.Check(tx, limit)
		if fault.KindOf(err) == fault.Limited {
			return nil
		}
		if err != nil {
			return err
		}
		if err := l.countGuess(tx, limit, s); err != nil {
			return err
		}
		return l.countForNotice(tx, id, several)
	})
}

func (l *Limits) countForNotice(tx model.Writer, id model.UserID, several func(tx model.Writer) error) error {
	bound := throttle.Bound{Key: codePrefix(id) + "notice", Limit: wrongCodesNotified, Window: l.options.Window}
	counted, err := tx.Throttle(bound.Key)
	if err != nil || counted.Until.After(l.ops.Now()) {
		return err
	}
	if err := l.networks.CountAll(tx, bound); err != nil {
		return err
	}
	if counted, err = tx.Throttle(bound.Key); err != nil || counted.Failures < bound.Limit {
		return err
	}
	return several(tx)
}

// FactorProven makes the network known to the codes of a user, and forgets its wrong codes of the window.
func (l *Limits) FactorProven(tx model.Writer, limit Limit) error {
	if err := tx.DropThrottle(limit.named.pair[0].Key); err != nil {
		return err
	}
	return l.MarkKnown(tx, limit.known)
}
