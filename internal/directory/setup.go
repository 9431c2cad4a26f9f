package directory

import (
	"cmp"
	"context"
	"slices"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/maillink"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/passwordpolicy"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/rekey"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// Prepare creates what is missing of: the home organization, the check of the encryption key,
// the name of the installation, and the key of the event chain. The server calls it at every
// start, before it accepts requests.
func (d *Directory) Prepare(ctx context.Context, actor model.Actor, home string) error {
	if !actor.IsOperator() {
		return fault.New(fault.Forbidden, "only the server itself may do this")
	}
	if err := checkOrganization(home); err != nil {
		return err
	}
	err := d.store.Read(ctx, d.prepared)
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	return d.ops.Write(ctx, func(tx model.Writer) error {
		if err := rekey.EnsureKeyCheck(tx, d.Rotation); err != nil {
			return err
		}
		if err := beginInstallation(tx); err != nil {
			return err
		}
		if err := d.ops.BeginChain(tx, actor); err != nil {
			return err
		}
		return d.ensureHomeOrganization(tx, actor, home)
	})
}

// prepared returns NotFound if anything that Prepare creates is missing.
func (d *Directory) prepared(tx model.Reader) error {
	if _, err := tx.KeyCheck(); err != nil {
		return err
	}
	if _, err := tx.Installation(); err != nil {
		return err
	}
	epoch, err := tx.EventEpoch()
	if err == nil && epoch == 0 {
		err = fault.Missing("event")
	}
	if err != nil {
		return err
	}
	if err := d.ops.LoadCounterKeys(tx); err != nil {
		return err
	}
	_, err = tx.HomeOrganization()
	return err
}

func (d *Directory) ensureHomeOrganization(tx model.Writer, actor model.Actor, home string) error {
	if _, err := tx.HomeOrganization(); fault.KindOf(err) != fault.NotFound {
		return err
	}
	org := model.Organization{Name: home, Home: true, Default: model.RoleMember, CreatedAt: d.ops.Now(), UpdatedAt: d.ops.Now()}
	if err := d.names.RequireFreeOrganization(tx, &org); err != nil {
		return err
	}
	if err := tx.AddOrganization(&org); err != nil {
		return err
	}
	return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.OrganizationCreate, Target: "organization", ID: int64(org.ID), Org: org.ID})
}

// SetupLink creates a one-time link for the creation of the first administrator. It returns ""
// if there is an administrator. Earlier links stay valid until then or until they expire:
// another node may have printed one.
func (d *Directory) SetupLink(ctx context.Context, actor model.Actor) (string, error) {
	if !actor.IsOperator() {
		return "", fault.New(fault.Forbidden, "only the server itself may do this")
	}
	token := secret.NewOpaque(43, secret.URLSafe)
	link := ""
	err := d.ops.Write(ctx, func(tx model.Writer) error {
		link = ""
		n, err := tx.ActiveAdmins()
		if err != nil || n > 0 {
			return err
		}
		l := model.Link{Purpose: model.Setup, CreatedAt: d.ops.Now(), ExpiresAt: d.ops.Now().Add(maillink.SetupLifetime)}
		if err := tx.AddLink(&l, secret.Fingerprint(token.Reveal())); err != nil {
			return err
		}
		if link, err = d.mails.Link(model.Message{Kind: model.SetupMessage, Token: token, Expires: l.ExpiresAt}); err != nil {
			return err
		}
		return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.ServerSetup, Target: "server", Detail: "link"})
	})
	return link, err
}

// CheckSetupLink returns an error unless the setup link can still be used.
func (d *Directory) CheckSetupLink(ctx context.Context, actor model.Actor, token secret.Text) error {
	return d.store.Read(ctx, func(tx model.Reader) error {
		_, err := d.setupLink(tx, token)
		return err
	})
}

func (d *Directory) setupLink(tx model.Reader, token secret.Text) (model.Link, error) {
	l, err := tx.LinkByHash(secret.Fingerprint(token.Reveal()))
	if fault.KindOf(err) == fault.NotFound {
		return l, maillink.Unusable()
	}
	if err != nil {
		return l, err
	}
	if l.Purpose != model.Setup || !l.UsedAt.IsZero() || !l.ExpiresAt.After(d.ops.Now()) {
		return l, maillink.Unusable()
	}
	n, err := tx.ActiveAdmins()
	if err == nil && n > 0 {
		err = maillink.Unusable()
	}
	return l, err
}

