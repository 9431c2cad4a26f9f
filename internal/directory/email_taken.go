package directory

import (
	"context"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/loginlimit"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/throttle"
)

// takenAnswersShare is the divisor of Login.RevealingAnswers (100) that gives the limit of one
// user.
const takenAnswersShare = 5

// takenAnswerBounds limit the responses to a user that an address is taken, which reveal that
// an account has it: for the user, and for the network together with responses to anonymous
// callers.
func (d *Directory) takenAnswerBounds(actor model.Actor, self model.User) []throttle.Bound {
	limit := d.options.Login.RevealingAnswers
	return append(d.limits.RevealingBounds(actor), d.limits.InWindow("taken:"+loginlimit.AccountPrefix(self.ID), max(1, limit/takenAnswersShare)))
}

// limitTakenAnswers wraps an operation that names an address: after many responses that it is
// taken, the user and the network are locked. Administrators of the server are exempt: they
// can see all addresses.
func (d *Directory) limitTakenAnswers(ctx context.Context, actor model.Actor, operation func() error) error {
	var self model.User
	err := d.store.Read(ctx, func(tx model.Reader) (err error) {
		if actor.Impersonator() != 0 {
			self, err = tx.User(actor.Impersonator())
		}
		return fault.IgnoreNotFound(err)
	})
	if err != nil {
		return err
	}
	if self.ID == 0 || self.Admin {
		return operation()
	}
	return d.limits.LimitAnswers(ctx, d.takenAnswerBounds(actor, self), revealsAddress, func() error {
		failure := operation()
		if fault.Has(failure, "email", fault.Ambiguous) {
			return fault.TakenField("email") // only administrators learn that two accounts have it
		}
		return failure
	})
}

// revealsAddress reports whether an error says that an address is taken.
func revealsAddress(err error) bool { return fault.Has(err, "email", fault.Taken) }
