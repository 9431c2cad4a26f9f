package directory

import (
	"context"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/secret"
)

// ChangePassword changes the password of the actor's user, who must enter the current one: an
// open session alone is not enough. A user without a password enters none and needs a recent
// authentication. Other sessions end. A wrong password counts as a failed login.
func (d *Directory) ChangePassword(ctx context.Context, actor model.Actor, current, next secret.Text) error {
	if err := d.ops.Can(ctx, actor, model.SelfCredentials, 0); err != nil {
		return err
	}
	if err := operation.RequireFullScope(actor); err != nil {
		return err
	}
	if actor.Impersonates() || actor.IsOperator() {
		return fault.New(fault.Forbidden, "a password cannot be changed by impersonating its user; change the user instead")
	}
	self, err := d.Me(ctx, actor)
	if err != nil {
		return err
	}
	var f fault.List
	if inputpolicy.CheckPassword(d.Policy, &f, actor, next, inputpolicy.Hints(self)); f.Err() != nil {
		return f.Err()
	}
	var verified model.Password
	if self.HasPassword {
		if _, verified, err = login.VerifyPassword(ctx, d.Logins, actor, login.Attempt{ID: self.ID, Password: current}); err != nil {
			return login.CurrentPasswordFault(err)
		}
	}
	return d.setOwnPassword(ctx, actor, verified, next)
}

func (d *Directory) setOwnPassword(ctx context.Context, actor model.Actor, verified model.Password, next secret.Text) error {
	hash, err := ratelimit.HashPassword(ctx, d.hasher, actor, next)
	if err != nil {
		return err
	}
	return d.ops.Update(ctx, actor, model.SelfCredentials, 0, func(tx model.Writer, self model.User) error {
		if self.Service {
			return servicePasswordError()
		}
		if err := d.requireFirstOrSamePassword(tx, actor, self, verified); err != nil {
			return err
		}
		return d.saveChange(tx, actor, &self, nil, hash)
	})
}

// requireFirstOrSamePassword returns an error if the password was changed since it was
// verified. A first password adds a way to log in, so it needs a recent authentication.
func (d *Directory) requireFirstOrSamePassword(tx model.Reader, actor model.Actor, self model.User, verified model.Password) error {
	if self.HasPassword {
		if err := login.RequireSamePassword(tx, d.Logins, self, verified); err != nil {
			return err
		}
		return d.requireMoreThanPassword(tx, actor, self, true)
	}
	if err := operation.RequireLasting(actor); err != nil {
		return err
	}
	return d.ops.RequireRecentAuthentication(tx, actor)
}