// Administrator describes an administrator to be created.
type Administrator struct {
	Username string
	Email    string
	Password secret.Text
}

// CompleteSetup creates the first administrator by a setup link. It returns the
// administrator's API key.
func (d *Directory) CompleteSetup(ctx context.Context, actor model.Actor, token secret.Text, a Administrator) (model.User, secret.Text, error) {
	unitext.TrimAll(&a.Username, &a.Email)
	if err := d.CheckSetupLink(ctx, actor, token); err != nil {
		return model.User{}, "", err
	}
	hash, err := d.hashAdministratorPassword(ctx, actor, a)
	if err != nil {
		return model.User{}, "", err
	}
	var made model.User
	var key secret.Text
	err = d.ops.Write(ctx, func(tx model.Writer) error {
		link, err := d.setupLink(tx, token)
		if err != nil {
			return err
		}
		if err := tx.UseLink(link.ID, d.ops.Now()); err != nil {
			return err
		}
		actor = operation.WithLink(actor)
		if made, err = d.addAdministrator(tx, actor, a, hash); err != nil {
			return err
		}
		actor = operation.AsUser(actor, made.ID)
		key, err = credential.FirstAPIKey(tx, d.Credentials, actor, made.ID)
		return err
	})
	return made, key, err
}

// CreateAdministrator creates an administrator, or makes the user with this username an active
// administrator with this password: the recovery for an operator when no administrator can log
// in.
func (d *Directory) CreateAdministrator(ctx context.Context, actor model.Actor, a Administrator) (model.User, error) {
	unitext.TrimAll(&a.Username, &a.Email)
	if !actor.IsOperator() {
		return model.User{}, fault.New(fault.Forbidden, "only the operator may do this")
	}
	hash, err := d.hashAdministratorPassword(ctx, actor, a)
	if err != nil {
		return model.User{}, err
	}
	var made model.User
	err = d.ops.Write(ctx, func(tx model.Writer) error {
		held, err := tx.UserByUsername(a.Username)
		if fault.KindOf(err) == fault.NotFound {
			made, err = d.addAdministrator(tx, actor, a, hash)
			return err
		}
		if err != nil {
			return err
		}
		made, err = d.recoverAdministrator(tx, actor, held, a, hash)
		return err
	})
	return made, err
}

// FirstAdministrator is CreateAdministrator for unattended installation: it does nothing if
// there is an administrator. If several nodes start at once, one creates it.
func (d *Directory) FirstAdministrator(ctx context.Context, actor model.Actor, a Administrator) (bool, error) {
	unitext.TrimAll(&a.Username, &a.Email)
	if !actor.IsOperator() {
		return false, fault.New(fault.Forbidden, "only the server itself may do this")
	}
	n := 0
	err := d.store.Read(ctx, func(tx model.Reader) (err error) {
		n, err = tx.ActiveAdmins()
		return err
	})
	if err != nil || n > 0 {
		return false, err
	}
	hash, err := d.hashAdministratorPassword(ctx, actor, a)
	if err != nil {
		return false, err
	}
	made := false
	err = d.ops.Write(ctx, func(tx model.Writer) error {
		made = false
		n, err := tx.ActiveAdmins()
		if err != nil || n > 0 {
			return err
		}
		if err := requireUnusedUsername(tx, a.Username); err != nil {
			return err
		}
		_, err = d.addAdministrator(tx, actor, a, hash)
		made = err == nil
		return err
	})
	return made && err == nil, err
}

// requireUnusedUsername returns a Conflict if a user has the username: unattended, an account
// that an attacker signed up with must not become administrator.
func requireUnusedUsername(tx model.Reader, username string) error {
	_, err := tx.UserByUsername(username)
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return cmp.Or[error](err, fault.NewText(fault.Conflict, fault.Textf("the username {username} is taken; choose another one, or run 'roster admin create' to take the account over", "username", username),
		fault.Field{Name: "username", Code: fault.Taken}))
}

