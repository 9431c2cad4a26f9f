package directory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/loginlimit"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/passkey"
	"roster.example/roster/internal/recoverycode"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/session"
	"roster.example/roster/internal/totp"
)

// An account with an authenticator is not opened by its password alone, through any API. Only the
// native API and the pages accept a second factor; the other APIs refuse such a login, and their
// clients use API keys and access tokens. See docs/adr/0022-second-factors.md.

// SecondFactorPolicy says which users need a second factor.
type SecondFactorPolicy string

// The policies. An organization can require a second factor of its members besides.
const (
	SecondFactorOptional    SecondFactorPolicy = "off"
	SecondFactorForAdmins   SecondFactorPolicy = "admins" // administrators of the server
	SecondFactorForEveryone SecondFactorPolicy = "everyone"
)

// FactorProof is a second factor that is sent with a password. At most one field is set.
type FactorProof struct {
	Code    secret.Text // of an authenticator app, or a recovery code
	Passkey PasskeyProof
}

// PasskeyProof is the response of a browser to [Directory.BeginPasskeyLogin].
type PasskeyProof struct {
	Ceremony secret.Text // the token of the ceremony
	Response secret.Text // JSON
}

// factorUse is a second factor that was verified. Its use is stored in the transaction of the login.
type factorUse struct {
	proven bool                                           // false if the account has no second factor
	store  func(tx model.Writer, actor model.Actor) error // actor has the user of the login
}

// terms returns the terms of the session of a login at now.
func (u factorUse) terms(now time.Time) session.Terms {
	t := session.Terms{PasswordVerifiedAt: now}
	if u.proven {
		t.SecondFactorAt = now
	}
	return t
}

// verifySecondFactor verifies the second factor of a login whose password is right. A missing one is
// Unauthenticated with Required on "second_factor". A wrong one counts as a failed login and is
// Unauthenticated with WrongCode on "code" or Mismatch on "passkey".
func (d *Directory) verifySecondFactor(ctx context.Context, actor model.Actor, login Login, user model.User) (factorUse, error) {
	var use factorUse
	var failure error
	err := d.store.Read(ctx, func(tx model.Reader) error {
		held, err := tx.Authenticators(user.ID)
		if err != nil {
			return err
		}
		if login.Factor.Code != "" && len(held) > 0 {
			if err := d.attempts.RequireCodeAccepted(tx, d.attempts.ForCodes(actor, user.ID)); err != nil {
				return err
			}
		}
		use, failure = d.checkFactor(tx, user, held, login.Factor)
		return nil
	})
	if err != nil {
		return use, err
	}
	if use.proven {
		use = d.limited(use, user.ID)
	}
	if fault.Has(failure, "code", fault.WrongCode) {
		if err := d.attempts.CountWrongCode(ctx, actor, user.ID); err != nil {
			return use, err
		}
	}
	if loginlimit.IsWrongFactor(failure) {
		failure = d.attempts.CountFailure(ctx, actor, d.attempts.For(actor, login.subject(), user), user, failure)
	}
	return use, failure
}

func (d *Directory) checkFactor(tx model.Reader, user model.User, held []model.Authenticator, p FactorProof) (factorUse, error) {
	switch {
	case len(held) == 0:
		return factorUse{store: func(tx model.Writer, _ model.Actor) error { return requireNoFactor(tx, user.ID) }}, nil
	case p.Passkey.Response != "":
		return d.checkPasskey(tx, user, held, p.Passkey)
	case p.Code != "":
		return d.checkCode(tx, user, held, p.Code)
	}
	return factorUse{}, secondFactorRequired(held)
}

// requireNoFactor returns an error if a second factor was added since the login was verified.
func requireNoFactor(tx model.Reader, user model.UserID) error {
	held, err := tx.Authenticators(user)
	if err == nil && len(held) > 0 {
		err = secondFactorRequired(held)
	}
	return err
}

// checkCode checks a code of an app or a recovery code. Their forms differ.
func (d *Directory) checkCode(tx model.Reader, user model.User, held []model.Authenticator, code secret.Text) (factorUse, error) {
	if plain := strings.ReplaceAll(code.Reveal(), " ", ""); totp.IsCode(plain) {
		return d.checkTOTP(held, plain)
	}
	hash, ok := recoverycode.Hash(code)
	if !ok {
		return factorUse{}, wrongCode()
	}
	codes, err := tx.RecoveryCodes(user.ID)
	if err != nil {
		return factorUse{}, err
	}
	for _, c := range codes {
		if bytes.Equal(c.Hash, hash) && c.UsedAt.IsZero() {
			return factorUse{true, func(tx model.Writer, actor model.Actor) error { return d.useRecoveryCode(tx, actor, user, hash) }}, nil
		}
	}
	return factorUse{}, wrongCode()
}

func (d *Directory) checkTOTP(held []model.Authenticator, code string) (factorUse, error) {
	for _, a := range held {
		if a.Kind != model.TOTPAuthenticator {
			continue
		}
		key, err := d.openAuthenticator(a)
		if err != nil {
			return factorUse{}, err
		}
		if step, ok := totp.Match(key, code, d.ops.Now(), a.LastStep); ok {
			return factorUse{true, func(tx model.Writer, _ model.Actor) error {
				return wrongCodeIfMissing(tx.UseStep(a.User, a.ID, step, d.ops.Now()))
			}}, nil
		}
	}
	return factorUse{}, wrongCode()
}

// useRecoveryCode marks a recovery code as used. Its owner is notified: few codes are ever used.
func (d *Directory) useRecoveryCode(tx model.Writer, actor model.Actor, user model.User, hash []byte) error {
	if err := tx.UseRecoveryCode(user.ID, hash, d.ops.Now()); err != nil {
		return wrongCodeIfMissing(err)
	}
	if err := d.ops.Record(tx, actor, operation.EventSpec{Verb: model.RecoveryCodesUse, Target: "user", ID: int64(user.ID), User: user.ID}); err != nil {
		return err
	}
	return d.notices.FactorChange(tx, actor, user, model.RecoveryCodeUsed)
}

