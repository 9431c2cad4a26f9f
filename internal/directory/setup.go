package directory

import (
	"context"

	"roster.example/roster/internal/secret"
)

// Prepare makes sure that the home organization exists. The server calls it at
// every start, before it answers anybody.
func (d *Directory) Prepare(ctx context.Context, who Actor, home string) error {
	if !who.operator() {
		return fail(Forbidden, "only the server itself does this")
	}
	if err := checkOrganization(home); err != nil {
		return err
	}
	err := d.store.View(ctx, func(tx Reader) error {
		_, err := tx.HomeOrganization()
		return err
	})
	if KindOf(err) != NotFound {
		return err
	}
	return d.write(ctx, func(tx Writer) error {
		if _, err := tx.HomeOrganization(); KindOf(err) != NotFound {
			return err
		}
		org := Organization{Name: home, Home: true, Default: RoleMember, CreatedAt: d.now(), UpdatedAt: d.now()}
		if err := d.freeOrganization(tx, &org); err != nil {
			return err
		}
		if err := tx.AddOrganization(&org); err != nil {
			return err
		}
		return d.record(tx, who, deed{verb: OrganizationCreate, target: "organization", id: int64(org.ID), org: org.ID})
	})
}

// SetupLink makes a one-time link by which the first administrator is made, in
// place of any before. It is empty once there is an administrator.
func (d *Directory) SetupLink(ctx context.Context, who Actor) (string, error) {
	if !who.operator() {
		return "", fail(Forbidden, "only the server itself does this")
	}
	token := secret.NewOpaque(43, secret.URLSafe)
	link := ""
	err := d.write(ctx, func(tx Writer) error {
		link = ""
		n, err := tx.ActiveAdmins()
		if err != nil || n > 0 {
			return err
		}
		if err := tx.DropLinksFor(Setup); err != nil {
			return err
		}
		l := Link{Purpose: Setup, CreatedAt: d.now(), ExpiresAt: d.now().Add(d.options.Lifetimes.Setup)}
		if err := tx.AddLink(&l, secret.Fingerprint(token.Reveal())); err != nil {
			return err
		}
		if link, err = d.link(Letter{Kind: SetupLetter, Token: token, Expires: l.ExpiresAt}); err != nil {
			return err
		}
		return d.record(tx, who, deed{verb: ServerSetup, target: "server", detail: "link"})
	})
	return link, err
}

// SetupOpen reports whether a setup link can still be used.
func (d *Directory) SetupOpen(ctx context.Context, who Actor, token secret.Text) error {
	return d.store.View(ctx, func(tx Reader) error {
		_, err := d.setupLink(tx, token)
		return err
	})
}

func (d *Directory) setupLink(tx Reader, token secret.Text) (Link, error) {
	l, err := tx.LinkByHash(secret.Fingerprint(token.Reveal()))
	if KindOf(err) == NotFound {
		return l, badLink()
	}
	if err != nil {
		return l, err
	}
	if l.Purpose != Setup || !l.UsedAt.IsZero() || !l.ExpiresAt.After(d.now()) {
		return l, badLink()
	}
	n, err := tx.ActiveAdmins()
	if err == nil && n > 0 {
		err = badLink()
	}
	return l, err
}

// Administrator describes an administrator of the server to be made.
type Administrator struct {
	Username string
	Email    string
	Password secret.Text
}

// CompleteSetup makes the first administrator for the holder of the setup link,
// and uses the link up. It returns the API key of the administrator.
func (d *Directory) CompleteSetup(ctx context.Context, who Actor, token secret.Text, a Administrator) (User, secret.Text, error) {
	if err := d.SetupOpen(ctx, who, token); err != nil {
		return User{}, "", err
	}
	hash, err := d.hashAdministrator(ctx, who, a)
	if err != nil {
		return User{}, "", err
	}
	var made User
	var key secret.Text
	err = d.write(ctx, func(tx Writer) error {
		link, err := d.setupLink(tx, token)
		if err != nil {
			return err
		}
		if err := tx.UseLink(link.ID, d.now()); err != nil {
			return err
		}
		who.credential = ByLink
		if made, err = d.makeAdministrator(tx, who, a, hash); err != nil {
			return err
		}
		who.user, who.real = made.ID, made.ID
		key, err = d.keepAPIKey(tx, who, made.ID)
		return err
	})
	return made, key, err
}

