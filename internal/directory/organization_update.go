package directory

import (
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/naming"
	"roster.example/roster/internal/newuser"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/unitext"
)

// MyOrganizations lists the memberships of the actor's user, by organization id.
func (d *Directory) MyOrganizations(ctx context.Context, actor model.Actor) ([]model.Membership, error) {
	var list []model.Membership
	err := d.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) (err error) {
		list, err = tx.Memberships(self.ID)
		return err
	})
	return list, err
}

// MembershipsOf lists the memberships of a user that the actor can see, limited to
// organizations of the actor.
func (d *Directory) MembershipsOf(ctx context.Context, actor model.Actor, user model.UserID) ([]model.Membership, error) {
	var list []model.Membership
	err := d.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) (err error) {
		if _, err = operation.VisibleUser(tx, actor, self, user); err != nil {
			return err
		}
		list, err = tx.Memberships(user)
		if err != nil || self.Admin || self.ID == user {
			return err
		}
		own, err := tx.Memberships(self.ID)
		list = slices.DeleteFunc(slices.Clone(list), func(m model.Membership) bool {
			return !slices.ContainsFunc(own, func(o model.Membership) bool { return o.Organization.ID == m.Organization.ID })
		})
		return err
	})
	return list, err
}

// Organization returns one organization that the actor is a member of; administrators get
// every one.
func (d *Directory) Organization(ctx context.Context, actor model.Actor, id model.OrgID) (model.Organization, error) {
	return d.lookupOrganization(ctx, actor, func(tx model.Reader) (model.Organization, error) { return tx.Organization(id) })
}

// OrganizationBySlug is Organization by slug.
func (d *Directory) OrganizationBySlug(ctx context.Context, actor model.Actor, slug string) (model.Organization, error) {
	return d.lookupOrganization(ctx, actor, func(tx model.Reader) (model.Organization, error) { return tx.OrganizationBySlug(slug) })
}

func (d *Directory) lookupOrganization(ctx context.Context, actor model.Actor, lookup func(model.Reader) (model.Organization, error)) (model.Organization, error) {
	var org model.Organization
	err := d.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		found, err := lookup(tx)
		if err == nil && !self.Admin {
			_, err = tx.Member(found.ID, self.ID)
		}
		if err != nil {
			return operation.HideOrganization(err)
		}
		org = found
		return nil
	})
	return org, err
}

// Organizations lists all organizations. It requires users.manage.
func (d *Directory) Organizations(ctx context.Context, actor model.Actor) ([]model.Organization, error) {
	var list []model.Organization
	err := d.ops.Read(ctx, actor, model.UsersManage, 0, func(tx model.Reader, _ model.User) (err error) {
		list, err = tx.Organizations(0, 0)
		return err
	})
	return list, err
}

// EachOrganization calls each with the organizations of the actor, or with all organizations
// if the actor may list them by [Directory.Organizations], in batches by id.
func (d *Directory) EachOrganization(ctx context.Context, actor model.Actor, each func([]model.Organization) error) error {
	return model.InBatches(func(after model.OrgID, limit int) (list []model.Organization, err error) {
		err = d.ops.ReadBatch(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
			list, err = visibleOrganizations(tx, actor, self, after, limit)
			return err
		})
		return list, err
	}, func(o model.Organization) model.OrgID { return o.ID }, each)
}

func visibleOrganizations(tx model.Reader, actor model.Actor, self model.User, after model.OrgID, limit int) ([]model.Organization, error) {
	_, err := operation.Authorize(tx, actor, model.UsersManage, 0)
	if err == nil {
		return tx.Organizations(after, limit)
	}
	if fault.KindOf(err) != fault.Forbidden {
		return nil, err
	}
	own, err := tx.Memberships(self.ID)
	var list []model.Organization
	for _, m := range own {
		if m.Organization.ID > after && len(list) < limit {
			list = append(list, m.Organization)
		}
	}
	return list, err
}

// CreateOrganization creates an organization with the actor as Admin.
func (d *Directory) CreateOrganization(ctx context.Context, actor model.Actor, name string) (model.Organization, error) {
	var org model.Organization
	name = unitext.Trim(name)
	if err := checkOrganization(name); err != nil {
		return org, err
	}
	err := d.ops.Update(ctx, actor, model.OrganizationsCreate, 0, func(tx model.Writer, self model.User) (err error) {
		if err := d.requireCanCreateOrganization(tx, actor, self, name); err != nil {
			return err
		}
		if org, err = d.users.AddOrganization(tx, actor, self.ID, name); err != nil {
			return err
		}
		return d.ops.StoreResult(ctx, tx, actor, org)
	})
	return org, err
}

