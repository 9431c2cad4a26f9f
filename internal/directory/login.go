package directory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// Login is what a user enters to log in. Exactly one of ID, Name and Email is looked
// at, in that order.
type Login struct {
	ID         UserID // of somebody who is known already and proves it once more
	Name       string // username or address: no username has an @
	Email      string
	Password   secret.Text
	Invitation secret.Text // joins its organization with the same call (pm415)
}

// text is what names the person. Only what is looked at counts, or somebody could
// escape the counting of failures by varying the rest.
func (l Login) name() string {
	if l.ID != 0 {
		return fmt.Sprint(l.ID)
	}
	return cmp.Or(l.Name, l.Email)
}

// trimmed removes blanks around the names, which come with pasting. What is left is
// looked up, and counted.
func (l Login) trimmed() Login {
	l.Name, l.Email = unitext.Trim(l.Name), unitext.Trim(l.Email)
	return l
}

// LogIn checks a password and opens a session of the given kind.
//
// Failures are Unauthenticated: with the fault Unknown on "user", NoPassword or
// WrongPassword on "password", for the APIs whose products tell them apart;
// Forbidden with Inactive on "state" for accounts that are not active, and only where
// the password is right: another answer would reveal the account. All cost the same work. Too many are Limited, by typed name and
// network, or fail alike, by account and network: see [loginLimit].
func (d *Directory) LogIn(ctx context.Context, actor Actor, login Login, kind SessionKind) (Session, secret.Text, User, error) {
	login = login.trimmed()
	user, password, err := d.verifyLogin(ctx, actor, login)
	if err != nil {
		return Session{}, "", User{}, err
	}
	var session Session
	var token secret.Text
	err = d.write(ctx, func(tx Writer) error {
		if err := d.completeLogin(tx, actor, login, user, password); err != nil {
			return err
		}
		actor.user, actor.impersonator = user.ID, user.ID
		session, token, err = d.openSession(tx, actor, user.ID, kind, 0, sessionTerms{passwordVerifiedAt: d.now()})
		if err != nil || login.Invitation == "" {
			return err
		}
		return d.joinByInvitation(tx, actor, user, login.Invitation)
	})
	return session, token, user, err
}

// CheckPassword is LogIn without a session: for APIs that answer with the API
// key instead (GitLab v3's POST /session). It makes the key if there is none.
func (d *Directory) CheckPassword(ctx context.Context, actor Actor, login Login) (User, secret.Text, error) {
	login = login.trimmed()
	user, password, err := d.verifyLogin(ctx, actor, login)
	if err != nil {
		return User{}, "", err
	}
	var key secret.Text
	err = d.write(ctx, func(tx Writer) error {
		if err := d.completeLogin(tx, actor, login, user, password); err != nil {
			return err
		}
		actor.user, actor.impersonator = user.ID, user.ID
		key, err = d.ensureAPIKey(tx, actor, user.ID)
		return err
	})
	return user, key, err
}

