package secondfactor

import (
	"context"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/passkey"
	"roster.example/roster/internal/throttle"
)

// BeginPasskeyLogin begins a proof of a passkey, for a login or for another proof of a session. Its
// options name neither users nor passkeys, and are the same whether or not an account exists.
func (factors *Factors) BeginPasskeyLogin(ctx context.Context, actor model.Actor) (PasskeyCeremony, error) {
	party, err := factors.relyingParty()
	if err != nil {
		return PasskeyCeremony{}, err
	}
	assertion, err := party.BeginAssertion()
	if err != nil {
		return PasskeyCeremony{}, err
	}
	var c PasskeyCeremony
	err = factors.ops.Write(ctx, func(tx model.Writer) error {
		bound := throttle.Bound{Key: factors.limits.FromNetwork("ceremonies", actor), Limit: factors.ceremonyLimit(), Window: time.Minute}
		if err := throttle.Take(tx, factors.ops.Now(), bound); err != nil {
			return err
		}
		begun, err := factors.addCeremony(tx, model.AssertPasskey, 0, assertion.State)
		c = PasskeyCeremony{begun.Token, assertion.Options, begun.ExpiresAt}
		return err
	})
	return c, err
}

// maxCeremonies is the maximum number of proofs of passkeys that a network begins in a minute where
// logins have no limit: each stores a row without any credential.
const maxCeremonies = 60

func (factors *Factors) ceremonyLimit() int {
	if limit := factors.options.PasskeyLogins; limit > 0 {
		return limit
	}
	return maxCeremonies
}

// FindPasskey returns the user of a passkey and its verified use.
func FindPasskey(tx model.Reader, factors *Factors, p PasskeyProof, response passkey.Assertion) (model.User, Use, error) {
	a, err := tx.AuthenticatorByCredential(response.CredentialID)
	if fault.KindOf(err) == fault.NotFound {
		return model.User{}, Use{}, WrongPasskey(err)
	}
	if err != nil {
		return model.User{}, Use{}, err
	}
	user, err := tx.User(a.User)
	if err != nil {
		return model.User{}, Use{}, err
	}
	use, err := factors.checkAssertion(tx, user, a, p.Ceremony, response)
	return user, use, err
}

// OffersPasskeys reports whether browsers can use passkeys at the address of this server.
func (factors *Factors) OffersPasskeys(_ context.Context, _ model.Actor) bool {
	_, err := factors.relyingParty()
	return err == nil
}
