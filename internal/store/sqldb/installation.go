package sqldb

import "roster.example/roster/internal/model"

// Installation implements [model.EventReader].
func (r *reader) Installation() (model.Installation, error) {
	return one(r, "installation", func(from row) (i model.Installation, err error) {
		err = from.Scan(&i.UID, &i.Anchored)
		return i, err
	}, `SELECT uid, anchored FROM installation WHERE id = 1`)
}

// PutInstallation implements [model.EventWriter].
func (w *writer) PutInstallation(i model.Installation) error {
	return w.put("installation", `INSERT INTO installation (id, uid, anchored) VALUES (1, $1, $2)
		ON CONFLICT (id) DO UPDATE SET uid = excluded.uid, anchored = excluded.anchored`, i.UID, i.Anchored)
}

// unrecorded are queries for rows without an event of their creation. If old events were deleted, only rows
// newer than the oldest event are checked.
var unrecorded = []struct{ target, query string }{
	{"user", `SELECT t.id FROM users t WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.user_id = t.id
		AND e.verb IN ('user.create', 'user.register'))`},
	{"organization", `SELECT t.id FROM organizations t WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.target <> 'user'
		AND e.target = 'organization' AND e.target_id = t.id AND e.verb = 'organization.create')`},
	{"key", `SELECT t.id FROM ssh_keys t WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.target <> 'user'
		AND e.target = 'key' AND e.target_id = t.id AND e.verb = 'key.add')`},
	{"token", `SELECT t.id FROM access_tokens t WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.target <> 'user'
		AND e.target = 'token' AND e.target_id = t.id AND e.verb IN ('token.create', 'token.rotate'))`},
}

// Unrecorded implements [model.EventReader].
func (r *reader) Unrecorded() (target string, id int64, err error) {
	for _, one := range unrecorded {
		found, err := list(r, one.target, scanID[int64], one.query+` AND ((SELECT last_id FROM event_start) = 0
			OR t.created_at > (SELECT max(at) FROM (SELECT at FROM events ORDER BY id LIMIT 1000) oldest)) ORDER BY t.id LIMIT 1`)
		if err != nil {
			return "", 0, err
		}
		if len(found) > 0 {
			return one.target, found[0], nil
		}
	}
	return "", 0, nil
}
