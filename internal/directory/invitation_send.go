package directory

import (
	"context"
	"encoding/base64"
	"slices"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/newuser"
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

// SentInvitation is an invitation with the link that was mailed.
type SentInvitation struct {
	Invitation model.Invitation
	User       model.User // the invited user; zero without MakeUser
	Link       string
}

// Invite creates an invitation and mails its link. It requires users.invite in the
// organization, and all permissions of the role. All faults of the input are returned
// together. Earlier invitations of the address to the organization are revoked. The response
// does not depend on whether the address has an account elsewhere: the account can join by the
// mailed invitation.
func (d *Directory) Invite(ctx context.Context, actor model.Actor, n NewInvitation) (SentInvitation, error) {
	unitext.TrimAll(&n.Email)
	var made SentInvitation
	err := d.ops.Update(ctx, actor, model.UsersInvite, n.Org, func(tx model.Writer, self model.User) (err error) {
		if made, err = d.invite(tx, actor, self, n); err != nil {
			return err
		}
		return d.ops.StoreResult(ctx, tx, actor, made)
	})
	return made, err
}

func (d *Directory) invite(tx model.Writer, actor model.Actor, self model.User, n NewInvitation) (SentInvitation, error) {
	org, err := tx.Organization(n.Org)
	if err != nil {
		return SentInvitation{}, err
	}
	role, err := d.checkInvitation(tx, actor, self, org, n)
	if err != nil {
		return SentInvitation{}, err
	}
	made := SentInvitation{Invitation: model.Invitation{
		Org: org.ID, Role: role, Email: n.Email, Inviter: self.ID,
		CreatedAt: d.ops.Now(), ExpiresAt: d.ops.Now().Add(d.options.Lifetimes.Invitation),
	}}
	if made.User, err = d.ensureInvitedUser(tx, actor, n); err != nil {
		return made, err
	}
	made.Invitation.User = made.User.ID
	if err := requireCanGrantRoleOfInvited(tx, actor, self, made.Invitation); err != nil {
		return made, err
	}
	if err := d.revokeEarlierInvitations(tx, actor, self, made.Invitation); err != nil {
		return made, err
	}
	made.Link, err = d.addAndMailInvitation(tx, actor, self, org, &made.Invitation, made.User.GreetingName())
	made.Invitation = d.withStatus(made.Invitation)
	if err != nil || len(n.Projects) == 0 {
		return made, err
	}
	return made, tx.PutInvitationProjects(made.Invitation.ID, n.Projects)
}

// checkInvitation checks all of the input, in the order of a form, and returns the role.
func (d *Directory) checkInvitation(tx model.Reader, actor model.Actor, self model.User, org model.Organization, n NewInvitation) (model.RoleID, error) {
	role, err := d.grantableRole(tx, actor, self, org, n.Role)
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
	return role, f.Err()
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

// grantableRole returns the role to give, or an error if the actor may not grant it.
func (d *Directory) grantableRole(tx model.Reader, actor model.Actor, self model.User, org model.Organization, id model.RoleID) (model.RoleID, error) {
	id, err := newuser.ResolveRole(tx, org, id)
	if err != nil {
		return 0, err
	}
	if err := role.RequireCanGrant(tx, actor, self, org.ID, id); err != nil {
		return 0, err
	}
	return id, role.RequireRecentToGrant(d.ops, tx, actor, id)
}

// ensureInvitedUser returns the invited user of the organization with this address. If there
// is none and the invitation asks for one, it creates it.
func (d *Directory) ensureInvitedUser(tx model.Writer, actor model.Actor, n NewInvitation) (model.User, error) {
	held, err := invitedUserIn(tx, n.Org, n.Email)
	if err != nil || held.ID != 0 || !n.MakeUser {
		return held, err
	}
	u := d.users.New(model.Names{}.WithParts(n.GivenName, n.FamilyName), model.Invited)
	err = d.users.Add(tx, actor, &u, model.Email{Address: n.Email, Invited: true}, "")
	return u, err
}

func (d *Directory) addAndMailInvitation(tx model.Writer, actor model.Actor, self model.User, org model.Organization, i *model.Invitation, name string) (string, error) {
	token := secret.NewOpaque(43, secret.URLSafe)
	if err := tx.AddInvitation(i, invitationHash(token)); err != nil {
		return "", err
	}
	if i.User != 0 {
		// The invited user is a member at once, so that lists of the organization include it;
		// it has no credential before the invitation is accepted.
		if err := d.users.AddMember(tx, actor, model.Member{Org: i.Org, User: i.User, Role: i.Role, Since: d.ops.Now()}); err != nil {
			return "", err
		}
	}
	spec := operation.EventSpec{Verb: model.InvitationCreate, Target: "invitation", ID: int64(i.ID), User: i.User, Org: i.Org}
	if err := d.ops.Record(tx, actor, spec); err != nil {
		return "", err
	}
	return d.mailInvitation(tx, actor, self, org, *i, token, name)
}

func (d *Directory) mailInvitation(tx model.Writer, actor model.Actor, self model.User, org model.Organization, i model.Invitation, token secret.Text, name string) (string, error) {
	if err := d.limits.CountInvitation(tx, actor, self, i.Org); err != nil {
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
	link, err := d.mails.Link(shown)
	if err != nil {
		return "", err
	}
	if inputpolicy.OneInvitationLink(actor.API()) {
		message = shown
	}
	return link, d.notices.Queue(tx, actor, message)
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

// Invitations lists the invitations of an organization.
func (d *Directory) Invitations(ctx context.Context, actor model.Actor, org model.OrgID) ([]model.Invitation, error) {
	var all []model.Invitation
	err := d.EachInvitation(ctx, actor, org, func(batch []model.Invitation) error {
		all = append(all, batch...)
		return nil
	})
	return all, err
}

// EachInvitation calls each with the invitations of an organization, in batches by id.
func (d *Directory) EachInvitation(ctx context.Context, actor model.Actor, org model.OrgID, each func([]model.Invitation) error) error {
	return model.InBatches(func(after model.InvitationID, limit int) (list []model.Invitation, err error) {
		err = d.ops.ReadBatch(ctx, actor, model.UsersInvite, org, func(tx model.Reader, _ model.User) error {
			found, err := tx.Invitations(org, after, limit)
			if err != nil {
				return err
			}
			list = d.withStatuses(found)
			return setUndelivered(tx, org, list)
		})
		return list, err
	}, func(i model.Invitation) model.InvitationID { return i.ID }, each)
}

// withStatus sets the status of an invitation, for results.
func (d *Directory) withStatus(i model.Invitation) model.Invitation {
	i.Status = i.StateAt(d.ops.Now())
	return i
}

func (d *Directory) withStatuses(found []model.Invitation) []model.Invitation {
	all := make([]model.Invitation, len(found))
	for n, i := range found {
		all[n] = d.withStatus(i)
	}
	return all
}

// RevokeInvitation revokes an invitation and deletes its invited user. An invitation that was
// accepted or revoked is a Conflict.
func (d *Directory) RevokeInvitation(ctx context.Context, actor model.Actor, org model.OrgID, id model.InvitationID) error {
	return d.ops.Update(ctx, actor, model.UsersInvite, org, func(tx model.Writer, self model.User) error {
		i, err := pendingInvitation(tx, actor, self, org, id)
		if err != nil {
			return err
		}
		return d.revokeInvitation(tx, actor, i)
	})
}

// pendingInvitation returns an invitation of org if the actor may grant its roles. One that was
// accepted or revoked is a Conflict; an expired one is returned.
func pendingInvitation(tx model.Reader, actor model.Actor, self model.User, org model.OrgID, id model.InvitationID) (model.Invitation, error) {
	i, err := tx.Invitation(id)
	if err != nil {
		return i, err
	}
	if i.Org != org {
		return i, fault.Missing("invitation")
	}
	if err := closedInvitationError(i); err != nil {
		return i, err
	}
	return i, requireCanGrantRolesOf(tx, actor, self, i)
}

// requireCanGrantRolesOf returns Forbidden if the actor may not grant the role of an invitation, or
// the current role of its invited user.
func requireCanGrantRolesOf(tx model.Reader, actor model.Actor, self model.User, i model.Invitation) error {
	if err := role.RequireCanGrant(tx, actor, self, i.Org, i.Role); err != nil {
		return err
	}
	return requireCanGrantRoleOfInvited(tx, actor, self, i)
}

// requireCanGrantRoleOfInvited returns Forbidden if the actor may not grant the current role of the
// invited user of an invitation, which may have changed since the invitation was sent.
func requireCanGrantRoleOfInvited(tx model.Reader, actor model.Actor, self model.User, i model.Invitation) error {
	if i.User == 0 {
		return nil
	}
	member, err := tx.Member(i.Org, i.User)
	if err != nil {
		return fault.IgnoreNotFound(err)
	}
	return role.RequireCanGrant(tx, actor, self, i.Org, member.Role)
}

// closedInvitationError returns an error for an invitation that was accepted or revoked.
func closedInvitationError(i model.Invitation) error {
	inactive := fault.Field{Name: "invitation", Code: fault.Inactive}
	switch {
	case !i.AcceptedAt.IsZero():
		return fault.New(fault.Conflict, "this invitation was accepted; remove the member instead", inactive)
	case !i.RevokedAt.IsZero():
		return fault.New(fault.Conflict, "this invitation was revoked; send a new one", inactive)
	}
	return nil
}

// ResendInvitation mails a new link with a new expiry; links sent before become invalid. If
// there is an invited user, it goes to the current address of that user. An invitation that
// was accepted or revoked is a Conflict.
func (d *Directory) ResendInvitation(ctx context.Context, actor model.Actor, org model.OrgID, id model.InvitationID) (SentInvitation, error) {
	var sent SentInvitation
	err := d.ops.Update(ctx, actor, model.UsersInvite, org, func(tx model.Writer, self model.User) error {
		i, err := pendingInvitation(tx, actor, self, org, id)
		if err != nil {
			return err
		}
		if err := role.RequireRecentToGrant(d.ops, tx, actor, i.Role); err != nil {
			return err
		}
		sent = SentInvitation{Invitation: i}
		if i.User != 0 {
			if sent.User, err = tx.User(i.User); err != nil {
				return err
			}
		}
		return d.resend(tx, actor, self, &sent)
	})
	return sent, err
}

func (d *Directory) resend(tx model.Writer, actor model.Actor, self model.User, sent *SentInvitation) error {
	i := &sent.Invitation
	if i.User != 0 {
		if !sent.User.AwaitsInvitation() {
			return fault.New(fault.Conflict, "the invited user was blocked, or got an account without this invitation; check the user first",
				fault.Field{Name: "invitation", Code: fault.Inactive})
		}
		i.Email = sent.User.Primary().Address
	}
	if err := d.revokeEarlierInvitations(tx, actor, self, *i); err != nil {
		return err
	}
	org, err := tx.Organization(i.Org)
	if err != nil {
		return err
	}
	i.Inviter, i.ExpiresAt = self.ID, d.ops.Now().Add(d.options.Lifetimes.Invitation)
	if err := tx.ChangeInvitation(*i); err != nil {
		return err
	}
	*i = d.withStatus(*i)
	token := secret.NewOpaque(43, secret.URLSafe)
	if err := tx.PutInvitationHash(i.ID, invitationHash(token)); err != nil {
		return err
	}
	if err := tx.DropInvitationMails(i.ID); err != nil { // their link is invalid
		return err
	}
	spec := operation.EventSpec{Verb: model.InvitationResend, Target: "invitation", ID: int64(i.ID), User: i.User, Org: i.Org}
	if err := d.ops.Record(tx, actor, spec); err != nil {
		return err
	}
	sent.Link, err = d.mailInvitation(tx, actor, self, org, *i, token, sent.User.GreetingName())
	return err
}

func (d *Directory) revokeInvitation(tx model.Writer, actor model.Actor, i model.Invitation) error {
	if err := d.markRevoked(tx, actor, i, ""); err != nil {
		return err
	}
	return d.deleteInvitedUserOf(tx, actor, i)
}

// markRevoked revokes an invitation and keeps its invited user.
func (d *Directory) markRevoked(tx model.Writer, actor model.Actor, i model.Invitation, why string) error {
	i.RevokedAt = d.ops.Now()
	if err := tx.ChangeInvitation(i); err != nil {
		return err
	}
	if err := tx.DropInvitationMails(i.ID); err != nil {
		return err
	}
	return d.ops.Record(tx, actor, operation.EventSpec{
		Verb: model.InvitationRevoke, Target: "invitation", ID: int64(i.ID), User: i.User, Org: i.Org, Detail: why,
	})
}

// deleteInvitedUserOf deletes the invited user of an invitation, unless it is invited to other
// organizations as well.
func (d *Directory) deleteInvitedUserOf(tx model.Writer, actor model.Actor, i model.Invitation) error {
	if i.User == 0 {
		return nil
	}
	u, err := tx.User(i.User)
	if err != nil || !u.AwaitsInvitation() {
		return err
	}
	memberships, err := tx.Memberships(u.ID)
	if err != nil || slices.ContainsFunc(memberships, func(m model.Membership) bool { return m.Organization.ID != i.Org }) {
		return err
	}
	if err := d.dropAndReserve(tx, u); err != nil {
		return err
	}
	return d.ops.RecordUser(tx, actor, model.UserDelete, u.ID, "invitation closed")
}

// revokeInvitationsFor revokes the invitations of an invited user in org, so that a removed
// user cannot join by them.
func (d *Directory) revokeInvitationsFor(tx model.Writer, actor model.Actor, org model.OrgID, u model.User) error {
	if !u.IsInvited() {
		return nil
	}
	invitations, err := tx.InvitationsOf(u.ID)
	if err != nil {
		return err
	}
	for _, i := range invitations {
		if i.Org != org || !i.IsPending() {
			continue
		}
		if err := d.revokeInvitation(tx, actor, i); err != nil {
			return err
		}
	}
	return nil
}
