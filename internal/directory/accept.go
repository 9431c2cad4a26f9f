package directory

import (
	"context"

	"roster.example/roster/internal/secret"
)

// byToken finds an invitation by either token, and whether it was the mailed one.
func byToken(tx Reader, token secret.Text) (i Invitation, mailed bool, err error) {
	i, err = tx.InvitationByHash(invitationHash(token))
	if KindOf(err) != NotFound {
		return i, true, err
	}
	i, err = tx.InvitationByHash(secret.Fingerprint(token.Reveal()))
	return i, false, err
}

// openInvitation finds an invitation that can still be accepted. Whatever is
// wrong, the answer is the same.
func (d *Directory) openInvitation(tx Reader, token secret.Text) (Invitation, error) {
	i, _, err := byToken(tx, token)
	if KindOf(err) == NotFound || err == nil && i.state(d.now()) != InvitationOpen {
		return i, badInvitation()
	}
	if err != nil {
		return i, err
	}
	return i, inviterStands(tx, i)
}

// inviterStands wants that whoever sent the invitation could still send it: what
// somebody could grant ends with their right to grant it.
func inviterStands(tx Reader, i Invitation) error {
	if i.Inviter == 0 {
		return nil // the operator
	}
	inviter, err := tx.User(i.Inviter)
	if KindOf(err) == NotFound || err == nil && inviter.State != Active {
		return badInvitation()
	}
	if err != nil || inviter.Admin {
		return err
	}
	err = allowMember(tx, inviter.ID, UsersInvite, i.Org)
	if err == nil {
		err = mayGrant(tx, Actor{}, inviter, i.Org, i.Role)
	}
	if kind := KindOf(err); kind == NotFound || kind == Forbidden {
		return badInvitation()
	}
	return err
}

func badInvitation() *Error {
	return fail(Expired, "this invitation can no longer be used; ask for a new one", Fault{Field: "invitation", Code: Inactive})
}

// ShownInvitation is what the holder of the link may know of it.
type ShownInvitation struct {
	Invitation   Invitation
	Organization Organization
	User         User      // who waits for it, or the person who has the address; zero if nobody
	Projects     []Project // to which the person is assigned on accepting
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
		if shown.Projects, err = invitedTo(tx, shown.Invitation.ID); err != nil {
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
// is shown this once on the page. The address is proven by the mailed token.
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
		_, mailed, err := byToken(tx, token)
		if err != nil {
			return err
		}
		if accepted, err = d.acceptAs(tx, who, i, a, hash, mailed); err != nil {
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
	var i Invitation
	err := d.store.View(ctx, func(tx Reader) (err error) {
		i, err = d.openInvitation(tx, token)
		return err
	})
	if err != nil {
		return err
	}
	var f faults
	checkUsername(&f, who.api, a.Username)
	d.checkPassword(&f, who, a.Password, append(d.personaOf(ctx, i.User), a.Username, i.Email, a.GivenName, a.FamilyName))
	checkNames(&f, Names{GivenName: a.GivenName, FamilyName: a.FamilyName})
	return f.err()
}

// acceptAs turns the person who waits into an active one, or makes them.
func (d *Directory) acceptAs(tx Writer, who Actor, i Invitation, a Acceptance, hash string, proven bool) (User, error) {
	if i.User == 0 {
		return d.acceptAsNew(tx, who, i, a, hash, proven)
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
	err = d.proveAddress(tx, who, u, u.Primary(), Wish{})
	u.State = Active
	return u, err
}

// acceptAsNew makes the person. Where the token is not from the letter, the
// address is not proven, and another letter asks for that.
func (d *Directory) acceptAsNew(tx Writer, who Actor, i Invitation, a Acceptance, hash string, proven bool) (User, error) {
	u := d.fresh(Names{}.WithParts(a.GivenName, a.FamilyName), Active)
	u.Username = a.Username
	if err := d.insert(tx, who, &u, i.Email, proven, hash); err != nil || proven {
		return u, err
	}
	return u, d.sendLink(tx, who, u, u.Primary(), VerifyEmail, VerifyLetter, d.options.Lifetimes.Verify)
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
	if err := d.assignInvited(tx, who, i, u); err != nil {
		return err
	}
	return d.record(tx, who, deed{verb: InvitationAccept, target: "invitation", id: int64(i.ID), user: u.ID, org: i.Org})
}

// join takes a person into the organization of an invitation, within the login
// that carries it.
func (d *Directory) join(tx Writer, who Actor, u User, token secret.Text) error {
	i, _, err := byToken(tx, token)
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
