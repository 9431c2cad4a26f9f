package directory

import (
	"context"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/loginlimit"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/passkey"
	"roster.example/roster/internal/throttle"
)

// BeginPasskeyLogin begins a proof of a passkey, for a login or for [Directory.ReauthenticateWith]. Its
// options name neither users nor passkeys, and are the same whether or not an account exists.
func (d *Directory) BeginPasskeyLogin(ctx context.Context, actor model.Actor) (PasskeyCeremony, error) {
	party, err := d.relyingParty()
	if err != nil {
		return PasskeyCeremony{}, err
	}
	assertion, err := party.BeginAssertion()
	if err != nil {
		return PasskeyCeremony{}, err
	}
	var c PasskeyCeremony
	err = d.ops.Write(ctx, func(tx model.Writer) error {
		bound := throttle.Bound{Key: d.limits.FromNetwork("ceremonies", actor), Limit: d.ceremonyLimit(), Window: time.Minute}
		if err := throttle.Take(tx, d.ops.Now(), bound); err != nil {
			return err
		}
		begun, err := d.addCeremony(tx, model.AssertPasskey, 0, assertion.State)
		c = PasskeyCeremony{begun.Token, assertion.Options, begun.ExpiresAt}
		return err
	})
	return c, err
}

// maxCeremonies is the maximum number of proofs of passkeys that a network begins in a minute where
// logins have no limit: each stores a row without any credential.
const maxCeremonies = 60

func (d *Directory) ceremonyLimit() int {
	if limit := d.options.Login.AddressLogins; limit > 0 {
		return limit
	}
	return maxCeremonies
}

// logInWithPasskey creates a session by a passkey alone, which has verified its user. Failures count
// for the network only: passkeys cannot be guessed, and an account must not be locked by them.
func (d *Directory) logInWithPasskey(ctx context.Context, actor model.Actor, login Login, kind model.SessionKind) (LoginResult, error) {
	response, err := passkey.ParseAssertion([]byte(login.Factor.Passkey.Response.Reveal()))
	if err != nil {
		return LoginResult{}, d.attempts.CountPasskeyFailure(ctx, actor, 0, wrongPasskey(err))
	}
	var user model.User
	var use factorUse
	var failure error
	err = d.store.Read(ctx, func(tx model.Reader) error {
		if err := d.attempts.RequireNetwork(tx, actor); err != nil {
			return err
		}
		user, use, failure = d.findPasskey(tx, login.Factor.Passkey, response)
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

// findPasskey returns the user of a passkey and its verified use.
func (d *Directory) findPasskey(tx model.Reader, p PasskeyProof, response passkey.Assertion) (model.User, factorUse, error) {
	a, err := tx.AuthenticatorByCredential(response.CredentialID)
	if fault.KindOf(err) == fault.NotFound {
		return model.User{}, factorUse{}, wrongPasskey(err)
	}
	if err != nil {
		return model.User{}, factorUse{}, err
	}
	user, err := tx.User(a.User)
	if err != nil {
		return model.User{}, factorUse{}, err
	}
	use, err := d.checkAssertion(tx, user, a, p.Ceremony, response)
	return user, use, err
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
