package directory

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/model"
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
		made = d.users.New(n.Names, model.Active)
		made.Username, made.Admin, made.Service, made.Profile, made.Limits = n.Username, n.Admin, n.Service, n.Profile, n.Limits
		made.LastIdentity = lastIdentity(n.Identity)
		if err := d.users.Add(tx, actor, &made, model.Email{Address: n.Email}, hash); err != nil {
			return err
		}
		if err := setIdentity(tx, &made, n.Identity); err != nil {
			return err
		}
		if err := d.users.Join(tx, actor, made, n.Org, n.Role); err != nil {
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
