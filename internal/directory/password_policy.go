package directory

import (
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/passwordpolicy"
	"roster.example/roster/internal/secret"
)

func passwordHints(u model.User) passwordpolicy.Hints {
	words := passwordpolicy.Hints{u.Username, u.Name, u.GivenName, u.FamilyName}
	for _, e := range u.Emails {
		words = append(words, e.Address)
	}
	return words
}

// passwordHintsOf returns the hints of an existing user; none for id 0.
func (d *Directory) passwordHintsOf(ctx context.Context, id model.UserID) passwordpolicy.Hints {
	var words passwordpolicy.Hints
	err := d.store.ReadCached(ctx, func(tx model.Reader) error {
		u, err := tx.User(id)
		words = passwordHints(u)
		return err
	})
	if err != nil {
		return nil // the operation itself returns this error
	}
	return words
}

// MinimumPasswordLength returns how many characters a new password has at least at the API of the
// actor.
func (d *Directory) MinimumPasswordLength(_ context.Context, actor model.Actor) int {
	return max(inputPolicyOf(actor.API()).passwordMin, d.minimumOfSettings(actor.API()))
}

// minimumOfSettings is 0 for an API whose product has password rules of its own.
func (d *Directory) minimumOfSettings(api model.API) int {
	if d.freely(api) {
		return 0
	}
	return d.options.PasswordMinimum
}

// checkPassword checks a new password: the length rule of the API, the minimum of the settings, and
// whether it is easy to guess with these hints.
func (d *Directory) checkPassword(f *fault.List, actor model.Actor, password secret.Text, of passwordpolicy.Hints) {
	before := len(*f)
	prepared := secret.Prepare(password.Reveal())
	checkPasswordLength(f, actor.API(), prepared, d.minimumOfSettings(actor.API()))
	if len(*f) == before && d.refusesCommon(actor.API()) && d.isCommon(prepared, of) {
		f.Add("password", fault.Common, 0)
	}
}

// freely reports whether the settings allow the password rules of the product for an API.
func (d *Directory) freely(api model.API) bool {
	return d.options.PM415OwnPasswordRules && api == model.PM415
}

func (d *Directory) refusesCommon(api model.API) bool {
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

// isCommon checks the built-in rules, then the list of the operator. If the list cannot be read,
// passwords are accepted and the log says so.
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
