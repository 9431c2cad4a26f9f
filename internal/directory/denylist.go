package directory

import (
	"context"

	"roster.example/roster/internal/model"
)

// DenyUntilRestart makes this process reject all logins, tokens, API keys and sessions of a
// user until it ends or the user is unblocked. It works while the database accepts no writes:
// it records no event, but logs. It has no effect on other nodes.
func (d *Directory) DenyUntilRestart(ctx context.Context, actor model.Actor, id model.UserID) (model.User, error) {
	var refused model.User
	err := d.ops.Read(ctx, actor, model.UsersManage, 0, func(tx model.Reader, _ model.User) (err error) {
		if refused, err = tx.User(id); err != nil {
			return err
		}
		return d.requireCanEnd(tx, actor, refused, false)
	})
	if err == nil && d.ops.Denied.Set(id, true) {
		d.options.Log.WarnContext(ctx, "user is refused until this process ends", "user", id, "actor", actor.Impersonator())
	}
	return refused, err
}

// endDenial removes a user from the list.
func (d *Directory) endDenial(ctx context.Context, id model.UserID) {
	if d.ops.Denied.Set(id, false) {
		d.options.Log.WarnContext(ctx, "user is no longer refused by this process", "user", id)
	}
}
