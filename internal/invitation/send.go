package invitation

import (
	"context"
	"encoding/base64"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/role"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// NewInvitation describes an invitation to be sent.
type NewInvitation struct {
	Org        model.OrgID
	Email      string
	Role       model.RoleID // 0 is the organization's default
	GivenName  string
	FamilyName string
	// MakeUser creates an invited user at once, so that lists of the organization include it
	// (Codebase). Otherwise the user is created when the invitation is accepted (pm415).
	MakeUser bool
	// Projects of the organization that the user is assigned to on acceptance. The inviter
	// needs projects.manage.
	Projects []model.ProjectID
}

// Sent is an invitation with the link that was mailed.
type Sent struct {
	Invitation model.Invitation
	User       model.User // the invited user; zero without MakeUser
	Link       string
}

// Invite creates an invitation and mails its link. It requires users.invite in the
// organization, and all permissions of the role. All faults of the input are returned
// together. Earlier invitations of the address to the organization are revoked. The response
// does not depend on whether the address has an account elsewhere: the account can join by the
// mailed invitation.
func (invites *Invites) Invite(ctx context.Context, actor model.Actor, n NewInvitation) (Sent, error) {
	unitext.TrimAll(&n.Email)
	var made Sent
	err := invites.ops.Update(ctx, actor, model.UsersInvite, n.Org, func(tx model.Writer, self model.User) (err error) {
		if made, err = invites.invite(tx, actor, self, n); err != nil {
			return err
		}
		invites.ops.RedactUser(actor, self, &made.User)
		return invites.ops.StoreResult(ctx, tx, actor, made)
	})
	return made, err
}

func (invites *Invites) invite(tx model.Writer, actor model.Actor, self model.User, n NewInvitation) (Sent, error) {
	org, err := tx.Organization(n.Org)
	if err != nil {
		return Sent{}, err
	}
	role, err := invites.checkInvitation(tx, actor, self, org, n)
	if err != nil {
		return Sent{}, err
	}
	made := Sent{Invitation: model.Invitation{
		Org: org.ID, Role: role, Email: n.Email, Inviter: self.ID,
		CreatedAt: invites.ops.Now(), ExpiresAt: invites.ops.Now().Add(invites.lifetime),
	}}
	if made.User, err = invites.ensureInvitedUser(tx, actor, n); err != nil {
		return made, err
	}
	made.Invitation.User = made.User.ID
	if err := requireCanGrantRoleOfInvited(tx, actor, self, made.Invitation); err != nil {
		return made, err
	}
	if err := invites.revokeEarlierInvitations(tx, actor, self, made.Invitation); err != nil {
		return made, err
	}
	made.Link, err = invites.addAndMailInvitation(tx, actor, self, org, &made.Invitation, made.User.GreetingName())
	made.Invitation = invites.withStatus(made.Invitation)
	if err != nil || len(n.Projects) == 0 {
		return made, err
	}
	return made, tx.PutInvitationProjects(made.Invitation.ID, n.Projects)
}

// checkInvitation checks all of the input, in the order of a form, and returns the role.
func (invites *Invites) checkInvitation(tx model.Reader, actor model.Actor, self model.User, org model.Organization, n NewInvitation) (model.RoleID, error) {
	id, err := role.Grantable(invites.ops, tx, actor, self, org, n.Role)
	unknown := fault.Has(err, "role", fault.Unknown)
	if err != nil && !unknown {
		return 0, err
	}
	if err := requireCanAssignProjects(tx, actor, n); err != nil {
		return 0, err
	}
	var f fault.List
	if n.MakeUser {
		unitext.CheckRequired(&f, "given_name", n.GivenName, inputpolicy.NameLimit)
		unitext.CheckRequired(&f, "family_name", n.FamilyName, inputpolicy.NameLimit)
	}
	emailaddress.Check(&f, n.Email)
	if emailaddress.Valid(n.Email) {
		if err := checkInvitee(&f, tx, n); err != nil {
			return 0, err
		}
	}
	if unknown {
		f.Add("role", fault.Unknown, 0)
	}
	return id, f.Err()
}

// checkInvitee rejects the primary address of a member, which the inviter can see, and with
// MakeUser an address that already has an invited user. An address that a member only claims can
// be invited: the invitation goes to its mailbox. It reads no other accounts, so that the response
// does not reveal them.
func checkInvitee(f *fault.List, tx model.Reader, n NewInvitation) error {
	field := "member"
	if n.MakeUser {
		field = "email"
	}
	invited, err := invitedUserIn(tx, n.Org, n.Email)
	if err != nil {
		return err
	}
	if invited.ID != 0 && (n.MakeUser || invited.State == model.Blocked) {
		f.Add(field, fault.Taken, 0)
		return nil
	}
	held, err := tx.UserByEmail(n.Email)
	if err == nil && emailaddress.Same(held.Primary().Address, n.Email) && !held.Claims(held.Primary()) {
		if _, err = tx.Member(n.Org, held.ID); err == nil {
			f.AddDetail(field, fault.Taken, "this user is already a member of this organization")
		}
	}
	if fault.Has(err, "email", fault.Ambiguous) {
		return nil
	}
	return fault.IgnoreNotFound(err)
}

// ensureInvitedUser returns the invited user of the organization with this address. If there
// is none and the invitation asks for one, it creates it.
func (invites *Invites) ensureInvitedUser(tx model.Writer, actor model.Actor, n NewInvitation) (model.User, error) {
	held, err := invitedUserIn(tx, n.Org, n.Email)
	if err != nil || held.ID != 0 || !n.MakeUser {
		return held, err
	}
	u := invites.users.New(model.Names{}.WithParts(n.GivenName, n.FamilyName), model.Invited)
	err = invites.users.Add(tx, actor, &u, model.Email{Address: n.Email, Invited: true}, "")
	return u, err
}

func (invites *Invites) addAndMailInvitation(tx model.Writer, actor model.Actor, self model.User, org model.Organization, i *model.Invitation, name string) (string, error) {
	token := secret.NewOpaque(43, secret.URLSafe)
	if err := tx.AddInvitation(i, invitationHash(token)); err != nil {
		return "", err
	}
	if i.User != 0 {
		// The invited user is a member at once, so that lists of the organization include it;
		// it has no credential before the invitation is accepted.
		if err := invites.users.AddMember(tx, actor, model.Member{Org: i.Org, User: i.User, Role: i.Role, Since: invites.ops.Now()}); err != nil {
			return "", err
		}
	}
	spec := operation.EventSpec{Verb: model.InvitationCreate, Target: "invitation", ID: int64(i.ID), User: i.User, Org: i.Org}
	if err := invites.ops.Record(tx, actor, spec); err != nil {
		return "", err
	}
	return invites.mailInvitation(tx, actor, self, org, *i, token, name)
}

func (invites *Invites) mailInvitation(tx model.Writer, actor model.Actor, self model.User, org model.Organization, i model.Invitation, token secret.Text, name string) (string, error) {
	if err := invites.limits.CountInvitation(tx, actor, self, i.Org); err != nil {
		return "", err
	}
	message := model.Message{
		Kind: model.InvitationMessage, API: actor.API(), To: i.Email, Name: name, Inviter: self.Label(),
		Organization: org.Name, Token: token, Expires: i.ExpiresAt, Invitation: i.ID,
	}
	if self.ID == 0 {
		message.Inviter = ""
	}
	shown := message
	shown.Token = inviterToken(token)
	link, err := invites.mails.Link(shown)
	if err != nil {
		return "", err
	}
	if inputpolicy.OneInvitationLink(actor.API()) {
		message = shown
	}
	return link, invites.notices.Queue(tx, actor, message)
}

// inviterToken derives the token that the inviter gets, because some APIs return a link as
// well. It can be accepted with a new account, or by an account that logs in; only the mailed
// token verifies the address (see canOpenInvitedUser for the invited user). The mailed token
// cannot be computed from it.
func inviterToken(mailed secret.Text) secret.Text {
	sum := secret.Fingerprint("invitation as shown to the inviter: " + mailed.Reveal())
	return secret.Text(base64.RawURLEncoding.EncodeToString(sum))
}

// invitationHash returns the stored hash of an invitation with this mailed token.
func invitationHash(mailed secret.Text) []byte {
	return secret.Fingerprint(inviterToken(mailed).Reveal())
}

// ResendInvitation mails a new link with a new expiry; links sent before become invalid. If
// there is an invited user, it goes to the current address of that user. An invitation that
// was accepted or revoked is a Conflict.
func (invites *Invites) ResendInvitation(ctx context.Context, actor model.Actor, org model.OrgID, id model.InvitationID) (Sent, error) {
	var sent Sent
	err := invites.ops.Update(ctx, actor, model.UsersInvite, org, func(tx model.Writer, self model.User) error {
		i, err := pendingInvitation(tx, actor, self, org, id)
		if err != nil {
			return err
		}
		if err := role.RequireRecentToGrant(invites.ops, tx, actor, i.Role); err != nil {
			return err
		}
		sent = Sent{Invitation: i}
		if i.User != 0 {
			if sent.User, err = tx.User(i.User); err != nil {
				return err
			}
		}
		return invites.resend(tx, actor, self, &sent)
	})
	return sent, err
}

func (invites *Invites) resend(tx model.Writer, actor model.Actor, self model.User, sent *Sent) error {
	i := &sent.Invitation
	if i.User != 0 {
		if !sent.User.AwaitsInvitation() {
			return fault.New(fault.Conflict, "the invited user was blocked, or got an account without this invitation; check the user first",
				fault.Field{Name: "invitation", Code: fault.Inactive})
		}
		i.Email = sent.User.Primary().Address
	}
	if err := invites.revokeEarlierInvitations(tx, actor, self, *i); err != nil {
		return err
	}
	org, err := tx.Organization(i.Org)
	if err != nil {
		return err
	}
	i.Inviter, i.ExpiresAt = self.ID, invites.ops.Now().Add(invites.lifetime)
	if err := tx.ChangeInvitation(*i); err != nil {
		return err
	}
	*i = invites.withStatus(*i)
	token := secret.NewOpaque(43, secret.URLSafe)
	if err := tx.PutInvitationHash(i.ID, invitationHash(token)); err != nil {
		return err
	}
	if err := tx.DropInvitationMails(i.ID); err != nil { // their link is invalid
		return err
	}
	spec := operation.EventSpec{Verb: model.InvitationResend, Target: "invitation", ID: int64(i.ID), User: i.User, Org: i.Org}
	if err := invites.ops.Record(tx, actor, spec); err != nil {
		return err
	}
	sent.Link, err = invites.mailInvitation(tx, actor, self, org, *i, token, sent.User.GreetingName())
	return err
}
