package directory

import (
	"context"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

// ChangePassword changes the password of the actor's user, who must enter the current one: an
// open session alone is not enough. A user without a password enters none and needs a recent
// authentication. Other sessions end. A wrong password counts as a failed login.
func (d *Directory) ChangePassword(ctx context.Context, actor Actor, present, next secret.Text) error {
	if err := d.Can(ctx, actor, SelfCredentials, 0); err != nil {
		return err
	}
	if err := requireFullScope(actor); err != nil {
		return err
	}
	if actor.Impersonates() || actor.isOperator() {
		return fault.New(fault.Forbidden, "nobody changes a password by acting as somebody else; change the person instead")
	}
	self, err := d.Me(ctx, actor)
	if err != nil {
		return err
	}
	var f fault.List
	if d.checkPassword(&f, actor, next, self.passwordHints()); f.Err() != nil {
		return f.Err()
	}
	var was Password
	if self.HasPassword {
		if _, was, err = d.verifyLogin(ctx, actor, Login{ID: self.ID, Password: present}); err != nil {
			return currentPasswordFault(err)
		}
	}
	return d.setOwnPassword(ctx, actor, was, next)
}

// currentPasswordFault turns a wrong password into a fault of the form: the credential of the
// request is valid.
func currentPasswordFault(err error) error {
	if fault.Has(err, "password", fault.Blank) {
		return fault.New(fault.Invalid, "the current password is required", fault.Field{Name: "current_password", Code: fault.Blank})
	}
	if fault.Has(err, "password", fault.WrongPassword) {
		return &fault.Error{Kind: fault.Invalid, Msg: "the present password is wrong", Fields: []fault.Field{{Name: "current_password", Code: fault.WrongPassword}}}
	}
	return err
}

// verifyCurrentPassword verifies the current password of a change, if it is given and needed;
// otherwise it returns nil. Invalid input causes no hashing.
func (d *Directory) verifyCurrentPassword(ctx context.Context, actor Actor, c SelfChange, f fault.List) (*Password, error) {
	if c.CurrentPassword == "" || len(f) > 0 || c.Password == nil && c.Email == nil {
		return nil, nil
	}
	self, err := d.Me(ctx, actor)
	if err != nil || !self.HasPassword {
		return nil, err
	}
	_, was, err := d.verifyLogin(ctx, actor, Login{ID: self.ID, Password: c.CurrentPassword})
	if err != nil {
		return nil, currentPasswordFault(err)
	}
	return &was, nil
}

// requireCanChangeOwn returns an error unless a change of the own address or password comes
// with the current password, or from a session with a recent password check. API keys and
// access tokens alone change no password.
func (d *Directory) requireCanChangeOwn(tx Reader, actor Actor, u User, c SelfChange, shown *Password) error {
	readdresses := c.Email != nil && *c.Email != u.Primary().Address
	switch {
	case c.Password == nil && !readdresses, d.skipsCurrentPassword(actor):
		return nil
	case shown != nil:
		return d.requireSamePassword(tx, u, *shown)
	case c.Password != nil && u.HasPassword && actor.credential != BySession && !actor.Impersonates():
		return fault.New(fault.Invalid, "a new password needs the present one as well", fault.Field{Name: "current_password", Code: fault.Blank})
	}
	return d.requireRecentAuthentication(tx, actor)
}

// skipsCurrentPassword reports whether the settings let pm415's credentials change address and
// password without the current one, as pm415 does.
func (d *Directory) skipsCurrentPassword(actor Actor) bool {
	return d.freely(actor.api) && (actor.credential != BySession || actor.session == PM415Login)
}

func (d *Directory) setOwnPassword(ctx context.Context, actor Actor, was Password, next secret.Text) error {
	hash, err := d.hashPassword(ctx, actor, next)
	if err != nil {
		return err
	}
	return d.update(ctx, actor, SelfCredentials, 0, func(tx Writer, self User) error {
		if self.Service {
			return noServicePassword()
		}
		if err := d.requireFirstOrSamePassword(tx, actor, self, was); err != nil {
			return err
		}
		return d.saveChange(tx, actor, &self, nil, hash)
	})
}

// requireFirstOrSamePassword returns an error if the password was changed since it was
// verified. A first password adds a way to log in, so it needs a recent authentication.
func (d *Directory) requireFirstOrSamePassword(tx Reader, actor Actor, self User, was Password) error {
	if !self.HasPassword {
		return d.requireRecentAuthentication(tx, actor)
	}
	return d.requireSamePassword(tx, self, was)
}
