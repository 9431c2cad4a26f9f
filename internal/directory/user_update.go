package directory

import (
	"context"
	"slices"
	"strings"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/session"
	"roster.example/roster/internal/unitext"
)

// UserChange is a change of a user by an administrator. Fields that are nil stay unchanged.
type UserChange struct {
	IfVersion      string // the expected version (see [model.User.Version]); "" is any
	Username       *string
	Email          *string // the primary address
	Name           *string
	GivenName      *string
	FamilyName     *string
	Password       *secret.Text
	Admin          *bool
	Bio            *string
	Skype          *string
	LinkedIn       *string
	Twitter        *string
	WebsiteURL     *string
	Company        *string
	TimeZone       *string
	ProjectsLimit  *int64
	CanCreateGroup *bool
	Identity       *model.Identity
	// CurrentPassword is the current password of the actor, for changes of the actor's own
	// record. With it a change of access needs nothing more.
	CurrentPassword secret.Text
}

// SelfChange is a change of the actor's own user. Fields that are nil stay unchanged.
type SelfChange struct {
	Email           *string
	Password        *secret.Text
	CurrentPassword secret.Text // with it, a change of address or password needs no recent authentication
	GivenName       *string
	FamilyName      *string
	Profile         ProfileChange
	IfVersion       string // as in [UserChange]
}

// ProfileChange is a change of a [model.Profile]. Fields that are nil stay unchanged.
type ProfileChange struct {
	Bio        *string
	Skype      *string
	LinkedIn   *string
	Twitter    *string
	WebsiteURL *string
	Company    *string
	TimeZone   *string
}

func (c UserChange) profile() ProfileChange {
	return ProfileChange{
		Bio: c.Bio, Skype: c.Skype, LinkedIn: c.LinkedIn, Twitter: c.Twitter, WebsiteURL: c.WebsiteURL, Company: c.Company, TimeZone: c.TimeZone,
	}
}

// ChangeUser changes a user. It requires users.manage. The last administrator cannot be
// removed. The own address and password follow the rules of [Directory.ChangeMe].
func (d *Directory) ChangeUser(ctx context.Context, actor model.Actor, id model.UserID, c UserChange) (model.User, error) {
	c.Username, c.Email = unitext.TrimmedCopy(c.Username), unitext.TrimmedCopy(c.Email)
	if err := d.ops.Can(ctx, actor, model.UsersManage, 0); err != nil {
		return model.User{}, err
	}
	held, err := d.User(ctx, actor, id)
	if err != nil {
		return model.User{}, err
	}
	var f fault.List
	checkChange(&f, actor.API(), held, c)
	var shown *model.Password
	if id == actor.Impersonator() && len(f) == 0 && c.access(held) != (accessChange{}) {
		if shown, err = login.VerifyCurrent(ctx, d.Logins, actor, held, c.CurrentPassword); err != nil {
			return model.User{}, err
		}
	}
	return d.changeUser(ctx, actor, model.UsersManage, id, f, c.Password, func(tx model.Writer, u *model.User) ([]string, error) {
		if err := requireUserVersion(*u, c.IfVersion); err != nil {
			return nil, err
		}
		return d.applyChange(tx, actor, u, c, shown)
	})
}

// ChangeMe changes the actor's own user. A new address or password needs the current password
// or a session with a recent password check; API keys and access tokens without
// expiry change the address without. An impersonating administrator follows the rules for administrators.
func (d *Directory) ChangeMe(ctx context.Context, actor model.Actor, c SelfChange) (model.User, error) {
	c.Email = unitext.TrimmedCopy(c.Email)
	if err := d.ops.Can(ctx, actor, model.SelfWrite, 0); err != nil {
		return model.User{}, err
	}
	if c.Password != nil || c.Email != nil {
		if err := operation.RequireFullScope(actor); err != nil {
			return model.User{}, err
		}
	}
	var f fault.List
	if c.Email != nil {
		emailaddress.Check(&f, *c.Email)
	}
	inputpolicy.CheckNames(&f, model.Names{GivenName: deref(c.GivenName), FamilyName: deref(c.FamilyName)})
	c.Profile.check(&f)
	shown, err := d.verifySelfChange(ctx, actor, c, f)
	if err != nil {
		return model.User{}, err
	}
	change := func(tx model.Writer, u *model.User) ([]string, error) {
		if err := requireUserVersion(*u, c.IfVersion); err != nil {
			return nil, err
		}
		if err := d.requireCanChangeAccess(tx, actor, *u, c.access(*u), shown); err != nil {
			return nil, err
		}
		changed := changeNames(u, c.GivenName, c.FamilyName)
		changeProfile(&u.Profile, &changed, c.Profile)
		return d.changePrimaryEmail(tx, actor, u, c.Email, changed)
	}
	if c.Email == nil {
		return d.changeUser(ctx, actor, model.SelfWrite, actor.UserID(), f, c.Password, change)
	}
	var changed model.User
	err = d.limitTakenAnswers(ctx, actor, func() (err error) {
		changed, err = d.changeUser(ctx, actor, model.SelfWrite, actor.UserID(), f, c.Password, change)
		return err
	})
	return changed, err
}