// wrongCodeIfMissing is for a code that was used by another request in the meantime.
func wrongCodeIfMissing(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return wrongCode()
	}
	return err
}

// checkPasskey checks a passkey of user. One of another user is wrong.
func (d *Directory) checkPasskey(tx model.Reader, user model.User, held []model.Authenticator, p PasskeyProof) (factorUse, error) {
	response, err := passkey.ParseAssertion([]byte(p.Response.Reveal()))
	if err != nil {
		return factorUse{}, wrongPasskey(err)
	}
	at := slices.IndexFunc(held, func(a model.Authenticator) bool {
		return a.Kind == model.PasskeyAuthenticator && bytes.Equal(a.CredentialID, response.CredentialID)
	})
	if at < 0 {
		return factorUse{}, wrongPasskey(errors.New("the user has no such passkey"))
	}
	return d.checkAssertion(tx, user, held[at], p.Ceremony, response)
}

func (d *Directory) checkAssertion(tx model.Reader, user model.User, a model.Authenticator, token secret.Text, response passkey.Assertion) (factorUse, error) {
	party, err := d.relyingParty()
	if err != nil {
		return factorUse{}, err
	}
	ceremony, state, err := d.openCeremony(tx, token, model.AssertPasskey, 0)
	if err != nil {
		return factorUse{}, err
	}
	record, err := d.openAuthenticator(a)
	if err != nil {
		return factorUse{}, err
	}
	used, err := party.FinishAssertion(passkeyUser(user), passkey.Credential{ID: a.CredentialID, Record: record}, state, response)
	if err != nil {
		return factorUse{}, wrongPasskey(err)
	}
	return factorUse{true, func(tx model.Writer, _ model.Actor) error { return d.usePasskey(tx, ceremony, a, used) }}, nil
}

// usePasskey ends the ceremony and stores the counter and the flags of the passkey. If another
// request has used the passkey in the meantime, its counter may be the newer one, so this one is
// refused.
func (d *Directory) usePasskey(tx model.Writer, c model.Ceremony, a model.Authenticator, used passkey.Credential) error {
	if err := tx.DropCeremony(c.ID); err != nil {
		return expiredIfMissing(err)
	}
	now, err := tx.AuthenticatorByCredential(a.CredentialID)
	if err != nil || !bytes.Equal(now.Sealed, a.Sealed) {
		return wrongPasskey(err)
	}
	if err := d.ops.UseCurrentKey(tx); err != nil {
		return err
	}
	now.LastUsedAt = d.ops.Now()
	d.sealAuthenticator(&now, used.Record)
	return tx.ChangeAuthenticator(now)
}

const authenticatorPurpose = "authenticator"

func (d *Directory) sealAuthenticator(a *model.Authenticator, plain []byte) {
	a.Sealed, a.KeyID = d.keyring.Seal(authenticatorPurpose, int64(a.User), plain)
}

// openAuthenticator returns the secret of an app or the record of a passkey.
func (d *Directory) openAuthenticator(a model.Authenticator) ([]byte, error) {
	plain, err := d.keyring.Open(authenticatorPurpose, int64(a.User), a.Sealed)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Unavailable, Err: fmt.Errorf("authenticator %d: %w", a.ID, err),
			Msg: "the second factor of this account cannot be read; ask an administrator to reset it"}
	}
	return plain, nil
}

// secondFactorRequired names the kinds of proof that the account accepts.
func secondFactorRequired(held []model.Authenticator) error {
	fields := []fault.Field{{Name: "second_factor", Code: fault.Required}, {Name: "code", Code: fault.Required}}
	if slices.ContainsFunc(held, func(a model.Authenticator) bool { return a.Kind == model.PasskeyAuthenticator }) {
		fields = append(fields, fault.Field{Name: "passkey", Code: fault.Required})
	}
	return fault.New(fault.Unauthenticated, "this account has a second factor; send a code or a passkey as well, or use an API key or an access token", fields...)
}

func wrongCode() error {
	return fault.New(fault.Unauthenticated, "the code is wrong, has expired or was used before; wait for the next one", fault.Field{Name: "code", Code: fault.WrongCode})
}

// wrongPasskey hides why a passkey was refused. The cause is for the log.
func wrongPasskey(cause error) error {
	return &fault.Error{Kind: fault.Unauthenticated, Msg: "the passkey was not accepted; try again, or use another one", Err: cause,
		Fields: []fault.Field{{Name: "passkey", Code: fault.Mismatch}}}
}

// factorFault turns a missing or wrong second factor into a fault of the form: the credential of the
// request is valid.
func factorFault(err error) error {
	refused, ok := errors.AsType[*fault.Error](err)
	if !ok || refused.Kind != fault.Unauthenticated || !loginlimit.IsWrongFactor(err) && !fault.Has(err, "second_factor", fault.Required) {
		return err
	}
	invalid := *refused
	invalid.Kind = fault.Invalid
	return &invalid
}

// limited returns the use of a code that is stored only if codes are still accepted: logins at the same
// time all read the same counts before.
func (d *Directory) limited(use factorUse, id model.UserID) factorUse {
	store := use.store
	use.store = func(tx model.Writer, actor model.Actor) error {
		l := d.attempts.ForCodes(actor, id)
		if err := d.attempts.RequireCodeAccepted(tx, l); err != nil {
			return err
		}
		if err := store(tx, actor); err != nil {
			return err
		}
		return d.attempts.FactorProven(tx, l)
	}
	return use
}
