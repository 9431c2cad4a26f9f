package registration

import (
	"context"
	"strings"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/maillink"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/passwordpolicy"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/session"
	"roster.example/roster/internal/unitext"
)

// Input is the input of a sign-up. It has no permissions, state, organization or ids.
type Input struct {
	Username     string // empty derives one from the address if the sign-up is confirmed by a link
	Email        string
	Password     secret.Text
	GivenName    string
	FamilyName   string
	Organization string      // creates an organization with this name (pm415)
	Invitation   secret.Text // token of an invitation to accept (pm415)
	Language     string      // of the page of the sign-up; it becomes the language of the account. May be empty
}

// Register signs up a user. With an organization or an invitation the user is activated by a
// mailed link. Otherwise (Wekan) the user is active at once, with the role Pending in the home
// organization: new users see no others until an administrator gives them another role.
//
// It is Forbidden with Closed on "sign_up" if sign-up is closed, except with an invitation. If
// only addresses of some domains may sign up, the link is needed as well.
//
// The native API always needs the link, and does not reveal whether the address has an
// account: the returned user contains only the input, without an id, and the owner of an
// existing account is mailed. Username and organization are assigned when the link is opened,
// with a number if they were taken meanwhile; names that are taken already are an error,
// whatever the address.
func (s *SignUps) Register(ctx context.Context, actor model.Actor, r Input) (model.User, error) {
	return s.registerWith(ctx, actor, r, func(model.Writer, model.User) error { return nil })
}

// RegisterAndLogIn is Register with a session of the given kind, in one transaction. If the new user
// has to confirm an address first, the registration succeeds and the error is that of a login to an
// account that is not active.
func (s *SignUps) RegisterAndLogIn(ctx context.Context, actor model.Actor, r Input, kind model.SessionKind) (login.Result, error) {
	var result login.Result
	made, err := s.registerWith(ctx, actor, r, func(tx model.Writer, made model.User) (err error) {
		if made.State != model.Active {
			return nil
		}
		actor := operation.AsUser(actor, made.ID)
		if result, err = login.CreateSession(tx, s.logins, actor, made, kind, session.Terms{PasswordVerifiedAt: s.ops.Now()}); err != nil {
			return err
		}
		if result.Memberships, err = tx.Memberships(made.ID); err != nil {
			return err
		}
		return s.attempts.CountLogin(tx, s.attempts.For(actor, login.Attempt{Name: r.Username, Email: r.Email}.Trimmed().Subject(), made))
	})
	if err == nil && made.State != model.Active {
		return login.Result{}, operation.InactiveAccount()
	}
	return result, err
}

// registerWith registers a user, and calls then in the same transaction.
func (s *SignUps) registerWith(ctx context.Context, actor model.Actor, r Input, then func(model.Writer, model.User) error) (model.User, error) {
	unitext.TrimAll(&r.Username, &r.Email)
	if err := s.requireSignUpOpen(r); err != nil {
		return model.User{}, err
	}
	if err := s.checkRegistration(actor, r); err != nil {
		return model.User{}, err
	}
	var made model.User
	err := s.limits.LimitRevealingAnswers(ctx, actor, func() error {
		if err := s.countSignUp(ctx, actor); err != nil {
			return err
		}
		hash, err := ratelimit.HashPassword(ctx, s.hasher, actor, r.Password)
		if err != nil {
			return err
		}
		return s.ops.Write(ctx, func(tx model.Writer) error {
			if inputpolicy.HidesAccounts(s.policy, actor.API()) {
				made = r.withoutAccount()
				return s.options.Queue(tx, actor, r, hash)
			}
			if made, err = Create(tx, s, actor, r, hash); err != nil {
				return err
			}
			return then(tx, made)
		})
	})
	return made, err
}

func (s *SignUps) checkRegistration(actor model.Actor, r Input) error {
	var f fault.List
	switch {
	case r.Email == "" && s.awaitsConfirmation(actor, r):
		f.Add("email", fault.Blank, 0)
	case r.Username == "" && r.Email == "":
		f.Add("user", fault.Blank, 0)
	}
	if r.Username != "" {
		s.checkRegistrationUsername(&f, actor, r.Username)
	}
	if r.Email != "" {
		emailaddress.Check(&f, r.Email)
	}
	inputpolicy.CheckPassword(s.policy, &f, actor, r.Password, passwordpolicy.Hints{r.Username, r.Email, r.GivenName, r.FamilyName, r.Organization})
	inputpolicy.CheckNames(&f, model.Names{GivenName: r.GivenName, FamilyName: r.FamilyName})
	inputpolicy.CheckPreferences(&f, &r.Language, nil, nil)
	if r.Organization != "" {
		unitext.CheckUniqueName(&f, "organization", r.Organization, inputpolicy.NameLimit)
	}
	if err := f.Err(); err != nil || r.Organization == "" || r.Invitation != "" {
		return err
	}
	return s.names.CheckOrganization(r.Organization)
}

// checkRegistrationUsername checks a username that a user chooses. If the first user of a
// server becomes administrator, reserved words are checked in [Create].
func (s *SignUps) checkRegistrationUsername(f *fault.List, actor model.Actor, username string) {
	if s.options.FirstUserAdmin && actor.API() == model.Wekan {
		inputpolicy.CheckNewUsername(f, actor.API(), username)
		return
	}
	inputpolicy.CheckChosenUsername(s.policy, f, actor.API(), username)
}

