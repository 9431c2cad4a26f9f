package directory

import (
	"cmp"
	"context"
	"fmt"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/loginlimit"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/session"
	"roster.example/roster/internal/unitext"
)

// Login is the input of a login. Exactly one of ID, Name and Email is used, in this order.
type Login struct {
	ID         model.UserID // of a known user, for another check of the password
	Name       string       // username or address
	Email      string
	Password   secret.Text
	Factor     secondfactor.Proof // required if the account has a second factor; a passkey alone opens its account
	Invitation secret.Text        // token of an invitation to accept with the login (pm415)
}

// name returns the field that names the user. Only this one is counted: otherwise a caller
// could avoid the limits by varying the others.
func (l Login) name() string {
	if l.ID != 0 {
		return fmt.Sprint(l.ID)
	}
	return cmp.Or(l.Name, l.Email)
}

// subject returns what the limits of logins count.
func (l Login) subject() loginlimit.Subject { return loginlimit.Subject{ID: l.ID, Name: l.name()} }

// trimmed removes blanks around the names. The trimmed names are looked up and counted.
func (l Login) trimmed() Login {
	l.Name, l.Email = unitext.Trim(l.Name), unitext.Trim(l.Email)
	return l
}

// LoginResult is a new session.
type LoginResult struct {
	Session     model.Session
	Token       secret.Text // credential of the session; it cannot be read again
	User        model.User
	Memberships []model.Membership // of the user, with the one of Login.Invitation
	MustEnrol   bool               // the session can only add a second factor: see [model.Actor.MustEnrol]
}

// LogIn checks a password and creates a session of the given kind.
//
// Failures are Unauthenticated: with the fault Unknown on "user", NoPassword or WrongPassword on
// "password", where [Directory.LoginRevealsAccounts]; else with WrongPassword; Forbidden with Inactive on "state" for
// accounts that are not active, and only if the password is right, because another response would
// reveal the account. All take the same time. Too many are Limited, by name and network, or fail
// alike, by account and network: see [loginlimit].
//
// If the account has a second factor, see [secondfactor.Verify] for what is missing or wrong.
func (d *Directory) LogIn(ctx context.Context, actor model.Actor, login Login, kind model.SessionKind) (LoginResult, error) {
	login = login.trimmed()
	if login.name() == "" && login.Password == "" && login.Factor.Passkey.Response != "" {
		return d.logInWithPasskey(ctx, actor, login, kind)
	}
	user, password, err := d.verifyLogin(ctx, actor, login)
	if err != nil {
		return LoginResult{}, err
	}
	use, err := secondfactor.Verify(ctx, d.Factors, actor, login.subject(), login.Factor, user)
	if err != nil {
		return LoginResult{}, err
	}
	var result LoginResult
	err = d.ops.Write(ctx, func(tx model.Writer) error {
		place, err := d.signInPlaceOf(tx, actor, user, kind)
		if err != nil {
			return err
		}
		if err := d.completeLogin(tx, actor, login, user, password); err != nil {
			return err
		}
		actor = asUser(actor, user.ID)
		if result, err = d.finishLogin(tx, actor, user, kind, use, login.Invitation); err != nil {
			return err
		}
		return d.finishSignIn(tx, actor, user, place)
	})
	return result, err
}

// finishLogin stores the use of the second factor, creates the session and accepts the invitation.
func (d *Directory) finishLogin(tx model.Writer, actor model.Actor, user model.User, kind model.SessionKind, use secondfactor.Use, invitation secret.Text) (LoginResult, error) {
	if err := use.Store(tx, actor); err != nil {
		return LoginResult{}, err
	}
	result, err := d.createSession(tx, actor, user, kind, use.Terms(d.ops.Now()))
	if err != nil {
		return LoginResult{}, err
	}
	if invitation != "" {
		if err := d.joinByInvitation(tx, actor, user, invitation); err != nil {
			return LoginResult{}, err
		}
	}
	err = secondfactor.RequireEnrolled(tx, d.Factors, user, use)
	if kind == model.ConsoleLogin && fault.Has(err, "second_factor", fault.Required) {
		result.MustEnrol, err = true, nil
	}
	if err != nil {
		return LoginResult{}, err
	}
	result.Memberships, err = tx.Memberships(user.ID)
	return result, err
}

// createSession creates a session after the user has given the password or a passkey.
func (d *Directory) createSession(tx model.Writer, actor model.Actor, user model.User, kind model.SessionKind, p session.Terms) (LoginResult, error) {
	made, token, err := session.Open(tx, d.List, actor, user.ID, kind, 0, p)
	return LoginResult{Session: made, Token: token, User: user}, err
}

// CheckPassword is LogIn without a session, for APIs that return the API key instead (GitLab
// v3's POST /session). It creates the key if there is none.
func (d *Directory) CheckPassword(ctx context.Context, actor model.Actor, login Login) (model.User, secret.Text, error) {
	login = login.trimmed()
	user, password, err := d.verifyLogin(ctx, actor, login)
	if err != nil {
		return model.User{}, "", err
	}
	use, err := secondfactor.Verify(ctx, d.Factors, actor, login.subject(), login.Factor, user)
	if err != nil {
		return model.User{}, "", err
	}
	var key secret.Text
	err = d.ops.Write(ctx, func(tx model.Writer) error {
		if err := d.completeLogin(tx, actor, login, user, password); err != nil {
			return err
		}
		actor = asUser(actor, user.ID)
		if err := cmp.Or(use.Store(tx, actor), secondfactor.RequireEnrolled(tx, d.Factors, user, use)); err != nil {
			return err
		}
		key, err = credential.EnsureAPIKey(tx, d.Credentials, actor, user.ID)
		return err
	})
	return user, key, err
}

