package invitation

import (
	"cmp"
	"context"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/role"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// invitationByToken finds an invitation by the mailed token or the inviter's, and reports
// which it was.
func invitationByToken(tx model.Reader, token secret.Text) (i model.Invitation, mailed bool, err error) {
	i, err = tx.InvitationByHash(invitationHash(token))
	if fault.KindOf(err) != fault.NotFound {
		return i, true, err
	}
	i, err = tx.InvitationByHash(secret.Fingerprint(token.Reveal()))
	return i, false, err
}

// Open returns an invitation that can still be accepted, and whether the token is
// the mailed one. Every failure gives the same error.
func Open(tx model.Reader, invites *Invites, token secret.Text) (i model.Invitation, mailed bool, err error) {
	i, mailed, err = invitationByToken(tx, token)
	if fault.KindOf(err) == fault.NotFound || err == nil && i.StateAt(invites.ops.Now()) != model.InvitationOpen {
		return i, mailed, unusable()
	}
	if err != nil {
		return i, mailed, err
	}
	return i, mailed, requireInviterCanInvite(tx, i)
}

// requireInviterCanInvite returns an error if the inviter could no longer send the invitation:
// an invitation ends with the inviter's permission to grant its role.
func requireInviterCanInvite(tx model.Reader, i model.Invitation) error {
	if i.Inviter == 0 {
		return nil // the operator
	}
	inviter, err := tx.User(i.Inviter)
	if fault.KindOf(err) == fault.NotFound || err == nil && inviter.State != model.Active {
		return unusable()
	}
	if err != nil || inviter.Admin {
		return err
	}
	err = operation.AuthorizeMember(tx, inviter.ID, model.UsersInvite, i.Org)
	if err == nil {
		err = role.RequireCanGrant(tx, model.Actor{}, inviter, i.Org, i.Role)
	}
	if kind := fault.KindOf(err); kind == fault.NotFound || kind == fault.Forbidden {
		return unusable()
	}
	return err
}

func unusable() *fault.Error {
	return fault.New(fault.Expired, "this invitation can no longer be used; ask for a new one", fault.Field{Name: "invitation", Code: fault.Inactive})
}

// Preview is what the holder of the link can see of an invitation.
type Preview struct {
	Invitation   model.Invitation
	Organization model.Organization
	User         model.User      // the invited user; zero if there is none
	Projects     []model.Project // that the user is assigned to on acceptance
	// CanLogIn is set if an account has the address and can join by logging in with the
	// invitation, CanRegister if the invitation can be accepted with a new username and
	// password. For the inviter's token both are set, so that it does not reveal which is the
	// case.
	CanLogIn, CanRegister bool
}

// InvitationByToken returns an open invitation to the holder of its link.
func (invites *Invites) InvitationByToken(ctx context.Context, actor model.Actor, token secret.Text) (Preview, error) {
	var shown Preview
	err := invites.store.Read(ctx, func(tx model.Reader) (err error) {
		var mailed bool
		if shown.Invitation, mailed, err = Open(tx, invites, token); err != nil {
			return err
		}
		if shown.Organization, err = tx.Organization(shown.Invitation.Org); err != nil {
			return err
		}
		if shown.Projects, err = invitedProjects(tx, shown.Invitation.ID); err != nil {
			return err
		}
		return shown.setChoices(tx, mailed)
	})
	return shown, err
}

func (s *Preview) setChoices(tx model.Reader, mailed bool) (err error) {
	if s.User, err = InvitedUser(tx, s.Invitation); err != nil {
		return err
	}
	s.CanLogIn, s.CanRegister = true, true
	if !mailed {
		return nil
	}
	holder, err := tx.UserByEmail(s.Invitation.Email)
	if fault.KindOf(err) == fault.NotFound {
		s.CanLogIn = false
		return nil
	}
	e, _ := holder.EmailAt(s.Invitation.Email)
	s.CanLogIn = !holder.IsPendingRegistration()
	s.CanRegister = !s.CanLogIn || holder.Releases(e)
	return err
}

// Acceptance is the input of a user that accepts an invitation.
type Acceptance struct {
	Username   string
	Password   secret.Text
	GivenName  string // empty keeps the inviter's input
	FamilyName string
}

// AcceptInvitation accepts an invitation with a new username and password, and returns the
// account and its API key, which the page shows once.
//
// The mailed token verifies the address. It turns the invited user of the invitation into an
// account, completes an unconfirmed sign-up of the address, and takes the address from an
// account that claimed it without verifying it. The inviter's token creates an account with an
// unverified address, and opens the invited user only if that has nothing that the inviter
// could not give.
//
// For an address with an account it is a Conflict, which counts as a revealing response: the
// account joins by a login with it.
func (invites *Invites) AcceptInvitation(ctx context.Context, actor model.Actor, token secret.Text, a Acceptance) (model.User, secret.Text, error) {
	unitext.TrimAll(&a.Username)
	if err := invites.checkAcceptance(ctx, actor, token, a); err != nil {
		return model.User{}, "", err
	}
	var accepted model.User
	var key secret.Text
	err := invites.limits.LimitRevealingAnswers(ctx, actor, func() error {
		hash, err := ratelimit.HashPassword(ctx, invites.hasher, actor, a.Password)
		if err != nil {
			return err
		}
		return invites.ops.Write(ctx, func(tx model.Writer) error {
			accepted, key, err = invites.acceptInvitation(tx, actor, token, a, hash)
			return err
		})
	})
	return accepted, key, err
}

func (invites *Invites) acceptInvitation(tx model.Writer, actor model.Actor, token secret.Text, a Acceptance, hash string) (model.User, secret.Text, error) {
	i, mailed, err := Open(tx, invites, token)
	if err != nil {
		return model.User{}, "", err
	}
	accepted, err := invites.acceptingUser(tx, actor, i, a, hash, mailed)
	if err != nil {
		return model.User{}, "", err
	}
	actor = operation.AsUser(operation.WithLink(actor), accepted.ID)
	if err := Finish(tx, invites, actor, i, accepted, mailed); err != nil {
		return model.User{}, "", err
	}
	key, err := credential.FirstAPIKey(tx, invites.credentials, actor, accepted.ID)
	return accepted, key, err
}

func (invites *Invites) checkAcceptance(ctx context.Context, actor model.Actor, token secret.Text, a Acceptance) error {
	var i model.Invitation
	err := invites.store.Read(ctx, func(tx model.Reader) (err error) {
		i, _, err = Open(tx, invites, token)
		return err
	})
	if err != nil {
		return err
	}
	var f fault.List
	inputpolicy.CheckChosenUsername(invites.policy, &f, actor.API(), a.Username)
	inputpolicy.CheckPassword(invites.policy, &f, actor, a.Password, append(inputpolicy.HintsOf(ctx, invites.policy, i.User), a.Username, i.Email, a.GivenName, a.FamilyName))
	inputpolicy.CheckNames(&f, model.Names{GivenName: a.GivenName, FamilyName: a.FamilyName})
	return f.Err()
}

// acceptingUser returns the account that accepts, and creates it if necessary.
func (invites *Invites) acceptingUser(tx model.Writer, actor model.Actor, i model.Invitation, a Acceptance, hash string, mailed bool) (model.User, error) {
	invited, err := InvitedUser(tx, i)
	if err != nil {
		return invited, err
	}
	holder, err := tx.UserByEmail(i.Email)
	switch {
	case fault.KindOf(err) == fault.NotFound:
	case err != nil:
		return holder, err
	case !mailed:
		return holder, fault.TakenField("email")
	case !receivesMailAt(holder, i.Email):
		return holder, fault.TakenField("email")
	case holder.IsPendingRegistration():
		return invites.acceptAsExisting(tx, actor, holder, a, hash)
	default:
		if err := invites.rules.ReleaseEmail(tx, actor, holder, i.Email); err != nil {
			return holder, err
		}
	}
	opens, err := canOpenInvitedUser(tx, i, invited, mailed)
	if err != nil {
		return invited, err
	}
	if opens {
		return invites.acceptAsInvited(tx, actor, invited, a, hash, mailed)
	}
	return invites.acceptAsNew(tx, actor, i, a, hash, mailed)
}

// receivesMailAt reports whether emails to address reach a mailbox of the user. Another
// spelling of the address can be another mailbox: see [emailaddress.SameMailbox].
func receivesMailAt(u model.User, address string) bool {
	e, held := u.EmailAt(address)
	return held && emailaddress.SameMailbox(e.Address, address)
}

// canOpenInvitedUser reports whether the token turns the invited user into an account. The
// inviter's token does only if the user has nothing that the inviter could not give: one
// membership, in the organization, and no identity.
func canOpenInvitedUser(tx model.Reader, i model.Invitation, invited model.User, mailed bool) (bool, error) {
	if invited.ID == 0 || mailed {
		return mailed && invited.ID != 0, nil
	}
	memberships, err := tx.Memberships(invited.ID)
	identified := len(invited.Identities) > 0 || invited.LastIdentity != model.LastIdentity{}
	if err != nil || len(memberships) != 1 || memberships[0].Organization.ID != i.Org || identified {
		return false, err
	}
	i.Role = memberships[0].Role.ID
	if err := requireInviterCanInvite(tx, i); err != nil {
		return false, ignoreExpired(err)
	}
	assigned, err := tx.Assignments(i.Org, []model.UserID{invited.ID})
	if err != nil || len(assigned[invited.ID]) == 0 {
		return err == nil, err
	}
	return inviterCanAssign(tx, i)
}

func ignoreExpired(err error) error {
	if fault.KindOf(err) == fault.Expired {
		return nil
	}
	return err
}

// acceptAsInvited turns the invited user into an account. With the inviter's token the address
// is not verified, and a verification is mailed.
func (invites *Invites) acceptAsInvited(tx model.Writer, actor model.Actor, u model.User, a Acceptance, hash string, mailed bool) (model.User, error) {
	if mailed {
		return invites.acceptAsExisting(tx, actor, u, a, hash)
	}
	if err := invites.rules.RevokeAllAccess(tx, actor, u); err != nil {
		return u, err
	}
	if err := invites.applyAcceptance(tx, &u, a, hash); err != nil {
		return u, err
	}
	address := u.Primary()
	address.Invited, address.Claimed = false, true
	if err := tx.ChangeEmail(address); err != nil {
		return u, err
	}
	actor = operation.AsUser(operation.WithLink(actor), u.ID)
	if err := invites.rules.Activate(tx, actor, u); err != nil {
		return u, err
	}
	u, err := tx.User(u.ID)
	if err != nil {
		return u, err
	}
	return u, invites.rules.SendVerification(tx, actor, u)
}

// acceptAsExisting turns an invited user or an unconfirmed sign-up into an account with a
// verified primary address. All former credentials of an unconfirmed sign-up are revoked.
func (invites *Invites) acceptAsExisting(tx model.Writer, actor model.Actor, u model.User, a Acceptance, hash string) (model.User, error) {
	if u.IsPendingRegistration() {
		if err := invites.rules.RevokeAllAccess(tx, actor, u); err != nil {
			return u, err
		}
	}
	if err := invites.applyAcceptance(tx, &u, a, hash); err != nil {
		return u, err
	}
	actor = operation.AsUser(operation.WithLink(actor), u.ID)
	address := u.Primary()
	address.Invited = false
	if err := invites.rules.VerifyEmail(tx, actor, u, address); err != nil {
		return u, err
	}
	return tx.User(u.ID)
}

// applyAcceptance sets username, names and password; the caller writes the user.
func (invites *Invites) applyAcceptance(tx model.Writer, u *model.User, a Acceptance, hash string) error {
	if err := invites.users.RequireFree(tx, u.ID, a.Username, ""); err != nil {
		return err
	}
	u.Username = a.Username
	if a.GivenName+a.FamilyName != "" {
		u.Names = u.WithParts(a.GivenName, a.FamilyName)
	}
	u.HasPassword = true
	return tx.PutPassword(u.ID, hash)
}

// acceptAsNew creates the account. With the inviter's token the address is not verified, and a
// verification is mailed.
func (invites *Invites) acceptAsNew(tx model.Writer, actor model.Actor, i model.Invitation, a Acceptance, hash string, mailed bool) (model.User, error) {
	u := invites.users.New(model.Names{}.WithParts(a.GivenName, a.FamilyName), model.Active)
	u.Username = a.Username
	if err := invites.users.AddFree(tx, actor, &u, model.Email{Address: i.Email, Verified: mailed, Claimed: true}, hash); err != nil || mailed {
		return u, err
	}
	return u, invites.rules.SendVerification(tx, actor, u)
}

// Finish marks the invitation accepted and makes the account a member. With the
// mailed token the account gets the memberships of the invited user, with roles that were
// changed since. With the inviter's token another account gets the role of the invitation, and
// the invited user is deleted.
func Finish(tx model.Writer, invites *Invites, actor model.Actor, i model.Invitation, u model.User, mailed bool) error {
	made := i
	i.AcceptedAt, i.User = invites.ops.Now(), u.ID
	if err := tx.ChangeInvitation(i); err != nil {
		return err
	}
	if err := invites.resolveInvitedUser(tx, actor, made, u, mailed); err != nil {
		return err
	}
	if err := invites.addInvitedMember(tx, actor, made, u, mailed); err != nil {
		return err
	}
	if err := invites.assignInvitedProjects(tx, actor, i, u); err != nil {
		return err
	}
	return invites.ops.Record(tx, actor, operation.EventSpec{Verb: model.InvitationAccept, Target: "invitation", ID: int64(i.ID), User: u.ID, Org: i.Org})
}

// addInvitedMember makes the account a member with the role of the invitation, unless it has
// the membership of the invited user.
func (invites *Invites) addInvitedMember(tx model.Writer, actor model.Actor, made model.Invitation, u model.User, mailed bool) error {
	if made.User != 0 && (mailed || made.User == u.ID) {
		if _, err := tx.Member(made.Org, u.ID); fault.KindOf(err) != fault.NotFound {
			return err
		}
	}
	return invites.users.GrantRole(tx, actor, made.Org, u.ID, made.Role)
}

// resolveInvitedUser deletes the invited user of an invitation that another account accepts.
func (invites *Invites) resolveInvitedUser(tx model.Writer, actor model.Actor, made model.Invitation, u model.User, mailed bool) error {
	if made.User == 0 || made.User == u.ID {
		return nil
	}
	invited, err := InvitedUser(tx, made)
	if err != nil {
		return err
	}
	if mailed {
		return invites.mergeInvitedUser(tx, actor, invited, u)
	}
	return DeleteInvitedUser(tx, invites, actor, made)
}

// Join makes a user a member of the organization of an invitation, in the
// transaction of the login. The mailed token also verifies the address.
func Join(tx model.Writer, invites *Invites, actor model.Actor, u model.User, token secret.Text) error {
	u, err := tx.User(u.ID)
	if err != nil {
		return err
	}
	used, _, err := invitationByToken(tx, token)
	if err == nil && !used.AcceptedAt.IsZero() && used.User == u.ID {
		return fault.TakenField("member")
	}
	i, mailed, err := Open(tx, invites, token)
	if err != nil {
		return err
	}
	if _, err := InvitedUser(tx, i); err != nil {
		return err
	}
	e, held := u.EmailAt(i.Email)
	mailed = mailed && emailaddress.SameMailbox(e.Address, i.Email)
	if !held || !mailed && !e.Primary && !e.Verified {
		return WrongAddress()
	}
	member, err := tx.Member(i.Org, u.ID)
	if fault.KindOf(err) != fault.NotFound && (err != nil || !mailed || member.Role != model.RolePending) {
		return cmp.Or[error](err, fault.TakenField("member"))
	}
	if mailed && !e.Verified {
		if err := invites.rules.VerifyEmail(tx, actor, u, e); err != nil {
			return err
		}
	}
	return Finish(tx, invites, actor, i, u, mailed)
}

func WrongAddress() *fault.Error {
	return fault.New(fault.Invalid, "this invitation was sent to another address", fault.Field{Name: "email", Code: fault.Mismatch})
}
