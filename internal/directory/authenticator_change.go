package directory

import (
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// SecondFactors are the second factors of a user.
type SecondFactors struct {
	Authenticators []model.Authenticator // without what opens them
	RecoveryCodes  int                   // that were not used
	Required       bool                  // by the settings or an organization
}

// SecondFactors returns the second factors of a user, to the user and administrators.
func (d *Directory) SecondFactors(ctx context.Context, actor model.Actor, owner model.UserID) (SecondFactors, error) {
	var all SecondFactors
	err := d.ops.Read(ctx, actor, model.SelfAuthenticators, 0, func(tx model.Reader, self model.User) error {
		if err := operation.RequireSelfOrAdmin(tx, actor, self, owner); err != nil {
			return err
		}
		u, err := tx.User(owner)
		if err != nil {
			return err
		}
		all, err = d.readSecondFactors(tx, u)
		return err
	})
	return all, err
}

func (d *Directory) readSecondFactors(tx model.Reader, u model.User) (all SecondFactors, err error) {
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
	all.Required, err = d.needsSecondFactor(tx, u)
	return all, err
}

// RenameAuthenticator gives an authenticator of the actor's user another name.
func (d *Directory) RenameAuthenticator(ctx context.Context, actor model.Actor, id model.AuthenticatorID, name string) (model.Authenticator, error) {
	var renamed model.Authenticator
	var f fault.List
	unitext.TrimAll(&name)
	if unitext.CheckRequired(&f, "name", name, authenticatorNameLimit); f.Err() != nil {
		return renamed, f.Err()
	}
	err := d.ops.Update(ctx, actor, model.SelfAuthenticators, 0, func(tx model.Writer, self model.User) error {
		if err := d.requireOwnFactors(tx, actor); err != nil {
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
		return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.AuthenticatorChange, Target: "authenticator", ID: int64(id), User: self.ID, Detail: "name"})
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
func (d *Directory) RemoveAuthenticator(ctx context.Context, actor model.Actor, id model.AuthenticatorID) error {
	return d.ops.Update(ctx, actor, model.SelfAuthenticators, 0, func(tx model.Writer, self model.User) error {
		if err := d.requireOwnFactors(tx, actor); err != nil {
			return err
		}
		a, held, err := ownedAuthenticator(tx, self.ID, id)
		if err != nil {
			return err
		}
		if held == 1 {
			if err := d.requireFactorOptional(tx, self); err != nil {
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
		if err := d.ops.Record(tx, actor, spec); err != nil {
			return err
		}
		return d.notices.FactorChange(tx, actor, self, removedChange(a.Kind))
	})
}

func (d *Directory) requireFactorOptional(tx model.Reader, self model.User) error {
	needs, err := d.needsSecondFactor(tx, self)
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
func (d *Directory) CreateRecoveryCodes(ctx context.Context, actor model.Actor) ([]secret.Text, error) {
	var codes []secret.Text
	err := d.ops.Update(ctx, actor, model.SelfAuthenticators, 0, func(tx model.Writer, self model.User) error {
		if err := d.requireOwnFactors(tx, actor); err != nil {
			return err
		}
		held, err := tx.Authenticators(self.ID)
		if err != nil {
			return err
		}
		if len(held) == 0 {
			return fault.New(fault.Conflict, "add an authenticator app or a passkey first; recovery codes replace a lost one", fault.Field{Name: "second_factor", Code: fault.Required})
		}
		if codes, err = d.putRecoveryCodes(tx, actor, self.ID); err != nil {
			return err
		}
		return d.notices.FactorChange(tx, actor, self, model.RecoveryCodesReplaced)
	})
	return codes, err
}

// ResetSecondFactor removes all second factors of another user and ends the sessions of that user,
// for administrators. The password stays. For an administrator it needs what a change of that
// administrator's password needs. It returns the number of authenticators that were removed.
func (d *Directory) ResetSecondFactor(ctx context.Context, actor model.Actor, id model.UserID) (model.User, int, error) {
	var u model.User
	removed := 0
	err := d.ops.Update(ctx, actor, model.UsersManage, 0, func(tx model.Writer, _ model.User) (err error) {
		if id == actor.Impersonator() && !actor.IsOperator() {
			return fault.New(fault.Forbidden, "your own second factors are removed one by one; or ask another administrator", fault.Field{Name: "user", Code: fault.Mismatch})
		}
		if u, err = tx.User(id); err != nil {
			return err
		}
		if err := d.requireCanResetFactor(tx, actor, u); err != nil {
			return err
		}
		if removed, err = d.revokeSecondFactors(tx, actor, u, model.FactorsReset); err != nil || removed == 0 {
			return err
		}
		return tx.DropSessions(id)
	})
	return u, removed, err
}

func (d *Directory) requireCanResetFactor(tx model.Reader, actor model.Actor, u model.User) error {
	if actor.IsOperator() {
		return nil
	}
	if err := requireScopeForAdmin(actor, u, UserChange{Password: new(secret.Text)}); err != nil {
		return err
	}
	return d.requireCanChangeAccess(tx, actor, u, accessChange{password: true}, nil)
}

// revokeSecondFactors removes all second factors of a user, and records and mails it if there were any.
func (d *Directory) revokeSecondFactors(tx model.Writer, actor model.Actor, u model.User, change model.FactorChange) (int, error) {
	removed, err := dropSecondFactors(tx, u.ID)
	if err != nil || removed == 0 {
		return removed, err
	}
	if err := d.ops.RecordUser(tx, actor, model.SecondFactorReset, u.ID, ""); err != nil {
		return removed, err
	}
	return removed, d.notices.FactorChange(tx, actor, u, change)
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
