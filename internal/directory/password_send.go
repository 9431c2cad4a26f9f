package directory

import (
	"context"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// SendPasswordReset mails a user a link to set a new password. The current password and all sessions end
// at once where that locks nobody out: see canEndPassword. It requires users.manage.
func (d *Directory) SendPasswordReset(ctx context.Context, actor model.Actor, id model.UserID) (model.User, error) {
	var u model.User
	err := d.ops.Update(ctx, actor, model.UsersManage, 0, func(tx model.Writer, self model.User) (err error) {
		if u, err = tx.User(id); err != nil {
			return err
		}
		_, ok := u.RecoveryEmail()
		switch {
		case u.State == model.Blocked:
			return fault.New(fault.Conflict, "this user is blocked or deactivated; unblock or reactivate the user first", fault.Field{Name: "state", Code: fault.Mismatch})
		case u.AwaitsInvitation():
			return fault.New(fault.Conflict, "this user was invited and has no password yet; invite the user again", fault.Field{Name: "state", Code: fault.Mismatch})
		case !ok:
			return fault.New(fault.Conflict, "this user has no email address for the link", fault.Field{Name: "email", Code: fault.Blank})
		}
		return d.resetMemberPassword(tx, actor, self, id)
	})
	return u, err
}
