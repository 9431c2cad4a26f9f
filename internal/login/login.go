package login

import (
	"cmp"
	"context"
	"fmt"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/loginlimit"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/session"
	"roster.example/roster/internal/unitext"
)

// Attempt is the input of a login. Exactly one of ID, Name and Email is used, in this order.
type Attempt struct {
	ID         model.UserID // of a known user, for another check of the password
	Name       string       // username or address
	Email      string
	Password   secret.Text
	Factor     secondfactor.Proof // required if the account has a second factor; a passkey alone opens its account
	Invitation secret.Text        // token of an invitation to accept with the login (pm415)
}

// name returns the field that names the user. Only this one is counted: otherwise a caller
// could avoid the limits by varying the others.
func (a Attempt) name() string {
	if a.ID != 0 {
		return fmt.Sprint(a.ID)
	}
	return cmp.Or(a.Name, a.Email)
}

// Subject returns what the limits of logins count.
func (a Attempt) Subject() loginlimit.Subject { return loginlimit.Subject{ID: a.ID, Name: a.name()} }

// Trimmed removes blanks around the names. The trimmed names are looked up and counted.
func (a Attempt) Trimmed() Attempt {
	a.Name, a.Email = unitext.Trim(a.Name), unitext.Trim(a.Email)
	return a
}

// Result is a new session.
type Result struct {
	Session     model.Session
	Token       secret.Text // credential of the session; it cannot be read again
	User        model.User
	Memberships []model.Membership // of the user, with the one of Attempt.Invitation
	MustEnrol   bool               // the session can only add a second factor: see [model.Actor.MustEnrol]
}

// LogIn checks a password and creates a session of the given kind.
//
// Failures are Unauthenticated: with the fault Unknown on "user", NoPassword or WrongPassword on
// "password", where [inputpolicy.Policy.LoginRevealsAccounts]; else with WrongPassword; Forbidden with Inactive on "state" for
// accounts that are not active, and only if the password is right, because another response would
// reveal the account. All take the same time. Too many are Limited, by name and network, or fail
// alike, by account and network: see [loginlimit].
//
// If the account has a second factor, see [secondfactor.Verify] for what is missing or wrong.
func (l *Logins) LogIn(ctx context.Context, actor model.Actor, login Attempt, kind model.SessionKind) (Result, error) {
	login = login.Trimmed()
	if login.name() == "" && login.Password == "" && login.Factor.Passkey.Response != "" {
		return l.logInWithPasskey(ctx, actor, login, kind)
	}
	user, password, err := VerifyPassword(ctx, l, actor, login)
	if err != nil {
		return Result{}, err
	}
	use, err := secondfactor.Verify(ctx, l.factors, actor, login.Subject(), login.Factor, user)
	if err != nil {
		return Result{}, err
	}
	var result Result
	err = l.ops.Write(ctx, func(tx model.Writer) error {
		network, err := l.signInNetworkOf(tx, actor, user, kind)
		if err != nil {
			return err
		}
		if err := l.completeLogin(tx, actor, login, user, password); err != nil {
			return err
		}
		actor = operation.AsUser(actor, user.ID)
		if result, err = l.finishLogin(tx, actor, user, kind, use, login.Invitation); err != nil {
			return err
		}
		return l.finishSignIn(tx, actor, user, network)
	})
	return result, err
}

// finishLogin stores the use of the second factor, creates the session and accepts the invitation.
func (l *Logins) finishLogin(tx model.Writer, actor model.Actor, user model.User, kind model.SessionKind, use secondfactor.Use, invitation secret.Text) (Result, error) {
	if err := use.Store(tx, actor); err != nil {
		return Result{}, err
	}
	result, err := CreateSession(tx, l, actor, user, kind, use.Terms(l.ops.Now()))
	if err != nil {
		return Result{}, err
	}
	if invitation != "" {
		if err := l.options.Join(tx, actor, user, invitation); err != nil {
			return Result{}, err
		}
	}
	err = secondfactor.RequireEnrolled(tx, l.factors, user, use)
	if kind == model.ConsoleLogin && fault.Has(err, "second_factor", fault.Required) {
		result.MustEnrol, err = true, nil
	}
	if err != nil {
		return Result{}, err
	}
	result.Memberships, err = tx.Memberships(user.ID)
	return result, err
}

// CreateSession creates a session after the user has given the password or a passkey.
func CreateSession(tx model.Writer, l *Logins, actor model.Actor, user model.User, kind model.SessionKind, p session.Terms) (Result, error) {
	made, token, err := session.Open(tx, l.sessions, actor, user.ID, kind, 0, p)
	return Result{Session: made, Token: token, User: user}, err
}

// CheckPassword is LogIn without a session, for APIs that return the API key instead (GitLab
// v3's POST /session). It creates the key if there is none.
func (l *Logins) CheckPassword(ctx context.Context, actor model.Actor, login Attempt) (model.User, secret.Text, error) {
	login = login.Trimmed()
	user, password, err := VerifyPassword(ctx, l, actor, login)
	if err != nil {
		return model.User{}, "", err
	}
	use, err := secondfactor.Verify(ctx, l.factors, actor, login.Subject(), login.Factor, user)
	if err != nil {
		return model.User{}, "", err
	}
	var key secret.Text
	err = l.ops.Write(ctx, func(tx model.Writer) error {
		if err := l.completeLogin(tx, actor, login, user, password); err != nil {
			return err
		}
		actor = operation.AsUser(actor, user.ID)
		if err := cmp.Or(use.Store(tx, actor), secondfactor.RequireEnrolled(tx, l.factors, user, use)); err != nil {
			return err
		}
		key, err = credential.EnsureAPIKey(tx, l.credentials, actor, user.ID)
		return err
	})
	return user, key, err
}

// completeLogin checks the limits and the account again before a login with the right password
// succeeds. Concurrent logins all read the same counts before: one that is locked by now must
// not succeed.
func (l *Logins) completeLogin(tx model.Writer, actor model.Actor, login Attempt, user model.User, password model.Password) error {
	limit := l.attempts.For(actor, login.Subject(), user)
	s, err := l.attempts.Check(tx, limit)
	if err == nil {
		err = cmp.Or(s.Answer(nil), s.Busy)
	}
	if err != nil {
		return err
	}
	if err := RequireSamePassword(tx, l, user, password); err != nil {
		return err
	}
	return l.attempts.CountLogin(tx, limit)
}
