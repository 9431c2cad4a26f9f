package sqldb

import "roster.example/roster/internal/directory"

func (r *reader) UserStates(after directory.UserID, limit int) ([]directory.UserState, error) {
	return list(r, "user", func(from row) (s directory.UserState, err error) {
		err = from.Scan(&s.ID, &s.State)
		return s, err
	}, `SELECT id, state FROM users WHERE id > $1 ORDER BY id LIMIT CAST($2 AS BIGINT)`, after, limit)
}

func (r *reader) MemberIDs(org directory.OrgID, after directory.UserID, limit int) ([]directory.UserID, error) {
	return list(r, "member", scanUserID, `SELECT user_id FROM members
		WHERE organization_id = $1 AND user_id > $2 ORDER BY user_id LIMIT CAST($3 AS BIGINT)`, org, after, limit)
}

func scanUserID(from row) (id directory.UserID, err error) {
	err = from.Scan(&id)
	return id, err
}
