package secondfactor

import (
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// Overview has the second factors of a user.
type Overview struct {
	Authenticators []model.Authenticator // without what opens them
	RecoveryCodes  int                   // that were not used
	Required       bool                  // by the settings or an organization
}

// SecondFactors returns the second factors of a user, to the user and administrators.
func (factors *Factors) SecondFactors(ctx context.Context, actor model.Actor, owner model.UserID) (Overview, error) {
	var all Overview
	err := factors.ops.Read(ctx, actor, model.SelfAuthenticators, 0, func(tx model.Reader, self model.User) error {
		if err := operation.RequireSelfOrAdmin(tx, actor, self, owner); err != nil {
			return err
		}
		u, err := tx.User(owner)
		if err != nil {
			return err
		}
		all, err = factors.readSecondFactors(tx, u)
		return err
	})
	return all, err
}

func (factors *Factors) readSecondFactors(tx model.Reader, u model.User) (all Overview, err error) {
	held, err := tx.Authenticators(u.ID)
	if err != nil {
		return all, err
	}
	all.Authenticators = slices.Clone(held)
	for i := range all.Authenticators {
		all.Authenticators[i].Sealed = nil
	}
	codes, err := tx.RecoveryCodes(u.ID)
	if err != nil {
		return all, err
	}
	for _, c := range codes {
		if c.UsedAt.IsZero() {
			all.RecoveryCodes++
		}
	}
	all.Required, err = Needed(tx, factors, u)
	return all, err
}

// RenameAuthenticator gives an authenticator of the actor's user another name.
func (factors *Factors) RenameAuthenticator(ctx context.Context, actor model.Actor, id model.AuthenticatorID, name string) (model.Authenticator, error) {
	var renamed model.Authenticator
	var f fault.List
	unitext.TrimAll(&name)
	if unitext.CheckRequired(&f, "name", name, MaxName); f.Err() != nil {
		return renamed, f.Err()
	}
	err := factors.ops.Update(ctx, actor, model.SelfAuthenticators, 0, func(tx model.Writer, self model.User) error {
		if err := factors.requireOwnFactors(tx, actor); err != nil {
			return err
		}
		a, _, err := ownedAuthenticator(tx, self.ID, id)
		if err != nil {
			return err
		}
		a.Name, renamed = name, a
		renamed.Name, renamed.Sealed = name, nil
		if err := tx.ChangeAuthenticator(a); err != nil {
			return err
		}
		return factors.ops.Record(tx, actor, operation.EventSpec{Verb: model.AuthenticatorChange, Target: "authenticator", ID: int64(id), User: self.ID, Detail: "name"})
	})
	return renamed, err
}

// ownedAuthenticator returns an authenticator of a user, and how many the user has.
func ownedAuthenticator(tx model.Reader, user model.UserID, id model.AuthenticatorID) (model.Authenticator, int, error) {
	held, err := tx.Authenticators(user)
	if err != nil {
		return model.Authenticator{}, 0, err
	}
	at := slices.IndexFunc(held, func(a model.Authenticator) bool { return a.ID == id })
	if at < 0 {
		return model.Authenticator{}, 0, fault.Missing("authenticator")
	}
	return held[at], len(held), nil
}

// RemoveAuthenticator removes an authenticator of the actor's user. With the last one the recovery
// codes end. The last one stays if the user needs a second factor.
func (factors *Factors) RemoveAuthenticator(ctx context.Context, actor model.Actor, id model.AuthenticatorID) error {
	return factors.ops.Update(ctx, actor, model.SelfAuthenticators, 0, func(tx model.Writer, self model.User) error {
		if err := factors.requireOwnFactors(tx, actor); err != nil {
			return err
		}
		a, held, err := ownedAuthenticator(tx, self.ID, id)
		if err != nil {
			return err
		}
		if held == 1 {
			if err := factors.requireFactorOptional(tx, self); err != nil {
				return err
			}
			if err := tx.PutRecoveryCodes(self.ID, nil); err != nil {
				return err
			}
		}
		if err := tx.DropAuthenticator(self.ID, id); err != nil {
			return err
		}
		spec := operation.EventSpec{Verb: model.AuthenticatorRemove, Target: "authenticator", ID: int64(id), User: self.ID, Detail: string(a.Kind)}
		if err := factors.ops.Record(tx, actor, spec); err != nil {
			return err
		}
		return factors.notices.FactorChange(tx, actor, self, removedChange(a.Kind))
	})
}

func (factors *Factors) requireFactorOptional(tx model.Reader, self model.User) error {
	needs, err := Needed(tx, factors, self)
	if err == nil && needs {
		err = fault.New(fault.Conflict, "this account must have a second factor; add another one before you remove this one", fault.Field{Name: "second_factor", Code: fault.Required})
	}
	return err
}

func removedChange(k model.AuthenticatorKind) model.FactorChange {
	if k == model.PasskeyAuthenticator {
		return model.PasskeyRemoved
	}
	return model.AppRemoved
}

// CreateRecoveryCodes replaces the recovery codes of the actor's user, which must have an
// authenticator. They cannot be read again.
func (factors *Factors) CreateRecoveryCodes(ctx context.Context, actor model.Actor) ([]secret.Text, error) {
	var codes []secret.Text
	err := factors.ops.Update(ctx, actor, model.SelfAuthenticators, 0, func(tx model.Writer, self model.User) error {
		if err := factors.requireOwnFactors(tx, actor); err != nil {
			return err
		}
		held, err := tx.Authenticators(self.ID)
		if err != nil {
			return err
		}
		if len(held) == 0 {
			return fault.New(fault.Conflict, "add an authenticator app or a passkey first; recovery codes replace a lost one", fault.Field{Name: "second_factor", Code: fault.Required})
		}
		if codes, err = factors.putRecoveryCodes(tx, actor, self.ID); err != nil {
			return err
		}
		return factors.notices.FactorChange(tx, actor, self, model.RecoveryCodesReplaced)
	})
	return codes, err
}

// Revoke removes all second factors of a user, and records and mails it if there were any.
func Revoke(tx model.Writer, factors *Factors, actor model.Actor, u model.User, change model.FactorChange) (int, error) {
	removed, err := dropSecondFactors(tx, u.ID)
	if err != nil || removed == 0 {
		return removed, err
	}
	if err := factors.ops.RecordUser(tx, actor, model.SecondFactorReset, u.ID, ""); err != nil {
		return removed, err
	}
	return removed, factors.notices.FactorChange(tx, actor, u, change)
}

// dropSecondFactors removes all second factors of a user, and enrolments that have begun.
func dropSecondFactors(tx model.Writer, id model.UserID) (int, error) {
	if err := tx.DropCeremonies(id); err != nil {
		return 0, err
	}
	held, err := tx.Authenticators(id)
	if err != nil {
		return 0, err
	}
	for _, a := range held {
		if err := tx.DropAuthenticator(id, a.ID); err != nil {
			return 0, err
		}
	}
	return len(held), tx.PutRecoveryCodes(id, nil)
}

// Reseal encrypts an authenticator with the current key. One that cannot be decrypted stays: its user cannot
// sign in until an administrator resets it, and must not be able to without it.
func Reseal(tx model.Writer, factors *Factors, a model.Authenticator) error {
	plain, err := factors.openAuthenticator(a)
	if err != nil || a.KeyID == factors.keyring.CurrentID() {
		return nil
	}
	factors.sealAuthenticator(&a, plain)
	return tx.ChangeAuthenticator(a)
}
