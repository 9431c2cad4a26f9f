package directory

import (
	"context"
	"encoding/base64"
	"slices"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// NewInvitation asks somebody to join an organization.
type NewInvitation struct {
	Org        OrgID
	Email      string
	Role       RoleID // 0 is the organization's default
	GivenName  string
	FamilyName string
	// MakeUser makes a waiting user at once, in state Invited, so that lists of the
	// organization show it (Codebase). Without it, a user appears when the invitation is
	// accepted (pm415).
	MakeUser bool
	// Projects of the organization, to which the person is assigned on accepting.
	// The inviter must be one who may assign people to projects.
	Projects []ProjectID
}

// SentInvitation is an invitation with the link that was mailed.
type SentInvitation struct {
	Invitation Invitation
	User       User // the waiting user made for it; zero without MakeUser
	Link       string
}

// Invite makes an invitation and mails its link. It needs users.invite in the
// organization, and nobody invites to a role that holds more than their own. All
// that is wrong with the input is told at once. Earlier invitations of the address to
// the organization are revoked. The answer is the same whether or not the address has an
// account elsewhere: the invitation is mailed, and the account can join with it.
func (d *Directory) Invite(ctx context.Context, actor Actor, n NewInvitation) (SentInvitation, error) {
	unitext.TrimAll(&n.Email)
	var made SentInvitation
	err := d.update(ctx, actor, UsersInvite, n.Org, func(tx Writer, self User) (err error) {
		if made, err = d.invite(tx, actor, self, n); err != nil {
			return err
		}
		return d.storeResponse(tx, actor, made)
	})
	return made, err
}

func (d *Directory) invite(tx Writer, actor Actor, self User, n NewInvitation) (SentInvitation, error) {
	org, err := tx.Organization(n.Org)
	if err != nil {
		return SentInvitation{}, err
	}
	role, err := checkInvitation(tx, actor, self, org, n)
	if err != nil {
		return SentInvitation{}, err
	}
	made := SentInvitation{Invitation: Invitation{
		Org: org.ID, Role: role, Email: n.Email, Inviter: self.ID,
		CreatedAt: d.now(), ExpiresAt: d.now().Add(d.options.Lifetimes.Invitation),
	}}
	if made.User, err = d.ensureInvitedUser(tx, actor, n); err != nil {
		return made, err
	}
	made.Invitation.User = made.User.ID
	if err := d.revokeEarlierInvitations(tx, actor, self, made.Invitation); err != nil {
		return made, err
	}
	made.Link, err = d.addAndMailInvitation(tx, actor, self, org, &made.Invitation, made.User.Label())
	made.Invitation = d.withStatus(made.Invitation)
	if err != nil || len(n.Projects) == 0 {
		return made, err
	}
	return made, tx.PutInvitationProjects(made.Invitation.ID, n.Projects)
}

// invitable looks at all of the input, in the order of a form, and gives the role.
func checkInvitation(tx Reader, actor Actor, self User, org Organization, n NewInvitation) (RoleID, error) {
	role, err := grantableRole(tx, actor, self, org, n.Role)
	unknown := fault.Has(err, "role", fault.Unknown)
	if err != nil && !unknown {
		return 0, err
	}
	if err := requireCanAssignProjects(tx, actor, n); err != nil {
		return 0, err
	}
	var f fault.List
	if n.MakeUser {
		unitext.CheckRequired(&f, "given_name", n.GivenName, nameLimit)
		unitext.CheckRequired(&f, "family_name", n.FamilyName, nameLimit)
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

// checkInvitee rejects the primary address of a member, since the inviter can see members. A
// waiting user is a member that cannot be made twice. It looks at no other account, so
// the answer does not reveal whether one has the address.
func checkInvitee(f *fault.List, tx Reader, n NewInvitation) error {
	field := "member"
	if n.MakeUser {
		field = "email"
	}
	invited, err := invitedUserIn(tx, n.Org, n.Email)
	if err != nil {
		return err
	}
	if invited.ID != 0 && (n.MakeUser || invited.State == Blocked) {
		f.Add(field, fault.Taken, 0)
		return nil
	}
	held, err := tx.UserByEmail(n.Email)
	if err == nil && emailaddress.Same(held.Primary().Address, n.Email) {
		if _, err = tx.Member(n.Org, held.ID); err == nil {
			f.AddDetail(field, fault.Taken, "this user is already a member of this organization")
		}
	}
	if fault.Has(err, "email", fault.Ambiguous) {
		return nil
	}
	return ignoreNotFound(err)
}

// assignable is the role to give, if who may grant it.
func grantableRole(tx Reader, actor Actor, self User, org Organization, id RoleID) (RoleID, error) {
	id, err := resolveRole(tx, org, id)
	if err != nil {
		return 0, err
	}
	return id, requireCanGrantRole(tx, actor, self, org.ID, id)
}

// roleIn is the default role for 0, else one that is built in or the
// organization's own.
func resolveRole(tx Reader, org Organization, id RoleID) (RoleID, error) {
	if id == 0 {
		return org.Default, nil
	}
	role, err := tx.Role(id)
	if fault.KindOf(err) == fault.NotFound || err == nil && role.Org != 0 && role.Org != org.ID {
		return 0, fault.InvalidField("role", fault.Unknown, 0)
	}
	return id, err
}

// waitingUser is the user who waits already for an invitation of the organization at
// this address, or a new one if the invitation asks for one.
func (d *Directory) ensureInvitedUser(tx Writer, actor Actor, n NewInvitation) (User, error) {
	held, err := invitedUserIn(tx, n.Org, n.Email)
	if err != nil || held.ID != 0 || !n.MakeUser {
		return held, err
	}
	u := d.newUser(Names{}.WithParts(n.GivenName, n.FamilyName), Invited)
	err = d.addUser(tx, actor, &u, Email{Address: n.Email, Invited: true}, "")
	return u, err
}

// hideNobody takes a missing person for no error.
func ignoreNotFound(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

func (d *Directory) addAndMailInvitation(tx Writer, actor Actor, self User, org Organization, i *Invitation, name string) (string, error) {
	token := secret.NewOpaque(43, secret.URLSafe)
	if err := tx.AddInvitation(i, invitationHash(token)); err != nil {
		return "", err
	}
	if i.User != 0 {
		// The person waits as a member already, so that the organization's lists
		// show them; no credential of theirs works before they accepted.
		if err := d.addMember(tx, actor, Member{Org: i.Org, User: i.User, Role: i.Role, Since: d.now()}); err != nil {
			return "", err
		}
	}
	spec := eventSpec{verb: InvitationCreate, target: "invitation", id: int64(i.ID), user: i.User, org: i.Org}
	if err := d.record(tx, actor, spec); err != nil {
		return "", err
	}
	return d.mailInvitation(tx, actor, self, org, *i, token, name)
}

func (d *Directory) mailInvitation(tx Writer, actor Actor, self User, org Organization, i Invitation, token secret.Text, name string) (string, error) {
	if err := d.countInvitation(tx, actor, self, i.Org); err != nil {
		return "", err
	}
	message := Message{
		Kind: InvitationMessage, API: actor.api, To: i.Email, Name: name, Inviter: self.Label(),
		Organization: org.Name, Token: token, Expires: i.ExpiresAt, Invitation: i.ID,
	}
	if self.ID == 0 {
		message.Inviter = ""
	}
	if i.User == 0 {
		message.Name = ""
	}
	shown := message
	shown.Token = inviterToken(token)
	link, err := d.renderLink(shown)
	if err != nil {
		return "", err
	}
	if inputPolicyOf(actor.api).oneInvitationLink {
		message = shown
	}
	return link, d.queueMail(tx, actor, message)
}

// shownToken is what the inviter sees in place of the mailed token, because some APIs
// show a link as well. It makes an account, or joins one that logs in; only the mailed token
// verifies the address (see opensWaiting for the waiting user). The mailed token
// cannot be computed from the shown one.
func inviterToken(mailed secret.Text) secret.Text {
	sum := secret.Fingerprint("invitation as shown to the inviter: " + mailed.Reveal())
	return secret.Text(base64.RawURLEncoding.EncodeToString(sum))
}

// invitationHash is what is stored of an invitation whose mailed token is given.
func invitationHash(mailed secret.Text) []byte {
	return secret.Fingerprint(inviterToken(mailed).Reveal())
}

// Invitations lists the invitations of an organization.
func (d *Directory) Invitations(ctx context.Context, actor Actor, org OrgID) ([]Invitation, error) {
	var all []Invitation
	err := d.EachInvitation(ctx, actor, org, func(batch []Invitation) error {
		all = append(all, batch...)
		return nil
	})
	return all, err
}

// EachInvitation calls each with the invitations of an organization, in batches by id.
func (d *Directory) EachInvitation(ctx context.Context, actor Actor, org OrgID, each func([]Invitation) error) error {
	return inBatches(func(after InvitationID, limit int) (list []Invitation, err error) {
		err = d.readBatch(ctx, actor, UsersInvite, org, func(tx Reader, _ User) error {
			found, err := tx.Invitations(org, after, limit)
			if err != nil {
				return err
			}
			list = d.withStatuses(found)
			return setUndelivered(tx, org, list)
		})
		return list, err
	}, func(i Invitation) InvitationID { return i.ID }, each)
}

// stated says by the core's clock what has become of an invitation, for those who hand
// it on.
func (d *Directory) withStatus(i Invitation) Invitation {
	i.Status = i.state(d.now())
	return i
}

func (d *Directory) withStatuses(found []Invitation) []Invitation {
	all := make([]Invitation, len(found))
	for n, i := range found {
		all[n] = d.withStatus(i)
	}
	return all
}

// RevokeInvitation makes an invitation worthless. Somebody who was made for it
// and never came in goes with it. One that was accepted or revoked is a Conflict.
func (d *Directory) RevokeInvitation(ctx context.Context, actor Actor, org OrgID, id InvitationID) error {
	return d.update(ctx, actor, UsersInvite, org, func(tx Writer, self User) error {
		i, err := pendingInvitation(tx, actor, self, org, id)
		if err != nil {
			return err
		}
		return d.revokeInvitation(tx, actor, i)
	})
}

// pending finds an invitation of org, if who may give its role, and refuses one that
// was accepted or revoked. It may have expired.
func pendingInvitation(tx Reader, actor Actor, self User, org OrgID, id InvitationID) (Invitation, error) {
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
	return i, requireCanGrantRole(tx, actor, self, org, i.Role)
}

// closed says of an invitation that can no longer be changed what to do instead.
func closedInvitationError(i Invitation) error {
	inactive := fault.Field{Name: "invitation", Code: fault.Inactive}
	switch {
	case !i.AcceptedAt.IsZero():
		return fault.New(fault.Conflict, "this invitation was accepted; remove the member to take it back", inactive)
	case !i.RevokedAt.IsZero():
		return fault.New(fault.Conflict, "this invitation was revoked; send a new one", inactive)
	}
	return nil
}

// ResendInvitation mails another link and lets the time begin anew; links sent
// before are worthless. Where somebody waits for it, it goes to the address that
// they have by now. One that was accepted or revoked is a Conflict.
func (d *Directory) ResendInvitation(ctx context.Context, actor Actor, org OrgID, id InvitationID) (SentInvitation, error) {
	var sent SentInvitation
	err := d.update(ctx, actor, UsersInvite, org, func(tx Writer, self User) error {
		i, err := pendingInvitation(tx, actor, self, org, id)
		if err != nil {
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

func (d *Directory) resend(tx Writer, actor Actor, self User, sent *SentInvitation) error {
	i := &sent.Invitation
	if i.User != 0 {
		if !sent.User.awaitsInvitation() {
			return fault.New(fault.Conflict, "whom this invitation is for was blocked, or came in without it; look at the person first",
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
	i.Inviter, i.ExpiresAt = self.ID, d.now().Add(d.options.Lifetimes.Invitation)
	if err := tx.ChangeInvitation(*i); err != nil {
		return err
	}
	*i = d.withStatus(*i)
	token := secret.NewOpaque(43, secret.URLSafe)
	if err := tx.PutInvitationHash(i.ID, invitationHash(token)); err != nil {
		return err
	}
	if err := tx.DropInvitationMails(i.ID); err != nil { // their link is worthless
		return err
	}
	spec := eventSpec{verb: InvitationResend, target: "invitation", id: int64(i.ID), user: i.User, org: i.Org}
	if err := d.record(tx, actor, spec); err != nil {
		return err
	}
	sent.Link, err = d.mailInvitation(tx, actor, self, org, *i, token, sent.User.Label())
	return err
}

func (d *Directory) revokeInvitation(tx Writer, actor Actor, i Invitation) error {
	if err := d.markRevoked(tx, actor, i, ""); err != nil {
		return err
	}
	return d.deleteInvitedUserOf(tx, actor, i)
}

// closeInvitation revokes an invitation and leaves who waits for it.
func (d *Directory) markRevoked(tx Writer, actor Actor, i Invitation, why string) error {
	i.RevokedAt = d.now()
	if err := tx.ChangeInvitation(i); err != nil {
		return err
	}
	if err := tx.DropInvitationMails(i.ID); err != nil {
		return err
	}
	return d.record(tx, actor, eventSpec{
		verb: InvitationRevoke, target: "invitation", id: int64(i.ID), user: i.User, org: i.Org, detail: why,
	})
}

// dropWaiting removes a person who can come in by this invitation alone.
func (d *Directory) deleteInvitedUserOf(tx Writer, actor Actor, i Invitation) error {
	if i.User == 0 {
		return nil
	}
	u, err := tx.User(i.User)
	if err != nil || !u.awaitsInvitation() {
		return err
	}
	memberships, err := tx.Memberships(u.ID)
	if err != nil || slices.ContainsFunc(memberships, func(m Membership) bool { return m.Organization.ID != i.Org }) {
		return err
	}
	if err := d.dropAndReserve(tx, u); err != nil {
		return err
	}
	return d.recordUser(tx, actor, UserDelete, u.ID, "invitation closed")
}

// revokeWaiting revokes the invitations that made this waiting user in org: a user who
// was removed must not come back by them.
func (d *Directory) revokeInvitationsFor(tx Writer, actor Actor, org OrgID, u User) error {
	if !u.isInvited() {
		return nil
	}
	invitations, err := tx.InvitationsOf(u.ID)
	if err != nil {
		return err
	}
	for _, i := range invitations {
		if i.Org != org || !i.isPending() {
			continue
		}
		if err := d.revokeInvitation(tx, actor, i); err != nil {
			return err
		}
	}
	return nil
}
