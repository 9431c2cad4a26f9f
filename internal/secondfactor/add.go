package secondfactor

import (
	"cmp"
	"context"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/passkey"
	"roster.example/roster/internal/recoverycode"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/session"
	"roster.example/roster/internal/totp"
	"roster.example/roster/internal/unitext"
)

// maxAuthenticators is the maximum number of authenticators of a user.
const maxAuthenticators = 20

// TOTPEnrolment is an authenticator app that is being added.
type TOTPEnrolment struct {
	Ceremony  secret.Text // for [Factors.ConfirmTOTP]
	Secret    secret.Text // in the form in which it is typed into an app
	URL       secret.Text // otpauth URL, for a QR code: see [totp.QR]
	ExpiresAt time.Time
}

// PasskeyCeremony is a ceremony of WebAuthn that has begun.
type PasskeyCeremony struct {
	Ceremony  secret.Text
	Options   []byte // JSON for navigator.credentials
	ExpiresAt time.Time
}

// AddedAuthenticator is the result of adding an authenticator.
type AddedAuthenticator struct {
	Authenticator model.Authenticator
	// RecoveryCodes are set with the first authenticator of a user. They cannot be read again.
	RecoveryCodes []secret.Text
	// Replaced is set with the first authenticator of a user.
	session.Replaced
}

// requireOwnFactors returns an error unless the actor may change the second factors of its own user.
func (factors *Factors) requireOwnFactors(tx model.Reader, actor model.Actor) error {
	return RequireOwnLogin(tx, factors, actor, ownLoginRequired())
}

// RequireOwnLogin returns an error unless the actor may change what protects the account of its own user:
// a session that a login of that user opened, with a recent authentication. API keys and access tokens
// may not, nor a session that they, or an administrator, created: a leaked one could then add a way to
// sign in that outlives it. If the user has a second factor, the session must have proven one lately,
// whatever the settings require of other operations. refused is the error about another credential.
func RequireOwnLogin(tx model.Reader, factors *Factors, actor model.Actor, refused error) error {
	if actor.Credential() != model.BySession || actor.Impersonates() {
		return refused
	}
	open, err := operation.ActorSession(tx, actor)
	if err != nil {
		return err
	}
	if open.Exempt || open.InheritsExpiry || open.PasswordVerifiedAt.IsZero() {
		return refused
	}
	held, err := tx.Authenticators(open.User)
	if err != nil {
		return err
	}
	if len(held) > 0 {
		return factors.ops.RequireRecentSecondFactor(open)
	}
	return factors.ops.RequireRecentAuthentication(tx, actor)
}

func ownLoginRequired() error {
	return fault.New(fault.Forbidden, "second factors are changed by a session of their user that was opened by signing in; sign in", fault.Field{Name: "session", Code: fault.Required})
}

// BeginTOTP begins to add an authenticator app to the actor's user.
func (factors *Factors) BeginTOTP(ctx context.Context, actor model.Actor) (TOTPEnrolment, error) {
	var e TOTPEnrolment
	err := factors.ops.Update(ctx, actor, model.SelfAuthenticators, 0, func(tx model.Writer, self model.User) error {
		if err := factors.requireCanEnrol(tx, actor, self); err != nil {
			return err
		}
		key := totp.NewSecret()
		begun, err := factors.addCeremony(tx, model.EnrolTOTP, self.ID, key)
		e = factors.totpEnrolment(self, key, begun)
		return err
	})
	return e, err
}

// requireCanEnrol returns an error unless the actor may add an authenticator now.
func (factors *Factors) requireCanEnrol(tx model.Writer, actor model.Actor, self model.User) error {
	if err := factors.requireOwnFactors(tx, actor); err != nil {
		return err
	}
	held, err := tx.Authenticators(self.ID)
	if err != nil {
		return err
	}
	if len(held) >= maxAuthenticators {
		return fault.InvalidField("authenticator", fault.TooMany, maxAuthenticators)
	}
	return factors.countEnrolment(tx, self.ID)
}

