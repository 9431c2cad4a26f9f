package loginlimit

import (
	"context"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/throttle"
)

// TakeLogin counts a login with a passkey, which proves no password: failures stay counted. It makes the
// network known to the account.
func (l *Limits) TakeLogin(tx model.Writer, actor model.Actor, user model.User) error {
	limit := l.For(actor, Subject{}, user)
	if err := throttle.Take(tx, l.ops.Now(), limit.network, limit.logins); err != nil {
		return err
	}
	return l.MarkKnown(tx, limit.known)
}

// RequireNetwork returns Limited if the network of the actor is locked by failures.
func (l *Limits) RequireNetwork(tx model.Reader, actor model.Actor) error {
	return l.networks.Check(tx, throttle.Keys(l.For(actor, Subject{}, model.User{}).callers)...)
}

// CountPasskeyFailure counts a passkey that was not accepted.
func (l *Limits) CountPasskeyFailure(ctx context.Context, actor model.Actor, failure error) error {
	err := l.ops.Write(ctx, func(tx model.Writer) error {
		return throttle.Take(tx, l.ops.Now(), l.For(actor, Subject{}, model.User{}).callers...)
	})
	if err != nil {
		return err
	}
	l.log.WarnContext(ctx, "login refused", "api", actor.API(), "address", actor.Address(), "reason", failure)
	return failure
}

// CopiedPasskey is the reason of a failed login with a passkey whose counter did not increase.
const CopiedPasskey = "the counter of the passkey did not increase"
