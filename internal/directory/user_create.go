package directory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/naming"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/passwordpolicy"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// NewUser describes a user to be created by an administrator.
type NewUser struct {
	Username string
	model.Names
	Email    string
	Password secret.Text // empty for none
	Identity model.Identity
	Admin    bool
	Service  bool // service account: a username and no password
	model.Profile
	model.Limits
	Org    model.OrgID  // the organization to join; 0 is the home organization
	Role   model.RoleID // the role in it; 0 is its default
	Notify bool         // send an email that the account was created
	// Required names further fields that must not be empty, for APIs that require more.
	Required []string
}

// CreateUser creates an active user. It requires users.manage. All faults of the input are
// returned together, before any conflict.
func (d *Directory) CreateUser(ctx context.Context, actor model.Actor, n NewUser) (model.User, error) {
	unitext.TrimAll(&n.Username, &n.Email)
	if err := d.ops.Can(ctx, actor, model.UsersManage, 0); err != nil {
		return model.User{}, err
	}
	if n.Admin {
		if err := requireCanMakeAdmin(actor); err != nil {
			return model.User{}, err
		}
	}
	if err := d.checkNewUser(actor, n); err != nil {
		return model.User{}, err
	}
	hash, err := ratelimit.HashPassword(ctx, d.hasher, actor, n.Password)
	if err != nil {
		return model.User{}, err
	}
	var made model.User
	err = d.ops.Update(ctx, actor, model.UsersManage, 0, func(tx model.Writer, _ model.User) error {
		if n.hasAccess() {
			if err := d.ops.RequireRecentAuthentication(tx, actor); err != nil {
				return err
			}
		}
		if err := d.requireFreeForAdmin(tx, actor, 0, n.Username, n.Email); err != nil {
			return err
		}
		made = d.newUser(n.Names, model.Active)
		made.Username, made.Admin, made.Service, made.Profile, made.Limits = n.Username, n.Admin, n.Service, n.Profile, n.Limits
		made.LastIdentity = lastIdentity(n.Identity)
		if err := d.addUser(tx, actor, &made, model.Email{Address: n.Email}, hash); err != nil {
			return err
		}
		if err := setIdentity(tx, &made, n.Identity); err != nil {
			return err
		}
		if err := d.joinOrganization(tx, actor, made, n.Org, n.Role); err != nil {
			return err
		}
		if err := d.replaceInvitedUsers(tx, actor, made); err != nil {
			return err
		}
		if err := d.notifyNewUser(tx, actor, made, n); err != nil {
			return err
		}
		return d.ops.StoreResult(ctx, tx, actor, made)
	})
	return made, err
}

// requireCanMakeAdmin requires a credential of full scope that does not expire.
func requireCanMakeAdmin(actor model.Actor) error {
	if err := operation.RequireFullScope(actor); err != nil {
		return err
	}
	return operation.RequireLasting(actor)
}

// notifyNewUser queues the email that the account was created, if it was requested.
func (d *Directory) notifyNewUser(tx model.Writer, actor model.Actor, made model.User, n NewUser) error {
	if !n.Notify || n.Email == "" {
		return nil
	}
	return d.notices.Queue(tx, actor, model.Message{Kind: model.AccountCreatedMessage, API: actor.API(), To: n.Email, Name: made.GreetingName()})
}

// requireFreeUsername returns a Conflict if another user than self has username, or if it is
// reserved for another user. named is the user with this username, or 0.
func (d *Directory) requireFreeUsername(tx model.Reader, self, named model.UserID, username string) error {
	if err := takenError(self, named, 0); err != nil {
		return explainTaken(tx, err, named, username)
	}
	return d.names.RequireUnreservedUsername(tx, self, username)
}

func (d *Directory) checkNewUser(actor model.Actor, n NewUser) error {
	f := d.newUserFaults(actor, n)
	return f.Err()
}

