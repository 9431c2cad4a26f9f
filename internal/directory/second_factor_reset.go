package directory

import (
	"context"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
)

// ResetSecondFactor removes all second factors of another user and ends the sessions of that user,
// for administrators. The password stays. For an administrator it needs what a change of that
// administrator's password needs. It returns the number of authenticators that were removed.
func (d *Directory) ResetSecondFactor(ctx context.Context, actor model.Actor, id model.UserID) (model.User, int, error) {
	var u model.User
	removed := 0
	err := d.ops.Update(ctx, actor, model.UsersManage, 0, func(tx model.Writer, _ model.User) (err error) {
		if id == actor.Impersonator() && !actor.IsOperator() {
			return fault.New(fault.Forbidden, "your own second factors are removed one by one; or ask another administrator", fault.Field{Name: "user", Code: fault.Mismatch})
		}
		if u, err = tx.User(id); err != nil {
			return err
		}
		if err := d.requireCanResetFactor(tx, actor, u); err != nil {
			return err
		}
		if removed, err = secondfactor.Revoke(tx, d.Factors, actor, u, model.FactorsReset); err != nil || removed == 0 {
			return err
		}
		return tx.DropSessions(id)
	})
	return u, removed, err
}

func (d *Directory) requireCanResetFactor(tx model.Reader, actor model.Actor, u model.User) error {
	if actor.IsOperator() {
		return nil
	}
	if err := requireScopeForAdmin(actor, u, UserChange{Password: new(secret.Text)}); err != nil {
		return err
	}
	return d.requireCanChangeAccess(tx, actor, u, accessChange{password: true}, nil)
}