// ConfirmTOTP adds the authenticator app, with a code that it shows. The code cannot be used to sign
// in as well.
func (factors *Factors) ConfirmTOTP(ctx context.Context, actor model.Actor, ceremony secret.Text, name string, code secret.Text) (AddedAuthenticator, error) {
	return factors.addAuthenticator(ctx, actor, ceremony, model.EnrolTOTP, name, func(key []byte, a *model.Authenticator, _ model.User) ([]byte, error) {
		step, ok := totp.Match(key, unitext.Trim(code.Reveal()), factors.ops.Now(), 0)
		if !ok {
			return nil, fault.New(fault.Invalid, "the code is wrong; enter the one that the app shows now, and check the clock of its device", fault.Field{Name: "code", Code: fault.WrongCode})
		}
		a.Kind, a.LastStep, a.Name = model.TOTPAuthenticator, step, cmp.Or(a.Name, "Authenticator app")
		return key, nil
	})
}

// BeginPasskey begins to add a passkey to the actor's user.
func (factors *Factors) BeginPasskey(ctx context.Context, actor model.Actor) (PasskeyCeremony, error) {
	var c PasskeyCeremony
	err := factors.ops.Update(ctx, actor, model.SelfAuthenticators, 0, func(tx model.Writer, self model.User) error {
		if err := factors.requireCanEnrol(tx, actor, self); err != nil {
			return err
		}
		party, err := factors.relyingParty()
		if err != nil {
			return err
		}
		held, err := factors.passkeysOf(tx, self.ID)
		if err != nil {
			return err
		}
		registration, err := party.BeginRegistration(passkeyUser(self), held)
		if err != nil {
			return err
		}
		begun, err := factors.addCeremony(tx, model.RegisterPasskey, self.ID, registration.State)
		c = PasskeyCeremony{begun.Token, registration.Options, begun.ExpiresAt}
		return err
	})
	return c, err
}

func (factors *Factors) passkeysOf(tx model.Reader, user model.UserID) ([]passkey.Credential, error) {
	held, err := tx.Authenticators(user)
	if err != nil {
		return nil, err
	}
	var all []passkey.Credential
	for _, a := range held {
		if a.Kind != model.PasskeyAuthenticator {
			continue
		}
		record, err := factors.openAuthenticator(a)
		if err != nil {
			return nil, err
		}
		all = append(all, passkey.Credential{ID: a.CredentialID, Record: record})
	}
	return all, nil
}

// ConfirmPasskey adds the passkey that a browser created.
func (factors *Factors) ConfirmPasskey(ctx context.Context, actor model.Actor, ceremony secret.Text, name string, response secret.Text) (AddedAuthenticator, error) {
	return factors.addAuthenticator(ctx, actor, ceremony, model.RegisterPasskey, name, func(state []byte, a *model.Authenticator, self model.User) ([]byte, error) {
		party, err := factors.relyingParty()
		if err != nil {
			return nil, err
		}
		made, err := party.FinishRegistration(passkeyUser(self), state, []byte(response.Reveal()))
		if err != nil {
			return nil, &fault.Error{Kind: fault.Invalid, Msg: "the passkey was not accepted; begin again", Err: err, Fields: []fault.Field{{Name: "passkey", Code: fault.Mismatch}}}
		}
		a.Kind, a.CredentialID, a.Name = model.PasskeyAuthenticator, made.ID, cmp.Or(a.Name, "Passkey")
		return made.Record, nil
	})
}

// MaxName is the maximum length of the name of an authenticator, in characters.
const MaxName = 100

