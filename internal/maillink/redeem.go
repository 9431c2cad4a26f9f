package maillink

import (
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// Redeemable returns the link of a token if its purpose, expiry, user and address still
// match. Every failure gives the same error.
func (s *Sender) Redeemable(tx model.Reader, purpose model.Purpose, token secret.Text) (model.Link, model.User, error) {
	l, err := tx.LinkByHash(secret.Fingerprint(token.Reveal()))
	if fault.KindOf(err) == fault.NotFound || err == nil && l.Purpose != purpose {
		return l, model.User{}, Unusable()
	}
	if err != nil {
		return l, model.User{}, err
	}
	if !l.IsLive(s.ops.Now()) {
		return l, model.User{}, Unusable()
	}
	u, err := tx.User(l.User)
	if fault.KindOf(err) == fault.NotFound {
		return l, u, Unusable()
	}
	if err != nil {
		return l, u, err
	}
	if purpose == model.VerifyEmail && awaitsEmail(u) {
		return l, u, requireAttachable(tx, l.Email)
	}
	to, held := u.EmailAt(l.Email)
	if way, _ := u.RecoveryEmail(); !held || !emailaddress.SameMailbox(to.Address, l.Email) || u.State == model.Blocked || purpose == model.ResetPassword && to.ID != way.ID {
		return l, u, Unusable()
	}
	return l, u, nil
}

// Unusable is the error for every link that cannot be used, whatever the reason.
func Unusable() error {
	return fault.New(fault.Expired, "this link can no longer be used; ask for a new one", fault.Field{Name: "token", Code: fault.Inactive})
}

// awaitsEmail reports whether u is a sign-up that gets its address when the mailed link is
// opened, because another account claimed the address.
func awaitsEmail(u model.User) bool { return u.IsPendingRegistration() && len(u.Emails) == 0 }

// requireAttachable returns an error if a verified link to address must not take the address
// from its holder.
func requireAttachable(tx model.Reader, address string) error {
	holder, err := tx.UserByEmail(address)
	if err != nil {
		return fault.IgnoreNotFound(err)
	}
	e, _ := holder.EmailAt(address)
	if emailaddress.SameMailbox(e.Address, address) && (holder.IsPendingRegistration() || holder.Claims(e) && holder.Releases(e)) {
		return nil
	}
	return Unusable()
}