// CreateAdministrator makes an administrator, or turns the person with this
// username into one who is active and has this password: the way back in for the
// operator when everybody is locked out.
func (d *Directory) CreateAdministrator(ctx context.Context, who Actor, a Administrator) (User, error) {
	if !who.operator() {
		return User{}, fail(Forbidden, "only the operator does this")
	}
	hash, err := d.hashAdministrator(ctx, who, a)
	if err != nil {
		return User{}, err
	}
	var made User
	err = d.write(ctx, func(tx Writer) error {
		held, err := tx.UserByUsername(a.Username)
		if KindOf(err) == NotFound {
			made, err = d.makeAdministrator(tx, who, a, hash)
			return err
		}
		if err != nil {
			return err
		}
		made, err = d.recoverAdministrator(tx, who, held, a, hash)
		return err
	})
	return made, err
}

// FirstAdministrator is CreateAdministrator for unattended installs: it does
// nothing once the server has an administrator.
func (d *Directory) FirstAdministrator(ctx context.Context, who Actor, a Administrator) (bool, error) {
	if !who.operator() {
		return false, fail(Forbidden, "only the server itself does this")
	}
	n := 0
	err := d.store.View(ctx, func(tx Reader) (err error) {
		n, err = tx.ActiveAdmins()
		return err
	})
	if err != nil || n > 0 {
		return false, err
	}
	_, err = d.CreateAdministrator(ctx, who, a)
	return err == nil, err
}

func (d *Directory) hashAdministrator(ctx context.Context, who Actor, a Administrator) (string, error) {
	var f faults
	checkUsername(&f, who.api, a.Username)
	checkAddress(&f, a.Email)
	checkPassword(&f, who.api, a.Password.Reveal(), d.options.PasswordMinimum)
	if err := f.err(); err != nil {
		return "", err
	}
	return d.hash(ctx, a.Password)
}

func (d *Directory) makeAdministrator(tx Writer, who Actor, a Administrator, hash string) (User, error) {
	u := d.fresh(Names{}.WithName(a.Username), Active)
	u.Username, u.Admin = a.Username, true
	who.user, who.real = 0, 0
	if who.credential == NoCredential {
		who.credential = ByLink
	}
	if err := d.free(tx, 0, a.Username, a.Email); err != nil {
		return u, err
	}
	if err := d.insert(tx, who, &u, a.Email, true, hash); err != nil {
		return u, err
	}
	if err := d.settle(tx, who, u, 0, RoleAdmin); err != nil {
		return u, err
	}
	return u, d.recordUser(tx, who, ServerSetup, u.ID, "administrator")
}

func (d *Directory) recoverAdministrator(tx Writer, who Actor, u User, a Administrator, hash string) (User, error) {
	if _, err := d.readdress(tx, who, &u, &a.Email, nil); err != nil {
		return u, err
	}
	yes := true
	if _, err := d.setAdmin(tx, who, &u, &yes, nil); err != nil {
		return u, err
	}
	u.State, u.UpdatedAt = Active, d.now()
	if u.ActivatedAt.IsZero() {
		u.ActivatedAt = d.now()
	}
	if err := tx.PutPassword(u.ID, hash); err != nil {
		return u, err
	}
	u.HasPassword = true
	if err := tx.DropSessions(u.ID); err != nil {
		return u, err
	}
	if err := tx.DropThrottle(personKey(u.ID)); err != nil {
		return u, err
	}
	if err := tx.ChangeUser(u); err != nil {
		return u, err
	}
	return u, d.recordUser(tx, who, ServerSetup, u.ID, "administrator recovered")
}