// addAuthenticator finishes an enrolment. complete checks the response of the client against the
// state of the ceremony, sets the fields of the authenticator and returns what to encrypt.
func (factors *Factors) addAuthenticator(ctx context.Context, actor model.Actor, token secret.Text, kind model.CeremonyKind, name string,
	complete func(state []byte, a *model.Authenticator, self model.User) ([]byte, error)) (AddedAuthenticator, error) {
	var added AddedAuthenticator
	var f fault.List
	unitext.TrimAll(&name)
	if unitext.CheckOptional(&f, "name", name, MaxName); f.Err() != nil {
		return added, f.Err()
	}
	err := factors.ops.Update(ctx, actor, model.SelfAuthenticators, 0, func(tx model.Writer, self model.User) error {
		if err := factors.requireOwnFactors(tx, actor); err != nil {
			return err
		}
		c, state, err := factors.openCeremony(tx, token, kind, self.ID)
		if err != nil {
			return err
		}
		a := model.Authenticator{User: self.ID, Name: name, CreatedAt: factors.ops.Now()}
		plain, err := complete(state, &a, self)
		if err != nil {
			return err
		}
		if err := tx.DropCeremony(c.ID); err != nil {
			return expiredIfMissing(err)
		}
		added, err = factors.storeAuthenticator(tx, actor, self, a, plain)
		return err
	})
	return added, err
}

func (factors *Factors) storeAuthenticator(tx model.Writer, actor model.Actor, self model.User, a model.Authenticator, plain []byte) (AddedAuthenticator, error) {
	var added AddedAuthenticator
	held, err := tx.Authenticators(self.ID)
	if err != nil {
		return added, err
	}
	if len(held) >= maxAuthenticators {
		return added, fault.InvalidField("authenticator", fault.TooMany, maxAuthenticators)
	}
	if err := factors.ops.UseCurrentKey(tx); err != nil {
		return added, err
	}
	factors.sealAuthenticator(&a, plain)
	if err := tx.AddAuthenticator(&a); err != nil {
		return added, err
	}
	added.Authenticator = a
	if err := factors.attempts.FactorProven(tx, factors.attempts.ForCodes(actor, self.ID)); err != nil {
		return added, err
	}
	spec := operation.EventSpec{Verb: model.AuthenticatorAdd, Target: "authenticator", ID: int64(a.ID), User: self.ID, Detail: string(a.Kind)}
	if err := factors.ops.Record(tx, actor, spec); err != nil {
		return added, err
	}
	if len(held) == 0 {
		if added.RecoveryCodes, err = factors.putRecoveryCodes(tx, actor, self.ID); err != nil {
			return added, err
		}
		if added.Replaced, err = factors.raiseSession(tx, actor, self); err != nil {
			return added, err
		}
	}
	return added, factors.notices.FactorChange(tx, actor, self, addedChange(a.Kind))
}

func addedChange(k model.AuthenticatorKind) model.FactorChange {
	if k == model.PasskeyAuthenticator {
		return model.PasskeyAdded
	}
	return model.AppAdded
}

// raiseSession ends all other sessions of the user, which never proved a second factor. The session
// of the actor has proven one now, so its rights rise and a new session takes its place.
func (factors *Factors) raiseSession(tx model.Writer, actor model.Actor, self model.User) (session.Replaced, error) {
	if err := session.DropOthers(tx, actor, self.ID); err != nil {
		return session.Replaced{}, err
	}
	s, err := operation.ActorSession(tx, actor)
	if err != nil {
		return session.Replaced{}, err
	}
	s.SecondFactorAt = factors.ops.Now()
	return session.Replace(tx, factors.sessions, actor, s)
}

// putRecoveryCodes replaces the recovery codes of a user.
func (factors *Factors) putRecoveryCodes(tx model.Writer, actor model.Actor, user model.UserID) ([]secret.Text, error) {
	texts := recoverycode.New()
	codes := make([]model.RecoveryCode, len(texts))
	for i, text := range texts {
		hash, _ := recoverycode.Hash(text)
		codes[i] = model.RecoveryCode{User: user, Hash: hash, CreatedAt: factors.ops.Now()}
	}
	if err := tx.PutRecoveryCodes(user, codes); err != nil {
		return nil, err
	}
	return texts, factors.ops.Record(tx, actor, operation.EventSpec{Verb: model.RecoveryCodesCreate, Target: "user", ID: int64(user), User: user})
}
