package directory

import (
	"context"
	"slices"
	"time"

	"roster.example/roster/internal/secret"
)

// NewInvitation asks somebody to join an organization.
type NewInvitation struct {
	Org        OrgID
	Email      string
	Role       RoleID // 0 is the organization's default
	GivenName  string
	FamilyName string
	// MakeUser makes the person at once, in state Invited, so that lists show them
	// (Codebase). Without it, they appear when they register with the link (pm415).
	MakeUser bool
}

// SentInvitation is an invitation with the link that was mailed.
type SentInvitation struct {
	Invitation Invitation
	User       User // the person made for it; zero without MakeUser
	Link       string
}

// Invite makes an invitation and mails its link. It needs users.invite in the
// organization, and nobody invites to a role that holds more than their own.
func (d *Directory) Invite(ctx context.Context, who Actor, n NewInvitation) (SentInvitation, error) {
	if err := d.authorize(ctx, who, UsersInvite, n.Org); err != nil {
		return SentInvitation{}, err
	}
	if err := checkInvitation(n); err != nil {
		return SentInvitation{}, err
	}
	var made SentInvitation
	err := d.update(ctx, who, UsersInvite, n.Org, func(tx Writer, me User) (err error) {
		made, err = d.invite(tx, who, me, n)
		return err
	})
	return made, err
}

func checkInvitation(n NewInvitation) error {
	var f faults
	if n.MakeUser {
		checkText(&f, "given_name", n.GivenName, nameLimit)
		checkText(&f, "family_name", n.FamilyName, nameLimit)
	}
	checkAddress(&f, n.Email)
	return f.err()
}

func (d *Directory) invite(tx Writer, who Actor, me User, n NewInvitation) (SentInvitation, error) {
	org, err := tx.Organization(n.Org)
	if err != nil {
		return SentInvitation{}, err
	}
	role, err := assignable(tx, who, me, org, n.Role)
	if err != nil {
		return SentInvitation{}, err
	}
	made := SentInvitation{Invitation: Invitation{
		Org: org.ID, Role: role, Email: n.Email, Inviter: me.ID,
		CreatedAt: d.now(), ExpiresAt: d.now().Add(d.options.Lifetimes.Invitation),
	}}
	if made.User, err = d.invitee(tx, who, n); err != nil {
		return made, err
	}
	made.Invitation.User = made.User.ID
	made.Link, err = d.sendInvitation(tx, who, me, org, &made.Invitation, made.User.Label())
	return made, err
}

// assignable is the role to give, if who may grant it.
func assignable(tx Reader, who Actor, me User, org Organization, id RoleID) (RoleID, error) {
	id, err := roleIn(tx, org, id)
	if err != nil {
		return 0, err
	}
	return id, mayGrant(tx, who, me, org.ID, id)
}

// roleIn is the default role for 0, else one that is built in or the
// organization's own.
func roleIn(tx Reader, org Organization, id RoleID) (RoleID, error) {
	if id == 0 {
		return org.Default, nil
	}
	role, err := tx.Role(id)
	if KindOf(err) == NotFound || err == nil && role.Org != 0 && role.Org != org.ID {
		return 0, invalid("role", Unknown, 0)
	}
	return id, err
}

// invitee makes the person who is invited, or refuses someone who is a member
// already.
func (d *Directory) invitee(tx Writer, who Actor, n NewInvitation) (User, error) {
	held, err := tx.UserByEmail(n.Email)
	if KindOf(err) == NotFound {
		if !n.MakeUser {
			return User{}, nil
		}
		u := d.fresh(Names{}.WithParts(n.GivenName, n.FamilyName), Invited)
		err := d.insert(tx, who, &u, n.Email, false, "")
		return u, err
	}
	if err != nil {
		return User{}, err
	}
	if n.MakeUser {
		return User{}, taken("email")
	}
	if _, err := tx.Member(n.Org, held.ID); KindOf(err) != NotFound {
		return User{}, orElse(err, taken("member"))
	}
	return User{}, nil
}

func (d *Directory) sendInvitation(tx Writer, who Actor, me User, org Organization, i *Invitation, name string) (string, error) {
	token := secret.NewOpaque(43, secret.URLSafe)
	if err := tx.AddInvitation(i, secret.Fingerprint(token.Reveal())); err != nil {
		return "", err
	}
	if i.User != 0 {
		// The person waits as a member already, so that the organization's lists
		// show them; no credential of theirs works before they accepted.
		if err := d.enroll(tx, who, Member{Org: i.Org, User: i.User, Role: i.Role, Since: d.now()}); err != nil {
			return "", err
		}
	}
	did := deed{verb: InvitationCreate, target: "invitation", id: int64(i.ID), user: i.User, org: i.Org}
	if err := d.record(tx, who, did); err != nil {
		return "", err
	}
	return d.postInvitation(tx, who, me, org, *i, token, name)
}

