package directory

import (
	"context"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/loginlimit"
	"roster.example/roster/internal/maillink"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// ForgotPassword mails a recovery link to the user with this address: to a verified address,
// if there is one. An unknown address is NotFound, which an API may return only if its product
// does; many such responses lock the network of the caller. For an API that does not reveal
// accounts it is [Directory.RequestRecovery] and returns no user.
func (d *Directory) ForgotPassword(ctx context.Context, actor model.Actor, address string) (model.User, error) {
	if inputpolicy.HidesAccounts(d.Policy, actor.API()) {
		return model.User{}, d.RequestRecovery(ctx, actor, address)
	}
	address = unitext.Trim(address)
	var f fault.List
	emailaddress.Check(&f, address)
	if err := f.Err(); err != nil {
		return model.User{}, err
	}
	var found model.User
	reveals := func(err error) bool { return err == nil || ratelimit.RevealsAccount(err) } // success reveals the account as well
	err := d.limits.LimitAnswers(ctx, d.limits.RevealingBounds(actor), reveals, func() error {
		return d.ops.Write(ctx, func(tx model.Writer) (err error) {
			if found, err = login.AccountByEmail(tx, d.Logins, actor, address); err != nil {
				return err
			}
			err = d.limits.Take(tx, d.limits.TypedBounds(actor, ratelimit.RecoveryMail, address))
			if fault.KindOf(err) == fault.Limited {
				return nil
			}
			if err != nil {
				return err
			}
			return d.sendRecovery(tx, actor, found, model.RecoveryMessage)
		})
	})
	return found, err
}

// sendRecovery mails the link. It does nothing if the user cannot log in by it, or was mailed
// too often: the response is the same.
func (d *Directory) sendRecovery(tx model.Writer, actor model.Actor, u model.User, kind model.MessageKind) error {
	to, ok := u.RecoveryEmail()
	if u.State == model.Blocked || u.AwaitsInvitation() || !ok {
		return nil
	}
	message, err := d.recoveryMessage(tx, actor, u, kind, to)
	if err != nil {
		return err
	}
	if may, err := d.canSendRecovery(tx, actor, message); err != nil || !may {
		return err
	}
	if err := d.limits.Count(tx, ratelimit.ForgotKey(u.ID), d.options.Login.AccountFailures); err != nil {
		return err
	}
	if err := d.links.SendWith(tx, actor, u, to, model.Link{Purpose: model.ResetPassword}, message, maillink.ResetLifetime); err != nil {
		return err
	}
	return d.ops.RecordUser(tx, actor, model.PasswordForgot, u.ID, "")
}

// recoveryMessage returns the fields of the message that its limits depend on.
func (d *Directory) recoveryMessage(tx model.Reader, actor model.Actor, u model.User, kind model.MessageKind, to model.Email) (model.Message, error) {
	l := model.Message{Kind: kind, To: to.Address, User: u.ID, Verified: to.Verified}
	if kind != model.RecoveryMessage {
		return l, nil
	}
	mark, err := tx.Throttle(d.attempts.KnownKey(loginlimit.AccountPrefix(u.ID), actor))
	l.KnownNetwork = mark.Until.After(d.ops.Now())
	return l, err
}

// canSendRecovery reports whether a recovery link may be mailed. Requests from unknown
// networks must not use up the limit of the networks that the account is used from.
func (d *Directory) canSendRecovery(tx model.Reader, actor model.Actor, l model.Message) (bool, error) {
	if may, err := d.limits.HasRoom(tx, actor, l); err != nil || !may || l.KnownNetwork {
		return may, err
	}
	err := d.limits.Check(tx, ratelimit.ForgotKey(l.User))
	if fault.KindOf(err) == fault.Limited {
		return false, nil
	}
	return err == nil, err
}

// Reset is the input of [Directory.ResetPassword].
type Reset struct {
	Token           secret.Text
	Password        secret.Text
	KeepCredentials bool // API key and access tokens stay valid
}

// ResetPassword sets a password by a mailed link, which can be used once and verifies the
// address. All sessions end, and so do the API key and the access tokens unless
// KeepCredentials is set: an attacker with the former password may have created some. SSH keys
// stay. If the address was not verified before, everything is revoked, including SSH keys: an
// attacker may have created the account. The same holds for a link to a previous primary
// address, which becomes the primary one again: an attacker may have changed it. Second factors
// end only in these two cases.
func (d *Directory) ResetPassword(ctx context.Context, actor model.Actor, r Reset) (model.User, error) {
	return d.resetPasswordBy(ctx, actor, r, func(tx model.Reader) (model.Link, model.User, error) { return d.resetLink(tx, r.Token) })
}

// resetPasswordBy is ResetPassword with the link that find returns.
func (d *Directory) resetPasswordBy(ctx context.Context, actor model.Actor, r Reset, find func(model.Reader) (model.Link, model.User, error)) (model.User, error) {
	var holder model.User
	err := d.store.Read(ctx, func(tx model.Reader) (err error) {
		_, holder, err = find(tx)
		return err
	})
	if err != nil {
		return model.User{}, err
	}
	var f fault.List
	if inputpolicy.CheckPassword(d.Policy, &f, actor, r.Password, inputpolicy.Hints(holder)); f.Err() != nil {
		return model.User{}, f.Err()
	}
	hash, err := ratelimit.HashPassword(ctx, d.hasher, actor, r.Password)
	if err != nil {
		return model.User{}, err
	}
	var changed model.User
	err = d.ops.Write(ctx, func(tx model.Writer) error {
		link, u, err := find(tx)
		if err != nil {
			return err
		}
		changed = u
		actor = operation.AsUser(operation.WithLink(actor), u.ID)
		return d.applyReset(tx, actor, link, u, hash, r.KeepCredentials)
	})
	return changed, err
}

// resetLink is [maillink.Sender.Redeemable] for a link that also ends with its use and a change of the
// password.
func (d *Directory) resetLink(tx model.Reader, token secret.Text) (model.Link, model.User, error) {
	link, u, err := d.links.Redeemable(tx, model.ResetPassword, token)
	if err != nil {
		return link, u, err
	}
	password, err := tx.PasswordOf(u.ID)
	if err == nil && (!link.UsedAt.IsZero() || password.Version != link.PasswordVersion) {
		err = maillink.Unusable()
	}
	return link, u, err
}

func (d *Directory) applyReset(tx model.Writer, actor model.Actor, link model.Link, u model.User, hash string, keep bool) error {
	if u.Service {
		return servicePasswordError()
	}
	if err := tx.UseLink(link.ID, d.ops.Now()); err != nil {
		return err
	}
	to, _ := u.EmailAt(link.Email)
	keep = keep && to.Verified && !to.PreviousPrimary
	if err := d.revokeOnReset(tx, actor, u, to, keep); err != nil {
		return err
	}
	if err := tx.PutPassword(u.ID, hash); err != nil {
		return err
	}
	if err := d.attempts.ResetForOwner(tx, actor, u); err != nil {
		return err
	}
	detail := ""
	if keep {
		detail = "credentials kept"
	}
	if err := d.ops.RecordUser(tx, actor, model.PasswordReset, u.ID, detail); err != nil {
		return err
	}
	if err := d.notices.Owner(tx, actor, u, model.PasswordChanged, ""); err != nil {
		return err
	}
	if to.PreviousPrimary {
		return d.revertPrimaryEmail(tx, actor, u, to)
	}
	if link.Printed {
		return d.confirmRegistration(tx, actor, u, link.Registration)
	}
	return d.verifyEmail(tx, actor, u, to, link.Registration)
}

// revokeOnReset revokes what a reset by a link to this address revokes.
func (d *Directory) revokeOnReset(tx model.Writer, actor model.Actor, u model.User, to model.Email, keep bool) error {
	if !to.Verified || to.PreviousPrimary {
		return d.revokeAllAccess(tx, actor, u)
	}
	if err := tx.DropSessions(u.ID); err != nil || keep {
		return err
	}
	if err := tx.RevokeTokens(u.ID, d.ops.Now()); err != nil {
		return err
	}
	return tx.DropAPIKey(u.ID)
}

// revokeAllAccess revokes credentials, links, second factors and SSH keys: a passkey opens the account
// alone, and an authenticator app of an attacker keeps its owner out. It records each removed key.
func (d *Directory) revokeAllAccess(tx model.Writer, actor model.Actor, u model.User) error {
	if err := d.revokeCredentials(tx, u.ID); err != nil {
		return err
	}
	if _, err := secondfactor.Revoke(tx, d.Factors, actor, u, model.FactorsRevoked); err != nil {
		return err
	}
	keys, err := tx.Keys(u.ID)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := credential.DropKey(tx, d.Credentials, actor, k); err != nil {
			return err
		}
	}
	return nil
}

