package role

import (
	"context"
	"errors"
	"slices"
	"strings"

	"roster.example/roster/internal/confusables"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/naming"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/unitext"
)

// Roles lists the roles of an organization, built-in and custom.
func (d *Definitions) Roles(ctx context.Context, actor model.Actor, org model.OrgID) ([]model.Role, error) {
	var roles []model.Role
	err := d.ops.Read(ctx, actor, model.RolesRead, org, func(tx model.Reader, _ model.User) (err error) {
		roles, err = tx.Roles(org)
		return err
	})
	return roles, err
}

// Role returns one role of an organization, built-in or custom.
func (d *Definitions) Role(ctx context.Context, actor model.Actor, org model.OrgID, id model.RoleID) (model.Role, error) {
	all, err := d.Roles(ctx, actor, org)
	if err != nil {
		return model.Role{}, err
	}
	i := slices.IndexFunc(all, func(r model.Role) bool { return r.ID == id })
	if i < 0 {
		return model.Role{}, fault.Missing("role")
	}
	return all[i], nil
}

// NewRole describes a role to be created.
type NewRole struct {
	Org         model.OrgID
	Name        string
	Permissions []model.Permission
	Default     bool // role of new members, unless another one is given
}

// CreateRole creates a custom role. It cannot have permissions that the actor does not have.
func (d *Definitions) CreateRole(ctx context.Context, actor model.Actor, n NewRole) (model.Role, error) {
	role := model.Role{Org: n.Org, Name: strings.TrimSpace(n.Name), Permissions: n.Permissions, Default: n.Default, CreatedAt: d.ops.Now()}
	if err := d.ops.Can(ctx, actor, model.RolesManage, n.Org); err != nil {
		return role, err
	}
	if err := check(n); err != nil {
		return role, err
	}
	err := d.ops.Update(ctx, actor, model.RolesManage, n.Org, func(tx model.Writer, self model.User) error {
		if err := requireRoom(tx, n.Org); err != nil {
			return err
		}
		if err := requireFree(tx, actor, self, 0, n); err != nil {
			return err
		}
		if err := requireCanGrantPermissions(tx, actor, self, n.Org, n.Permissions); err != nil {
			return err
		}
		if err := tx.AddRole(&role); err != nil {
			return err
		}
		if err := d.setDefault(tx, actor, self, n, role.ID); err != nil {
			return err
		}
		if err := d.ops.Record(tx, actor, operation.EventSpec{Verb: model.RoleCreate, Target: "role", ID: int64(role.ID), Org: n.Org}); err != nil {
			return err
		}
		return d.ops.StoreResult(ctx, tx, actor, role)
	})
	return role, err
}

// maxName is the maximum length of the name of a role in characters.
const maxName = model.MaxLine

// maxRoles is the maximum number of custom roles of an organization. Permission checks may
// read the whole list.
const maxRoles = 1000

func requireRoom(tx model.Reader, org model.OrgID) error {
	roles, err := tx.Roles(org)
	own := 0
	for _, r := range roles {
		if r.Org != 0 {
			own++
		}
	}
	if err == nil && own >= maxRoles {
		err = fault.NewText(fault.Invalid, fault.Textf("the organization has {n} roles of its own; delete one before you create another", "n", maxRoles),
			fault.Field{Name: "role", Code: fault.TooMany, Limit: maxRoles})
	}
	return err
}

func check(n NewRole) error {
	var f fault.List
	unitext.CheckUniqueName(&f, "name", n.Name, maxName)
	for _, p := range n.Permissions {
		if !slices.Contains(model.RolePermissions(), p) {
			f.AddUnknown("permissions", fault.OneOf(model.RolePermissions()))
		}
	}
	return f.Err()
}

// requireFree returns an error if another role of the organization than id has the name, or one
// that looks like it. What only resembles a built-in role, such as "Adm1n", is refused too.
func requireFree(tx model.Reader, actor model.Actor, self model.User, id model.RoleID, n NewRole) error {
	if !naming.Exempt(actor, self) {
		if err := naming.RequireUnmixedWords("name", n.Name); err != nil {
			return err
		}
	}
	roles, err := tx.Roles(n.Org)
	name := strings.TrimSpace(n.Name)
	for _, r := range roles {
		switch {
		case r.ID == id:
		case unitext.Fold(r.Name) == unitext.Fold(name):
			return fault.TakenField("name")
		case confusables.Alike(r.Name, name), r.Org == 0 && confusables.LooksLike(name, confusables.Skeletons(r.Name)):
			return naming.LookalikeError("name", "name is taken already: it looks like the name of another role; choose another one")
		}
	}
	return err
}

