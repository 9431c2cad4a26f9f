package directory

import (
	"cmp"
	"context"
	"errors"
	"time"

	"roster.example/roster/internal/secret"
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
func (l Login) text() string {
	if l.ID != 0 {
		return personKey(l.ID)
	}
	return cmp.Or(l.Name, l.Email)
}

// LogIn checks a password and opens a session of the given kind.
//
// Failures are Unauthenticated: with the fault Unknown on "user", NoPassword or
// WrongPassword on "password", for the APIs whose products tell them apart;
// Forbidden with Inactive on "state" for people who may not come in, whatever
// the password. All cost the same work. Too many are Limited, by account and by
// address.
func (d *Directory) LogIn(ctx context.Context, who Actor, login Login, kind SessionKind) (Session, secret.Text, User, error) {
	user, password, err := d.prove(ctx, who, login)
	if err != nil {
		return Session{}, "", User{}, err
	}
	var session Session
	var token secret.Text
	err = d.write(ctx, func(tx Writer) error {
		if err := d.pass(tx, who, login, user, password); err != nil {
			return err
		}
		who.user, who.real = user.ID, user.ID
		session, token, err = d.openSession(tx, who, user.ID, kind, 0, proof{provenAt: d.now()})
		if err != nil || login.Invitation == "" {
			return err
		}
		return d.join(tx, who, user, login.Invitation)
	})
	return session, token, user, err
}

// CheckPassword is LogIn without a session: for APIs that answer with the API
// key instead (GitLab v3's POST /session). It makes the key if there is none.
func (d *Directory) CheckPassword(ctx context.Context, who Actor, login Login) (User, secret.Text, error) {
	user, password, err := d.prove(ctx, who, login)
	if err != nil {
		return User{}, "", err
	}
	var key secret.Text
	err = d.write(ctx, func(tx Writer) error {
		if err := d.pass(tx, who, login, user, password); err != nil {
			return err
		}
		who.user, who.real = user.ID, user.ID
		key, err = d.keepAPIKey(tx, who, user.ID)
		return err
	})
	return user, key, err
}

// prove finds the person and verifies the password, between two transactions:
// hashing takes long and must hold none open.
func (d *Directory) prove(ctx context.Context, who Actor, login Login) (User, Password, error) {
	if err := checkLogin(login); err != nil {
		return User{}, Password{}, err
	}
	user, password, lookup := d.candidate(ctx, who, login)
	if lookup != nil && KindOf(lookup) != NotFound {
		return user, password, lookup
	}
	upgrade, verdict := d.verify(ctx, user, password, login.Password, lookup)
	if kind := KindOf(verdict); verdict != nil && kind != Unauthenticated && kind != Forbidden {
		return user, password, verdict
	}
	if verdict != nil {
		return user, password, d.countFailure(ctx, who, accountKey(login, user), verdict)
	}
	if upgrade {
		return d.upgrade(ctx, user, password, login.Password)
	}
	return user, password, nil
}

func checkLogin(login Login) error {
	var f faults
	if login.text() == "" {
		f.add("user", Blank, 0)
	}
	if login.Password == "" {
		f.add("password", Blank, 0)
	}
	if len(login.Password) > PasswordBytes {
		f.add("password", TooLong, PasswordBytes)
	}
	return f.err()
}

func (d *Directory) candidate(ctx context.Context, who Actor, login Login) (user User, password Password, err error) {
	err = d.store.View(ctx, func(tx Reader) error {
		var lookup error
		if user, lookup = find(tx, login); lookup != nil && KindOf(lookup) != NotFound {
			return lookup
		}
		if err := d.unthrottled(tx, accountKey(login, user), addressKey(who), tellingKey(who)); err != nil {
			return err
		}
		if lookup != nil {
			return lookup
		}
		password, err = tx.PasswordOf(user.ID)
		return err
	})
	return user, password, err
}

func find(tx Reader, login Login) (User, error) {
	switch {
	case login.ID != 0:
		return tx.User(login.ID)
	case login.Name != "":
		user, err := tx.UserByUsername(login.Name)
		if KindOf(err) == NotFound {
			return tx.UserByEmail(login.Name)
		}
		return user, err
	}
	return tx.UserByEmail(login.Email)
}

// verify does the same work whether or not the person exists.
func (d *Directory) verify(ctx context.Context, user User, stored Password, given secret.Text, lookup error) (upgrade bool, err error) {
	if lookup != nil || stored.Hash == "" {
		if err := d.hasher.VerifyNobody(ctx, given.Reveal()); err != nil {
			return false, busy(err)
		}
		return false, noMatch(user, lookup)
	}
	ok, upgrade, err := d.hasher.Verify(ctx, stored.Hash, given.Reveal())
	switch {
	case err != nil:
		return false, busy(err)
	case user.State != Active:
		return false, inactive()
	case !ok:
		return false, wrong("password", WrongPassword)
	}
	return upgrade, nil
}

func noMatch(user User, lookup error) error {
	switch {
	case lookup != nil:
		return wrong("user", Unknown)
	case user.State != Active:
		return inactive()
	}
	return wrong("password", NoPassword)
}

func inactive() error {
	return &Error{Kind: Forbidden, Msg: "this account is not active; ask an administrator",
		Faults: []Fault{{Field: "state", Code: Inactive}}}
}

func wrong(field string, code Code) error {
	return &Error{Kind: Unauthenticated, Msg: "name or password are wrong", Faults: []Fault{{Field: field, Code: code}}}
}

// busy turns a full queue for hashing into an answer that says when to return.
func busy(err error) error {
	if errors.Is(err, secret.ErrBusy) {
		return &Error{Kind: Limited, Msg: "too many logins at once; try again in a moment", RetryAfter: time.Second, Err: err}
	}
	return err
}

// upgrade stores the password hashed the way we do today, when it came from
// elsewhere or was made with lesser parameters.
func (d *Directory) upgrade(ctx context.Context, user User, before Password, given secret.Text) (User, Password, error) {
	hash, err := d.hasher.Hash(ctx, given.Reveal())
	if err != nil {
		return user, before, busy(err)
	}
	err = d.write(ctx, func(tx Writer) error {
		if err := d.stillTheSame(tx, user, before); err != nil {
			return err
		}
		return tx.UpgradePassword(user.ID, hash)
	})
	return user, Password{Hash: hash, Version: before.Version}, err
}

// pass is the last look before somebody with the right password comes in. Tries
// that ran beside each other all saw the count of before: who is locked by now
// learns nothing from the rest of them.
func (d *Directory) pass(tx Writer, who Actor, login Login, user User, password Password) error {
	account := accountKey(login, user)
	if err := d.unthrottled(tx, account, addressKey(who), tellingKey(who)); err != nil {
		return err
	}
	if err := d.stillTheSame(tx, user, password); err != nil {
		return err
	}
	return tx.DropThrottle(account)
}

// stillTheSame wants that between looking and acting the person was not blocked
// and the password not changed.
func (d *Directory) stillTheSame(tx Reader, user User, password Password) error {
	now, err := tx.User(user.ID)
	if err != nil {
		return hideCredential(err)
	}
	if now.State != Active {
		return inactive()
	}
	current, err := tx.PasswordOf(user.ID)
	if err == nil && current.Version != password.Version {
		return wrong("password", WrongPassword)
	}
	return err
}