// VerifyEmail verifies an address by the mailed link and activates an unconfirmed sign-up.
// Repeated use of the link returns the same result (docs/products/pm415.md, 5).
func (d *Directory) VerifyEmail(ctx context.Context, actor model.Actor, token secret.Text) (model.User, error) {
	var verified model.User
	err := d.ops.Write(ctx, func(tx model.Writer) error {
		link, u, err := d.links.Redeemable(tx, model.VerifyEmail, token)
		if err != nil {
			return err
		}
		verified = u
		if !link.UsedAt.IsZero() {
			return nil
		}
		if err := tx.UseLink(link.ID, d.ops.Now()); err != nil {
			return err
		}
		actor = operation.AsUser(operation.WithLink(actor), u.ID)
		address, held := u.EmailAt(link.Email)
		if !held {
			if address, err = d.attachEmail(tx, actor, &u, link.Email); err != nil {
				return err
			}
		}
		if err := d.verifyEmail(tx, actor, u, address, link.Registration); err != nil {
			return err
		}
		verified, err = tx.User(u.ID) // with all changes
		return err
	})
	return verified, err
}

// verifyEmail marks an address verified. If it is the primary one, it removes the previous
// primary address and activates a user in state Invited.
func (d *Directory) verifyEmail(tx model.Writer, actor model.Actor, u model.User, address model.Email, pending model.PendingRegistration) error {
	if !address.Verified {
		address.Verified = true
		if err := tx.ChangeEmail(address); err != nil {
			return err
		}
		if err := d.ops.RecordUser(tx, actor, model.EmailVerify, u.ID, ""); err != nil {
			return err
		}
	}
	if address.Primary {
		if err := d.removeFormerEmail(tx, actor, u); err != nil {
			return err
		}
	}
	if !address.Primary {
		return nil
	}
	return d.confirmRegistration(tx, actor, u, pending)
}

// confirmRegistration activates a user in state Invited.
func (d *Directory) confirmRegistration(tx model.Writer, actor model.Actor, u model.User, pending model.PendingRegistration) error {
	if u.State != model.Invited {
		return nil
	}
	if u.Username == "" {
		if err := registration.Apply(tx, d.SignUps, actor, &u, pending); err != nil {
			return err
		}
	}
	return d.activate(tx, actor, u)
}

// activate makes the user active.
func (d *Directory) activate(tx model.Writer, actor model.Actor, u model.User) error {
	u.State, u.ActivatedAt, u.UpdatedAt = model.Active, d.ops.Now(), d.ops.Now()
	if err := tx.ChangeUser(u); err != nil {
		return err
	}
	return d.ops.RecordUser(tx, actor, model.UserActivate, u.ID, "")
}
