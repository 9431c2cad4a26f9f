package directory

import (
	"context"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

// ChangePassword gives the caller a new password, who shows the present one again:
// an open session alone changes none. Who has no password yet shows nothing, and
// needs a fresh login where credentials do. Other logins end. A wrong password counts as a failed login.
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

// notProven puts a wrong password as a fault of the form: the caller is known, so
// it is not the credential of the request that is wrong.
func currentPasswordFault(err error) error {
	if fault.Has(err, "password", fault.Blank) {
		return fault.New(fault.Invalid, "the current password is required", fault.Field{Name: "current_password", Code: fault.Blank})
	}
	if fault.Has(err, "password", fault.WrongPassword) {
		return &fault.Error{Kind: fault.Invalid, Msg: "the present password is wrong", Fields: []fault.Field{{Name: "current_password", Code: fault.WrongPassword}}}
	}
	return err
}

// showPresent verifies the present password of a change, if one is sent and counts. The
// result is nil otherwise. Input that is refused anyway costs no hashing.
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

// mayReplaceOwn wants of a change of the own address or password that the present
// password was shown: with the change, or recently to the session. A key or token
// alone replaces no password.
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

// changesFreely reports whether the settings let pm415's credentials change address and
// password as pm415 does.
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

// firstOrSame wants that the password is still the one that was shown. A first one
// is another way in, and asks for what such ways ask for.
func (d *Directory) requireFirstOrSamePassword(tx Reader, actor Actor, self User, was Password) error {
	if !self.HasPassword {
		return d.requireRecentAuthentication(tx, actor)
	}
	return d.requireSamePassword(tx, self, was)
}
