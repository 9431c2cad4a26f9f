package sqldb

import "roster.example/roster/internal/model"

func (r *reader) UserStates(after model.UserID, limit int) ([]model.UserState, error) {
	return list(r, "user", func(from row) (s model.UserState, err error) {
		err = from.Scan(&s.ID, &s.State)
		return s, err
	}, `SELECT id, state FROM users WHERE id > $1 ORDER BY id LIMIT CAST($2 AS BIGINT)`, after, limit)
}

func (r *reader) MemberIDs(org model.OrgID, after model.UserID, limit int) ([]model.UserID, error) {
	return list(r, "member", scanUserID, `SELECT user_id FROM members
		WHERE organization_id = $1 AND user_id > $2 ORDER BY user_id LIMIT CAST($3 AS BIGINT)`, org, after, limit)
}

func scanUserID(from row) (id model.UserID, err error) {
	err = from.Scan(&id)
	return id, err
}
