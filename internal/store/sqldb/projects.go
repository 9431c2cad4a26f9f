package sqldb

import "roster.example/roster/internal/model"

const projectColumns = `p.id, p.organization_id, p.name, p.permalink, p.group_name, p.icon, p.overview, p.start_page, p.status, p.created_at`

func projectFields(p *model.Project) []any {
	return []any{&p.ID, &p.Org, &p.Name, &p.Permalink, &p.Group, &p.Icon, &p.Overview, &p.StartPage, &p.Status, scanTime(&p.CreatedAt)}
}

func scanProject(from row) (p model.Project, err error) {
	err = from.Scan(projectFields(&p)...)
	return p, err
}

func projectValues(p model.Project) []any {
	return []any{p.Org, p.Name, p.Permalink, p.Group, p.Icon, p.Overview, p.StartPage, string(p.Status), toMicros(p.CreatedAt)}
}

func (r *reader) Project(id model.ProjectID) (model.Project, error) {
	return one(r, "project", scanProject, `SELECT `+projectColumns+` FROM projects p WHERE p.id = $1`, id)
}

func (r *reader) ProjectByPermalink(org model.OrgID, permalink string) (model.Project, error) {
	return one(r, "project", scanProject, `SELECT `+projectColumns+` FROM projects p
		WHERE p.organization_id = $1 AND p.permalink = $2`, org, permalink)
}

func (r *reader) Projects(org model.OrgID) ([]model.Project, error) {
	return list(r, "project", scanProject, `SELECT `+projectColumns+` FROM projects p WHERE p.organization_id = $1 ORDER BY p.id`, org)
}

// ProjectCount reads the index of permalinks.
func (r *reader) ProjectCount(org model.OrgID) (int, error) {
	return one(r, "project", scanInt, `SELECT count(*) FROM projects WHERE organization_id = $1`, org)
}

func (r *reader) Assigned(project model.ProjectID, after model.UserID, limit int) ([]model.User, error) {
	return r.listUsers(limit, `u.id IN (SELECT a.user_id FROM assignments a WHERE a.project_id = $1 AND a.user_id > $2
		ORDER BY a.user_id LIMIT $3)`, project, after, orAll(limit))
}

func (r *reader) Assignments(org model.OrgID, users []model.UserID) (map[model.UserID][]model.Project, error) {
	found := map[model.UserID][]model.Project{}
	err := r.each("project", func(from row) error {
		var user model.UserID
		var p model.Project
		err := from.Scan(append(projectFields(&p), &user)...)
		found[user] = append(found[user], p)
		return err
	}, `SELECT `+projectColumns+`, a.user_id FROM assignments a JOIN projects p ON p.id = a.project_id
		WHERE p.organization_id = $1 AND a.user_id `+r.engine.In("$2")+` ORDER BY p.id`, org, r.engine.List(int64s(users)))
	return found, err
}

func (w *writer) AddProject(p *model.Project) error {
	return add(w, "project", &p.ID, `INSERT INTO projects
		(organization_id, name, permalink, group_name, icon, overview, start_page, status, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, projectValues(*p)...)
}

func (w *writer) ChangeProject(p model.Project) error {
	return w.change("project", `UPDATE projects SET organization_id = $1, name = $2, permalink = $3, group_name = $4, icon = $5,
		overview = $6, start_page = $7, status = $8, created_at = $9 WHERE id = $10`, append(projectValues(p), p.ID)...)
}

func (w *writer) DropProject(id model.ProjectID) error {
	return w.drop("project", `DELETE FROM projects WHERE id = $1`, id)
}

func (w *writer) PutAssigned(project model.ProjectID, users []model.UserID) error {
	if err := w.put("project", `DELETE FROM assignments WHERE project_id = $1`, project); err != nil {
		return err
	}
	for _, user := range users {
		if err := w.AddAssigned(project, user); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) AddAssigned(project model.ProjectID, user model.UserID) error {
	return w.put("project", `INSERT INTO assignments (project_id, user_id) VALUES ($1, $2)
		ON CONFLICT (project_id, user_id) DO NOTHING`, project, user)
}

func (w *writer) DropAssigned(project model.ProjectID, user model.UserID) error {
	return w.drop("project", `DELETE FROM assignments WHERE project_id = $1 AND user_id = $2`, project, user)
}

func (w *writer) DropAssignments(org model.OrgID, user model.UserID) error {
	return w.drop("project", `DELETE FROM assignments WHERE user_id = $2
		AND project_id IN (SELECT id FROM projects WHERE organization_id = $1)`, org, user)
}
