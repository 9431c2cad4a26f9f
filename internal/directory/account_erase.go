package directory

import (
	"cmp"
	"context"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/unitext"
)

// Erasure is what erasing the account of the actor's user ends, and what prevents it.
type Erasure struct {
	Allowed           bool                 // whether the settings let users erase their accounts
	LastAdministrator bool                 // the user is the last administrator of the server
	LastAdminOf       []model.Organization // organizations with other members that have no other Admin
	Confirm           string               // what the user types to confirm: the username, or the address of a user without one
	Memberships       []model.Membership
	Keys, Tokens      int // tokens that neither expired nor were revoked
	Sessions          int
	Authenticators    int
	APIKey            bool
	Addresses         []model.Email
}

// Blocked reports whether something prevents the erasure.
func (e Erasure) Blocked() bool {
	return !e.Allowed || e.LastAdministrator || len(e.LastAdminOf) > 0
}

// Erasure returns what [Directory.EraseAccount] would do.
func (d *Directory) Erasure(ctx context.Context, actor model.Actor) (Erasure, error) {
	var e Erasure
	err := d.ops.Read(ctx, actor, model.SelfCredentials, 0, func(tx model.Reader, self model.User) (err error) {
		e, err = d.erasureOf(tx, self)
		return err
	})
	return e, err
}

func (d *Directory) erasureOf(tx model.Reader, u model.User) (Erasure, error) {
	e := Erasure{Allowed: !d.options.NoSelfErasure, Confirm: erasureConfirmation(u), Addresses: u.Emails}
	err := requireAnotherAdmin(tx, u)
	if e.LastAdministrator = isLastAdmin(err); err != nil && !e.LastAdministrator {
		return e, err
	}
	if e.Memberships, err = tx.Memberships(u.ID); err != nil {
		return e, err
	}
	for _, m := range e.Memberships {
		if m.Role.ID != model.RoleAdmin {
			continue
		}
		err := requireAnotherOrgAdmin(tx, m.Organization, []model.UserID{u.ID}, true)
		if isLastAdmin(err) {
			e.LastAdminOf = append(e.LastAdminOf, m.Organization)
		} else if err != nil {
			return e, err
		}
	}
	return e, d.countErasedCredentials(tx, u, &e)
}

// erasureConfirmation returns what a user types to confirm the erasure.
func erasureConfirmation(u model.User) string { return cmp.Or(u.Username, u.Primary().Address) }

func isLastAdmin(err error) bool { return fault.Has(err, "admin", fault.LastAdmin) }

func (d *Directory) countErasedCredentials(tx model.Reader, u model.User, e *Erasure) error {
	keys, err := tx.Keys(u.ID)
	if err != nil {
		return err
	}
	open, err := tx.Sessions(u.ID)
	if err != nil {
		return err
	}
	held, err := tx.Authenticators(u.ID)
	if err != nil {
		return err
	}
	for _, s := range open {
		if d.ops.IsLive(s) {
			e.Sessions++
		}
	}
	e.Keys, e.Authenticators = len(keys), len(held)
	if e.Tokens, err = tx.LiveTokens(u.ID, d.ops.Now()); err != nil {
		return err
	}
	_, err = tx.APIKeyOf(u.ID)
	e.APIKey = err == nil
	return fault.IgnoreNotFound(err)
}

// EraseAccount erases the account of the actor's user, as [Directory.EraseUser] does, if the settings allow
// it. typed must be the username. It requires what a change of second factors requires: see
// [secondfactor.RequireOwnLogin]. An email about it goes to the verified address.
func (d *Directory) EraseAccount(ctx context.Context, actor model.Actor, typed string) error {
	return d.ops.Update(ctx, actor, model.SelfCredentials, 0, func(tx model.Writer, self model.User) error {
		if d.options.NoSelfErasure {
			return fault.New(fault.Forbidden, "users of this server do not erase their accounts; ask an administrator", fault.Field{Name: "account", Code: fault.Closed})
		}
		if err := d.requireCanEraseOwn(tx, actor); err != nil {
			return err
		}
		if unitext.Fold(unitext.Trim(typed)) != unitext.Fold(erasureConfirmation(self)) {
			return fault.InvalidField("confirm_username", fault.Mismatch, 0)
		}
		notice, addresses, err := d.erasureNotice(tx, actor, self)
		if err != nil {
			return err
		}
		if err := d.eraseUser(tx, actor, self); err != nil {
			return err
		}
		for i, address := range addresses {
			notice.To, notice.Former = address, i > 0
			if _, err := d.notices.QueueWithin(tx, actor, notice); err != nil {
				return err
			}
		}
		return nil
	})
}

// requireCanEraseOwn returns an error unless the actor may erase its own account: a session that a login of
// the user opened. Nothing restores the account, so what a script uses, or an administrator that acts as
// the user, does not erase it.
func (d *Directory) requireCanEraseOwn(tx model.Reader, actor model.Actor) error {
	return secondfactor.RequireOwnLogin(tx, d.Factors, actor, fault.New(fault.Forbidden,
		"users erase their account by a session that was opened by signing in; sign in", fault.Field{Name: "session", Code: fault.Required}))
}

// erasureNotice returns the email about an erasure and its recipients, while they are still stored.
func (d *Directory) erasureNotice(tx model.Reader, actor model.Actor, u model.User) (model.Message, []string, error) {
	p, err := tx.Preferences(u.ID)
	if err != nil {
		return model.Message{}, nil, err
	}
	addresses, err := d.notices.Addresses(tx, u)
	return model.Message{
		Kind: model.AccountErasedMessage, API: actor.API(), Name: u.GreetingName(), From: actor.Address(), User: u.ID, Language: p.Language, TimeZone: p.TimeZone,
	}, addresses, err
}