func (s *SignUps) countSignUp(ctx context.Context, actor model.Actor) error {
	return s.ops.Write(ctx, func(tx model.Writer) error {
		return s.limits.Take(tx, s.limits.SignUpBounds(actor))
	})
}

// Create adds the account of a sign-up, and accepts its invitation.
func Create(tx model.Writer, s *SignUps, actor model.Actor, r Input, hash string) (model.User, error) {
	i, mailed, err := s.invitationFor(tx, r)
	if err != nil {
		return model.User{}, err
	}
	state := model.Active
	if s.awaitsConfirmation(actor, r) {
		state = model.Invited
	}
	made := s.users.New(model.Names{}.WithParts(r.GivenName, r.FamilyName), state)
	if !inputpolicy.HidesAccounts(s.policy, actor.API()) {
		made.Username = r.Username
	}
	email := model.Email{Address: r.Email, Claimed: true}
	claimed, err := s.isClaimedElsewhere(tx, actor, r)
	if err != nil {
		return made, err
	}
	if claimed {
		email.Address = "" // the user gets the address when the mailed link is opened: see attachEmail in package directory
	}
	if err := s.setRegistrationUsername(tx, actor, &made, r, email.Address); err != nil {
		return made, err
	}
	first, err := s.becomesFirstAdmin(tx, actor)
	if err != nil {
		return made, err
	}
	if made.Username != "" && !first && s.names.IsReservedWord(made.Username) {
		return made, fault.InvalidField("username", fault.Reserved, 0)
	}
	made.Admin = first
	if err := s.users.AddFree(tx, actor, &made, email, hash); err != nil {
		return made, err
	}
	if r.Language != "" {
		if err := tx.PutPreferences(made.ID, model.Preferences{Language: r.Language}); err != nil {
			return made, err
		}
	}
	if claimed {
		made.Emails = []model.Email{{User: made.ID, Address: r.Email, Primary: true, Claimed: true}} // for the message and the response
	}
	actor = operation.AsUser(actor, made.ID)
	return made, s.finishRegistration(tx, actor, made, r, i, mailed)
}

// setRegistrationUsername derives the username if the product has none. If the API does not
// reveal accounts, Apply assigns it later. email is the address that must be
// free; empty if there is none.
func (s *SignUps) setRegistrationUsername(tx model.Reader, actor model.Actor, made *model.User, r Input, email string) error {
	if inputpolicy.HidesAccounts(s.policy, actor.API()) {
		return nil
	}
	if err := s.users.RequireFree(tx, 0, r.Username, email); err != nil {
		return err
	}
	if made.Username != "" || !s.awaitsConfirmation(actor, r) {
		return nil
	}
	name, err := s.users.UsernameFromAddress(tx, r.Email)
	made.Username = name
	return err
}

// becomesFirstAdmin reports whether the sign-up is the first one of a server where that
// becomes administrator (docs/products/wekan.md, 3).
func (s *SignUps) becomesFirstAdmin(tx model.Reader, actor model.Actor) (bool, error) {
	if !s.options.FirstUserAdmin || actor.API() != model.Wekan {
		return false, nil
	}
	page, err := tx.Users(model.UserFilter{Limit: 1}, model.Visibility{All: true})
	return err == nil && page.Total == 0, err
}

// finishRegistration adds the memberships of a new user and mails the link, if one is needed.
func (s *SignUps) finishRegistration(tx model.Writer, actor model.Actor, u model.User, r Input, i model.Invitation, mailed bool) error {
	registration, message := model.PendingRegistration{}, model.Message{Kind: model.VerifyMessage}
	if inputpolicy.HidesAccounts(s.policy, actor.API()) {
		registration = model.PendingRegistration{Username: r.Username, Organization: strings.TrimSpace(r.Organization)}
	}
	switch {
	case r.Invitation != "":
		registration.Organization = ""
		if err := invitation.Finish(tx, s.invites, actor, i, u, mailed); err != nil {
			return err
		}
	case registration.Organization != "":
	case r.Organization != "":
		if _, err := s.users.AddOrganization(tx, actor, u.ID, r.Organization); err != nil {
			return err
		}
	default:
		if err := s.users.Join(tx, actor, u, 0, model.RolePending); err != nil || !s.awaitsConfirmation(actor, r) {
			return err
		}
	}
	return s.links.SendWith(tx, actor, u, u.Primary(), model.Link{Purpose: model.VerifyEmail, Registration: registration}, message, maillink.VerifyLifetime)
}

// invitationFor returns the invitation of a sign-up, and whether the token is the mailed one.
func (s *SignUps) invitationFor(tx model.Reader, r Input) (i model.Invitation, mailed bool, err error) {
	if r.Invitation == "" {
		return model.Invitation{}, false, nil
	}
	if i, mailed, err = invitation.Open(tx, s.invites, r.Invitation); err != nil {
		return i, mailed, err
	}
	if !emailaddress.Same(i.Email, r.Email) {
		return i, mailed, invitation.WrongAddress()
	}
	_, err = invitation.InvitedUser(tx, i)
	return i, mailed, err
}
