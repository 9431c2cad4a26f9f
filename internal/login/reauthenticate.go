package login

import (
	"context"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/session"
)

// A session that is left open must not give lasting access to an account. Operations that
// return, create or change a credential or an address require a recent password check of the
// session, in every API and for every kind of session. Access tokens and API keys are exempt:
// scripts use them and cannot enter a password. See docs/adr/0018-recent-authentication.md.

// Reauthentication is the result of [Logins.ReauthenticateWith].
type Reauthentication struct {
	Until time.Time // until when the session counts as recent
	session.Replaced
}

// Reauthenticate is [Logins.ReauthenticateWith] a password alone, for accounts without a second
// factor.
func (l *Logins) Reauthenticate(ctx context.Context, actor model.Actor, password secret.Text) (Reauthentication, error) {
	return l.ReauthenticateWith(ctx, actor, password, secondfactor.Proof{})
}

// ReauthenticateWith checks the user of the session again, by the password and, if the account has one,
// a second factor, or by a passkey alone. The session ends, and a recent one replaces it: see
// [session.Replace]. A wrong password or code counts as a failed login, and is a fault of the form.
func (l *Logins) ReauthenticateWith(ctx context.Context, actor model.Actor, password secret.Text, factor secondfactor.Proof) (Reauthentication, error) {
	if err := l.ops.Can(ctx, actor, model.SelfAuthenticators, 0); err != nil {
		return Reauthentication{}, err
	}
	if actor.Credential() != model.BySession {
		return Reauthentication{}, fault.New(fault.Invalid, "only sessions are reauthenticated; access tokens and API keys need no password", fault.Field{Name: "reauthentication", Code: fault.Mismatch})
	}
	login := Attempt{ID: actor.Impersonator(), Password: password, Factor: factor}
	var user model.User
	var stored *model.Password
	var err error
	if password == "" && factor.Passkey.Response != "" {
		user, err = l.userForPasskey(ctx, actor, login)
	} else {
		var verified model.Password
		user, verified, err = VerifyPassword(ctx, l, actor, login)
		stored = &verified
	}
	if err != nil {
		return Reauthentication{}, CurrentPasswordFault(err)
	}
	use, err := secondfactor.Verify(ctx, l.factors, actor, login.Subject(), login.Factor, user)
	if err != nil {
		return Reauthentication{}, secondfactor.FormFault(err)
	}
	if stored == nil && !use.Proven {
		return Reauthentication{}, secondfactor.FormFault(secondfactor.WrongPasskey(nil))
	}
	return l.completeReauthentication(ctx, actor, login, user, stored, use)
}

// userForPasskey returns the user of the session, unless failed logins lock its account here.
func (l *Logins) userForPasskey(ctx context.Context, actor model.Actor, login Attempt) (model.User, error) {
	var user model.User
	err := l.store.Read(ctx, func(tx model.Reader) (err error) {
		if user, err = tx.User(login.ID); err != nil {
			return operation.HideCredential(err)
		}
		_, err = l.attempts.Check(tx, l.attempts.For(actor, login.Subject(), user))
		return err
	})
	return user, err
}

// completeReauthentication stores the proofs with the session that replaces the one of the actor. stored
// is the password that was verified; nil if none was sent.
func (l *Logins) completeReauthentication(ctx context.Context, actor model.Actor, login Attempt, user model.User, stored *model.Password, use secondfactor.Use) (Reauthentication, error) {
	now := l.ops.Now()
	done := Reauthentication{Until: now.Add(l.options.Reauthenticate)}
	err := l.ops.Update(ctx, actor, model.SelfAuthenticators, 0, func(tx model.Writer, _ model.User) error {
		if stored != nil {
			if err := l.completeLogin(tx, actor, login, user, *stored); err != nil {
				return err
			}
		}
		if err := use.Store(tx, actor); err != nil {
			return secondfactor.FormFault(err)
		}
		open, err := operation.ActorSession(tx, actor)
		if err != nil {
			return err
		}
		open.PasswordVerifiedAt = now
		if use.Proven {
			open.SecondFactorAt = now
		}
		done.Replaced, err = session.Replace(tx, l.sessions, actor, open)
		return err
	})
	return done, err
}

// CurrentPasswordFault turns a wrong password into a fault of the form: the credential of the
// request is valid.
func CurrentPasswordFault(err error) error {
	if fault.Has(err, "password", fault.Blank) {
		return fault.New(fault.Invalid, "the current password is required", fault.Field{Name: "current_password", Code: fault.Blank})
	}
	if fault.Has(err, "password", fault.WrongPassword) {
		return &fault.Error{Kind: fault.Invalid, Msg: "the current password is wrong", Fields: []fault.Field{{Name: "current_password", Code: fault.WrongPassword}}}
	}
	return err
}

// VerifyCurrent verifies the current password of a change. It returns nil if none was
// sent, and for a user without a password.
func VerifyCurrent(ctx context.Context, l *Logins, actor model.Actor, u model.User, current secret.Text) (*model.Password, error) {
	if current == "" || !u.HasPassword {
		return nil, nil
	}
	_, verified, err := VerifyPassword(ctx, l, actor, Attempt{ID: u.ID, Password: current})
	if err != nil {
		return nil, CurrentPasswordFault(err)
	}
	return &verified, nil
}