func checkOrganization(name string) error {
	var f fault.List
	unitext.CheckUniqueName(&f, "organization", name, inputpolicy.NameLimit)
	return f.Err()
}

// RenameOrganization changes the name. The slug stays, because scripts use it.
func (d *Directory) RenameOrganization(ctx context.Context, actor model.Actor, id model.OrgID, name string) (model.Organization, error) {
	return d.RenameOrganizationOf(ctx, actor, id, name, "")
}

// RenameOrganizationOf is RenameOrganization with an expected version; "" is any.
func (d *Directory) RenameOrganizationOf(ctx context.Context, actor model.Actor, id model.OrgID, name, version string) (model.Organization, error) {
	var org model.Organization
	if err := d.ops.Can(ctx, actor, model.OrganizationsManage, id); err != nil {
		return org, err
	}
	name = unitext.Trim(name)
	if err := checkOrganization(name); err != nil {
		return org, err
	}
	err := d.ops.Update(ctx, actor, model.OrganizationsManage, id, func(tx model.Writer, self model.User) (err error) {
		if org, err = tx.Organization(id); err != nil {
			return err
		}
		if err := operation.RequireVersion(org.Version(), version); err != nil {
			return err
		}
		other, err := tx.OrganizationByName(name)
		if err == nil && other.ID != id {
			return fault.TakenField("organization")
		}
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
		if err := naming.RequireDistinctOrganization(tx, org, name); err != nil {
			return err
		}
		if err := d.names.RequireUnreservedOrganization(tx, id, name); err != nil {
			return err
		}
		if err := d.names.RequireCanRename(tx, actor, self, org, name); err != nil {
			return err
		}
		if err := d.names.MoveOrganization(tx, org, name, naming.FreedBy(actor, self)); err != nil {
			return err
		}
		org.Name, org.UpdatedAt = name, d.ops.Now()
		if err := tx.ChangeOrganization(org); err != nil {
			return err
		}
		return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.OrganizationChange, Target: "organization", ID: int64(id), Org: id, Detail: "name"})
	})
	return org, err
}

// DeleteOrganization deletes an organization. Its members stay as users, except its invited
// users. The home organization cannot be deleted. A session needs a recent authentication.
func (d *Directory) DeleteOrganization(ctx context.Context, actor model.Actor, id model.OrgID) error {
	return d.ops.Update(ctx, actor, model.OrganizationsManage, id, func(tx model.Writer, self model.User) error {
		org, err := tx.Organization(id)
		if err != nil {
			return err
		}
		if org.Home {
			return fault.New(fault.Conflict, "the home organization cannot be deleted", fault.Field{Name: "organization", Code: fault.Reserved})
		}
		if err := d.ops.RequireRecentAuthentication(tx, actor); err != nil {
			return err
		}
		invitations, err := tx.Invitations(id, 0, 0)
		if err != nil {
			return err
		}
		for _, i := range invitations {
			if err := invitation.DeleteInvitedUser(tx, d.Invites, actor, i); err != nil {
				return err
			}
		}
		if err := tx.DropOrganization(id); err != nil {
			return err
		}
		if err := d.names.Reserve(tx, model.OrganizationKind, org.Name, int64(id), naming.FreedBy(actor, self)); err != nil {
			return err
		}
		if err := d.names.Reserve(tx, model.SlugKind, org.Slug, int64(id), naming.FreedBy(actor, self)); err != nil {
			return err
		}
		return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.OrganizationDelete, Target: "organization", ID: int64(id), Org: id})
	})
}

// maxOwnOrganizations is the number of organizations with the user as Admin from which on the
// user cannot create another one. Administrators of the server are exempt.
const maxOwnOrganizations = 100

// requireCanCreateOrganization returns Forbidden for users without a role beyond Pending,
// unless the setting allows it. Access policies name organizations, so only administrators may
// use reserved words, and the number of names that other users can take is limited.
func (d *Directory) requireCanCreateOrganization(tx model.Reader, actor model.Actor, self model.User, name string) error {
	if naming.Exempt(actor, self) {
		return nil
	}
	memberships, err := tx.Memberships(self.ID)
	if err != nil {
		return err
	}
	if !d.options.SignUpOrganizations && !operation.HasRoleBeyondPending(memberships) {
		return newuser.OrganizationsClosed()
	}
	if err := d.names.CheckOrganization(name); err != nil {
		return err
	}
	own := 0
	for _, m := range memberships {
		if m.Role.ID == model.RoleAdmin {
			own++
		}
	}
	if own >= maxOwnOrganizations {
		return fault.InvalidField("organization", fault.TooMany, maxOwnOrganizations)
	}
	return d.names.RequireCanFree(tx, self, 0)
}
