package directory

import (
	"context"

	"roster.example/roster/internal/loginlimit"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/passkey"
	"roster.example/roster/internal/secondfactor"
)

// logInWithPasskey creates a session by a passkey alone, which has verified its user. Failures count
// for the network only: passkeys cannot be guessed, and an account must not be locked by them.
func (d *Directory) logInWithPasskey(ctx context.Context, actor model.Actor, login Login, kind model.SessionKind) (LoginResult, error) {
	response, err := passkey.ParseAssertion([]byte(login.Factor.Passkey.Response.Reveal()))
	if err != nil {
		return LoginResult{}, d.attempts.CountPasskeyFailure(ctx, actor, 0, secondfactor.WrongPasskey(err))
	}
	var user model.User
	var use secondfactor.Use
	var failure error
	err = d.store.Read(ctx, func(tx model.Reader) error {
		if err := d.attempts.RequireNetwork(tx, actor); err != nil {
			return err
		}
		user, use, failure = secondfactor.FindPasskey(tx, d.Factors, login.Factor.Passkey, response)
		return nil
	})
	if err != nil {
		return LoginResult{}, err
	}
	if loginlimit.IsWrongFactor(failure) {
		return LoginResult{}, d.attempts.CountPasskeyFailure(ctx, actor, user.ID, failure)
	}
	if failure != nil {
		return LoginResult{}, failure
	}
	var result LoginResult
	err = d.ops.Write(ctx, func(tx model.Writer) error {
		place, err := d.signInPlaceOf(tx, actor, user, kind)
		if err != nil {
			return err
		}
		if err := d.completePasskeyLogin(tx, actor, user); err != nil {
			return err
		}
		actor = asUser(actor, user.ID)
		if result, err = d.finishLogin(tx, actor, user, kind, use, login.Invitation); err != nil {
			return err
		}
		return d.finishSignIn(tx, actor, user, place)
	})
	return result, err
}

// completePasskeyLogin checks the account and the limits of successful logins.
func (d *Directory) completePasskeyLogin(tx model.Writer, actor model.Actor, user model.User) error {
	now, err := tx.User(user.ID)
	if err != nil {
		return operation.HideCredential(err)
	}
	if now.State != model.Active || d.ops.Denied.Contains(user.ID) {
		return operation.InactiveAccount()
	}
	return d.attempts.TakeLogin(tx, actor, user)
}
