package directory

import (
	"context"

	"roster.example/roster/internal/fault"
)

// takenShare is the part of Login.TellingAnswers (100) that one user may use up.
const takenAnswersShare = 5

// takenBounds count the answers to a user that an address is taken, which reveal that an
// account has it: for the user, and for the network with the answers to anonymous callers.
func (d *Directory) takenAnswerBounds(actor Actor, self User) []bound {
	limit := d.options.Login.RevealingAnswers
	return append(d.revealingBounds(actor), d.inWindow("taken:"+accountPrefix(self.ID), max(1, limit/takenAnswersShare)))
}

// tellingTaken wraps an operation of a user that names an address: after many answers that
// it is taken, the user and the network have to wait. Server administrators see all
// addresses, so they do not.
func (d *Directory) limitTakenAnswers(ctx context.Context, actor Actor, operation func() error) error {
	var self User
	err := d.store.Read(ctx, func(tx Reader) (err error) {
		if actor.impersonator == 0 {
			return nil
		}
		if self, err = tx.User(actor.impersonator); err != nil || self.Admin {
			return ignoreNotFound(err)
		}
		return d.unthrottled(tx, keysOf(d.takenAnswerBounds(actor, self))...)
	})
	if err != nil {
		return err
	}
	verdict := operation()
	if self.ID == 0 || self.Admin {
		return verdict
	}
	if fault.Has(verdict, "email", fault.Ambiguous) {
		verdict = fault.TakenField("email") // that two accounts have it is for administrators
	}
	if !fault.Has(verdict, "email", fault.Taken) {
		return verdict
	}
	err = d.write(ctx, func(tx Writer) error { return d.countAll(tx, d.takenAnswerBounds(actor, self)...) })
	if err != nil {
		return err
	}
	return verdict
}
