package secondfactor

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

// Proof is a second factor that is sent with a password. At most one field is set.
type Proof struct {
	Code    secret.Text // of an authenticator app, or a recovery code
	Passkey PasskeyProof
}

// PasskeyProof is the response of a browser to [Factors.BeginPasskeyLogin].
type PasskeyProof struct {
	Ceremony secret.Text // the token of the ceremony
	Response secret.Text // JSON
}

// Use is a second factor that was verified. Its use is stored in the transaction of the login.
type Use struct {
	Proven bool                                           // false if the account has no second factor
	Store  func(tx model.Writer, actor model.Actor) error // actor has the user of the login
}

// Terms returns the terms of the session of a login at now.
func (u Use) Terms(now time.Time) session.Terms {
	t := session.Terms{PasswordVerifiedAt: now}
	if u.Proven {
		t.SecondFactorAt = now
	}
	return t
}

// Verify verifies the second factor of a login whose password is right. A missing one is
// Unauthenticated with Required on "second_factor". A wrong one counts as a failed login and is
// Unauthenticated with WrongCode on "code" or Mismatch on "passkey".
func Verify(ctx context.Context, factors *Factors, actor model.Actor, subject loginlimit.Subject, proof Proof, user model.User) (Use, error) {
	var use Use
	var failure error
	err := factors.store.Read(ctx, func(tx model.Reader) error {
		held, err := tx.Authenticators(user.ID)
		if err != nil {
			return err
		}
		if proof.Code != "" && len(held) > 0 {
			if err := factors.attempts.RequireCodeAccepted(tx, factors.attempts.ForCodes(actor, user.ID)); err != nil {
				return err
			}
		}
		use, failure = factors.checkFactor(tx, user, held, proof)
		return nil
	})
	if err != nil {
		return use, err
	}
	if use.Proven {
		use = factors.limited(use, user.ID)
	}
	if fault.Has(failure, "code", fault.WrongCode) {
		several := func(tx model.Writer) error {
			return factors.notices.Owner(tx, operation.AsUser(actor, user.ID), user, model.WrongCodes, "")
		}
		if err := factors.attempts.CountWrongCode(ctx, actor, user.ID, several); err != nil {
			return use, err
		}
	}
	if err := ReportCopy(ctx, factors, actor, user, failure); err != nil {
		return use, err
	}
	if loginlimit.IsWrongFactor(failure) {
		failure = factors.attempts.CountFailure(ctx, actor, factors.attempts.For(actor, subject, user), user, failure)
	}
	return use, failure
}

// ReportCopy records that a passkey may have been copied, and notifies its owner, if failure is
// [passkey.ErrCloned]; for other failures it does nothing. The number of such events is not limited,
// because only the key of the passkey can sign a response that causes one.
func ReportCopy(ctx context.Context, factors *Factors, actor model.Actor, user model.User, failure error) error {
	if !errors.Is(failure, passkey.ErrCloned) {
		return nil
	}
	return factors.ops.Write(ctx, func(tx model.Writer) error {
		spec := operation.EventSpec{Verb: model.SessionFail, Target: "session", User: user.ID, Detail: loginlimit.CopiedPasskey}
		if err := factors.ops.Record(tx, actor, spec); err != nil {
			return err
		}
		return factors.notices.Owner(tx, operation.AsUser(actor, user.ID), user, model.PasskeyCopied, "")
	})
}

func (factors *Factors) checkFactor(tx model.Reader, user model.User, held []model.Authenticator, p Proof) (Use, error) {
	switch {
	case len(held) == 0:
		return Use{Store: func(tx model.Writer, _ model.Actor) error { return requireNoFactor(tx, user.ID) }}, nil
	case p.Passkey.Response != "":
		return factors.checkPasskey(tx, user, held, p.Passkey)
	case p.Code != "":
		return factors.checkCode(tx, user, held, p.Code)
	}
	return Use{}, secondFactorRequired(held)
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
func (factors *Factors) checkCode(tx model.Reader, user model.User, held []model.Authenticator, code secret.Text) (Use, error) {
	if plain := strings.ReplaceAll(code.Reveal(), " ", ""); totp.IsCode(plain) {
		return factors.checkTOTP(held, plain)
	}
	hash, ok := recoverycode.Hash(code)
	if !ok {
		return Use{}, wrongCode()
	}
	codes, err := tx.RecoveryCodes(user.ID)
	if err != nil {
		return Use{}, err
	}
	for _, c := range codes {
		if bytes.Equal(c.Hash, hash) && c.UsedAt.IsZero() {
			return Use{true, func(tx model.Writer, actor model.Actor) error { return factors.useRecoveryCode(tx, actor, user, hash) }}, nil
		}
	}
	return Use{}, wrongCode()
}

func (factors *Factors) checkTOTP(held []model.Authenticator, code string) (Use, error) {
	for _, a := range held {
		if a.Kind != model.TOTPAuthenticator {
			continue
		}
		key, err := factors.openAuthenticator(a)
		if err != nil {
			return Use{}, err
		}
		if step, ok := totp.Match(key, code, factors.ops.Now(), a.LastStep); ok {
			return Use{true, func(tx model.Writer, _ model.Actor) error {
				return wrongCodeIfMissing(tx.UseStep(a.User, a.ID, step, factors.ops.Now()))
			}}, nil
		}
	}
	return Use{}, wrongCode()
}

// useRecoveryCode marks a recovery code as used. Its owner is notified: few codes are ever used.
func (factors *Factors) useRecoveryCode(tx model.Writer, actor model.Actor, user model.User, hash []byte) error {
	if err := tx.UseRecoveryCode(user.ID, hash, factors.ops.Now()); err != nil {
		return wrongCodeIfMissing(err)
	}
	if err := factors.ops.Record(tx, actor, operation.EventSpec{Verb: model.RecoveryCodesUse, Target: "user", ID: int64(user.ID), User: user.ID}); err != nil {
		return err
	}
	return factors.notices.FactorChange(tx, actor, user, model.RecoveryCodeUsed)
}

// wrongCodeIfMissing is for a code that was used by another request in the meantime.
func wrongCodeIfMissing(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return wrongCode()
	}
	return err
}

