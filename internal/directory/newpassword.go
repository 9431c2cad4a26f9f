package directory

import (
	"context"

	"roster.example/roster/internal/secret"
)

// ChangePassword gives the caller a new password, who shows the present one again:
// an open session alone changes none. Who has no password yet shows nothing, and
// needs a fresh login where credentials do. Other logins end. A wrong password counts as a failed login.
func (d *Directory) ChangePassword(ctx context.Context, who Actor, present, next secret.Text) error {
	if err := d.May(ctx, who, SelfCredentials, 0); err != nil {
		return err
	}
	if err := mintsFull(who); err != nil {
		return err
	}
	if who.ActsAsAnother() || who.operator() {
		return fail(Forbidden, "nobody changes a password by acting as somebody else; change the person instead")
	}
	me, err := d.Me(ctx, who)
	if err != nil {
		return err
	}
	var f faults
	if d.checkPassword(&f, who, next, me.persona()); f.err() != nil {
		return f.err()
	}
	var was Password
	if me.HasPassword {
		if _, was, err = d.prove(ctx, who, Login{ID: me.ID, Password: present}); err != nil {
			return notProven(err)
		}
	}
	return d.setOwnPassword(ctx, who, was, next)
}

// notProven puts a wrong password as a fault of the form: the caller is known, so
// it is not the credential of the request that is wrong.
func notProven(err error) error {
	if FaultIn(err, "password", WrongPassword) || FaultIn(err, "password", Blank) {
		return &Error{Kind: Invalid, Msg: "the present password is wrong", Faults: []Fault{{Field: "current_password", Code: WrongPassword}}}
	}
	return err
}

func (d *Directory) setOwnPassword(ctx context.Context, who Actor, was Password, next secret.Text) error {
	hash, err := d.hash(ctx, next)
	if err != nil {
		return err
	}
	return d.update(ctx, who, SelfCredentials, 0, func(tx Writer, me User) error {
		if me.Service {
			return noServicePassword()
		}
		if err := d.firstOrSame(tx, who, me, was); err != nil {
			return err
		}
		return d.finishChange(tx, who, &me, nil, hash)
	})
}

// firstOrSame wants that the password is still the one that was shown. A first one
// is another way in, and asks for what such ways ask for.
func (d *Directory) firstOrSame(tx Reader, who Actor, me User, was Password) error {
	if !me.HasPassword {
		return d.provenLately(tx, who)
	}
	return d.stillTheSame(tx, me, was)
}