// verifySelfChange verifies the current password of a change, if one is sent and counts.
// Input that is refused anyway costs no hashing.
func (d *Directory) verifySelfChange(ctx context.Context, actor model.Actor, c SelfChange, f fault.List) (*model.Password, error) {
	if c.CurrentPassword == "" || len(f) > 0 || c.Password == nil && c.Email == nil {
		return nil, nil
	}
	self, err := d.Me(ctx, actor)
	if err != nil {
		return nil, err
	}
	return login.VerifyCurrent(ctx, d.Logins, actor, self, c.CurrentPassword)
}

func deref[T any](p *T) T {
	var v T
	if p != nil {
		v = *p
	}
	return v
}

// changeUser validates and hashes the password outside of the transaction, applies the change
// and records the names of the changed fields.
func (d *Directory) changeUser(ctx context.Context, actor model.Actor, need model.Permission, id model.UserID, f fault.List,
	password *secret.Text, apply func(model.Writer, *model.User) ([]string, error)) (model.User, error) {
	if password != nil {
		inputpolicy.CheckPassword(d.Policy, &f, actor, *password, inputpolicy.HintsOf(ctx, d.Policy, id))
	}
	if err := f.Err(); err != nil {
		return model.User{}, err
	}
	hash, err := ratelimit.HashPassword(ctx, d.hasher, actor, deref(password))
	if err != nil {
		return model.User{}, err
	}
	var changed model.User
	err = d.ops.Update(ctx, actor, need, 0, func(tx model.Writer, _ model.User) error {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		if hash != "" && u.Service {
			return servicePasswordError()
		}
		if hash != "" {
			if err := rejectInvitedUser(u); err != nil {
				return err
			}
		}
		fields, err := apply(tx, &u)
		if err == nil {
			err = d.saveChange(tx, actor, &u, fields, hash)
		}
		changed = u
		return err
	})
	return changed, err
}

func (d *Directory) saveChange(tx model.Writer, actor model.Actor, u *model.User, fields []string, hash string) error {
	if hash != "" {
		if err := tx.PutPassword(u.ID, hash); err != nil {
			return err
		}
		u.HasPassword = true
		if err := session.DropOthers(tx, actor, u.ID); err != nil {
			return err
		}
		if err := d.ops.RecordUser(tx, actor, model.PasswordChange, u.ID, ""); err != nil {
			return err
		}
		if err := d.notices.Owner(tx, actor, *u, model.PasswordChanged, ""); err != nil {
			return err
		}
	}
	if len(fields) == 0 {
		return nil
	}
	u.UpdatedAt = d.ops.Now()
	if err := tx.ChangeUser(*u); err != nil {
		return err
	}
	return d.ops.RecordUser(tx, actor, model.UserChanged, u.ID, strings.Join(fields, ","))
}

func checkChange(f *fault.List, api model.API, held model.User, c UserChange) {
	if c.Username != nil && *c.Username != held.Username { // an existing name stays valid when rules change
		inputpolicy.CheckNewUsername(f, api, *c.Username)
	}
	if c.Email != nil {
		emailaddress.Check(f, *c.Email)
	}
	if c.Name != nil {
		unitext.CheckRequired(f, "name", *c.Name, inputpolicy.NameLimit)
	}
	inputpolicy.CheckNames(f, model.Names{GivenName: deref(c.GivenName), FamilyName: deref(c.FamilyName)})
	c.profile().check(f)
	inputpolicy.CheckLimits(f, model.Limits{ProjectsLimit: deref(c.ProjectsLimit)})
	inputpolicy.CheckIdentity(f, api, deref(c.Identity))
}

func (c ProfileChange) check(f *fault.List) {
	inputpolicy.CheckProfile(f, model.Profile{
		Bio: deref(c.Bio), Skype: deref(c.Skype), LinkedIn: deref(c.LinkedIn), Twitter: deref(c.Twitter),
		WebsiteURL: deref(c.WebsiteURL), Company: deref(c.Company), TimeZone: deref(c.TimeZone),
	})
}