// checkPasskey checks a passkey of user. One of another user is wrong.
func (factors *Factors) checkPasskey(tx model.Reader, user model.User, held []model.Authenticator, p PasskeyProof) (Use, error) {
	response, err := passkey.ParseAssertion([]byte(p.Response.Reveal()))
	if err != nil {
		return Use{}, WrongPasskey(err)
	}
	at := slices.IndexFunc(held, func(a model.Authenticator) bool {
		return a.Kind == model.PasskeyAuthenticator && bytes.Equal(a.CredentialID, response.CredentialID)
	})
	if at < 0 {
		return Use{}, WrongPasskey(errors.New("the user has no such passkey"))
	}
	return factors.checkAssertion(tx, user, held[at], p.Ceremony, response)
}

func (factors *Factors) checkAssertion(tx model.Reader, user model.User, a model.Authenticator, token secret.Text, response passkey.Assertion) (Use, error) {
	party, err := factors.relyingParty()
	if err != nil {
		return Use{}, err
	}
	ceremony, state, err := factors.openCeremony(tx, token, model.AssertPasskey, 0)
	if err != nil {
		return Use{}, err
	}
	record, err := factors.openAuthenticator(a)
	if err != nil {
		return Use{}, err
	}
	used, err := party.FinishAssertion(passkeyUser(user), passkey.Credential{ID: a.CredentialID, Record: record}, state, response)
	if err != nil {
		return Use{}, WrongPasskey(err)
	}
	return Use{true, func(tx model.Writer, _ model.Actor) error { return factors.usePasskey(tx, ceremony, a, used) }}, nil
}

// usePasskey ends the ceremony and stores the counter and the flags of the passkey. If another
// request has used the passkey in the meantime, its counter may be the newer one, so this one is
// refused.
func (factors *Factors) usePasskey(tx model.Writer, c model.Ceremony, a model.Authenticator, used passkey.Credential) error {
	if err := tx.DropCeremony(c.ID); err != nil {
		return expiredIfMissing(err)
	}
	now, err := tx.AuthenticatorByCredential(a.CredentialID)
	if err != nil || !bytes.Equal(now.Sealed, a.Sealed) {
		return WrongPasskey(err)
	}
	if err := factors.ops.UseCurrentKey(tx); err != nil {
		return err
	}
	now.LastUsedAt = factors.ops.Now()
	factors.sealAuthenticator(&now, used.Record)
	return tx.ChangeAuthenticator(now)
}

const authenticatorPurpose = "authenticator"

func (factors *Factors) sealAuthenticator(a *model.Authenticator, plain []byte) {
	a.Sealed, a.KeyID = factors.keyring.Seal(authenticatorPurpose, int64(a.User), plain)
}

// openAuthenticator returns the secret of an app or the record of a passkey.
func (factors *Factors) openAuthenticator(a model.Authenticator) ([]byte, error) {
	plain, err := factors.keyring.Open(authenticatorPurpose, int64(a.User), a.Sealed)
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

// WrongPasskey hides why a passkey was refused. The cause is for the log.
func WrongPasskey(cause error) error {
	return &fault.Error{Kind: fault.Unauthenticated, Msg: "the passkey was not accepted; try again, or use another one", Err: cause,
		Fields: []fault.Field{{Name: "passkey", Code: fault.Mismatch}}}
}

// FormFault turns a missing or wrong second factor into a fault of the form: the credential of the
// request is valid.
func FormFault(err error) error {
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
func (factors *Factors) limited(use Use, id model.UserID) Use {
	store := use.Store
	use.Store = func(tx model.Writer, actor model.Actor) error {
		l := factors.attempts.ForCodes(actor, id)
		if err := factors.attempts.RequireCodeAccepted(tx, l); err != nil {
			return err
		}
		if err := store(tx, actor); err != nil {
			return err
		}
		return factors.attempts.FactorProven(tx, l)
	}
	return use
}