// prove finds the person and verifies the password, between two transactions:
// hashing takes long and must hold none open.
func (d *Directory) verifyLogin(ctx context.Context, actor Actor, login Login) (User, Password, error) {
	if err := checkLogin(login); err != nil {
		return User{}, Password{}, err
	}
	c, err := d.readLoginCandidate(ctx, actor, login)
	if err != nil {
		return c.user, c.password, err
	}
	upgrade, verdict := d.verifyPassword(hashing(ctx, actor), c.user, c.password, login.Password, c.lookup)
	if kind := fault.KindOf(verdict); verdict != nil && kind != fault.Unauthenticated && kind != fault.Forbidden {
		return c.user, c.password, verdict
	}
	if c.answer(verdict) != nil {
		return c.user, c.password, d.countFailure(ctx, actor, d.loginLimit(actor, login, c.user), c.user, verdict)
	}
	if upgrade {
		return d.rehashPassword(hashing(ctx, actor), c.user, c.password, login.Password)
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
	if len(login.Password) > PasswordBytes {
		f.Add("password", fault.TooLong, PasswordBytes)
	}
	return f.Err()
}

// loginCandidate is the account that a login names.
type loginCandidate struct {
	standing
	user     User
	password Password
	lookup   error // NotFound when no account has the name
}

// candidate reads as much for names without an account as for others.
func (d *Directory) readLoginCandidate(ctx context.Context, actor Actor, login Login) (c loginCandidate, err error) {
	err = d.store.Read(ctx, func(tx Reader) error {
		if c.user, c.lookup = d.findLoginUser(tx, actor, login); c.lookup != nil && fault.KindOf(c.lookup) != fault.NotFound {
			return c.lookup
		}
		if c.standing, err = d.standing(tx, d.loginLimit(actor, login, c.user)); err != nil {
			return err
		}
		c.password, err = tx.PasswordOf(c.user.ID)
		if c.lookup != nil {
			return ignoreNotFound(err)
		}
		return err
	})
	return c, err
}

func (d *Directory) findLoginUser(tx Reader, actor Actor, login Login) (User, error) {
	switch {
	case login.ID != 0:
		return tx.User(login.ID)
	case login.Name != "":
		return d.findByNameOrEmail(tx, actor, login.Name)
	}
	return d.accountByEmail(tx, actor, login.Email)
}

// findByEither prefers the user who has the username. It always looks for both, so
// that both take the same work.
func (d *Directory) findByNameOrEmail(tx Reader, actor Actor, name string) (User, error) {
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

// verify does the same work whether or not the person exists.
func (d *Directory) verifyPassword(ctx context.Context, user User, stored Password, given secret.Text, lookup error) (upgrade bool, err error) {
	if lookup != nil || stored.Hash == "" {
		if err := d.hasher.VerifyDummy(ctx, given.Reveal()); err != nil {
			return false, hashingBusy(err)
		}
		return false, mismatchError(lookup)
	}
	ok, upgrade, err := d.hasher.Verify(ctx, stored.Hash, given.Reveal())
	switch {
	case err != nil:
		return false, hashingBusy(err)
	case !ok:
		return false, wrongCredentials("password", fault.WrongPassword)
	case user.State != Active || d.denied.contains(user.ID):
		return false, inactiveAccount()
	}
	return upgrade, nil
}

func mismatchError(lookup error) error {
	if lookup != nil {
		return wrongCredentials("user", fault.Unknown)
	}
	return wrongCredentials("password", fault.NoPassword)
}

func inactiveAccount() error {
	return &fault.Error{Kind: fault.Forbidden, Msg: "this account is not active; ask an administrator",
		Fields: []fault.Field{{Name: "state", Code: fault.Inactive}}}
}

func wrongCredentials(field string, code fault.Code) error {
	return &fault.Error{Kind: fault.Unauthenticated, Msg: "name or password are wrong", Fields: []fault.Field{{Name: field, Code: code}}}
}

// busy turns a full queue for hashing into an answer that says when to return.
func hashingBusy(err error) error {
	if errors.Is(err, secret.ErrBusy) || errors.Is(err, context.DeadlineExceeded) {
		return &fault.Error{Kind: fault.Limited, Msg: "too many logins at once; try again in a moment", RetryAfter: time.Second, Err: err}
	}
	return err
}

// upgrade stores the password hashed the way we do today, when it came from
// elsewhere or was made with lesser parameters.
func (d *Directory) rehashPassword(ctx context.Context, user User, before Password, given secret.Text) (User, Password, error) {
	hash, err := d.hasher.Hash(ctx, given.Reveal())
	if err != nil {
		return user, before, hashingBusy(err)
	}
	err = d.write(ctx, func(tx Writer) error {
		if err := d.requireSamePassword(tx, user, before); err != nil {
			return err
		}
		return tx.UpgradePassword(user.ID, hash)
	})
	return user, Password{Hash: hash, Version: before.Version}, err
}

// pass checks once more before a login with the right password succeeds. Tries that
// ran beside each other all saw the count of before: one that is locked by now learns
// nothing from the others.
func (d *Directory) completeLogin(tx Writer, actor Actor, login Login, user User, password Password) error {
	limit := d.loginLimit(actor, login, user)
	s, err := d.standing(tx, limit)
	if err == nil {
		err = cmp.Or(s.answer(nil), s.busy)
	}
	if err != nil {
		return err
	}
	if err := d.requireSamePassword(tx, user, password); err != nil {
		return err
	}
	return d.loggedIn(tx, limit)
}

// stillTheSame wants that between looking and acting the person was not blocked
// and the password not changed.
func (d *Directory) requireSamePassword(tx Reader, user User, password Password) error {
	now, err := tx.User(user.ID)
	if err != nil {
		return hideCredential(err)
	}
	if now.State != Active || d.denied.contains(user.ID) {
		return inactiveAccount()
	}
	current, err := tx.PasswordOf(user.ID)
	if err == nil && current.Version != password.Version {
		return wrongCredentials("password", fault.WrongPassword)
	}
	return err
}