func (d *Directory) postInvitation(tx Writer, who Actor, me User, org Organization, i Invitation, token secret.Text, name string) (string, error) {
	letter := Letter{
		Kind: InvitationLetter, API: who.api, To: i.Email, Name: name, Inviter: me.Label(),
		Organization: org.Name, Token: token, Expires: i.ExpiresAt,
	}
	if me.ID == 0 {
		letter.Inviter = ""
	}
	if i.User == 0 {
		letter.Name = ""
	}
	link, err := d.link(letter)
	if err != nil {
		return "", err
	}
	return link, d.post(tx, letter)
}

// openInvitation finds an invitation that can still be accepted. Whatever is
// wrong, the answer is the same.
func (d *Directory) openInvitation(tx Reader, token secret.Text) (Invitation, error) {
	i, err := tx.InvitationByHash(secret.Fingerprint(token.Reveal()))
	if KindOf(err) == NotFound || err == nil && !i.open(d.now()) {
		return i, badInvitation()
	}
	return i, err
}

func badInvitation() *Error {
	return fail(Expired, "this invitation can no longer be used; ask for a new one", Fault{Field: "invitation", Code: Inactive})
}

func (i Invitation) open(now time.Time) bool {
	return i.AcceptedAt.IsZero() && i.RevokedAt.IsZero() && i.ExpiresAt.After(now)
}

// ShownInvitation is what the holder of the link may know of it.
type ShownInvitation struct {
	Invitation   Invitation
	Organization Organization
	User         User // who waits for it, or the person who has the address; zero if nobody
}

// InvitationByToken shows an open invitation to the holder of its link.
func (d *Directory) InvitationByToken(ctx context.Context, who Actor, token secret.Text) (ShownInvitation, error) {
	var shown ShownInvitation
	err := d.store.View(ctx, func(tx Reader) (err error) {
		if shown.Invitation, err = d.openInvitation(tx, token); err != nil {
			return err
		}
		if shown.Organization, err = tx.Organization(shown.Invitation.Org); err != nil {
			return err
		}
		shown.User, err = tx.UserByEmail(shown.Invitation.Email)
		if KindOf(err) == NotFound {
			return nil
		}
		return err
	})
	return shown, err
}

// Acceptance is what a person fills in who follows an invitation.
type Acceptance struct {
	Username   string
	Password   secret.Text
	GivenName  string // empty keeps what the inviter wrote
	FamilyName string
}

// AcceptInvitation makes the invited person active: username and password are
// set, the invitation used up, all at once. It returns the person's API key, which
// is shown this once on the page. The address of a person who waited is proven.
//
// People who have an account already join by [Directory.LogIn].
func (d *Directory) AcceptInvitation(ctx context.Context, who Actor, token secret.Text, a Acceptance) (User, secret.Text, error) {
	if err := d.checkAcceptance(ctx, who, token, a); err != nil {
		return User{}, "", err
	}
	hash, err := d.hash(ctx, a.Password)
	if err != nil {
		return User{}, "", err
	}
	var accepted User
	var key secret.Text
	err = d.write(ctx, func(tx Writer) error {
		i, err := d.openInvitation(tx, token)
		if err != nil {
			return err
		}
		accepted, err = d.acceptAs(tx, who, i, a, hash)
		if err != nil {
			return err
		}
		who.credential, who.user, who.real = ByLink, accepted.ID, accepted.ID
		if err := d.accept(tx, who, i, accepted); err != nil {
			return err
		}
		key, err = d.keepAPIKey(tx, who, accepted.ID)
		return err
	})
	return accepted, key, err
}

func (d *Directory) checkAcceptance(ctx context.Context, who Actor, token secret.Text, a Acceptance) error {
	err := d.store.View(ctx, func(tx Reader) error {
		_, err := d.openInvitation(tx, token)
		return err
	})
	if err != nil {
		return err
	}
	var f faults
	checkUsername(&f, who.api, a.Username)
	checkPassword(&f, who.api, a.Password.Reveal(), d.options.PasswordMinimum)
	checkNames(&f, Names{GivenName: a.GivenName, FamilyName: a.FamilyName})
	return f.err()
}

// acceptAs turns the person who waits into an active one, or makes them.
func (d *Directory) acceptAs(tx Writer, who Actor, i Invitation, a Acceptance, hash string) (User, error) {
	if i.User == 0 {
		return d.acceptAsNew(tx, who, i, a, hash)
	}
	u, err := tx.User(i.User)
	if err != nil {
		return u, err
	}
	// The link proves the address that it was sent to, and no other.
	if u.State != Invited || Fold(u.Primary().Address) != Fold(i.Email) {
		return u, badInvitation()
	}
	if err := d.free(tx, u.ID, a.Username, ""); err != nil {
		return u, err
	}
	u.Username = a.Username
	if a.GivenName+a.FamilyName != "" {
		u.Names = u.WithParts(a.GivenName, a.FamilyName)
	}
	u.HasPassword = true
	if err := tx.PutPassword(u.ID, hash); err != nil {
		return u, err
	}
	who.credential, who.user, who.real = ByLink, u.ID, u.ID
	err = d.proveAddress(tx, who, u)
	u.State = Active
	return u, err
}