// verifyLogin finds the user and verifies the password, between two transactions: hashing
// takes long and must not keep a transaction open.
func (d *Directory) verifyLogin(ctx context.Context, actor model.Actor, login Login) (model.User, model.Password, error) {
	if err := checkLogin(login); err != nil {
		return model.User{}, model.Password{}, err
	}
	c, err := d.readLoginCandidate(ctx, actor, login)
	if err != nil {
		return c.user, c.password, err
	}
	upgrade, failure := d.verifyPassword(ratelimit.HashingContext(ctx, actor), c.user, c.password, login.Password, c.lookup)
	if kind := fault.KindOf(failure); failure != nil && kind != fault.Unauthenticated && kind != fault.Forbidden {
		return c.user, c.password, failure
	}
	if c.Answer(failure) != nil {
		return c.user, c.password, d.attempts.CountFailure(ctx, actor, d.attempts.For(actor, login.subject(), c.user), c.user, failure)
	}
	if upgrade {
		return d.rehashPassword(ratelimit.HashingContext(ctx, actor), c.user, c.password, login.Password)
	}
	return c.user, c.password, nil
}

func checkLogin(login Login) error {
	var f fault.List
	if login.name() == "" {
		f.Add("user", fault.Blank, 0)
	}
	if login.Password == "" {
		f.Add("password", fault.Blank, 0)
	}
	if len(login.Password) > inputpolicy.PasswordBytes {
		f.Add("password", fault.TooLong, inputpolicy.PasswordBytes)
	}
	return f.Err()
}

// loginCandidate is the account that a login names.
type loginCandidate struct {
	loginlimit.Standing
	user     model.User
	password model.Password
	lookup   error // NotFound if no account has the name
}

// readLoginCandidate reads the same amount for names with and without an account.
func (d *Directory) readLoginCandidate(ctx context.Context, actor model.Actor, login Login) (c loginCandidate, err error) {
	err = d.store.Read(ctx, func(tx model.Reader) error {
		if c.user, c.lookup = d.findLoginUser(tx, actor, login); c.lookup != nil && fault.KindOf(c.lookup) != fault.NotFound {
			return c.lookup
		}
		if c.Standing, err = d.attempts.Standing(tx, d.attempts.For(actor, login.subject(), c.user)); err != nil {
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

func (d *Directory) findLoginUser(tx model.Reader, actor model.Actor, login Login) (model.User, error) {
	switch {
	case login.ID != 0:
		return tx.User(login.ID)
	case login.Name != "":
		return d.findByNameOrEmail(tx, actor, login.Name)
	}
	return d.accountByEmail(tx, actor, login.Email)
}

// findByNameOrEmail prefers the user with the username. It always looks up both, for equal
// work.
func (d *Directory) findByNameOrEmail(tx model.Reader, actor model.Actor, name string) (model.User, error) {
	named, err := tx.UserByUsername(name)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return named, err
	}
	addressed, other := d.accountByEmail(tx, actor, name)
	if err == nil && (other == nil || fault.KindOf(other) == fault.NotFound) {
		return named, nil
	}
	return addressed, other
}

// verifyPassword does the same work whether or not the account exists.
func (d *Directory) verifyPassword(ctx context.Context, user model.User, stored model.Password, given secret.Text, lookup error) (upgrade bool, err error) {
	if lookup != nil || stored.Hash == "" {
		if err := d.hasher.VerifyDummy(ctx, given.Reveal()); err != nil {
			return false, ratelimit.HashingBusy(err)
		}
		return false, mismatchError(lookup)
	}
	ok, upgrade, err := d.hasher.Verify(ctx, stored.Hash, given.Reveal())
	switch {
	case err != nil:
		return false, ratelimit.HashingBusy(err)
	case !ok:
		return false, loginlimit.WrongCredentials("password", fault.WrongPassword)
	case user.State != model.Active || d.ops.Denied.Contains(user.ID):
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
func (d *Directory) rehashPassword(ctx context.Context, user model.User, before model.Password, given secret.Text) (model.User, model.Password, error) {
	hash, err := d.hasher.Hash(ctx, given.Reveal())
	if err != nil {
		return user, before, ratelimit.HashingBusy(err)
	}
	err = d.ops.Write(ctx, func(tx model.Writer) error {
		if err := d.requireSamePassword(tx, user, before); err != nil {
			return err
		}
		return tx.UpgradePassword(user.ID, hash)
	})
	return user, model.Password{Hash: hash, Version: before.Version}, err
}

// completeLogin checks the limits and the account again before a login with the right password
// succeeds. Concurrent logins all read the same counts before: one that is locked by now must
// not succeed.
func (d *Directory) completeLogin(tx model.Writer, actor model.Actor, login Login, user model.User, password model.Password) error {
	limit := d.attempts.For(actor, login.subject(), user)
	s, err := d.attempts.Standing(tx, limit)
	if err == nil {
		err = cmp.Or(s.Answer(nil), s.Busy)
	}
	if err != nil {
		return err
	}
	if err := d.requireSamePassword(tx, user, password); err != nil {
		return err
	}
	return d.attempts.CountLogin(tx, limit)
}

// requireSamePassword returns an error if the user was blocked or the password changed since
// it was verified.
func (d *Directory) requireSamePassword(tx model.Reader, user model.User, password model.Password) error {
	now, err := tx.User(user.ID)
	if err != nil {
		return operation.HideCredential(err)
	}
	if now.State != model.Active || d.ops.Denied.Contains(user.ID) {
		return operation.InactiveAccount()
	}
	current, err := tx.PasswordOf(user.ID)
	if err == nil && current.Version != password.Version {
		return loginlimit.WrongCredentials("password", fault.WrongPassword)
	}
	return err
}