// setDefault makes a role the default. It is Forbidden if the former default has
// permissions that the actor does not have.
func (d *Definitions) setDefault(tx model.Writer, actor model.Actor, self model.User, n NewRole, id model.RoleID) error {
	if !n.Default {
		return nil
	}
	org, err := tx.Organization(n.Org)
	if err != nil {
		return err
	}
	if err := RequireCanGrant(tx, actor, self, n.Org, org.Default); err != nil {
		return err
	}
	if err := RequireRecentToGrant(d.ops, tx, actor, id); err != nil {
		return err
	}
	org.Default = id
	return tx.ChangeOrganization(org)
}

// DeleteRole deletes a custom role that no member has, that is not the default, and that has
// no permissions that the actor does not have.
func (d *Definitions) DeleteRole(ctx context.Context, actor model.Actor, org model.OrgID, id model.RoleID) error {
	return d.ops.Update(ctx, actor, model.RolesManage, org, func(tx model.Writer, self model.User) error {
		role, err := tx.Role(id)
		if err != nil {
			return err
		}
		if role.Org != org {
			return fault.Missing("role")
		}
		if err := requireCanGrantPermissions(tx, actor, self, org, role.Permissions); err != nil {
			return err
		}
		if err := requireUnused(tx, org, id); err != nil {
			return err
		}
		if err := tx.DropRole(id); err != nil {
			return err
		}
		return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.RoleDelete, Target: "role", ID: int64(id), Org: org})
	})
}

func requireUnused(tx model.Reader, org model.OrgID, id model.RoleID) error {
	organization, err := tx.Organization(org)
	if err != nil {
		return err
	}
	held, err := tx.RoleHeld(org, id)
	if err != nil {
		return err
	}
	if organization.Default == id || held {
		return fault.New(fault.Conflict, "this role is in use; give its members another one first", fault.Field{Name: "role", Code: fault.Taken})
	}
	return nil
}

// Change is a change of a role. Fields that are nil stay unchanged.
type Change struct {
	Name        *string
	Permissions *[]model.Permission
	Default     bool   // makes it the default; cannot be unset, except by another default
	IfVersion   string // the expected version; "" is any
}

// ChangeRole changes a role. It cannot have, before or after, permissions that the actor does
// not have. Of a built-in role only Default can be set.
func (d *Definitions) ChangeRole(ctx context.Context, actor model.Actor, org model.OrgID, id model.RoleID, c Change) (model.Role, error) {
	var role model.Role
	err := d.ops.Update(ctx, actor, model.RolesManage, org, func(tx model.Writer, self model.User) (err error) {
		if role, err = tx.Role(id); err != nil {
			return err
		}
		if role.Org != 0 && role.Org != org || role.Org == 0 && (c.Name != nil || c.Permissions != nil) {
			return fault.Missing("role")
		}
		if err := errors.Join(operation.RequireVersion(role.Version(), c.IfVersion), requireCanGrantPermissions(tx, actor, self, org, role.Permissions)); err != nil {
			return err
		}
		if role, err = d.apply(tx, actor, self, org, role, c); err != nil {
			return err
		}
		return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.RoleChanged, Target: "role", ID: int64(id), Org: org})
	})
	return role, err
}

func (d *Definitions) apply(tx model.Writer, actor model.Actor, self model.User, org model.OrgID, role model.Role, c Change) (model.Role, error) {
	next := NewRole{Org: org, Name: role.Name, Permissions: role.Permissions, Default: c.Default}
	if c.Permissions != nil {
		next.Permissions = *c.Permissions
	}
	if c.Name != nil && unitext.Fold(*c.Name) != unitext.Fold(role.Name) {
		next.Name = *c.Name
		if err := requireFree(tx, actor, self, role.ID, next); err != nil {
			return role, err
		}
	} else if c.Name != nil {
		next.Name = *c.Name
	}
	if err := check(next); err != nil {
		return role, err
	}
	if err := requireCanGrantPermissions(tx, actor, self, org, next.Permissions); err != nil {
		return role, err
	}
	if err := requireRecentToAdd(d.ops, tx, actor, role.Permissions, next.Permissions); err != nil {
		return role, err
	}
	role.Name, role.Permissions, role.Default = strings.TrimSpace(next.Name), next.Permissions, role.Default || c.Default
	if role.Org != 0 {
		if err := tx.ChangeRole(role); err != nil {
			return role, err
		}
	}
	return role, d.setDefault(tx, actor, self, next, role.ID)
}
