package inputpolicy

import (
	"context"
	"slices"
	"unicode/utf8"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/passwordpolicy"
	"roster.example/roster/internal/secret"
)

// Hints returns what the password of a user must not contain.
func Hints(u model.User) passwordpolicy.Hints {
	words := passwordpolicy.Hints{u.Username, u.Name, u.GivenName, u.FamilyName}
	for _, e := range u.Emails {
		words = append(words, e.Address)
	}
	return words
}

// HintsOf returns the hints of an existing user; none for id 0.
func HintsOf(ctx context.Context, p *Policy, id model.UserID) passwordpolicy.Hints {
	var words passwordpolicy.Hints
	err := p.store.ReadCached(ctx, func(tx model.Reader) error {
		u, err := tx.User(id)
		words = Hints(u)
		return err
	})
	if err != nil {
		return nil // the operation itself returns this error
	}
	return words
}

// MinimumPasswordLength returns how many characters a new password has at least at the API of the
// actor.
func (p *Policy) MinimumPasswordLength(_ context.Context, actor model.Actor) int {
	return max(policyOf(actor.API()).passwordMin, p.minimumOfSettings(actor.API()))
}

// minimumOfSettings is 0 for an API whose product has password rules of its own.
func (p *Policy) minimumOfSettings(api model.API) int {
	if p.hasProductRules(api) {
		return 0
	}
	return p.options.PasswordMinimum
}

// CheckPassword checks a new password: the length rule of the API, the minimum of the settings, and
// whether it is easy to guess with these hints.
func CheckPassword(p *Policy, f *fault.List, actor model.Actor, password secret.Text, of passwordpolicy.Hints) {
	before := len(*f)
	prepared := secret.Prepare(password.Reveal())
	checkPasswordLength(f, actor.API(), prepared, p.minimumOfSettings(actor.API()))
	if len(*f) == before && p.rejectsCommon(actor.API()) && p.isCommon(prepared, of) {
		f.Add("password", fault.Common, 0)
	}
}

// hasProductRules reports whether the settings allow the password rules of the product for an API.
func (p *Policy) hasProductRules(api model.API) bool {
	return p.options.PM415OwnPasswordRules && api == model.PM415
}

func (p *Policy) rejectsCommon(api model.API) bool {
	if p.hasProductRules(api) {
		return false
	}
	switch p.options.CommonPasswords {
	case passwordpolicy.Off:
		return false
	case passwordpolicy.All:
		return true
	case passwordpolicy.Own:
	}
	return !policyOf(api).allowCommonPasswords
}

// isCommon checks the built-in rules, then the list of the operator. If the list cannot be read,
// passwords are accepted and the log says so.
func (p *Policy) isCommon(password string, of passwordpolicy.Hints) bool {
	if passwordpolicy.IsGuessable(password) || passwordpolicy.IsPersonal(password, append(slices.Clone(of), p.options.Site)) {
		return true
	}
	held, err := p.options.Breached.Contains(password)
	if err != nil {
		p.options.Log.Error("a password was not looked up among the breached ones", "error", err)
	}
	return held
}

// checkPasswordLength checks the length of a new password. minimum, if set, raises the minimum
// of every API.
func checkPasswordLength(f *fault.List, api model.API, password string, minimum int) {
	d := policyOf(api)
	length := utf8.RuneCountInString(password)
	low := max(d.passwordMin, minimum)
	switch {
	case password == "":
		f.Add("password", fault.Blank, 0)
	case length < low:
		f.Add("password", fault.TooShort, low)
	case d.passwordMax > 0 && length > d.passwordMax:
		f.Add("password", fault.TooLong, d.passwordMax)
	case len(password) > secret.MaxPassword:
		f.Add("password", fault.TooLong, secret.MaxPassword)
	}
}
