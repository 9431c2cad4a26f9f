package sqldb

import "roster.example/roster/internal/model"

const memberColumns = `m.organization_id, m.user_id, m.role_id, m.since`

func scanMember(from row) (m model.Member, err error) {
	err = from.Scan(&m.Org, &m.User, &m.Role, scanTime(&m.Since))
	return m, err
}

func (r *reader) Member(org model.OrgID, user model.UserID) (model.Member, error) {
	return one(r, "member", scanMember, `SELECT `+memberColumns+` FROM members m
		WHERE m.organization_id = $1 AND m.user_id = $2`, org, user)
}

func (r *reader) MembersIn(org model.OrgID, users []model.UserID) ([]model.Member, error) {
	return list(r, "member", scanMember, `SELECT `+memberColumns+` FROM members m
		WHERE m.organization_id = $1 AND m.user_id `+r.engine.In("$2")+` ORDER BY m.user_id`, org, r.engine.List(int64s(users)))
}

func (r *reader) MemberCount(org model.OrgID) (int, error) {
	return one(r, "member", scanInt, `SELECT count(*) FROM members WHERE organization_id = $1`, org)
}

func (r *reader) OrgAdmins(org model.OrgID, limit int) ([]model.OrgAdmin, error) {
	return list(r, "member", func(from row) (a model.OrgAdmin, err error) {
		err = from.Scan(&a.ID, &a.CanLogIn)
		return a, err
	}, `SELECT m.user_id, NOT u.service AND u.password_hash <> '' AS logs_in FROM members m JOIN users u ON u.id = m.user_id
		WHERE m.organization_id = $1 AND m.role_id = $2 AND u.state = 'active' ORDER BY logs_in DESC, m.user_id LIMIT $3`,
		org, model.RoleAdmin, limit)
}

func (r *reader) RoleHeld(org model.OrgID, id model.RoleID) (bool, error) {
	n, err := one(r, "member", scanInt, `SELECT count(*) FROM (SELECT 1 FROM members
		WHERE organization_id = $1 AND role_id = $2 LIMIT 1) AS held`, org, id)
	return n > 0, err
}

func (r *reader) RoleCounts(org model.OrgID) (map[model.RoleID]int, error) {
	type roleCount struct {
		role model.RoleID
		n    int
	}
	rows, err := list(r, "member", func(from row) (c roleCount, err error) {
		err = from.Scan(&c.role, &c.n)
		return c, err
	}, `SELECT role_id, count(*) FROM members WHERE organization_id = $1 GROUP BY role_id`, org)
	counts := make(map[model.RoleID]int, len(rows))
	for _, c := range rows {
		counts[c.role] = c.n
	}
	return counts, err
}

func (r *reader) Members(org model.OrgID) ([]model.Member, error) {
	return list(r, "member", scanMember, `SELECT `+memberColumns+` FROM members m
		WHERE m.organization_id = $1 ORDER BY m.user_id`, org)
}

func (r *reader) Memberships(user model.UserID) ([]model.Membership, error) {
	all, err := list(r, "member", func(from row) (m model.Membership, err error) {
		err = from.Scan(append(organizationFields(&m.Organization), roleFields(&m.Role)...)...)
		m.Role.Default = m.Role.ID == m.Organization.Default
		return m, err
	}, `SELECT `+organizationColumns+`, `+roleColumns+` FROM members m
		JOIN organizations o ON o.id = m.organization_id JOIN roles r ON r.id = m.role_id
		WHERE m.user_id = $1 ORDER BY o.id`, user)
	if err != nil {
		return nil, err
	}
	roles := make([]*model.Role, len(all))
	for i := range all {
		roles[i] = &all[i].Role
	}
	return all, r.permit(roles)
}

func (w *writer) PutMember(m model.Member) error {
	return w.put("member", `INSERT INTO members (organization_id, user_id, role_id, since) VALUES ($1, $2, $3, $4)
		ON CONFLICT (organization_id, user_id) DO UPDATE SET role_id = excluded.role_id`, memberValues(m)...)
}

func memberValues(m model.Member) []any { return []any{m.Org, m.User, m.Role, toMicros(m.Since)} }

func (w *writer) DropMember(org model.OrgID, user model.UserID) error {
	return w.drop("member", `DELETE FROM members WHERE organization_id = $1 AND user_id = $2`, org, user)
}
