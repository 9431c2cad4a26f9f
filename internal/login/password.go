package login

import (
	"context"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/loginlimit"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/secret"
)

// VerifyPassword finds the user and verifies the password, between two transactions: hashing
// takes long and must not keep a transaction open.
func VerifyPassword(ctx context.Context, l *Logins, actor model.Actor, login Attempt) (model.User, model.Password, error) {
	if err := checkLogin(login); err != nil {
		return model.User{}, model.Password{}, err
	}
	c, err := l.readLoginCandidate(ctx, actor, login)
	if err != nil {
		return c.user, c.password, err
	}
	upgrade, failure := l.verifyPassword(ratelimit.HashingContext(ctx, actor), c.user, c.password, login.Password, c.lookup)
	if kind := fault.KindOf(failure); failure != nil && kind != fault.Unauthenticated && kind != fault.Forbidden {
		return c.user, c.password, failure
	}
	if c.Answer(failure) != nil {
		return c.user, c.password, l.attempts.CountFailure(ctx, actor, l.attempts.For(actor, login.Subject(), c.user), c.user, failure)
	}
	if upgrade {
		return l.rehashPassword(ratelimit.HashingContext(ctx, actor), c.user, c.password, login.Password)
	}
	return c.user, c.password, nil
}

func checkLogin(login Attempt) error {
	var f fault.List
	if login.name() == "" {
		f.Add("user", fault.Blank, 0)
	}
	if login.Password == "" {
		f.Add("password", fault.Blank, 0)
	}
	if len(login.Password) > secret.MaxPassword {
		f.Add("password", fault.TooLong, secret.MaxPassword)
	}
	return f.Err()
}

// loginCandidate is the account that a login names.
type loginCandidate struct {
	loginlimit.State
	user     model.User
	password model.Password
	lookup   error // NotFound if no account has the name
}

// readLoginCandidate reads the same amount for names with and without an account.
func (l *Logins) readLoginCandidate(ctx context.Context, actor model.Actor, login Attempt) (c loginCandidate, err error) {
	err = l.store.Read(ctx, func(tx model.Reader) error {
		if c.user, c.lookup = l.findLoginUser(tx, actor, login); c.lookup != nil && fault.KindOf(c.lookup) != fault.NotFound {
			return c.lookup
		}
		if c.State, err = l.attempts.Check(tx, l.attempts.For(actor, login.Subject(), c.user)); err != nil {
			return err
		}
		c.password, err = tx.PasswordOf(c.user.ID)
		if c.lookup != nil {
			return fault.IgnoreNotFound(err)
		}
		return err
	})
	return c, err
}

func (l *Logins) findLoginUser(tx model.Reader, actor model.Actor, login Attempt) (model.User, error) {
	switch {
	case login.ID != 0:
		return tx.User(login.ID)
	case login.Name != "":
		return l.findByNameOrEmail(tx, actor, login.Name)
	}
	return AccountByEmail(tx, l, actor, login.Email)
}

// findByNameOrEmail prefers the user with the username. It always looks up both, for equal
// work.
func (l *Logins) findByNameOrEmail(tx model.Reader, actor model.Actor, name string) (model.User, error) {
	named, err := tx.UserByUsername(name)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return named, err
	}
	addressed, other := AccountByEmail(tx, l, actor, name)
	if err == nil && (other == nil || fault.KindOf(other) == fault.NotFound) {
		return named, nil
	}
	return addressed, other
}

// verifyPassword does the same work whether or not the account exists.
func (l *Logins) verifyPassword(ctx context.Context, user model.User, stored model.Password, given secret.Text, lookup error) (upgrade bool, err error) {
	if lookup != nil || stored.Hash == "" {
		if err := l.hasher.VerifyDummy(ctx, given.Reveal()); err != nil {
			return false, ratelimit.HashingBusy(err)
		}
		return false, mismatchError(lookup)
	}
	ok, upgrade, err := l.hasher.Verify(ctx, stored.Hash, given.Reveal())
	switch {
	case err != nil:
		return false, ratelimit.HashingBusy(err)
	case !ok:
		return false, loginlimit.WrongCredentials("password", fault.WrongPassword)
	case user.State != model.Active || l.ops.Denied.Contains(user.ID):
		return false, operation.InactiveAccount()
	}
	return upgrade, nil
}

func mismatchError(lookup error) error {
	if lookup != nil {
		return loginlimit.WrongCredentials("user", fault.Unknown)
	}
	return loginlimit.WrongCredentials("password", fault.NoPassword)
}

// rehashPassword stores a new hash of the password if the stored one has another format or
// weaker parameters.
func (l *Logins) rehashPassword(ctx context.Context, user model.User, before model.Password, given secret.Text) (model.User, model.Password, error) {
	hash, err := l.hasher.Hash(ctx, given.Reveal())
	if err != nil {
		return user, before, ratelimit.HashingBusy(err)
	}
	err = l.ops.Write(ctx, func(tx model.Writer) error {
		if err := RequireSamePassword(tx, l, user, before); err != nil {
			return err
		}
		return tx.UpgradePassword(user.ID, hash)
	})
	return user, model.Password{Hash: hash, Version: before.Version}, err
}

// RequireSamePassword returns an error if the user was blocked or the password changed since
// it was verified.
func RequireSamePassword(tx model.Reader, l *Logins, user model.User, password model.Password) error {
	now, err := tx.User(user.ID)
	if err != nil {
		return operation.HideCredential(err)
	}
	if now.State != model.Active || l.ops.Denied.Contains(user.ID) {
		return operation.InactiveAccount()
	}
	current, err := tx.PasswordOf(user.ID)
	if err == nil && current.Version != password.Version {
		return loginlimit.WrongCredentials("password", fault.WrongPassword)
	}
	return err
}