// acceptAsNew makes the person. Some APIs hand the link of such an invitation to
// the inviter, so it proves no address: a letter asks for that.
func (d *Directory) acceptAsNew(tx Writer, who Actor, i Invitation, a Acceptance, hash string) (User, error) {
	u := d.fresh(Names{}.WithParts(a.GivenName, a.FamilyName), Active)
	u.Username = a.Username
	if err := d.insert(tx, who, &u, i.Email, false, hash); err != nil {
		return u, err
	}
	return u, d.sendLink(tx, who, u, VerifyEmail, VerifyLetter, d.options.Lifetimes.Verify)
}

// accept uses the invitation up and makes the person a member. Who waited as one
// keeps the role held by now: it may have been changed since.
func (d *Directory) accept(tx Writer, who Actor, i Invitation, u User) error {
	i.AcceptedAt, i.User = d.now(), u.ID
	if err := tx.ChangeInvitation(i); err != nil {
		return err
	}
	_, err := tx.Member(i.Org, u.ID)
	if KindOf(err) == NotFound {
		err = d.enroll(tx, who, Member{Org: i.Org, User: u.ID, Role: i.Role, Since: d.now()})
	}
	if err != nil {
		return err
	}
	return d.record(tx, who, deed{verb: InvitationAccept, target: "invitation", id: int64(i.ID), user: u.ID, org: i.Org})
}

// join takes a person into the organization of an invitation, within the login
// that carries it.
func (d *Directory) join(tx Writer, who Actor, u User, token secret.Text) error {
	i, err := tx.InvitationByHash(secret.Fingerprint(token.Reveal()))
	if err == nil && !i.AcceptedAt.IsZero() && i.User == u.ID {
		return taken("member")
	}
	if i, err = d.openInvitation(tx, token); err != nil {
		return err
	}
	if Fold(i.Email) != Fold(u.Primary().Address) {
		return wrongAddress()
	}
	if _, err := tx.Member(i.Org, u.ID); KindOf(err) != NotFound {
		return orElse(err, taken("member"))
	}
	return d.accept(tx, who, i, u)
}

func wrongAddress() *Error {
	return fail(Invalid, "this invitation was sent to another address", Fault{Field: "email", Code: Mismatch})
}

// Invitations lists the invitations of an organization.
func (d *Directory) Invitations(ctx context.Context, who Actor, org OrgID) ([]Invitation, error) {
	var list []Invitation
	err := d.view(ctx, who, UsersInvite, org, func(tx Reader, _ User) (err error) {
		list, err = tx.Invitations(org)
		return err
	})
	return list, err
}

// RevokeInvitation makes an invitation worthless. Somebody who was made for it
// and never came in goes with it.
func (d *Directory) RevokeInvitation(ctx context.Context, who Actor, org OrgID, id InvitationID) error {
	return d.update(ctx, who, UsersInvite, org, func(tx Writer, me User) error {
		i, err := tx.Invitation(id)
		if err != nil {
			return err
		}
		if i.Org != org || !i.AcceptedAt.IsZero() || !i.RevokedAt.IsZero() {
			return notFound("invitation")
		}
		if err := mayGrant(tx, who, me, org, i.Role); err != nil {
			return err
		}
		return d.revokeInvitation(tx, who, i)
	})
}

func (d *Directory) revokeInvitation(tx Writer, who Actor, i Invitation) error {
	i.RevokedAt = d.now()
	if err := tx.ChangeInvitation(i); err != nil {
		return err
	}
	did := deed{verb: InvitationRevoke, target: "invitation", id: int64(i.ID), user: i.User, org: i.Org}
	if err := d.record(tx, who, did); err != nil {
		return err
	}
	return d.dropWaiting(tx, who, i)
}

// dropWaiting removes a person who can come in by this invitation alone.
func (d *Directory) dropWaiting(tx Writer, who Actor, i Invitation) error {
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
	if err := tx.DropUser(u.ID); err != nil {
		return err
	}
	return d.recordUser(tx, who, UserDelete, u.ID, "never came in")
}

// revokeWaiting revokes the open invitations for which this person was made in
// org: who is taken out must not come back by them.
func (d *Directory) revokeWaiting(tx Writer, who Actor, org OrgID, u User) error {
	if u.State == Active {
		return nil
	}
	invitations, err := tx.InvitationsFor(u.Primary().Address)
	if err != nil {
		return err
	}
	for _, i := range invitations {
		if i.Org != org || i.User != u.ID || !i.AcceptedAt.IsZero() || !i.RevokedAt.IsZero() {
			continue
		}
		if err := d.revokeInvitation(tx, who, i); err != nil {
			return err
		}
	}
	return nil
}
