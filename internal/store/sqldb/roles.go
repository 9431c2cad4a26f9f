package sqldb

import (
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

const roleColumns = `r.id, r.organization_id, r.name, r.created_at`

func roleFields(r *model.Role) []any {
	return []any{&r.ID, scanOptionalID(&r.Org), &r.Name, scanTime(&r.CreatedAt)}
}

func scanRole(from row) (r model.Role, err error) {
	err = from.Scan(roleFields(&r)...)
	return r, err
}

func (r *reader) Role(id model.RoleID) (model.Role, error) {
	role, err := one(r, "role", scanRole, `SELECT `+roleColumns+` FROM roles r WHERE r.id = $1`, id)
	if err != nil {
		return role, err
	}
	return role, r.permit([]*model.Role{&role})
}

func (r *reader) Roles(org model.OrgID) ([]model.Role, error) {
	roles, err := list(r, "role", func(from row) (role model.Role, err error) {
		err = from.Scan(append(roleFields(&role), &role.Default)...)
		return role, err
	}, `SELECT `+roleColumns+`, EXISTS (SELECT 1 FROM organizations o WHERE o.id = $1 AND o.default_role_id = r.id)
		FROM roles r WHERE r.organization_id = $1 OR r.organization_id IS NULL ORDER BY r.id`, org)
	if err != nil {
		return nil, err
	}
	all := make([]*model.Role, len(roles))
	for i := range roles {
		all[i] = &roles[i]
	}
	return roles, r.permit(all)
}

// permit fills in the permissions: those of built-in roles are defined by the directory, others are in the
// database.
func (r *reader) permit(roles []*model.Role) error {
	own := map[model.RoleID][]*model.Role{}
	var ids []int64
	for _, role := range roles {
		if role.Org == 0 {
			role.Permissions = model.BuiltinPermissions(role.ID)
			continue
		}
		own[role.ID] = append(own[role.ID], role)
		ids = append(ids, int64(role.ID))
	}
	if len(ids) == 0 {
		return nil
	}
	return r.each("role", func(from row) error {
		var id model.RoleID
		var p model.Permission
		err := from.Scan(&id, &p)
		for _, role := range own[id] {
			role.Permissions = append(role.Permissions, p)
		}
		return err
	}, `SELECT role_id, permission FROM role_permissions WHERE role_id `+r.engine.In("$1")+` ORDER BY role_id, position`,
		r.engine.List(ids))
}

func (w *writer) AddRole(r *model.Role) error {
	err := add(w, "role", &r.ID, `INSERT INTO roles (organization_id, name, name_key, created_at) VALUES ($1, $2, $3, $4)`,
		r.Org, r.Name, unitext.Fold(r.Name), toMicros(r.CreatedAt))
	if err != nil {
		return err
	}
	return w.putPermissions(*r)
}

// ChangeRole returns NotFound for built-in roles.
func (w *writer) ChangeRole(r model.Role) error {
	err := w.change("role", `UPDATE roles SET name = $2, name_key = $3, created_at = $4 WHERE id = $1 AND organization_id = $5`,
		r.ID, r.Name, unitext.Fold(r.Name), toMicros(r.CreatedAt), r.Org)
	if err != nil {
		return err
	}
	return w.putPermissions(r)
}

func (w *writer) putPermissions(r model.Role) error {
	if err := w.put("role", `DELETE FROM role_permissions WHERE role_id = $1`, r.ID); err != nil {
		return err
	}
	for i, p := range r.Permissions {
		err := w.put("role", `INSERT INTO role_permissions (role_id, position, permission) VALUES ($1, $2, $3)
			ON CONFLICT (role_id, permission) DO NOTHING`, r.ID, i, string(p))
		if err != nil {
			return err
		}
	}
	return nil
}

// DropRole returns NotFound for built-in roles. It removes the role from accepted and revoked invitations.
// Open invitations keep it.
func (w *writer) DropRole(id model.RoleID) error {
	err := w.put("invitation", `UPDATE invitations SET role_id = NULL
		WHERE role_id = (SELECT id FROM roles WHERE id = $1 AND organization_id IS NOT NULL)
		AND (accepted_at <> 0 OR revoked_at <> 0)`, id)
	if err != nil {
		return err
	}
	return w.drop("role", `DELETE FROM roles WHERE id = $1 AND organization_id IS NOT NULL`, id)
}
