package directory

import (
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/passwordpolicy"
	"roster.example/roster/internal/secret"
)

func (u User) passwordHints() passwordpolicy.Hints {
	words := passwordpolicy.Hints{u.Username, u.Name, u.GivenName, u.FamilyName}
	for _, e := range u.Emails {
		words = append(words, e.Address)
	}
	return words
}

// personaOf is the persona of somebody who is there already; of nobody it is empty.
func (d *Directory) passwordHintsOf(ctx context.Context, id UserID) passwordpolicy.Hints {
	var words passwordpolicy.Hints
	err := d.store.ReadCached(ctx, func(tx Reader) error {
		u, err := tx.User(id)
		words = u.passwordHints()
		return err
	})
	if err != nil {
		return nil // the deed itself will say so
	}
	return words
}

// checkPassword measures a new password: the rule of the API that asks, the floor
// of the settings, and whether everybody guesses it who knows of.
func (d *Directory) checkPassword(f *fault.List, actor Actor, password secret.Text, of passwordpolicy.Hints) {
	before := len(*f)
	minimum := d.options.PasswordMinimum
	if d.freely(actor.api) {
		minimum = 0
	}
	prepared := secret.Prepare(password.Reveal())
	checkPasswordLength(f, actor.api, prepared, minimum)
	if len(*f) == before && d.refusesCommon(actor.api) && d.isCommon(prepared, of) {
		f.Add("password", fault.Common, 0)
	}
}

// freely reports whether the settings leave an API the rules of its product.
func (d *Directory) freely(api API) bool { return d.options.PM415OwnPasswordRules && api == PM415 }

func (d *Directory) refusesCommon(api API) bool {
	if d.freely(api) {
		return false
	}
	switch d.options.CommonPasswords {
	case passwordpolicy.Off:
		return false
	case passwordpolicy.All:
		return true
	case passwordpolicy.Own:
	}
	return !inputPolicyOf(api).allowCommonPasswords
}

// isCommon asks the built-in rules, and then the list of the operator. Where that
// cannot be read, people can still choose passwords: the operator is told.
func (d *Directory) isCommon(password string, of passwordpolicy.Hints) bool {
	if passwordpolicy.IsGuessable(password) || passwordpolicy.IsPersonal(password, append(slices.Clone(of), d.options.Site)) {
		return true
	}
	held, err := d.options.Breached.Contains(password)
	if err != nil {
		d.options.Log.Error("a password was not looked up among the breached ones", "error", err)
	}
	return held
}