// newUserFaults returns the faults of a new user that do not depend on the store.
func (d *Directory) newUserFaults(actor model.Actor, n NewUser) fault.List {
	var f fault.List
	for _, field := range n.Required {
		if strings.TrimSpace(n.field(field)) == "" {
			f.Add(field, fault.Blank, 0)
		}
	}
	if n.Email != "" {
		emailaddress.Check(&f, n.Email)
	}
	if n.Username != "" {
		inputpolicy.CheckNewUsername(&f, actor.API(), n.Username)
	}
	if n.Username == "" && n.Email == "" {
		f.Add("user", fault.Blank, 0)
	}
	n.checkService(&f)
	if n.Password != "" {
		inputpolicy.CheckPassword(d.Policy, &f, actor, n.Password, passwordpolicy.Hints{n.Username, n.Email, n.Name, n.GivenName, n.FamilyName})
	}
	unitext.CheckOptional(&f, "name", n.Name, inputpolicy.FullNameLimit(actor.API()))
	inputpolicy.CheckNames(&f, n.Names)
	inputpolicy.CheckProfile(&f, n.Profile)
	inputpolicy.CheckLimits(&f, n.Limits)
	inputpolicy.CheckIdentity(&f, actor.API(), n.Identity)
	return f
}

// hasAccess reports whether the new user gets a way to log in, or is an administrator.
func (n NewUser) hasAccess() bool {
	return n.Password != "" || n.Email != "" || n.Identity.IsComplete() || n.Admin
}

func (n NewUser) field(name string) string {
	return map[string]string{
		"email": n.Email, "username": n.Username, "password": n.Password.Reveal(), "name": n.Name,
		"given_name": n.GivenName, "family_name": n.FamilyName,
	}[name]
}

// newUser returns a user with all generated fields set.
func (d *Directory) newUser(names model.Names, state model.State) model.User {
	now := d.ops.Now()
	u := model.User{
		UID: secret.NewOpaque(17, secret.MeteorID).Reveal(), Names: names, State: state,
		Limits: model.DefaultLimits(), CreatedAt: now, UpdatedAt: now,
	}
	if state == model.Active {
		u.ActivatedAt = now
	}
	return u
}

// addFreeUser is addUser after a check that the username and the address are free.
func (d *Directory) addFreeUser(tx model.Writer, actor model.Actor, u *model.User, email model.Email, hash string) error {
	if err := d.requireFree(tx, 0, u.Username, email.Address); err != nil {
		return err
	}
	return d.addUser(tx, actor, u, email, hash)
}

// addUser adds the user, the primary address if there is one, the password, and the event.
func (d *Directory) addUser(tx model.Writer, actor model.Actor, u *model.User, e model.Email, hash string) error {
	if err := tx.AddUser(u); err != nil {
		return err
	}
	if e.Address != "" {
		e.User, e.Primary, e.CreatedAt = u.ID, true, d.ops.Now()
		if err := tx.AddEmail(&e); err != nil {
			return err
		}
		u.Emails = []model.Email{e}
	}
	if hash != "" {
		if err := tx.PutPassword(u.ID, hash); err != nil {
			return err
		}
		u.HasPassword = true
	}
	verb := model.UserCreate
	if actor.Anonymous() {
		verb, actor = model.UserRegister, operation.AsUser(actor, u.ID)
	}
	return d.ops.RecordUser(tx, actor, verb, u.ID, "")
}

// requireFree returns a Conflict if another user than self has the username or the address, or
// if the username is reserved for another user.
func (d *Directory) requireFree(tx model.Reader, self model.UserID, username, email string) error {
	named, addressed, err := tx.HoldersOf(self, username, email)
	if err != nil {
		return err
	}
	if err := takenError(self, named, addressed); err != nil {
		return explainTaken(tx, err, named, username)
	}
	return d.names.RequireUnreservedUsername(tx, self, username)
}

// explainTaken returns err with a message if the username alone is taken, by a user whose username
// looks like it.
func explainTaken(tx model.Reader, err error, named model.UserID, username string) error {
	if !fault.Has(err, "username", fault.Taken) || fault.Has(err, "email", fault.Taken) {
		return err
	}
	holder, failed := tx.User(named)
	switch {
	case failed != nil:
		return failed
	case unitext.Fold(holder.Username) == unitext.Fold(username):
		return err
	}
	return naming.LookalikeError("username", "it looks like the username of another user; choose another one")
}

