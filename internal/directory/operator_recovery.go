package directory

import (
	"context"
	"errors"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

// Rescues are for the day nobody can log in. They are the operator's alone, who owns
// the data and so needs nobody's leave.

func requireOperator(actor Actor) error {
	if actor.isOperator() {
		return nil
	}
	return fault.New(fault.Forbidden, "only the operator does this")
}

// RescuePassword gives a person a new password on the word of the operator. Every
// login ends, and what failed logins have locked is open again. A person who is
// kept out stays so: see [Directory.Unlock].
func (d *Directory) SetPasswordAsOperator(ctx context.Context, actor Actor, id UserID, next secret.Text) (User, error) {
	if err := requireOperator(actor); err != nil {
		return User{}, err
	}
	var f fault.List
	if d.checkPassword(&f, actor, next, d.passwordHintsOf(ctx, id)); f.Err() != nil {
		return User{}, f.Err()
	}
	hash, err := d.hashPassword(ctx, actor, next)
	if err != nil {
		return User{}, err
	}
	var rescued User
	err = d.write(ctx, func(tx Writer) (err error) {
		if rescued, err = requireRescuable(tx, id); err != nil {
			return err
		}
		if err := tx.PutPassword(id, hash); err != nil {
			return err
		}
		rescued.HasPassword = true
		return d.endSessionsAndUnlock(tx, actor, rescued, PasswordReset)
	})
	return rescued, err
}

// RescueLink makes a link by which a person chooses a new password, and gives it to
// the operator instead of mailing it. Every login ends. Whoever holds the link can
// come in as the person until it expires or is used. As with a letter, it proves the
// address that such a letter would go to.
func (d *Directory) CreateResetLink(ctx context.Context, actor Actor, id UserID) (User, OneTimeLink, error) {
	if err := requireOperator(actor); err != nil {
		return User{}, OneTimeLink{}, err
	}
	var rescued User
	var made OneTimeLink
	err := d.write(ctx, func(tx Writer) (err error) {
		if rescued, err = requireRescuable(tx, id); err != nil {
			return err
		}
		if rescued.State == Blocked {
			return fault.New(fault.Conflict, "this person is kept out, and no link would let them in; unlock or unblock them first",
				fault.Field{Name: "state", Code: fault.Inactive})
		}
		if made, err = d.addResetLink(tx, actor, rescued); err != nil {
			return err
		}
		return d.endSessionsAndUnlock(tx, actor, rescued, PasswordForgot)
	})
	return rescued, made, err
}

// OneTimeLink is a link that was not mailed, for the one who asked for it.
type OneTimeLink struct {
	URL  secret.Text
	Link // when it ends, and the address that it stands for
}

func (d *Directory) addResetLink(tx Writer, actor Actor, u User) (OneTimeLink, error) {
	to, ok := u.recoveryEmail()
	if !ok {
		return OneTimeLink{}, fault.New(fault.Conflict, "this person has no address that a link could stand for; give a password instead",
			fault.Field{Name: "email", Code: fault.Blank})
	}
	password, err := tx.PasswordOf(u.ID)
	if err != nil {
		return OneTimeLink{}, err
	}
	token := secret.NewOpaque(43, secret.URLSafe)
	l := Link{
		Purpose: ResetPassword, User: u.ID, Email: to.Address, PasswordVersion: password.Version,
		CreatedAt: d.now(), ExpiresAt: d.now().Add(d.options.Lifetimes.Reset),
	}
	if err := tx.AddLink(&l, secret.Fingerprint(token.Reveal())); err != nil {
		return OneTimeLink{}, err
	}
	text, err := d.renderLink(Message{Kind: RecoveryMessage, API: actor.api, To: l.Email, Name: u.Label(), Token: token, Expires: l.ExpiresAt})
	return OneTimeLink{URL: secret.Text(text), Link: l}, err
}

// rescuable wants somebody who could log in with a password.
func requireRescuable(tx Reader, id UserID) (User, error) {
	u, err := tx.User(id)
	switch {
	case err != nil:
		return u, err
	case u.Service:
		return u, noServicePassword()
	case u.awaitsInvitation():
		return u, fault.New(fault.Conflict, "this person has not accepted their invitation yet; send it again instead", fault.Field{Name: "state", Code: fault.Inactive})
	}
	return u, nil
}

// admitAgain ends what a former password opened, and opens what wrong ones locked.
func (d *Directory) endSessionsAndUnlock(tx Writer, actor Actor, u User, verb Verb) error {
	if err := tx.DropSessions(u.ID); err != nil {
		return err
	}
	if err := errors.Join(d.forgetFailures(tx, u), tx.DropThrottle(forgotKey(u.ID))); err != nil {
		return err
	}
	return d.recordUser(tx, actor, verb, u.ID, "operator")
}

// Unlocked tells what Unlock found in the way of a person, and removed.
type UnlockResult struct {
	User     User // as they are now
	Failures int  // logins that had failed, and letters that had been asked for
	Locked   bool // for so many that they had to wait
	// From the network address that was named: the same of it.
	AddressFailures int
	AddressLocked   bool
	// Woken says that the person was an administrator who was blocked or put to
	// rest, and is not any more.
	Reactivated bool
}

// Unlock removes what keeps a person from logging in: failures that were counted
// against them and, if an address is given, against that; and from an administrator,
// a block. Whoever else is blocked stays so. Credentials that ended with a block do
// not come back. Where nothing is in the way, nothing is done.
func (d *Directory) Unlock(ctx context.Context, actor Actor, id UserID, address string) (UnlockResult, error) {
	if err := requireOperator(actor); err != nil {
		return UnlockResult{}, err
	}
	var did UnlockResult
	err := d.write(ctx, func(tx Writer) error {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		did = UnlockResult{User: u}
		if did.Failures, did.Locked, err = d.dropThrottles(tx, forgotKey(id), emailKey(id), inviterKey(id)); err != nil {
			return err
		}
		failures, locked, err := d.forgiveAccount(tx, u)
		if err != nil {
			return err
		}
		did.Failures, did.Locked = did.Failures+failures, did.Locked || locked
		if address != "" {
			from := AnonymousActor(actor.api, address, "")
			if did.AddressFailures, did.AddressLocked, err = d.dropThrottles(tx, d.networkKeys(from)...); err != nil {
				return err
			}
			if err := tx.DropThrottle(d.fromNetwork("logins", from)); err != nil {
				return err
			}
		}
		if err := d.reactivateAdministrator(tx, actor, &did); err != nil || did.Failures+did.AddressFailures == 0 {
			return err
		}
		return d.recordUser(tx, actor, UserUnlock, id, "")
	})
	return did, err
}

// networkKeys returns the keys of all counters of the networks of an actor.
func (d *Directory) networkKeys(actor Actor) []string {
	keys := []string{d.addressKey(actor), d.wideAddressKey(actor)}
	for _, bounds := range [][]bound{d.revealingBounds(actor), d.resetBounds(actor), d.signUpBounds(actor), d.invitingBounds(actor)} {
		keys = append(keys, keysOf(bounds)...)
	}
	return keys
}

// forgive drops what was counted under the keys, and says what the most was: one
// failed login counts under several of them.
func (d *Directory) dropThrottles(tx Writer, keys ...string) (failures int, locked bool, err error) {
	for _, key := range keys {
		t, err := tx.Throttle(key)
		if err != nil {
			return 0, false, err
		}
		failures = max(failures, t.Failures)
		locked = locked || t.Until.After(d.now())
		if err := tx.DropThrottle(key); err != nil {
			return 0, false, err
		}
	}
	return failures, locked, nil
}

func (d *Directory) reactivateAdministrator(tx Writer, actor Actor, did *UnlockResult) error {
	u := &did.User
	if !u.Admin || u.State != Blocked {
		return nil
	}
	verb := UserUnblock
	if u.Deactivated {
		verb = UserReactivate
	}
	// Not wake: no invitation need be open to an administrator of the server.
	u.State, u.Deactivated, u.UpdatedAt, did.Reactivated = Active, false, d.now(), true
	if u.ActivatedAt.IsZero() {
		u.ActivatedAt = d.now()
	}
	if err := tx.ChangeUser(*u); err != nil {
		return err
	}
	return d.recordUser(tx, actor, verb, u.ID, "operator")
}