// applyChange sets the fields that differ and returns their names.
func (d *Directory) applyChange(tx model.Writer, actor model.Actor, u *model.User, c UserChange, shown *model.Password) ([]string, error) {
	var fields []string
	if err := requireScopeForAdmin(actor, *u, c); err != nil {
		return nil, err
	}
	if deref(c.Admin) && !u.Admin && u.ActivatedAt.IsZero() {
		return nil, fault.New(fault.Conflict, "this user has not confirmed their address or accepted their invitation yet; make them administrator afterwards",
			fault.Field{Name: "admin", Code: fault.Inactive})
	}
	if err := d.requireCanChangeAccess(tx, actor, *u, c.access(*u), shown); err != nil {
		return nil, err
	}
	if c.changesUsername(*u) {
		if err := d.users.RequireFree(tx, u.ID, *c.Username, ""); err != nil {
			return nil, err
		}
	}
	former := u.Username
	operation.SetField(&fields, "username", &u.Username, c.Username)
	if err := d.names.MoveUsername(tx, *u, former); err != nil {
		return nil, err
	}
	if c.Name != nil && *c.Name != u.Name {
		u.Names = u.WithName(*c.Name)
		fields = append(fields, "name")
	}
	fields = append(fields, changeNames(u, c.GivenName, c.FamilyName)...)
	changeProfile(&u.Profile, &fields, c.profile())
	operation.SetField(&fields, "projects_limit", &u.ProjectsLimit, c.ProjectsLimit)
	operation.SetField(&fields, "can_create_group", &u.CanCreateGroup, c.CanCreateGroup)
	fields, err := d.changePrimaryEmail(tx, actor, u, c.Email, fields)
	if err != nil {
		return nil, err
	}
	if c.Identity != nil {
		changed, err := changeIdentity(tx, u, *c.Identity)
		if err != nil {
			return nil, err
		}
		if changed {
			fields = append(fields, "identity")
		}
	}
	return d.setAdmin(tx, actor, u, c.Admin, fields)
}

// requireScopeForAdmin returns Forbidden if the change grants or revokes the administration, adds
// access to the account of an administrator or renames one, and the credential does not have all
// scopes. Without it, a credential could revoke the administration first and then change a plain user.
func requireScopeForAdmin(actor model.Actor, u model.User, c UserChange) error {
	takes := u.Admin && (c.Password != nil || c.Email != nil || c.changesUsername(u) || c.addsIdentity(u))
	if c.changesAdmin(u) || takes {
		return operation.RequireFullScope(actor)
	}
	return nil
}

func (c UserChange) changesAdmin(u model.User) bool { return c.Admin != nil && *c.Admin != u.Admin }

func (c UserChange) changesUsername(u model.User) bool {
	return c.Username != nil && unitext.Fold(*c.Username) != unitext.Fold(u.Username)
}

// addsIdentity reports whether the change adds an identity.
func (c UserChange) addsIdentity(u model.User) bool {
	if c.Identity == nil {
		return false
	}
	wanted := completeIdentity(u, *c.Identity)
	return wanted.IsComplete() && !slices.Contains(u.Identities, wanted)
}

func changeProfile(p *model.Profile, fields *[]string, c ProfileChange) {
	operation.SetField(fields, "bio", &p.Bio, c.Bio)
	operation.SetField(fields, "skype", &p.Skype, c.Skype)
	operation.SetField(fields, "linkedin", &p.LinkedIn, c.LinkedIn)
	operation.SetField(fields, "twitter", &p.Twitter, c.Twitter)
	operation.SetField(fields, "website_url", &p.WebsiteURL, c.WebsiteURL)
	operation.SetField(fields, "company", &p.Company, c.Company)
	operation.SetField(fields, "time_zone", &p.TimeZone, c.TimeZone)
}

func changeNames(u *model.User, given, family *string) []string {
	g, f := u.GivenName, u.FamilyName
	if given != nil {
		g = *given
	}
	if family != nil {
		f = *family
	}
	if g == u.GivenName && f == u.FamilyName {
		return nil
	}
	u.Names = u.WithParts(g, f)
	return []string{"name"}
}

// setAdmin grants or revokes the administration of the server. The role in the home
// organization changes with it.
func (d *Directory) setAdmin(tx model.Writer, actor model.Actor, u *model.User, to *bool, fields []string) ([]string, error) {
	if to == nil || *to == u.Admin {
		return fields, nil
	}
	if !*to {
		if err := requireAnotherAdmin(tx, *u); err != nil {
			return nil, err
		}
	}
	u.Admin = *to
	home, err := tx.HomeOrganization()
	if err != nil {
		return nil, err
	}
	role := model.RoleAdmin
	if !*to {
		role = home.Default
	}
	err = tx.PutMember(model.Member{Org: home.ID, User: u.ID, Role: role, Since: d.ops.Now()})
	return append(fields, "admin"), err
}

// requireAnotherAdmin returns an error if u is the last administrator that can log in, that is,
// with a password and no service account. If none can log in, the last administrator of any
// kind stays.
func requireAnotherAdmin(tx model.Reader, u model.User) error {
	if !u.Admin || u.State != model.Active {
		return nil
	}
	n, err := tx.LoginAdmins(u.ID)
	if err != nil || n > 0 {
		return err
	}
	n, err = tx.ActiveAdmins()
	if err == nil && (u.CanLogIn() || n <= 1) {
		return lastAdminError(fault.Textf("the last administrator cannot be removed; make another user administrator first, by PATCH /api/v1/users/ID {\"admin\": true}"))
	}
	return err
}

func lastAdminError(text *fault.Text) error {
	return fault.NewText(fault.Forbidden, text, fault.Field{Name: "admin", Code: fault.LastAdmin})
}

func requireUserVersion(u model.User, version string) error {
	return operation.RequireVersion(u.Version(), version)
}
