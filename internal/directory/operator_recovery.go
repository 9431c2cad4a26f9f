package directory

import (
	"context"
	"errors"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/maillink"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/throttle"
	"roster.example/roster/internal/unitext"
)

// Operations for users and administrators that can no longer log in. They are for the operator
// only.

func requireOperator(actor model.Actor) error {
	if actor.IsOperator() {
		return nil
	}
	return fault.New(fault.Forbidden, "only the operator may do this")
}

// AccountAccess counts the credentials and keys of a user.
type AccountAccess struct {
	User                      model.User
	Sessions, Tokens, APIKeys int // without expired ones
	Keys                      int // SSH keys
	Passkeys, Apps            int // second factors; a passkey opens the account without the password
}

// OtherEmails returns how many addresses the user has besides this one.
func (a AccountAccess) OtherEmails(address string) int {
	n := len(a.User.Emails)
	if _, held := a.User.EmailAt(unitext.Trim(address)); held {
		n--
	}
	return n
}

// AccessOf counts the credentials and keys of a user, for the operator. It works without the
// encryption key.
func (d *Directory) AccessOf(ctx context.Context, actor model.Actor, user model.UserID) (AccountAccess, error) {
	if err := requireOperator(actor); err != nil {
		return AccountAccess{}, err
	}
	var a AccountAccess
	err := d.store.Read(ctx, func(tx model.Reader) (err error) {
		if a.User, err = tx.User(user); err != nil {
			return err
		}
		a.Tokens, err = tx.LiveTokens(a.User.ID, d.ops.Now())
		if err != nil {
			return err
		}
		sessions, err := tx.Sessions(a.User.ID)
		if err != nil {
			return err
		}
		for _, s := range sessions {
			if s.ExpiresAt.After(d.ops.Now()) {
				a.Sessions++
			}
		}
		keys, err := tx.Keys(a.User.ID)
		if err != nil {
			return err
		}
		a.Keys = len(keys)
		if err := a.countAuthenticators(tx); err != nil {
			return err
		}
		apiKeys, err := tx.APIKeysOf([]model.UserID{a.User.ID})
		a.APIKeys = len(apiKeys)
		return err
	})
	return a, err
}

func (a *AccountAccess) countAuthenticators(tx model.Reader) error {
	held, err := tx.Authenticators(a.User.ID)
	for _, authenticator := range held {
		if authenticator.Kind == model.PasskeyAuthenticator {
			a.Passkeys++
		} else {
			a.Apps++
		}
	}
	return err
}

// SetPasswordAsOperator sets the password of a user. All sessions end, and locks after failed
// logins are removed. A blocked user stays blocked: see [Directory.Unlock].
func (d *Directory) SetPasswordAsOperator(ctx context.Context, actor model.Actor, id model.UserID, next secret.Text) (model.User, error) {
	if err := requireOperator(actor); err != nil {
		return model.User{}, err
	}
	var f fault.List
	if inputpolicy.CheckPassword(d.Policy, &f, actor, next, inputpolicy.HintsOf(ctx, d.Policy, id)); f.Err() != nil {
		return model.User{}, f.Err()
	}
	hash, err := ratelimit.HashPassword(ctx, d.hasher, actor, next)
	if err != nil {
		return model.User{}, err
	}
	var rescued model.User
	err = d.ops.Write(ctx, func(tx model.Writer) (err error) {
		if rescued, err = requireRescuable(tx, id); err != nil {
			return err
		}
		if err := tx.PutPassword(id, hash); err != nil {
			return err
		}
		rescued.HasPassword = true
		return d.endSessionsAndUnlock(tx, actor, rescued, model.PasswordReset)
	})
	return rescued, err
}

// CreateResetLink creates a link for a new password and returns it instead of mailing it. All
// sessions end. The link opens the account until it expires or is used. It
// verifies no address, because it was not mailed to one.
func (d *Directory) CreateResetLink(ctx context.Context, actor model.Actor, id model.UserID) (model.User, OneTimeLink, error) {
	if err := requireOperator(actor); err != nil {
		return model.User{}, OneTimeLink{}, err
	}
	var rescued model.User
	var made OneTimeLink
	err := d.ops.Write(ctx, func(tx model.Writer) (err error) {
		if rescued, err = requireRescuable(tx, id); err != nil {
			return err
		}
		if rescued.State == model.Blocked {
			return fault.New(fault.Conflict, "this user is blocked and could not sign in by a link; unlock or unblock the user first",
				fault.Field{Name: "state", Code: fault.Inactive})
		}
		if made, err = d.addResetLink(tx, actor, rescued); err != nil {
			return err
		}
		return d.endSessionsAndUnlock(tx, actor, rescued, model.PasswordForgot)
	})
	return rescued, made, err
}

// OneTimeLink is a link that was returned to the caller instead of mailed.
type OneTimeLink struct {
	URL        secret.Text
	model.Link // its expiry, and the address that a mailed link would go to
}

