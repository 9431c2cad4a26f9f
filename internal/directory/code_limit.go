package directory

import (
	"context"
	"fmt"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// Wrong codes are counted a second time, under keys of their own, with the limits of [guessBounds]. A new
// password by a mailed link ends the counters of the account, and a login that proves a password shortens
// them; neither proves a second factor. These counters end by a second factor that was proven, for its
// network, and by the operator. A network is known here if a second factor was proven or added from it.

// codePrefix begins the keys of counters of wrong codes of one user.
func codePrefix(id model.UserID) string { return fmt.Sprintf("codes:%d:", id) }

func (d *Directory) codeLimit(actor model.Actor, id model.UserID) loginLimit {
	prefix := codePrefix(id)
	return loginLimit{known: d.knownKey(prefix, actor), named: d.guessBounds(prefix, actor)}
}

// requireCodeAccepted returns Limited if too many wrong codes of a user were sent.
func (d *Directory) requireCodeAccepted(tx model.Reader, l loginLimit) error {
	s, err := d.standing(tx, l)
	if err == nil && !s.accepts() {
		err = s.hold
	}
	return err
}

// countWrongCode counts a wrong code.
func (d *Directory) countWrongCode(ctx context.Context, actor model.Actor, id model.UserID) error {
	l := d.codeLimit(actor, id)
	return d.ops.Write(ctx, func(tx model.Writer) error {
		s, err := d.standing(tx, l)
		if fault.KindOf(err) == fault.Limited {
			return nil
		}
		if err != nil {
			return err
		}
		return d.countGuess(tx, l, s)
	})
}

// limited returns the use of a code that is stored only if codes are still accepted: logins at the same
// time all read the same counts before.
func (d *Directory) limited(use factorUse, id model.UserID) factorUse {
	store := use.store
	use.store = func(tx model.Writer, actor model.Actor) error {
		l := d.codeLimit(actor, id)
		if err := d.requireCodeAccepted(tx, l); err != nil {
			return err
		}
		if err := store(tx, actor); err != nil {
			return err
		}
		return d.factorProven(tx, l)
	}
	return use
}

// factorProven makes the network known to the codes of a user, and forgets its wrong codes of the window.
func (d *Directory) factorProven(tx model.Writer, l loginLimit) error {
	if err := tx.DropThrottle(l.named.pair[0].Key); err != nil {
		return err
	}
	return d.makeKnown(tx, l.known)
}
