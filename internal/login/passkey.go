package login

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
func (l *Logins) logInWithPasskey(ctx context.Context, actor model.Actor, login Attempt, kind model.SessionKind) (Result, error) {
	response, err := passkey.ParseAssertion([]byte(login.Factor.Passkey.Response.Reveal()))
	if err != nil {
		return Result{}, l.attempts.CountPasskeyFailure(ctx, actor, secondfactor.WrongPasskey(err))
	}
	var user model.User
	var use secondfactor.Use
	var failure error
	err = l.store.Read(ctx, func(tx model.Reader) error {
		if err := l.attempts.RequireNetwork(tx, actor); err != nil {
			return err
		}
		user, use, failure = secondfactor.FindPasskey(tx, l.factors, login.Factor.Passkey, response)
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	if loginlimit.IsWrongFactor(failure) {
		if err := secondfactor.ReportCopy(ctx, l.factors, actor, user, failure); err != nil {
			return Result{}, err
		}
		return Result{}, l.attempts.CountPasskeyFailure(ctx, actor, failure)
	}
	if failure != nil {
		return Result{}, failure
	}
	var result Result
	err = l.ops.Write(ctx, func(tx model.Writer) error {
		network, err := l.signInNetworkOf(tx, actor, user, kind)
		if err != nil {
			return err
		}
		if err := l.completePasskeyLogin(tx, actor, user); err != nil {
			return err
		}
		actor = operation.AsUser(actor, user.ID)
		if result, err = l.finishLogin(tx, actor, user, kind, use, login.Invitation); err != nil {
			return err
		}
		return l.finishSignIn(tx, actor, user, network)
	})
	return result, err
}

// completePasskeyLogin checks the account and the limits of successful logins.
func (l *Logins) completePasskeyLogin(tx model.Writer, actor model.Actor, user model.User) error {
	now, err := tx.User(user.ID)
	if err != nil {
		return operation.HideCredential(err)
	}
	if now.State != model.Active || l.ops.Denied.Contains(user.ID) {
		return operation.InactiveAccount()
	}
	return l.attempts.TakeLogin(tx, actor, user)
}