func (d *Directory) addResetLink(tx model.Writer, actor model.Actor, u model.User) (OneTimeLink, error) {
	to, ok := u.RecoveryEmail()
	if !ok {
		return OneTimeLink{}, fault.New(fault.Conflict, "this user has no email address for a link; set a password instead",
			fault.Field{Name: "email", Code: fault.Blank})
	}
	password, err := tx.PasswordOf(u.ID)
	if err != nil {
		return OneTimeLink{}, err
	}
	token := secret.NewOpaque(43, secret.URLSafe)
	l := model.Link{
		Purpose: model.ResetPassword, User: u.ID, Email: to.Address, PasswordVersion: password.Version,
		CreatedAt: d.ops.Now(), ExpiresAt: d.ops.Now().Add(maillink.ResetLifetime), Printed: true,
	}
	if err := tx.AddLink(&l, secret.Fingerprint(token.Reveal())); err != nil {
		return OneTimeLink{}, err
	}
	text, err := d.mails.Link(model.Message{Kind: model.RecoveryMessage, API: actor.API(), To: l.Email, Name: u.GreetingName(), Token: token, Expires: l.ExpiresAt})
	return OneTimeLink{URL: secret.Text(text), Link: l}, err
}

// requireRescuable returns the user, or an error if the user cannot log in with a password.
func requireRescuable(tx model.Reader, id model.UserID) (model.User, error) {
	u, err := tx.User(id)
	switch {
	case err != nil:
		return u, err
	case u.Service:
		return u, servicePasswordError()
	case u.AwaitsInvitation():
		return u, fault.New(fault.Conflict, "this user has not accepted their invitation yet; send it again instead", fault.Field{Name: "state", Code: fault.Inactive})
	}
	return u, nil
}

// endSessionsAndUnlock ends all sessions and removes the locks after failed logins and
// recoveries.
func (d *Directory) endSessionsAndUnlock(tx model.Writer, actor model.Actor, u model.User, verb model.Verb) error {
	if err := tx.DropSessions(u.ID); err != nil {
		return err
	}
	if err := errors.Join(d.attempts.DropFailures(tx, u), tx.DropThrottle(ratelimit.ForgotKey(u.ID))); err != nil {
		return err
	}
	return d.ops.RecordUser(tx, actor, verb, u.ID, "operator")
}

// UnlockResult is what Unlock removed.
type UnlockResult struct {
	User     model.User // with all changes
	Failures int        // counted failed logins and requested emails
	Locked   bool       // the user was locked
	// The same for the given network address.
	AddressFailures int
	AddressLocked   bool
	// Reactivated is set if the user was a blocked or deactivated administrator and is active
	// now.
	Reactivated bool
}

// Unlock removes what keeps a user from logging in: failures counted for the user and, if
// address is given, for that network; and the block of an administrator. Other blocked users
// stay blocked. Revoked credentials stay revoked. It records an event only if it removed
// something.
func (d *Directory) Unlock(ctx context.Context, actor model.Actor, id model.UserID, address string) (UnlockResult, error) {
	if err := requireOperator(actor); err != nil {
		return UnlockResult{}, err
	}
	var result UnlockResult
	err := d.ops.Write(ctx, func(tx model.Writer) error {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		result = UnlockResult{User: u}
		if result.Failures, result.Locked, err = throttle.Forgive(tx, d.ops.Now(), ratelimit.ForgotKey(id), ratelimit.EmailKey(id), ratelimit.InviterKey(id)); err != nil {
			return err
		}
		failures, locked, err := d.attempts.ResetFailures(tx, u)
		if err != nil {
			return err
		}
		result.Failures, result.Locked = result.Failures+failures, result.Locked || locked
		if address != "" {
			from := model.AnonymousActor(actor.API(), address, "")
			if result.AddressFailures, result.AddressLocked, err = throttle.Forgive(tx, d.ops.Now(), d.limits.NetworkKeys(from)...); err != nil {
				return err
			}
			if err := tx.DropThrottle(d.limits.FromNetwork("logins", from)); err != nil {
				return err
			}
		}
		if err := d.reactivateAdministrator(tx, actor, &result); err != nil || result.Failures+result.AddressFailures == 0 {
			return err
		}
		return d.ops.RecordUser(tx, actor, model.UserUnlock, id, "")
	})
	return result, err
}

func (d *Directory) reactivateAdministrator(tx model.Writer, actor model.Actor, result *UnlockResult) error {
	u := &result.User
	if !u.Admin || u.State != model.Blocked {
		return nil
	}
	verb := model.UserUnblock
	if u.Deactivated {
		verb = model.UserReactivate
	}
	// Not reactivate: an administrator becomes active even without an open invitation.
	u.State, u.Deactivated, u.UpdatedAt, result.Reactivated = model.Active, false, d.ops.Now(), true
	if u.ActivatedAt.IsZero() {
		u.ActivatedAt = d.ops.Now()
	}
	if err := tx.ChangeUser(*u); err != nil {
		return err
	}
	return d.ops.RecordUser(tx, actor, verb, u.ID, "operator")
}
