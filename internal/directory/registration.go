package directory

import (
	"context"
	"slices"
	"strings"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// Registration is what people say of themselves when they sign up. Rights,
// state, organization and ids are not in it.
type Registration struct {
	Username     string // empty derives one from the address for those who wait for the mailed link
	Email        string
	Password     secret.Text
	GivenName    string
	FamilyName   string
	Organization string      // founds an organization of this name (pm415)
	Invitation   secret.Text // joins the organization that sent it (pm415)
}

// Register lets people sign up. Who founds an organization or brings an
// invitation waits for the mailed link; others (Wekan) come in at once, but are
// only Pending in the home organization: they see nobody until somebody lets
// them in.
//
// Forbidden with Closed on "sign_up" when people cannot register themselves; an
// invitation is good all the same. Where only addresses of some domains may, they
// wait for the link, too.
//
// Through the native API everybody waits for it, and nobody learns whether the
// address had an account: the person returned is what r says, without an id, and
// the owner of an account is mailed instead of refused. Username and organization
// are theirs once the link is followed, with a number if they were taken by then;
// those that are taken now are refused, whatever the address.
func (d *Directory) Register(ctx context.Context, actor Actor, r Registration) (User, error) {
	unitext.TrimAll(&r.Username, &r.Email)
	if err := d.requireSignUpOpen(r); err != nil {
		return User{}, err
	}
	if err := d.checkRegistration(actor, r); err != nil {
		return User{}, err
	}
	var made User
	err := d.limitRevealingAnswers(ctx, actor, func() error {
		if err := d.countSignUp(ctx, actor); err != nil {
			return err
		}
		hash, err := d.hashPassword(ctx, actor, r.Password)
		if err != nil {
			return err
		}
		return d.write(ctx, func(tx Writer) error {
			if d.hidesAccounts(actor.api) {
				made = r.withoutAccount()
				return d.requestSignUp(tx, actor, r, hash)
			}
			made, err = d.register(tx, actor, r, hash)
			return err
		})
	})
	return made, err
}

func (d *Directory) checkRegistration(actor Actor, r Registration) error {
	var f fault.List
	switch {
	case r.Email == "" && d.awaitsConfirmation(actor, r):
		f.Add("email", fault.Blank, 0)
	case r.Username == "" && r.Email == "":
		f.Add("user", fault.Blank, 0)
	}
	if r.Username != "" {
		d.checkRegistrationUsername(&f, actor, r.Username)
	}
	if r.Email != "" {
		emailaddress.Check(&f, r.Email)
	}
	d.checkPassword(&f, actor, r.Password, passwordHints{r.Username, r.Email, r.GivenName, r.FamilyName, r.Organization})
	checkNames(&f, Names{GivenName: r.GivenName, FamilyName: r.FamilyName})
	if r.Organization != "" {
		unitext.CheckUniqueName(&f, "organization", r.Organization, nameLimit)
	}
	if err := f.Err(); err != nil || r.Organization == "" || r.Invitation != "" {
		return err
	}
	return d.checkOrganizationNotReserved(r.Organization)
}

// checkRegistrant checks a username that a user gives themselves. The first user of
// a server where that one becomes administrator is judged in [Directory.register].
func (d *Directory) checkRegistrationUsername(f *fault.List, actor Actor, username string) {
	if d.options.FirstUserAdmin && actor.api == Wekan {
		checkNewUsername(f, actor.api, username)
		return
	}
	d.checkChosenUsername(f, actor.api, username)
}

func (d *Directory) countSignUp(ctx context.Context, actor Actor) error {
	return d.write(ctx, func(tx Writer) error {
		return d.within(tx, d.signUpBounds(actor))
	})
}

func (d *Directory) register(tx Writer, actor Actor, r Registration, hash string) (User, error) {
	invitation, mailed, err := d.invitationFor(tx, r)
	if err != nil {
		return User{}, err
	}
	state := Active
	if d.awaitsConfirmation(actor, r) {
		state = Invited
	}
	made := d.newUser(Names{}.WithParts(r.GivenName, r.FamilyName), state)
	if !d.hidesAccounts(actor.api) {
		made.Username = r.Username
	}
	if err := d.setRegistrationUsername(tx, actor, &made, r); err != nil {
		return made, err
	}
	first, err := d.becomesFirstAdmin(tx, actor)
	if err != nil {
		return made, err
	}
	if made.Username != "" && !first && d.isReservedWord(made.Username) {
		return made, fault.InvalidField("username", fault.Reserved, 0)
	}
	made.Admin = first
	if err := d.addFreeUser(tx, actor, &made, Email{Address: r.Email, Claimed: true}, hash); err != nil {
		return made, err
	}
	actor.user, actor.impersonator = made.ID, made.ID
	return made, d.finishRegistration(tx, actor, made, r, invitation, mailed)
}

// nameRegistrant derives what the product did not ask for. Where nobody learns who
// has an account, the name is given by arrive.
func (d *Directory) setRegistrationUsername(tx Reader, actor Actor, made *User, r Registration) error {
	if d.hidesAccounts(actor.api) {
		return nil
	}
	if err := d.requireFree(tx, 0, r.Username, r.Email); err != nil {
		return err
	}
	if made.Username != "" || !d.awaitsConfirmation(actor, r) {
		return nil
	}
	name, err := d.usernameFromAddress(tx, r.Email)
	made.Username = name
	return err
}

// firstAdmin says whether the server still has no administrator and is set to
// give that place to the first registration (docs/products/wekan.md, 3).
func (d *Directory) becomesFirstAdmin(tx Reader, actor Actor) (bool, error) {
	if !d.options.FirstUserAdmin || actor.api != Wekan {
		return false, nil
	}
	page, err := tx.Users(UserFilter{Limit: 1}, Visibility{All: true})
	return err == nil && page.Total == 0, err
}

// place puts the new person where they belong and posts the letter if there is
// one.
func (d *Directory) finishRegistration(tx Writer, actor Actor, u User, r Registration, invitation Invitation, mailed bool) error {
	registration, message := PendingRegistration{}, Message{Kind: VerifyMessage}
	if d.hidesAccounts(actor.api) {
		registration = PendingRegistration{Username: r.Username, Organization: strings.TrimSpace(r.Organization)}
	}
	switch {
	case r.Invitation != "":
		registration.Organization = ""
		if err := d.finishAcceptance(tx, actor, invitation, u, mailed); err != nil {
			return err
		}
	case registration.Organization != "":
	case r.Organization != "":
		if _, err := d.createOrganization(tx, actor, u.ID, r.Organization); err != nil {
			return err
		}
	default:
		if err := d.joinOrganization(tx, actor, u, 0, RolePending); err != nil || !d.awaitsConfirmation(actor, r) {
			return err
		}
	}
	return d.sendLinkWith(tx, actor, u, u.Primary(), Link{Purpose: VerifyEmail, Registration: registration}, message, d.options.Lifetimes.Verify)
}

// invitationFor returns the invitation of a registration, and whether by the mailed token.
func (d *Directory) invitationFor(tx Reader, r Registration) (i Invitation, mailed bool, err error) {
	if r.Invitation == "" {
		return Invitation{}, false, nil
	}
	if i, mailed, err = d.openInvitation(tx, r.Invitation); err != nil {
		return i, mailed, err
	}
	if !emailaddress.Same(i.Email, r.Email) {
		return i, mailed, wrongInvitationAddress()
	}
	_, err = invitedUserOf(tx, i)
	return i, mailed, err
}

// found makes an organization whose Admin is the founder.
func (d *Directory) createOrganization(tx Writer, actor Actor, founder UserID, name string) (Organization, error) {
	org := Organization{Name: strings.TrimSpace(name), Default: RoleMember, CreatedAt: d.now(), UpdatedAt: d.now()}
	if err := d.requireFreeOrganization(tx, &org); err != nil {
		return org, err
	}
	if err := tx.AddOrganization(&org); err != nil {
		return org, err
	}
	spec := eventSpec{verb: OrganizationCreate, target: "organization", id: int64(org.ID), org: org.ID}
	if err := d.record(tx, actor, spec); err != nil {
		return org, err
	}
	if founder == 0 {
		return org, nil
	}
	return org, d.addMember(tx, actor, Member{Org: org.ID, User: founder, Role: RoleAdmin, Since: d.now()})
}

// reservedSlugs would be taken for something else in a path or credential.
var reservedSlugs = []string{"", "api", "users", "profile", "roles"}

// freeOrganization wants a name that nobody has, and finds a slug.
func (d *Directory) requireFreeOrganization(tx Reader, org *Organization) error {
	if other, err := tx.OrganizationByName(org.Name); fault.KindOf(err) != fault.NotFound {
		if err == nil && other.ID == org.ID {
			return nil
		}
		return orElse(err, fault.TakenField("organization"))
	}
	if err := d.requireUnreservedOrganization(tx, org.ID, org.Name); err != nil {
		return err
	}
	slug, err := availableSlug(Slug(org.Name), func(s string) error {
		if reserved, err := d.isReservedFor(tx, SlugKind, s, int64(org.ID)); reserved || err != nil {
			return err
		}
		_, err := tx.OrganizationBySlug(s)
		return err
	})
	org.Slug = slug
	return err
}

// organizationFree wants a name that is not reserved for another organization.
func (d *Directory) requireUnreservedOrganization(tx Reader, self OrgID, name string) error {
	reserved, err := d.isReservedFor(tx, OrganizationKind, name, int64(self))
	if err == nil && reserved {
		err = reservedNameError("organization", OrganizationKind)
	}
	return err
}

// freeSlug finds a slug like base that lookup does not find.
func availableSlug(base string, lookup func(string) error) (string, error) {
	if slices.Contains(reservedSlugs, base) {
		base = strings.Trim("org-"+base, "-")
	}
	return firstAvailable("slug", strings.TrimRight(truncate(base, 55), "-"), lookup)
}