// takenError returns a Conflict if another user than self has the username or the address; 0
// is none.
func takenError(self, named, addressed model.UserID) error {
	var conflict fault.Error
	if named != 0 && named != self {
		conflict.Fields = append(conflict.Fields, fault.Field{Name: "username", Code: fault.Taken})
	}
	if addressed != 0 && addressed != self {
		conflict.Fields = append(conflict.Fields, fault.Field{Name: "email", Code: fault.Taken})
	}
	if len(conflict.Fields) == 0 {
		return nil
	}
	conflict.Kind = fault.Conflict
	return &conflict
}

// setIdentity adds a complete identity and replaces the one at the same provider.
func setIdentity(tx model.Writer, u *model.User, id model.Identity) error {
	if !id.IsComplete() {
		return nil
	}
	other, err := tx.UserByIdentity(id.Provider, id.ExternalUID)
	if err == nil && other.ID != u.ID {
		return fault.TakenField("extern_uid")
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	id.User = u.ID
	u.Identities = replaceIdentity(u.Identities, id)
	return tx.PutIdentity(id)
}

func replaceIdentity(held []model.Identity, id model.Identity) []model.Identity {
	rest := append(withoutIdentity(held, id.Provider), id)
	slices.SortFunc(rest, func(a, b model.Identity) int { return cmp.Compare(a.Provider, b.Provider) }) // in the order of the stores: versions depend on it
	return rest
}

// joinOrganization makes a new user a member of org, or of the home organization if org is 0.
func (d *Directory) joinOrganization(tx model.Writer, actor model.Actor, u model.User, org model.OrgID, role model.RoleID) error {
	home, err := organizationOrHome(tx, org)
	if err != nil {
		return err
	}
	if role, err = resolveRole(tx, home, role); err != nil {
		return err
	}
	return d.addMember(tx, actor, model.Member{Org: home.ID, User: u.ID, Role: initialRole(u, home, role), Since: d.ops.Now()})
}

// initialRole returns role, but Admin for administrators of the server in the home
// organization.
func initialRole(u model.User, org model.Organization, role model.RoleID) model.RoleID {
	if u.Admin && org.Home {
		return model.RoleAdmin
	}
	return role
}

func organizationOrHome(tx model.Reader, org model.OrgID) (model.Organization, error) {
	if org == 0 {
		return tx.HomeOrganization()
	}
	return tx.Organization(org)
}

func (d *Directory) addMember(tx model.Writer, actor model.Actor, m model.Member) error {
	if err := tx.PutMember(m); err != nil {
		return err
	}
	return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.MemberAdd, Target: "user", ID: int64(m.User), User: m.User, Org: m.Org,
		Detail: fmt.Sprintf("role %d", m.Role)})
}

// usernameFromAddress returns a free username for sign-ups without one (pm415): the local part
// of the address, with a number if it is taken.
func (d *Directory) usernameFromAddress(tx model.Reader, address string) (string, error) {
	local, _, _ := strings.Cut(address, "@")
	return d.availableUsername(tx, usernameBase(local))
}

// availableUsername returns a free username like base for a user that signed up.
func (d *Directory) availableUsername(tx model.Reader, base string) (string, error) {
	if naming.OnlyDigits(base) {
		base = "user" + base
	}
	return naming.FirstAvailable("username", base, func(name string) error {
		if d.names.IsReservedWord(name) {
			return nil // counts as taken
		}
		if named, _, err := tx.HoldersOf(0, name, ""); err != nil || named != 0 {
			return err
		}
		if err := d.names.RequireUnreservedUsername(tx, 0, name); fault.KindOf(err) != fault.Conflict {
			return cmp.Or[error](err, fault.Missing("user"))
		}
		return nil
	})
}

func usernameBase(local string) string {
	keep := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_', r == '-', r == '.':
			return r
		}
		return -1
	}
	base := strings.Trim(strings.Map(keep, unitext.Fold(local)), ".-")
	if base = strings.TrimSuffix(unitext.Truncate(base, 200), ".git"); base == "" {
		return "user"
	}
	return base
}