func (d *Directory) hashAdministratorPassword(ctx context.Context, actor model.Actor, a Administrator) (string, error) {
	var f fault.List
	inputpolicy.CheckNewUsername(&f, actor.API(), a.Username)
	emailaddress.Check(&f, a.Email)
	inputpolicy.CheckPassword(d.Policy, &f, actor, a.Password, passwordpolicy.Hints{a.Username, a.Email})
	if err := f.Err(); err != nil {
		return "", err
	}
	return ratelimit.HashPassword(ctx, d.hasher, actor, a.Password)
}

func (d *Directory) addAdministrator(tx model.Writer, actor model.Actor, a Administrator, hash string) (model.User, error) {
	u := d.users.New(model.Names{}.WithName(a.Username), model.Active)
	u.Username, u.Admin = a.Username, true
	actor = operation.AsUser(actor, 0)
	if actor.Credential() == model.NoCredential {
		actor = operation.WithLink(actor)
	}
	if err := d.requireFreeForAdmin(tx, actor, 0, a.Username, a.Email); err != nil {
		return u, err
	}
	if err := d.users.AddFree(tx, actor, &u, model.Email{Address: a.Email, Verified: true}, hash); err != nil {
		return u, err
	}
	if err := d.users.Join(tx, actor, u, 0, model.RoleAdmin); err != nil {
		return u, err
	}
	if err := tx.DropLinksFor(model.Setup); err != nil {
		return u, err
	}
	return u, d.ops.RecordUser(tx, actor, model.ServerSetup, u.ID, "administrator")
}

// recoverAdministrator revokes all access to the account first: with open sign-up, an attacker
// may have taken the username.
func (d *Directory) recoverAdministrator(tx model.Writer, actor model.Actor, u model.User, a Administrator, hash string) (model.User, error) {
	if err := d.revokeAllAccess(tx, actor, u); err != nil {
		return u, err
	}
	if err := dropSecondaryLogins(tx, &u); err != nil {
		return u, err
	}
	if err := d.setVerifiedPrimary(tx, actor, &u, a.Email); err != nil {
		return u, err
	}
	yes := true
	if _, err := d.setAdmin(tx, actor, &u, &yes, nil); err != nil {
		return u, err
	}
	u.State, u.UpdatedAt = model.Active, d.ops.Now()
	if u.ActivatedAt.IsZero() {
		u.ActivatedAt = d.ops.Now()
	}
	if err := tx.PutPassword(u.ID, hash); err != nil {
		return u, err
	}
	u.HasPassword = true
	if err := d.attempts.DropFailures(tx, u); err != nil {
		return u, err
	}
	if err := tx.ChangeUser(u); err != nil {
		return u, err
	}
	return u, d.ops.RecordUser(tx, actor, model.ServerSetup, u.ID, "administrator recovered")
}

// dropSecondaryLogins removes all addresses but the primary one, and all identities.
func dropSecondaryLogins(tx model.Writer, u *model.User) error {
	for _, e := range u.Emails {
		if e.Primary {
			continue
		}
		if err := tx.DropEmail(u.ID, e.ID); err != nil {
			return err
		}
	}
	for _, id := range u.Identities {
		if err := tx.DropIdentity(u.ID, id.Provider); err != nil {
			return err
		}
	}
	u.Emails, u.Identities = slices.DeleteFunc(u.Emails, func(e model.Email) bool { return !e.Primary }), nil
	u.LastIdentity = model.LastIdentity{}
	return nil
}

// setVerifiedPrimary is changePrimaryEmail by the operator: the new address counts as
// verified, and all links to others end.
func (d *Directory) setVerifiedPrimary(tx model.Writer, actor model.Actor, u *model.User, address string) error {
	before := u.Primary()
	if err := d.requireFreeForAdmin(tx, actor, u.ID, "", address); err != nil {
		return err
	}
	if err := d.replacePrimaryEmail(tx, u, model.Email{Address: address, Verified: true}); err != nil {
		return err
	}
	if err := tx.DropLinks(u.ID); err != nil || before.Address == "" || emailaddress.SameMailbox(address, before.Address) {
		return err
	}
	if !before.Verified {
		return nil
	}
	return d.sendNotice(tx, actor, model.Message{Kind: model.EmailChangedMessage, API: actor.API(), To: before.Address, Name: u.GreetingName(), NewAddress: address, User: u.ID})
}

func beginInstallation(tx model.Writer) error {
	_, err := tx.Installation()
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	return tx.PutInstallation(model.Installation{UID: secret.NewOpaque(20, secret.LowerAlnum).Reveal()})
}
